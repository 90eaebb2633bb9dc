// Where a time axis of our own has its ticks: round times of the wall clock in a zone.

import { zoneOffset } from '../time/parse';

const MIN = 60_000;
const HOUR = 60 * MIN;
const DAY = 24 * HOUR;
const STEPS = [MIN, 5 * MIN, 10 * MIN, 30 * MIN, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY];

/** At most about `most` round times between two instants, ms, and the step between them. */
export function timeTicks(from: number, to: number, most: number, zone: string): { at: number[]; step: number } {
  const rough = (to - from) / Math.max(1, most);
  const step = STEPS.find((ms) => ms >= rough) ?? 28 * DAY * Math.ceil(rough / (28 * DAY));
  const ahead = to > from ? zoneOffset(from, zone) : 0;
  const at: number[] = [];
  // where clocks change between two ticks the wall clock stays round
  for (let wall = Math.ceil((from + ahead) / step) * step; wall - ahead <= to; wall += step) at.push(wall - zoneOffset(wall - ahead, zone));
  return { at, step };
}
