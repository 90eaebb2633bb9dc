// A machine's past on one axis: places, rows, where a life may end, the line of health.

import { expect, test } from 'vitest';
import type { PastEvent } from '../src/lib/api/schema';
import { axisOf, healthPath, lifeBand, placeOf, rowsOf } from '../src/lib/asset/past';
import { chanceRange } from '../src/lib/finding/life';

const DAY = 86_400_000;
const iso = (ms: number) => new Date(ms).toISOString();
const event = (kind: PastEvent['kind'], from: number, to: number | null): PastEvent => ({ kind, from: iso(from), to: to === null ? null : iso(to), title: '', finding: null, order: null, points: null, signal: null });

test('what is open goes on until now, a moment stays one', () => {
  expect(placeOf(event('finding', 10, null), 100)).toEqual({ from: 10, to: 100 });
  expect(placeOf(event('check', 10, null), 100)).toEqual({ from: 10, to: 10 });
  expect(placeOf(event('work', 10, 30), 100)).toEqual({ from: 10, to: 30 });
});

test('no event covers another while there is room', () => {
  expect(rowsOf([{ from: 0, to: 10 }, { from: 5, to: 6 }, { from: 20, to: 30 }], 4, 1)).toEqual([0, 1, 0]);
  expect(rowsOf([{ from: 0, to: 10 }, { from: 1, to: 10 }, { from: 2, to: 10 }], 2, 1)).toEqual([0, 1, 1]);
});

test('the axis reaches as far ahead as it does back, and no farther', () => {
  const band = lifeBand({ days: 20, lo: 10, hi: null, level: 0.9 }, 0);
  expect(band).toEqual({ from: 10 * DAY, to: 40 * DAY });
  expect(axisOf(-90 * DAY, 0, band)).toEqual({ from: -90 * DAY, to: 40 * DAY });
  expect(axisOf(-30 * DAY, 0, band)).toEqual({ from: -30 * DAY, to: 30 * DAY });
  expect(axisOf(-30 * DAY, 0, null).to).toBe(0);
});

test('health is a line of steps, broken where nothing judged', () => {
  const points = [{ at: iso(0), health: 100 }, { at: iso(10), health: 50 }, { at: iso(20), health: null }, { at: iso(30), health: 100 }];
  expect(healthPath(points, 40, (ms) => ms, (health) => 100 - health)).toBe('M0.0 0.0L10.0 0.0L10.0 50.0L20.0 50.0M30.0 0.0L40.0 0.0');
  expect(healthPath([], 40, (ms) => ms, (health) => health)).toBe('');
});

test('a chance is a range, with decimals only where they say something', () => {
  expect(chanceRange({ lo: 0.03, hi: 0.142 })).toBe('3 to 14 %');
  expect(chanceRange({ lo: 0.004, hi: 0.021 })).toBe(`${(0.4).toLocaleString()} to ${(2.1).toLocaleString()} %`);
  expect(chanceRange({ lo: 0, hi: 0.0004 })).toBe('below 0.1 %');
});
