import { describe, expect, it } from 'vitest';
import type { Limits } from '../src/lib/api/types';
import { startValues } from '../src/lib/asset/limits';

describe('how the alarm of a new limit behaves', () => {
  const limits = { high: 60, high_high: 80 } as Limits;
  it('begins with what is usual for what is measured', () => {
    expect(startValues('bearing_temperature', { low: 0, high: 150 }, limits)).toEqual({ deadband: 1.5, on_delay_s: 60, off_delay_s: 60 });
    expect(startValues('flow', null, limits)).toEqual({ deadband: 4, on_delay_s: 15, off_delay_s: 15 });
    expect(startValues('power', null, {} as Limits)).toEqual({ deadband: 0, on_delay_s: 15, off_delay_s: 15 });
  });
});
