// From the server's M4 buckets to aligned columns for a chart: one shared time axis, nulls where the
// record has a gap or must not be used, undefined where a series merely has no point at that time.

import type { RangeGap, RangeSeries } from '../api/types';

export type Cell = number | null | undefined;

export const BAD = 3;
export const STALE = 2;
const US = 1e6;

export interface Line {
  signal: number;
  /** True when buckets hold several samples: a band between min and max is drawn. */
  aggregated: boolean;
  last: Cell[];
  min: Cell[];
  max: Cell[];
  quality: (number | undefined)[];
  /** Times at which nothing was measured and a held value is drawn on. */
  made: Set<number>;
  gaps: Stretch[];
  bad: Stretch[];
}

export interface Stretch {
  from: number; // s
  to: number; // s
  reason: string;
}

export interface Aligned {
  times: number[]; // s
  lines: Line[];
}

interface Point {
  min: number | null;
  max: number | null;
  last: number | null;
  quality: number;
  /** Not measured: the value before, held until here. */
  made?: boolean;
}

const GAP_POINT: Point = { min: null, max: null, last: null, quality: 0 };

/**
 * The points of one series by time in µs, with a null point inside every gap that would be drawn across. A value that holds until
 * the next one (`held`: until when, µs) is drawn on to where the record breaks off, or to that time.
 */
function pointsOf(series: RangeSeries, held: number | null): Map<number, Point> {
  const points = new Map<number, Point>();
  series.times.forEach((time, i) => {
    const quality = series.quality[i] ?? 0;
    points.set(time, { min: series.min[i] ?? null, max: series.max[i] ?? null, last: series.last[i] ?? null, quality });
  });
  for (const gap of series.gaps) {
    const inside = series.times.some((time) => time > gap.from && time < gap.to);
    const middle = held === null ? gapMiddle(gap, series.times) : series.times.some((time) => time >= gap.to) ? gap.from + 1 : null;
    if (!inside && middle !== null) points.set(middle, GAP_POINT);
  }
  if (held !== null) hold(points, series.gaps, held);
  return points;
}

/** Draws values on that hold: to just before each point without a value, to the begin of a gap, else to the end. */
function hold(points: Map<number, Point>, gaps: RangeGap[], until: number): void {
  const times = [...points.keys()].sort((a, b) => a - b);
  times.forEach((time, i) => {
    const point = points.get(time);
    const next = times[i + 1];
    if (!point || point.last === null || (next !== undefined && points.get(next)?.last !== null)) return;
    const gap = gaps.find((one) => one.from > time && (next === undefined || one.from < next));
    const end = Math.min(gap?.from ?? Number.POSITIVE_INFINITY, next === undefined ? until : next - 1);
    if (end > time && !gaps.some((one) => one.from <= time && one.to >= end)) points.set(end, { ...point, min: point.last, max: point.last, made: true });
  });
}

/** A time strictly between the neighbours of a gap, where the line is to be broken. */
function gapMiddle(gap: RangeGap, times: number[]): number | null {
  const before = times.findLast((time) => time <= gap.from) ?? gap.from;
  const after = times.find((time) => time >= gap.to);
  if (after === undefined || after - before < 2) return null;
  const middle = Math.round((Math.max(before, gap.from) + Math.min(after, gap.to)) / 2);
  return middle > before && middle < after ? middle : before + 1;
}

/** Joins stretches of consecutive points that satisfy `want`, each reaching to the next point. */
export function stretches(times: number[], flags: boolean[], reason: string): Stretch[] {
  const out: Stretch[] = [];
  let from: number | null = null;
  for (let i = 0; i < times.length; i += 1) {
    const time = times[i] ?? 0;
    if (flags[i] && from === null) from = time;
    if (!flags[i] && from !== null) {
      out.push({ from, to: time, reason });
      from = null;
    }
  }
  const end = times.at(-1);
  if (from !== null && end !== undefined) out.push({ from, to: end, reason });
  return out;
}

/**
 * A break must reach from the last value before it to the first after it. Where another series has points in
 * between, this one has nothing there, and a chart would draw across: those places become part of the break.
 */
function expandGaps(cells: (Point | undefined)[]): (Point | undefined)[] {
  const out = [...cells];
  const spread = (from: number, step: number) => {
    for (let i = from + step; i >= 0 && i < cells.length && cells[i] === undefined; i += step) out[i] = GAP_POINT;
  };
  cells.forEach((cell, i) => {
    if (cell?.last !== null) return;
    spread(i, 1);
    spread(i, -1);
  });
  return out;
}

