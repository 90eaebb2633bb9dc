// Times as people and URLs write them: `now-8h..now`, `today..now`, `2026-11-22T06:00Z..2026-11-22T14:00Z`.

import type { When } from '../api/types';

const UNIT_MS: Record<string, number> = { s: 1e3, m: 60e3, h: 3600e3, d: 86400e3, w: 7 * 86400e3 };
const SHORTEST_MS = 1; // a zoom below one millisecond has nothing to show
const EARLIEST_US = 1e14; // an integer above this (1973 in µs) is microseconds, below it milliseconds

export interface Span {
  from: number;
  to: number;
}

/** RFC 3339 text or integer µs, as milliseconds since the epoch; null when there is none. */
export function toMs(when: When | null | undefined): number | null {
  if (when === null || when === undefined || when === '') return null;
  const ms = typeof when === 'number' ? (Math.abs(when) >= EARLIEST_US ? when / 1000 : when) : Date.parse(when);
  return Number.isFinite(ms) ? ms : null;
}

/** RFC 3339 text as whole microseconds: a waveform is named by the exact time at which it begins. */
export function toMicros(text: string): number {
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
  return Math.floor(Date.parse(text) / 1000) * 1_000_000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

/** Milliseconds by which `zone` is ahead of UTC at that instant. */
export function zoneOffset(ms: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit',
    hour: '2-digit', minute: '2-digit', second: '2-digit',
  }).formatToParts(ms);
  const n = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const wall = Date.UTC(n('year'), n('month') - 1, n('day'), n('hour'), n('minute'), n('second'));
  return wall - Math.floor(ms / 1000) * 1000;
}

/** A wall-clock reading in `zone` (`2026-11-22T06:00`) as an instant; the earlier one when clocks go back. */
export function fromWall(text: string, zone: string): number | null {
  const wall = Date.parse(`${text}${text.includes('T') ? '' : 'T00:00'}Z`);
  if (!Number.isFinite(wall)) return null;
  const guess = wall - zoneOffset(wall, zone);
  return wall - zoneOffset(guess, zone);
}

/** An instant as the value of a `datetime-local` field in `zone`. */
export function toWall(ms: number, zone: string): string {
  return new Date(ms + zoneOffset(ms, zone)).toISOString().slice(0, 19);
}

function startOfDay(ms: number, zone: string): number {
  const day = toWall(ms, zone).slice(0, 10);
  return fromWall(day, zone) ?? ms;
}

/** One end of a range; null when it cannot be read. */
export function parsePoint(text: string, now: number, zone: string): number | null {
  const relative = /^(now|today|yesterday)(?:([+-])(\d+(?:\.\d+)?)([smhdw]))?$/.exec(text.trim());
  if (relative) {
    const [, word, sign, amount, unit] = relative;
    let base = now;
    if (word === 'today') base = startOfDay(now, zone);
    if (word === 'yesterday') base = startOfDay(startOfDay(now, zone) - 12 * 3600e3, zone);
    const shift = amount ? Number(amount) * (UNIT_MS[unit ?? 's'] ?? 0) : 0;
    return sign === '-' ? base - shift : base + shift;
  }
  const hasZone = /([zZ]|[+-]\d\d:?\d\d)$/.test(text.trim());
  if (!/^\d{4}-\d\d-\d\d/.test(text.trim())) return null;
  if (!hasZone) return fromWall(text.trim(), zone);
  const ms = Date.parse(text.trim());
  return Number.isFinite(ms) ? ms : null;
}

/** A range as text; null when unreadable or empty. */
export function parseRange(text: string, now: number, zone: string): Span | null {
  const [a, b, ...rest] = text.split('..');
  if (a === undefined || b === undefined || rest.length > 0) return null;
  const from = parsePoint(a, now, zone);
  const to = parsePoint(b, now, zone);
  if (from === null || to === null || to - from < SHORTEST_MS) return null;
  return { from, to };
}

/** A fixed range as URL text, in UTC to the millisecond. */
export function fixedRange({ from, to }: Span): string {
  return `${new Date(Math.round(from)).toISOString()}..${new Date(Math.round(to)).toISOString()}`;
}

/** Whether the range moves on with the clock. */
export const isLive = (text: string): boolean => /\.\.now$/.test(text.trim());

/** The same range some share of itself earlier (negative) or later. */
export function stepped({ from, to }: Span, share: number): Span {
  const shift = (to - from) * share;
  return { from: from + shift, to: to + shift };
}

/** The range made `factor` times as long around its middle, or around `at`. */
export function zoomed({ from, to }: Span, factor: number, at = (from + to) / 2): Span {
  return { from: at - (at - from) * factor, to: at + (to - at) * factor };
}
