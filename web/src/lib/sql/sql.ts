// Small things the workbench needs: where an error stands, what can be charted, history.

import type { QueryReply } from '../api/types';

export interface Place {
  line: number;
  column: number;
}

/** The place named in a SQL error, such as `at Line: 1, Column: 15`; null when none is. */
export function placeOf(message: string): Place | null {
  const found = /line:?\s*(\d+)\D{1,12}col(?:umn)?:?\s*(\d+)/i.exec(message);
  return found ? { line: Number(found[1]), column: Number(found[2]) } : null;
}

/** The index into the text of a place counted from 1; clamped to the text. */
export function offsetOf(text: string, place: Place): number {
  const lines = text.split('\n');
  const line = Math.min(Math.max(place.line, 1), lines.length);
  const before = lines.slice(0, line - 1).reduce((sum, l) => sum + l.length + 1, 0);
  return Math.min(text.length, before + Math.max(0, Math.min(place.column - 1, lines[line - 1]?.length ?? 0)));
}

/** The word that begins at `offset`, to be marked: at least one character. */
export function wordEnd(text: string, offset: number): number {
  const length = /^[A-Za-z0-9_]+/.exec(text.slice(offset))?.[0].length ?? 1;
  return Math.min(text.length, offset + Math.max(1, length));
}

/** The server says `number` and `integer`; engines have more words. */
export const NUMERIC = /number|int|float|double|decimal|real/i;
const TIME = /timestamp|date|time/i;

/** A value of a time column as seconds; null when it is not a time. */
export function timeSeconds(value: unknown): number | null {
  if (typeof value === 'number') return value > 1e14 ? value / 1e6 : value > 1e11 ? value / 1e3 : value;
  if (typeof value !== 'string') return null;
  const text = /[zZ]|[+-]\d\d:?\d\d$/.test(value) ? value : `${value.replace(' ', 'T')}Z`;
  const ms = Date.parse(text);
  return Number.isFinite(ms) ? ms / 1000 : null;
}

export interface Chartable {
  kind: 'time' | 'bars';
  labels: string[];
  times: number[];
  series: { name: string; values: (number | null)[] }[];
}

const SERIES_MAX = 6;
const BARS_MAX = 40;
const asNumber = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);

/** What of a result can be drawn: numbers over a time column, or over the first text column. */
export function chartable(reply: QueryReply): Chartable | null {
  const { columns, rows } = reply;
  const timeAt = columns.findIndex((c) => TIME.test(c.type));
  const numbers = columns.map((c, i) => ({ ...c, i })).filter((c) => NUMERIC.test(c.type) && c.i !== timeAt && c.name !== 'signal');
  if (rows.length < 2 || numbers.length === 0) return null;
  const picked = numbers.slice(0, SERIES_MAX);
  if (timeAt >= 0) {
    const timed = rows.map((row) => ({ row, t: timeSeconds(row[timeAt]) })).filter((r): r is { row: unknown[]; t: number } => r.t !== null).sort((a, b) => a.t - b.t);
    return { kind: 'time', labels: [], times: timed.map((r) => r.t), series: picked.map((c) => ({ name: c.name, values: timed.map((r) => asNumber(r.row[c.i])) })) };
  }
  const textAt = columns.findIndex((c) => !NUMERIC.test(c.type));
  const top = rows.slice(0, BARS_MAX);
  return { kind: 'bars', labels: top.map((row, i) => (textAt >= 0 ? String(row[textAt]) : String(i + 1))), times: [], series: picked.slice(0, 1).map((c) => ({ name: c.name, values: top.map((row) => asNumber(row[c.i])) })) };
}

export interface Remembered {
  sql: string;
  at: number;
  rows: number;
  ms: number;
}

export const HISTORY_KEY = 'gemba.sql.history';
const HISTORY_MAX = 50;

/** The history with one more statement in front; the same text stands only once. */
export const remembered = (list: Remembered[], next: Remembered): Remembered[] =>
  [next, ...list.filter((item) => item.sql !== next.sql)].slice(0, HISTORY_MAX);

export const EXAMPLES: { title: string; sql: string }[] = [
  { title: 'Last hour of one signal', sql: "SELECT time, value, quality\nFROM samples\nWHERE signal_id = 1 AND time > now() - INTERVAL '1 hour'\nORDER BY time" },
  { title: 'Samples per signal', sql: 'SELECT signal, count(*) AS n, min(time) AS oldest, max(time) AS newest\nFROM samples\nGROUP BY signal\nORDER BY n DESC' },
  { title: 'Findings, worst first', sql: 'SELECT * FROM findings ORDER BY severity DESC' },
  { title: 'Gaps', sql: 'SELECT * FROM gaps' },
];
