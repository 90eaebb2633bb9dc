import { describe, expect, it } from 'vitest';
import { amplitudeAt, isQuantity, LOOKS, quefrencies, axisFactor, cursorLines, faultLines, parseInterval, snapped, toDb, usualFaults, writeInterval } from '../src/lib/wave/state';
import { converted, passed, shadesOf, slug, withBand } from '../src/lib/wave/band';
import type { Band, MarkedBand } from '../src/lib/api/schema';
import { shadeOf } from '../src/lib/wave/heat';
import { chance, sure } from '../src/lib/words';
import { toMicros } from '../src/lib/time/parse';
import { pairs } from '../src/lib/charts/m4';

describe('cursors', () => {
  it('single, harmonics up to the top, sidebands on both sides', () => {
    expect(cursorLines('single', 100, 0, 1000).map((l) => l.hz)).toEqual([100]);
    expect(cursorLines('harmonic', 100, 0, 350).map((l) => l.hz)).toEqual([100, 200, 300]);
    expect(cursorLines('sideband', 100, 30, 1000).map((l) => l.hz)).toEqual([100, 70, 130, 40, 160, 10, 190]);
    expect(cursorLines('sideband', 100, 60, 1000).map((l) => l.hz)).toEqual([100, 40, 160, 220, 280]);
    expect(cursorLines('harmonic', 0, 0, 1000)).toEqual([]);
  });
  it('snap to the highest line within reach', () => {
    expect(snapped(101, 3, [99, 100, 102, 110], [1, 5, 2, 9])).toBe(100);
    expect(snapped(50, 3, [99, 100], [1, 5])).toBe(50);
    expect(amplitudeAt(101, [99, 100, 110], [1, 5, 9])).toBe(5);
  });
});

describe('axes', () => {
  it('orders need a speed', () => {
    expect(axisFactor('orders', 25)).toBe(1 / 25);
    expect(axisFactor('orders', null)).toBe(1);
    expect(axisFactor('cpm', null)).toBe(60);
  });
  it('a line is a quefrency, and looks that are no spectrum are told apart', () => {
    expect(quefrencies([{ name: '1×', about: '', hz: 25 }, { name: 'FTF', about: '', hz: 0.2 }], 2).map((l) => l.hz)).toEqual([0.04]);
    expect(LOOKS.filter(([look]) => isQuantity(look)).length).toBe(3);
  });
  it('decibels over the reference', () => expect(toDb(3, 1e-6)).toBeCloseTo(129.54, 2));
  it('intervals are read back', () => {
    expect(parseInterval(writeInterval([90, 110.5]))).toEqual([90, 110.5]);
    for (const bad of ['', '5', '9-3', 'a-b', '1-Infinity']) expect(parseInterval(bad)).toBeNull();
  });
});

describe('faults', () => {
  const lines = [{ name: '1×', about: '', hz: 30 }, { name: 'BPFO', about: '', hz: 107 }];
  it('five multiples of those chosen', () => {
    expect(faultLines(lines, ['BPFO'], 400).map((l) => l.hz)).toEqual([107, 214, 321]);
  });
  it('the shaft and what is named are drawn by themselves', () => {
    const machine = { shaft_hz: 30, shaft_from: '', bearing: null, bearing_from: '', lines };
    expect(usualFaults(machine, null)).toEqual(['1×']);
    expect(usualFaults(machine, 'bearing_outer_race')).toEqual(['1×', 'BPFO']);
  });
});

describe('words', () => {
  it('nothing is certain', () => {
    expect([sure(0.986), sure(0.99951), sure(1), sure(0.0004)]).toEqual(['98.6 %', '> 99.9 %', '> 99.9 %', '< 0.1 %']);
    expect([chance(0.0043), chance(3.1e-8), chance(0)]).toEqual(['0.0043', '3e-8', '< 1e-12']);
  });
  it('microseconds are kept', () => {
    expect(toMicros('2023-11-14T22:13:20.123456Z')).toBe(1_700_000_000_123_456);
    expect(toMicros('2023-11-14T22:13:20Z')).toBe(1_700_000_000_000_000);
  });
});

describe('pictures', () => {
  it('greys span from the noise to the highest', () => {
    const { low, high } = shadeOf([Array.from({ length: 1000 }, (_, i) => i)]);
    expect(low).toBe(350);
    expect(high).toBe(999);
  });
  it('pairs do not reach across a break', () => {
    const line = (last: (number | null | undefined)[]) => ({ signal: 1, aggregated: false, last, min: last, max: last, quality: [], made: new Set<number>(), gaps: [], bad: [] });
    const got = pairs({ times: [1, 2, 3, 4], lines: [line([1, undefined, null, 4]), line([undefined, 20, 30, undefined])] });
    expect(got).toEqual([{ time: 2, x: 1, y: 20 }, { time: 4, x: 4, y: 30 }]);
  });
});

describe('bands', () => {
  const seen: MarkedBand = { name: 'gear_mesh', about: '', of: 'velocity', from_hz: 380, to_hz: 420, rms: 2, missing: null, unit: 'mm/s', high: 1, high_high: 3, signal: 7 };
  it('are drawn where frequencies are those of the samples, limits where the quantity is theirs', () => {
    expect(shadesOf([seen], 'velocity')).toEqual([{ hz: [380, 420], label: '▲ gear mesh', limits: [Math.SQRT2, 3 * Math.SQRT2], over: true }]);
    expect(shadesOf([seen], 'amplitude')[0]?.limits).toEqual([]);
    expect(shadesOf([seen], 'envelope')).toEqual([]);
    expect(shadesOf([{ ...seen, from_hz: null, to_hz: null }], 'velocity')).toEqual([]);
    expect([passed(seen), passed({ ...seen, rms: 4 }), passed({ ...seen, rms: 0.5 }), passed({ ...seen, rms: null })]).toEqual([1, 3, null, null]);
  });
  it('take their place among the others', () => {
    const band = (name: string): Band => ({ name, from: 1, to: 2, unit: 'hz', of: 'amplitude' });
    const all = [band('a'), band('b')];
    expect(withBand(all, null, band('c')).map((b) => b.name)).toEqual(['a', 'b', 'c']);
    expect(withBand(all, 'a', band('c')).map((b) => b.name)).toEqual(['c', 'b']);
    expect(withBand(all, 'a', null).map((b) => b.name)).toEqual(['b']);
  });
  it('have names and edges that the program takes', () => {
    expect([slug(' Gear mesh, stage 2 '), slug('__'), slug('BPFO-1')]).toEqual(['gear_mesh_stage_2', '', 'bpfo-1']);
    expect([converted(98, 'hz', 'orders', 49), converted(2, 'orders', 'hz', 49), converted(98, 'hz', 'orders', null)]).toEqual([2, 98, 98]);
  });
});
