// Words for how long something lasts: always a range, never a bare number.

import type { RemainingLife } from '../api/schema';
import { date, number } from '../time/format';

const DAY_MS = 86_400_000;
const FAR_DAYS = 3650; // a date further away is none to plan by
const HOURS_BELOW_DAYS = 2;

const unitOf = (days: number): [number, string] => (days < HOURS_BELOW_DAYS ? [days * 24, 'h'] : [days, 'days']);
const said = ([value, unit]: [number, string]): string => `${number(value, 0)} ${unit}`;

/** `22 to 75 days`, `30 h to 4 days`, `at least 22 days` when the end cannot be told. */
export function lifeRange(life: RemainingLife): string {
  const low = unitOf(life.lo);
  if (life.hi === null) return `at least ${said(low)}`;
  const high = unitOf(life.hi);
  return low[1] === high[1] ? `${number(low[0], 0)} to ${said(high)}` : `${said(low)} to ${said(high)}`;
}

/** The day that lies `days` after `from`, ms. */
export const dayAfter = (from: number, days: number, zone: string): string => (days > FAR_DAYS ? 'later than ten years' : date(from + days * DAY_MS, zone));
