// The words of a report about a table.

import type { ColumnKind, TableDrift, TableLife, TableReport, TableSignal, TableStretch } from '../api/schema';
import { duration, number, percent } from '../time/format';
import { chance } from '../words';

export const COLUMN: Record<ColumnKind, string> = { gauge: 'measured', state: 'states', counter: 'only rises: shown, not judged', constant: 'always the same', text: 'texts', truth: 'says what was wrong: no signal', empty: 'empty' };

export const at = (m: { row: number; time: string | null }): string => (m.time ? `${m.time.replace('T', ' ').replace(/(\.\d+)?Z$/, '')} (row ${m.row})` : `row ${m.row}`);
export const between = (s: TableStretch): string => `${at(s.from)} to ${at(s.to)}`;

/** What is there or missing for but a few rows is not rounded to none. */
export const missing = (share: number): string => (share < 0.0005 ? 'less than 0.1 % missing' : share < 1 && share >= 0.9995 ? 'more than 99.9 % missing' : `${percent(share, 1)} missing`);

/** `p = 0.012`, or `p < 1e-12`. */
export const byChance = (p: number): string => `p ${p < 1e-12 ? '' : '= '}${chance(p)}`;

/** What there is to know of a column, and what kind it is where nothing beside it says so. */
export function facts(signal: TableSignal, kind = true): string {
  const all = signal.kind === 'gauge' || !kind ? [] : [COLUMN[signal.kind]];
  if (signal.range) all.push(`${number(signal.range[0])} to ${number(signal.range[2])}, median ${number(signal.range[1])}`);
  if (signal.states.length > 0) all.push(signal.states.join(', '));
  if (signal.missing > 0) all.push(missing(signal.missing));
  return all.join(' · ');
}

/** When a drift leaves the band of the healthy part. */
export function leaves(drift: TableDrift, timed: boolean): string {
  const unit = timed ? 'h' : 'rows';
  if (!drift.leaves_band) return 'outside now, or not in sight';
  const [soon, late] = drift.leaves_band;
  return late === null ? `in ${number(soon)} ${unit} at the soonest, perhaps never` : `in ${number(soon)} to ${number(late)} ${unit}`;
}

/** So long, in two figures: hours of a table with times, else rows. */
export function lasting(hours: number, timed: boolean): string {
  const rough = hours > 0 ? Number(hours.toPrecision(2)) : 0;
  if (!timed) return `${rough} rows`;
  return hours >= 48 ? `${Math.round((hours / 24) * 10) / 10} days` : duration(rough * 3_600_000);
}

/** A life in words: never a bare number. */
export function life(range: TableLife, timed: boolean): string {
  const middle = range.median === null ? '' : `, as likely below as above ${lasting(range.median, timed)}`;
  return range.hi === null ? `${lasting(range.lo, timed)} at the soonest, with no end in sight${middle}` : `${lasting(range.lo, timed)} to ${lasting(range.hi, timed)}${middle}`;
}

/** What there is to know of the record itself. */
export function record(report: TableReport): string[] {
  const { clock, notes } = report;
  const all = [...notes];
  if (!clock.timed && !all.some((note) => note.startsWith('Rows stand for time'))) all.push('There is no column of times: rows stand for time.');
  for (const gap of clock.gaps) all.push(`Nothing for ${duration(gap.seconds * 1000)}: ${between(gap.stretch)}.`);
  if (clock.unreadable > 0) all.push(`${clock.unreadable} rows without a readable time.`);
  if (clock.backwards > 0) all.push(`${clock.backwards} rows before the row above.`);
  return [...all, 'Learned on the healthy part, judged everywhere else; one false alarm is expected in a whole table.'];
}
