// Bands of a spectrum that a person marks: where they lie, what is typed of one, how one is put among the others.

import type { Band, BandQuantity, BandUnit, Limits, MarkedBand } from '../api/schema';
import { short, type Interval, type Look } from './state';

/** A band on the chart. */
export interface Shade {
  hz: Interval;
  label: string;
  /** How high one line alone would have to be to reach each limit; none where another quantity is drawn. */
  limits: number[];
  over: boolean;
}

const PEAK_OF_RMS = Math.SQRT2; // of a sine

export const said = (name: string): string => name.replaceAll('_', ' ');

/** The limit that a band is beyond, the outer one first; null when it is within. */
export function passed(band: MarkedBand): number | null {
  const limits = [band.high_high, band.high].filter((at) => at !== null);
  return limits.find((at) => band.rms !== null && band.rms > at) ?? null;
}

/** The bands on the chart of a look: an envelope's frequencies are other ones. */
export function shadesOf(bands: MarkedBand[], look: Look): Shade[] {
  if (look !== 'amplitude' && look !== 'velocity') return [];
  return bands.flatMap((band) => {
    if (band.from_hz === null || band.to_hz === null) return [];
    const over = passed(band) !== null;
    const own = band.of === look ? [band.high, band.high_high].filter((at) => at !== null) : [];
    return [{ hz: [band.from_hz, band.to_hz] as Interval, label: `${over ? '▲ ' : ''}${said(band.name)}`, limits: own.map((at) => at * PEAK_OF_RMS), over }];
  });
}

/** What the program takes as a name, from what a person writes. */
export const slug = (text: string): string => text.trim().toLowerCase().replace(/[^a-z0-9-]+/g, '_').replace(/^_+|_+$/g, '');

export const NO_LIMITS: Limits = {
  deadband: 0, on_delay_s: 0, off_delay_s: 0, latch: false, realarm_s: 0, requires_comment: false, priority: 'medium', outer_priority: 'high',
};

/** An edge in another unit; as it is when nobody knows how fast the shaft turns. */
export function converted(edge: number, from: BandUnit, to: BandUnit, shaftHz: number | null): number {
  if (from === to || !shaftHz) return edge;
  return Number(short(to === 'orders' ? edge / shaftHz : edge * shaftHz));
}

/** The bands with `band` in the place of the one that was called `before`, behind the others when it is new; without it when null. */
export function withBand(bands: Band[], before: string | null, band: Band | null): Band[] {
  const known = bands.some((one) => one.name === before);
  const list = bands.flatMap((one) => (one.name === before ? (band ? [band] : []) : [one]));
  return band && !known ? [...list, band] : list;
}

/** Velocity is had of acceleration. */
export const QUANTITIES_OF = (unit: string): BandQuantity[] => (unit === 'm/s2' || unit === '[g]' ? ['amplitude', 'velocity'] : ['amplitude']);
