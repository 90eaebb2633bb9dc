import { timeTicks } from '$lib/charts/ticks';
import { describe, expect, it } from 'vitest';
import { age, bytes, duration, inZone, number, timeLabels, words } from '$lib/time/format';
import { fixedRange, fromWall, isLive, parsePoint, parseRange, stepped, toMs, toWall, zoneOffset, zoomed } from '$lib/time/parse';

const BERLIN = 'Europe/Berlin';
const NOW = Date.parse('2026-11-22T12:00:00Z');

describe('reading times', () => {
  it('understands both forms of the API', () => {
    expect(toMs('2026-11-22T12:00:00Z')).toBe(NOW);
    expect(toMs(NOW * 1000)).toBe(NOW);
    expect(toMs(NOW)).toBe(NOW);
    expect(toMs(null)).toBeNull();
    expect(toMs('never')).toBeNull();
  });

  it('understands relative and absolute ranges', () => {
    expect(parseRange('now-8h..now', NOW, BERLIN)).toEqual({ from: NOW - 8 * 3_600_000, to: NOW });
    expect(parseRange('today..now', NOW, BERLIN)?.from).toBe(Date.parse('2026-11-21T23:00:00Z'));
    expect(parseRange('yesterday..today', NOW, BERLIN)).toEqual({ from: Date.parse('2026-11-20T23:00:00Z'), to: Date.parse('2026-11-21T23:00:00Z') });
    expect(parseRange('2026-11-22T06:00..2026-11-22T14:00', NOW, BERLIN)).toEqual({ from: Date.parse('2026-11-22T05:00:00Z'), to: Date.parse('2026-11-22T13:00:00Z') });
    expect(parseRange('2026-11-22T06:00Z..2026-11-22T14:00+01:00', NOW, BERLIN)?.to).toBe(Date.parse('2026-11-22T13:00:00Z'));
  });

  it.each(['', 'now', 'now..now', 'now..now-1h', 'a..b', 'now-1x..now', '1..2..3', 'now-8h..'])('refuses %j', (text) => {
    expect(parseRange(text, NOW, BERLIN)).toBeNull();
  });

  it('writes what it can read', () => {
    const span = { from: NOW - 1234, to: NOW };
    expect(parseRange(fixedRange(span), 0, 'UTC')).toEqual(span);
    expect(isLive('now-1h..now')).toBe(true);
    expect(isLive(fixedRange(span))).toBe(false);
  });

  it('keeps its feet when the clocks change', () => {
    expect(zoneOffset(Date.parse('2026-07-01T00:00:00Z'), BERLIN)).toBe(7_200_000);
    expect(zoneOffset(NOW, BERLIN)).toBe(3_600_000);
    expect(fromWall('2026-10-25T12:00', BERLIN)).toBe(Date.parse('2026-10-25T11:00:00Z'));
    expect(fromWall('2026-03-29T12:00', BERLIN)).toBe(Date.parse('2026-03-29T10:00:00Z'));
    expect(toWall(NOW, BERLIN)).toBe('2026-11-22T13:00:00');
    // The day the clocks go back is 25 hours long.
    const late = Date.parse('2026-10-26T10:00:00Z');
    const day = parseRange('yesterday..today', late, BERLIN);
    expect(day && day.to - day.from).toBe(25 * 3_600_000);
    expect(parsePoint('today', late, BERLIN)).toBe(Date.parse('2026-10-25T23:00:00Z'));
  });

  it('steps and zooms around a point', () => {
    expect(stepped({ from: 0, to: 10 }, -0.5)).toEqual({ from: -5, to: 5 });
    expect(zoomed({ from: 0, to: 10 }, 0.5)).toEqual({ from: 2.5, to: 7.5 });
    expect(zoomed({ from: 0, to: 10 }, 0.5, 0)).toEqual({ from: 0, to: 5 });
  });
});

