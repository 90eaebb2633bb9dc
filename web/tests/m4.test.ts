import { describe, expect, it } from 'vitest';
import type { RangeSeries } from '$lib/api/types';
import { align, histogram, stretches, summarise, timeIn, valueAt } from '$lib/charts/m4';
import { merged } from '$lib/charts/paint';
import { sparkPath, ticks } from '$lib/charts/draw';

const S = 1_000_000;

function series(signal: number, times: number[], values: (number | null)[], more: Partial<RangeSeries> = {}): RangeSeries {
  const us = times.map((t) => t * S);
  return { signal, raw: true, bucket_us: S, times: us, min: values, max: values, first: values, last: values, count: values.map(() => 1), quality: values.map(() => 0), gaps: [], ...more };
}

describe('from M4 to chart columns', () => {
  it('puts series with other times onto one axis, absent where they have no point', () => {
    const { times, lines } = align([series(1, [0, 2], [1, 2]), series(2, [1, 2], [10, 20])]);
    expect(times).toEqual([0, 1, 2]);
    expect(lines.map((l) => l.last)).toEqual([[1, undefined, 2], [undefined, 10, 20]]);
  });

  it('breaks the line inside a gap of the ledger', () => {
    const gap = { from: 1 * S, to: 4 * S, reason: 'connection_lost' };
    const { times, lines } = align([series(1, [0, 1, 4, 5], [1, 2, 3, 4], { gaps: [gap] })]);
    const at = lines[0]?.last.indexOf(null) ?? -1;
    expect(times[at]).toBeGreaterThan(1);
    expect(times[at]).toBeLessThan(4);
    expect(lines[0]?.gaps).toEqual([{ from: 1, to: 4, reason: 'connection_lost' }]);
  });

  it('breaks only the line whose gap it is', () => {
    const gap = { from: 1 * S, to: 3 * S, reason: 'x' };
    const { lines } = align([series(1, [0, 4], [1, 2], { gaps: [gap] }), series(2, [0, 1, 2, 3, 4], [5, 5, 5, 5, 5])]);
    expect(lines[0]?.last).toContain(null);
    expect(lines[1]?.last).not.toContain(null);
  });

  it('keeps the break where another series has points inside it', () => {
    const gap = { from: 1 * S, to: 5 * S, reason: 'x' };
    const { lines } = align([series(1, [0, 1, 5, 6], [1, 2, 3, 4], { gaps: [gap] }), series(2, [0, 1, 2, 3.5, 4, 5, 6], [9, 9, 9, 9, 9, 9, 9])]);
    expect(lines[0]?.last).toEqual([1, 2, null, null, null, null, 3, 4]);
    expect(lines[1]?.last.filter((v) => v !== undefined)).toHaveLength(7);
  });

  it('needs no break where nothing follows the gap, or values lie inside it', () => {
    const open = { from: 2 * S, to: 99 * S, reason: 'x' };
    expect(align([series(1, [0, 1], [1, 2], { gaps: [open] })]).lines[0]?.last).toEqual([1, 2]);
    const crossed = { from: 0, to: 3 * S, reason: 'x' };
    expect(align([series(1, [0, 1, 4], [1, 2, 3], { gaps: [crossed] })]).lines[0]?.last).toEqual([1, 2, 3]);
  });

  it('marks stretches that must not be trusted', () => {
    const { lines } = align([series(1, [0, 1, 2, 3], [1, null, null, 4], { quality: [0, 3, 3, 0] })]);
    expect(lines[0]?.bad).toEqual([{ from: 1, to: 3, reason: 'quality' }]);
    expect(lines[0]?.last).toEqual([1, null, null, 4]);
    expect(stretches([0, 1, 2], [false, true, true], 'q')).toEqual([{ from: 1, to: 2, reason: 'q' }]);
  });

  it('shifts an earlier period onto the present one', () => {
    const before = series(1, [0, 1], [5, 6], { gaps: [{ from: 0.25 * S, to: 0.75 * S, reason: 'x' }] });
    const { times, lines } = align([series(1, [10, 11], [1, 2]), before], [0, 10 * S]);
    expect(times).toEqual([10, 10.5, 11]);
    expect(lines[1]?.last.filter((v) => v !== null)).toEqual([5, 6]);
    expect(lines[1]?.gaps[0]?.from).toBe(10.25);
  });

  it('reads the value under a cursor, none within a gap', () => {
    const gap = { from: 1 * S, to: 9 * S, reason: 'x' };
    const aligned = align([series(1, [0, 1, 9], [1, 2, 3], { gaps: [gap] }), series(2, [0.5, 8], [7, 7])]);
    const line = aligned.lines[0];
    if (!line) throw new Error('no line');
    expect(valueAt(aligned, line, 0.9)?.value).toBe(1);
    expect(valueAt(aligned, line, 6)?.value).toBeNull();
    expect(valueAt(aligned, line, 9.5)?.value).toBe(3);
    expect(valueAt(aligned, line, -1)).toBeNull();
  });

  it('summarises a selection with the extremes of buckets', () => {
    const aligned = align([series(1, [0, 1, 2, 3], [1, 2, 3, 100], { raw: false, min: [0, 1, -5, 0], max: [2, 3, 9, 200] })]);
    const line = aligned.lines[0];
    if (!line) throw new Error('no line');
    expect(summarise(aligned, line, 0, 2)).toEqual({ n: 3, min: -5, max: 9, mean: 2 });
    expect(summarise(aligned, line, 50, 60)).toBeNull();
    expect(histogram(aligned, line, 0, 2, 7).reduce((a, b) => a + b, 0)).toBe(3);
  });

  it('tells how long a state was in each of its states', () => {
    const gap = { from: 6 * S, to: 8 * S, reason: 'connection_lost' };
    const aligned = align([series(1, [0, 4, 5, 8], [0, 1, 0, 1], { gaps: [gap] }), series(2, [10], [7])]);
    const line = aligned.lines[0];
    if (!line) throw new Error('no line');
    // 0 from 2 to 4 and from 5 to the gap, which is broken in its middle; 1 from 4 to 5 and from 8 to 9
    expect(timeIn(aligned, line, 2, 9)).toEqual([[0, 4], [1, 2]]);
    expect([timeIn(aligned, line, 20, 30), timeIn(aligned, line, -9, 0)]).toEqual([[[1, 10]], []]);
  });
});

