import { describe, expect, it } from 'vitest';
import type { Limits, Signal } from '../src/lib/api/types';
import { isComputed } from '../src/lib/live/virtual.svelte';
import { startValues } from '../src/lib/asset/limits';

describe('how the alarm of a new limit behaves', () => {
  const limits = { high: 60, high_high: 80 } as Limits;
  it('begins with what is usual for what is measured', () => {
    expect(startValues('bearing_temperature', { low: 0, high: 150 }, limits)).toEqual({ deadband: 1.5, on_delay_s: 60, off_delay_s: 60 });
    expect(startValues('flow', null, limits)).toEqual({ deadband: 4, on_delay_s: 15, off_delay_s: 15 });
    expect(startValues('power', null, {} as Limits)).toEqual({ deadband: 0, on_delay_s: 15, off_delay_s: 15 });
  });
});

describe('what is computed', () => {
  const one = (name: string, binding: unknown = null) => isComputed({ name, binding } as Signal);
  it('is told from a signal that comes from nowhere', () => {
    expect(['monitor/score', 'virtual/flow', 'phases/negative_sequence', 'battery/capacity', 'vibration_de/rms', 'vibration_de/velocity_3_to_10x', 'vibration_de/acceleration_high', 'vibration_de/band_gear'].every((name) => one(name))).toBe(true);
    expect([one('flow'), one('motor/current'), one('vibration_de/rms', { connection: 'plc', address: 'a' })]).toEqual([false, false, false]);
  });
});
