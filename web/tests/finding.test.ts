// How findings are told: how long something lasts, how rare chance is, what weighs most.

import { expect, test } from 'vitest';
import type { Finding } from '../src/lib/api/types';
import { unitsOf, type LaneLine } from '../src/lib/charts/lane';
import { dayAfter, lifeRange, lifeSpan } from '../src/lib/finding/life';
import { alone, concerns, grouped, told } from '../src/lib/finding/repeats';
import { byWeight } from '../src/lib/overview';
import { byChance, howBad } from '../src/lib/words';

const life = (lo: number, hi: number | null) => ({ lo, hi, days: lo, level: 0.9 });

test('a remaining life is a range in units that people plan by', () => {
  expect(lifeRange(life(22, 75))).toBe('22 to 75 days');
  expect(lifeRange(life(0.5, 1.25))).toBe('12 to 30 h');
  expect(lifeRange(life(0, 0))).toBe('no time');
  expect([lifeSpan(0.05), lifeSpan(0.5), lifeSpan(9.04)]).toEqual(['72 min', '12.0 h', '9.0 days']);
  expect(lifeRange(life(1.25, 4))).toBe('30 h to 4 days');
  expect(lifeRange(life(22, null))).toBe('at least 22 days');
  expect(dayAfter(Date.UTC(2026, 10, 26), 5000, 'UTC')).toBe('later than ten years');
  const [soon, late] = [0.125, 12].map((days) => dayAfter(Date.UTC(2026, 10, 26), days, 'UTC'));
  expect([/03:00/.test(soon ?? ''), /:/.test(late ?? '')]).toEqual([true, false]);
});

test('a p-value is told as how often chance does the same', () => {
  expect(byChance(0.0004)).toBe(`1 time in ${(2500).toLocaleString()}`);
  expect(byChance(0.04)).toBe('1 time in 25');
  expect(byChance(2e-8)).toBe('1 time in 50 million');
  expect(byChance(0)).toBe('less than 1 time in a billion');
});

test('only a limit and a life have an end that something is on its way to', () => {
  const bad = (kind: Finding['kind'], beyond: number | null, rul = false) => howBad({ kind, severity: 0.96, beyond, rul: rul ? life(1, 2) : null });
  expect([bad('anomaly', 25.4), bad('anomaly', 2.25)].map((one) => one.figure)).toEqual(['25 ×', '2.3 ×']);
  expect(bad('anomaly', 25).of).toMatch(/^the limit of what was learned/);
  expect(bad('limit', null)).toEqual({ figure: '96 %', of: 'of the way to the limit that stops the machine' });
  expect([bad('degradation', null, true), bad('degradation', null), bad('anomaly', null)].map((one) => one.of.slice(0, 14))).toEqual(['of the way to ', 'of severe dama', 'unlike what wa']);
});

test('the active finding that is worst and surest comes first', () => {
  const one = (id: number, state: 'active' | 'cleared', severity: number, probability: number) => ({ id, state, severity, probability }) as Finding;
  const list = [one(1, 'cleared', 1, 1), one(2, 'active', 0.9, 0.5), one(3, 'active', 0.6, 0.99)].sort(byWeight);
  expect(list.map((f) => f.id)).toEqual([3, 2, 1]);
});

test('what came again and again is one row, what is active is never hidden', () => {
  const one = (id: number, state: 'active' | 'cleared', title: string) => ({ id, state, title, asset: 1, since: id * 1e6, until: '' }) as unknown as Finding;
  const list = [one(1, 'cleared', 'hot'), one(2, 'cleared', 'hot'), one(3, 'active', 'hot'), one(4, 'cleared', 'cold')];
  expect(grouped(list).map((g) => [g.finding.id, g.before.map((f) => f.id), g.first])).toEqual([[3, [2, 1], 1e6], [4, [], 4e6]]);
  expect(grouped([one(7, 'active', '24.3 times its usual'), one(6, 'cleared', '18 times its usual'), one(5, 'cleared', 'zone 2 hot')]).map((g) => g.before.length)).toEqual([1, 0]);
  expect(grouped([one(5, 'active', 'hot'), ...list]).map((g) => [g.finding.id, g.before.length])).toEqual([[5, 2], [3, 0], [4, 0]]);
});

test('a fault that shows in more than one way is one row, led by what names it; a sensor has its own', () => {
  const one = (id: number, asset: number, kind: string, severity: number, more = {}) => ({ id, asset, kind, severity, probability: 1, state: 'active', since: id * 1e6, until: '', title: '', ...more }) as unknown as Finding;
  const rul = (lo: number) => ({ lo, hi: null, days: lo, level: 0.9 });
  const list = [one(1, 1, 'anomaly', 0.9), one(2, 1, 'degradation', 0.5, { rul: rul(9) }), one(3, 1, 'sensor_fault', 0.3), one(4, 2, 'anomaly', 0.8), one(5, 2, 'degradation', 0.1, { rul: rul(3) })];
  const rows = concerns(list.map(alone));
  expect(rows.map((row) => [row.finding.id, row.signs.map((f) => f.id)])).toEqual([[2, [1]], [4, [5]], [3, []]]);
  expect(rows.map(told).map((row) => [row.heaviest.severity, row.since, row.soonest?.id])).toEqual([[0.9, 1e6, 2], [0.8, 4e6, 5], [0.3, 3e6, undefined]]);
  // a sign that names a failure says what to do, where it weighs enough
  const named = [one(7, 4, 'anomaly', 0.9), one(8, 4, 'anomaly', 0.5, { failure_mode: 'cavitation' }), one(9, 4, 'anomaly', 0.2, { failure_mode: 'unbalance' })];
  expect(concerns(named.map(alone)).map((row) => [row.finding.id, told(row).adviser.id])).toEqual([[7, 8]]);
  // what is over is not drawn into what holds
  const over = concerns([one(6, 1, 'anomaly', 0.9, { state: 'cleared' }), one(1, 1, 'anomaly', 0.9)].map(alone));
  expect(over.map((row) => [row.finding.id, row.signs.length])).toEqual([[1, 0], [6, 0]]);
});

test('the lines of a lane share a scale by unit', () => {
  const line = (unit: string): LaneLine => ({ label: unit, colour: 0, stepped: false, past: false, unit });
  expect(unitsOf([line('mm/s'), line('Cel'), line('mm/s')])).toEqual(['mm/s', 'Cel']);
});
