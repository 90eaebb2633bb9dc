// How the alarm of a new limit behaves to begin with: start values of common practice by what is measured. Noise about a limit
// without them is an alarm each time.

import type { Limits, Signal } from '../api/types';

type Range = NonNullable<Signal['range']>;

/** Deadband in percent of the range, delays in seconds. */
const STARTS: [RegExp, number, number][] = [
  [/flow/, 5, 15],
  [/level/, 5, 60],
  [/pressure/, 2, 15],
  [/temperature/, 1, 60],
];
const OTHERS = [2, 15] as const;

/** The deadband and delays for a signal of this role; the deadband is part of the range, else of the largest limit. */
export function startValues(role: Signal['role'], range: Range | null, limits: Limits): Pick<Limits, 'deadband' | 'on_delay_s' | 'off_delay_s'> {
  const [, percent, delay] = STARTS.find(([name]) => name.test(role)) ?? [null, ...OTHERS];
  const levels = [limits.low_low, limits.low, limits.high, limits.high_high].filter((v): v is number => typeof v === 'number');
  const span = range ? range.high - range.low : Math.max(0, ...levels.map(Math.abs));
  return { deadband: Number(((span * percent) / 100).toPrecision(2)), on_delay_s: delay, off_delay_s: delay };
}