describe('drawing', () => {
  it('merges overlapping shades once', () => {
    expect(merged([{ from: 3, to: 5, reason: 'b' }, { from: 0, to: 4, reason: 'a' }, { from: 9, to: 10, reason: 'c' }])).toEqual([{ from: 0, to: 5, reason: 'a' }, { from: 9, to: 10, reason: 'c' }]);
  });

  it('breaks a sparkline where values are missing', () => {
    const path = sparkPath([[0, 1], [1, 2], [2, Number.NaN], [3, 1]], 0, 3, { width: 30, height: 10 });
    expect(path.match(/M/g)).toHaveLength(2);
    expect(sparkPath([], 0, 1, { width: 1, height: 1 })).toBe('');
  });

  it('ticks are round', () => {
    expect(ticks(0, 10, 5)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(ticks(1, 1, 5)).toEqual([1]);
  });
});

describe('a value that holds until the next one', () => {
  const at = (times: number[], values: (number | null)[], until: number, gaps: { from: number; to: number }[] = []) => {
    const us = gaps.map((gap) => ({ from: gap.from * S, to: gap.to * S, reason: 'connection_lost' }));
    const { times: axis, lines } = align([series(1, times, values, { gaps: us })], [], [until * S]);
    return axis.map((time, i) => [Math.round(time * 100) / 100, lines[0]?.last[i]]);
  };
  it('is drawn to the end of what is known', () => {
    expect(at([0, 10], [1, 2], 60)).toEqual([[0, 1], [10, 2], [60, 2]]);
  });
  it('is drawn to where the record breaks off, and not beyond', () => {
    expect(at([0, 10, 50], [1, 2, 1], 60, [{ from: 30, to: 40 }])).toEqual([[0, 1], [10, 2], [30, 2], [30, null], [50, 1], [60, 1]]);
    expect(at([0, 10], [1, 2], 60, [{ from: 30, to: 60 }])).toEqual([[0, 1], [10, 2], [30, 2]]);
    expect(at([0, 10, 20, 30], [1, 2, null, 1], 30)).toEqual([[0, 1], [10, 2], [20, 2], [20, null], [30, 1]]);
  });
  it('counts as held, and no sample more', () => {
    const aligned = align([series(1, [0, 10], [1, 2])], [], [60 * S]);
    expect(timeIn(aligned, aligned.lines[0]!, 0, 60)).toEqual([[2, 50], [1, 10]]);
    expect(summarise(aligned, aligned.lines[0]!, 0, 60)?.n).toBe(2);
  });
});