function lineOf(series: RangeSeries, points: Map<number, Point>, axis: number[]): Line {
  const cells = expandGaps(axis.map((time) => points.get(time)));
  const pick = (key: 'min' | 'max' | 'last') => cells.map((point) => (point ? point[key] : undefined));
  const own = series.times.map((time) => time / US);
  return {
    signal: series.signal,
    aggregated: !series.raw,
    last: pick('last'),
    min: pick('min'),
    max: pick('max'),
    quality: cells.map((point) => point?.quality),
    made: new Set([...points].filter(([, point]) => point.made).map(([time]) => time / US)),
    gaps: series.gaps.map((gap) => ({ from: gap.from / US, to: gap.to / US, reason: gap.reason })),
    bad: stretches(own, series.quality.map((q) => q >= STALE), 'quality'),
  };
}

/**
 * Puts any number of series onto one time axis. `shiftUs` moves them (comparison with an earlier period); `heldUs` says of those
 * whose values hold until the next one until when they do, µs.
 */
export function align(list: RangeSeries[], shiftUs: number[] = [], heldUs: (number | null)[] = []): Aligned {
  const moved = list.map((series, i) => shifted(series, shiftUs[i] ?? 0));
  const points = moved.map((series, i) => pointsOf(series, heldUs[i] ?? null));
  const axis = [...new Set(points.flatMap((one) => [...one.keys()]))].sort((a, b) => a - b);
  return { times: axis.map((time) => time / US), lines: moved.map((series, i) => lineOf(series, points[i] ?? new Map(), axis)) };
}

function shifted(series: RangeSeries, by: number): RangeSeries {
  if (by === 0) return series;
  return {
    ...series,
    times: series.times.map((time) => time + by),
    gaps: series.gaps.map((gap) => ({ ...gap, from: gap.from + by, to: gap.to + by })),
  };
}

/** The value a cursor at `time` (s) reads: the latest point not after it, unless a gap lies between. */
export function valueAt(aligned: Aligned, line: Line, time: number): { value: number | null; time: number; quality: number } | null {
  let low = 0;
  let high = aligned.times.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if ((aligned.times[mid] ?? 0) <= time) low = mid + 1;
    else high = mid;
  }
  for (let i = low - 1; i >= 0; i -= 1) {
    const value = line.last[i];
    if (value !== undefined) return { value, time: aligned.times[i] ?? 0, quality: line.quality[i] ?? 0 };
  }
  return null;
}

export interface Summary {
  n: number;
  min: number;
  max: number;
  mean: number;
}

/** Figures over the points of a selection; null when there is none. */
export function summarise(aligned: Aligned, line: Line, from: number, to: number): Summary | null {
  let n = 0;
  let sum = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  aligned.times.forEach((time, i) => {
    const value = line.last[i];
    if (time < from || time > to || value === null || value === undefined || line.made.has(time)) return;
    n += 1;
    sum += value;
    min = Math.min(min, line.min[i] ?? value);
    max = Math.max(max, line.max[i] ?? value);
  });
  return n === 0 ? null : { n, min, max, mean: sum / n };
}

/**
 * How long (s) a selection held each value, the longest first: a state stands until the next one. What lies in a gap or before the
 * first value is not counted.
 */
export function timeIn(aligned: Aligned, line: Line, from: number, to: number): [number, number][] {
  const held = new Map<number, number>();
  let [value, since]: [number | null, number] = [null, from];
  const until = (time: number) => {
    const length = Math.min(time, to) - Math.max(since, from);
    if (value !== null && length > 0) held.set(value, (held.get(value) ?? 0) + length);
  };
  aligned.times.forEach((time, i) => {
    const next = line.last[i];
    if (next === undefined) return;
    until(time);
    [value, since] = [next, time];
  });
  until(to);
  return [...held].sort((a, b) => b[1] - a[1]);
}

/** Counts of the selection's values in `bins` equal bins between its extremes. */
export function histogram(aligned: Aligned, line: Line, from: number, to: number, bins: number): number[] {
  const range = summarise(aligned, line, from, to);
  const out = new Array<number>(bins).fill(0);
  if (!range) return out;
  const width = (range.max - range.min) / bins || 1;
  aligned.times.forEach((time, i) => {
    const value = line.last[i];
    if (time < from || time > to || value === null || value === undefined || line.made.has(time)) return;
    const bin = Math.min(bins - 1, Math.max(0, Math.floor((value - range.min) / width)));
    out[bin] = (out[bin] ?? 0) + 1;
  });
  return out;
}

export interface Pair {
  time: number; // s
  x: number;
  y: number;
}

/** The first line's values against the second's: each point of either with the latest of the other, none across a break. */
export function pairs(aligned: Aligned): Pair[] {
  const [a, b] = aligned.lines;
  const out: Pair[] = [];
  let [x, y]: [number | null, number | null] = [null, null];
  aligned.times.forEach((time, i) => {
    const [nextX, nextY] = [a?.last[i], b?.last[i]];
    if (nextX !== undefined) x = nextX;
    if (nextY !== undefined) y = nextY;
    if (x !== null && y !== null && (nextX !== undefined || nextY !== undefined)) out.push({ time, x, y });
  });
  return out;
}
