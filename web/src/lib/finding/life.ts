// Words for how long something lasts: always a range, never a bare number.

import type { RemainingLife } from '../api/schema';
import { date, number, toTheMinute } from '../time/format';

const DAY_MS = 86_400_000;
const FAR_DAYS = 3650; // a date further away is none to plan by
const HOURS_BELOW_DAYS = 2;
const MINUTES_BELOW_HOURS = 2;

const unitOf = (days: number): [number, string] => {
  if (days > 0 && days * 24 < MINUTES_BELOW_HOURS) return [days * 1440, 'min'];
  return days < HOURS_BELOW_DAYS ? [days * 24, 'h'] : [days, 'days'];
};
const said = ([value, unit]: [number, string]): string => `${number(value, 0)} ${unit}`;

/** `22 to 75 days`, `30 h to 4 days`, `at least 22 days` when the end cannot be told, `no time` at the end. */
export function lifeRange(life: RemainingLife): string {
  if (life.hi !== null && life.hi <= 0) return 'no time';
  const low = unitOf(life.lo);
  if (life.hi === null) return `at least ${said(low)}`;
  const high = unitOf(life.hi);
  return low[1] === high[1] ? `${number(low[0], 0)} to ${said(high)}` : `${said(low)} to ${said(high)}`;
}

/** `9.1 days`, `30 h`, `12 min`: a stretch of time that is no range, such as an error. */
export function lifeSpan(days: number): string {
  const [value, unit] = unitOf(days);
  return `${number(value, unit === 'min' ? 0 : 1)} ${unit}`;
}

/** The day that lies `days` after `from`, ms; with its minute where that is what counts. */
export function dayAfter(from: number, days: number, zone: string): string {
  if (days > FAR_DAYS) return 'later than ten years';
  const at = from + days * DAY_MS;
  return days > 0 && days < HOURS_BELOW_DAYS ? toTheMinute(at, zone) : date(at, zone);
}

const LEAST = 0.001; // a smaller chance is told as below it

/** `3 to 14 %`, `0.4 to 2.1 %`, `below 0.1 %`: decimals only where they say something. */
export function chanceRange(chance: { lo: number; hi: number }): string {
  if (chance.hi < LEAST) return 'below 0.1 %';
  const decimals = chance.hi < 0.1 ? 1 : 0;
  return `${number(chance.lo * 100, decimals)} to ${number(chance.hi * 100, decimals)} %`;
}
