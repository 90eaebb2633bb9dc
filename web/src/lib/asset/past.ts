// A machine's past on one axis: where each event is drawn, and how far the axis goes.

import type { HealthPoint, PastEvent, RemainingLife } from '../api/schema';
import { toMs } from '../time/parse';

const DAY_MS = 86_400_000;

/** A place on the axis, ms. */
export interface Place {
  from: number;
  to: number;
}

/** From when to when something holds; what is open goes on until `now`. */
export const placeOf = (event: PastEvent, now: number): Place => {
  const from = toMs(event.from) ?? now;
  const to = event.kind === 'finding' ? (toMs(event.to) ?? now) : (toMs(event.to) ?? from);
  return { from, to: Math.max(from, to) };
};

/** The row of each event, so that none covers another; what finds no room within `rows` shares the last. */
export function rowsOf(places: Place[], rows: number, gap: number): number[] {
  const ends: number[] = [];
  return places.map((place) => {
    const free = ends.findIndex((end) => end + gap <= place.from);
    const row = free >= 0 ? free : Math.min(ends.length, rows - 1);
    ends[row] = Math.max(ends[row] ?? -Infinity, place.to);
    return row;
  });
}

/** Where a life may end, ms: its low and high end; an open end is as far again as the median. */
export function lifeBand(life: RemainingLife, from: number): Place {
  return { from: from + life.lo * DAY_MS, to: from + (life.hi ?? life.days * 2) * DAY_MS };
}

/** The shortest past that is drawn, ms: a machine that has just been connected has no more. */
const PAST_MIN_MS = 600_000;

/** Where the past begins, ms: at `from`, or a little before the first that is known. */
export function beginning(from: number, now: number, health: HealthPoint[], events: PastEvent[]): number {
  const judged = health.filter((point) => point.health !== null).map((point) => toMs(point.at) ?? now);
  const first = Math.min(now, ...judged, ...events.map((event) => placeOf(event, now).from));
  return Math.max(from, now - Math.max(PAST_MIN_MS, (now - first) * 1.05));
}

/** The axis: the past, and as much of what may come as the past is long at most. */
export function axisOf(from: number, now: number, band: Place | null): Place {
  const room = (now - from) * 1;
  return { from, to: band ? Math.min(Math.max(band.to, now), now + room) : now };
}

/** The health as the corners of a line, broken where nothing judged the machine. */
export function healthPath(points: HealthPoint[], until: number, x: (ms: number) => number, y: (health: number) => number): string {
  let path = '';
  let pen = false;
  points.forEach((point, i) => {
    const [from, to] = [toMs(point.at) ?? until, toMs(points[i + 1]?.at) ?? until];
    if (point.health === null) {
      pen = false;
      return;
    }
    const level = y(point.health).toFixed(1);
    path += `${pen ? 'L' : 'M'}${x(from).toFixed(1)} ${level}L${x(to).toFixed(1)} ${level}`;
    pen = true;
  });
  return path;
}