describe('writing for people', () => {
  it('ages, lengths and sizes', () => {
    expect([0, 5_000, 90_000, 5_400_000, 90_000_000].map(age)).toEqual(['now', '5 s', '1 min', '1 h 30 min', '1 d 1 h']);
    expect(duration(28_800_000)).toBe('8 h');
    expect(duration(250)).toBe('250 ms');
    expect(bytes(81_220_114)).toBe('81.2 MB');
  });

  it('numbers without false digits, and no number for none', () => {
    expect(number(null)).toBe('–');
    expect(number(Number.NaN)).toBe('–');
    expect(number(3.14159, 1)).toBe('3.1');
    expect(number(0.0000123)).toBe('1.23e-5');
    expect([number(123.456), number(12_345_678.9), number(3e12)]).toEqual(['123.5', '12,345,679', '3.00e+12']);
  });

  it('axis labels put the date where the day begins', () => {
    const midnight = Date.parse('2026-11-22T00:00:00Z') / 1000;
    const labels = timeLabels([midnight - 1800, midnight, midnight + 1800], 1800, 'UTC');
    expect(labels[0]).toBe('23:30');
    expect(labels[1]).toContain('22');
    expect(labels[2]).toBe('00:30');
  });

  it('says where the clock was put back and where a year begins', () => {
    const two = Date.parse('2026-10-25T00:00:00Z') / 1000;
    expect(timeLabels([two - 3600, two, two + 3600, two + 7200], 3600, BERLIN).map((label) => label.replace(/^Oct 25,? /, ''))).toEqual(['01:00', '02:00 GMT+2', '02:00 GMT+1', '03:00']);
    const halves = [0, 1, 2, 3, 4].map((i) => two + i * 1800);
    expect(timeLabels(halves, 1800, BERLIN).map((label) => label.replace(/^Oct 25,? /, ''))).toEqual(['02:00 GMT+2', '02:30 GMT+2', '02:00 GMT+1', '02:30 GMT+1', '03:00']);
    const days = ['2025-12-01', '2026-01-01', '2026-02-01'].map((day) => Date.parse(`${day}T00:00:00Z`) / 1000);
    expect(timeLabels(days, 31 * 86_400, 'UTC')).toEqual(['Dec 01', 'Jan 01, 2026', 'Feb 01']);
  });

  it('sentences tell times of UTC in the time of the site', () => {
    const told = 'Flow is low. Since 2026-07-01T06:00:04Z, 3.2 times the limit.';
    expect(inZone(told, BERLIN)).toMatch(/Since Jul 01, 2026, 08:00:04 (GMT\+2|CEST), 3\.2/);
    expect(inZone(told, 'UTC')).toMatch(/06:00:04 UTC/);
    expect(inZone('no time in 2026-07-01', BERLIN)).toBe('no time in 2026-07-01');
  });

  it('slugs as words', () => {
    expect(words('bearing_temperature')).toBe('Bearing temperature');
    expect(words('cnc_spindle')).toBe('CNC spindle');
  });
});

describe('a time axis of our own', () => {
  const at = (text: string) => Date.parse(text);
  it('has round times of the wall clock, few enough to be read', () => {
    const { at: ticks, step } = timeTicks(at('2026-11-26T05:21:00Z'), at('2026-11-27T05:21:00Z'), 12, 'Europe/Berlin');
    expect(step).toBe(2 * 3_600_000);
    expect(ticks[0]).toBe(at('2026-11-26T07:00:00Z')); // 08:00 in Berlin
    expect(ticks.length).toBe(12);
  });
  it('stays on the wall clock where clocks change', () => {
    const { at: ticks } = timeTicks(at('2026-10-24T00:00:00Z'), at('2026-10-27T00:00:00Z'), 3, 'Europe/Berlin');
    expect(ticks.map((ms) => new Date(ms).toISOString().slice(5, 16))).toEqual(['10-24T22:00', '10-25T23:00', '10-26T23:00']);
  });
  it('has whole days over weeks, and hardly any over nothing', () => {
    expect(timeTicks(at('2026-11-01T00:00:00Z'), at('2026-11-15T00:00:00Z'), 7, 'UTC').step).toBe(2 * 86_400_000);
    expect(timeTicks(0, 0, 5, 'UTC').at).toEqual([0]);
    expect(timeTicks(0, 400 * 86_400_000, 2, 'UTC').at.length).toBeLessThan(5);
  });
});
