// The spectrum page's state is its URL: `s` the signal, `at` the waveform, `of` what is transformed, `x` and `y` the
// axes, `cur` and `f` the cursor, `side` the distance of its sidebands, `z` what is seen (Hz), `band` the envelope's,
// `win` the window, `avg` the parts averaged, `ref` the waveform to compare with, `fall` what the waterfall runs over,
// `shaft` whose turn is averaged, `mark` the band that is being marked (Hz; `1` before it has edges).

import type { Fade, FaultLine, Machine, PeakView, Quantity } from '../api/schema';

export type AxisKind = 'hz' | 'orders' | 'cpm';
export type CursorKind = 'single' | 'harmonic' | 'sideband';
export type Interval = [number, number];

export const QUANTITIES: [Quantity, string, string][] = [
  ['amplitude', 'Spectrum', 'The samples as they are'],
  ['velocity', 'Velocity', 'Acceleration integrated to mm/s, in the band of ISO 10816-3'],
  ['envelope', 'Envelope', 'What strikes again and again, as a ball over a pit'],
];
/** Looks at a block that are no spectrum. */
export type Look = Quantity | 'cepstrum' | 'turn';
export const LOOKS: [Look, string, string][] = [
  ...QUANTITIES,
  ['cepstrum', 'Cepstrum', 'What repeats in the spectrum: a family of lines f apart is one peak at 1/f'],
  ['turn', 'One turn', 'The mean turn of a shaft: what repeats with it stays, all else fades'],
];
export const isQuantity = (look: Look): look is Quantity => QUANTITIES.some(([word]) => word === look);
export const WINDOWS: [Fade, string][] = [['hann', 'Hann'], ['flat_top', 'Flat top'], ['rectangular', 'None']];
export const AVERAGES: [string, string][] = [['1', 'Whole block'], ['4', '4 parts'], ['16', '16 parts'], ['64', '64 parts']];
export const AXES: [AxisKind, string][] = [['hz', 'Hz'], ['orders', 'Orders'], ['cpm', 'CPM']];
export const CURSORS: [CursorKind, string][] = [['single', 'Single'], ['harmonic', 'Harmonics'], ['sideband', 'Sidebands']];

export const HARMONICS = 10; // more crowd the chart
export const SIDEBANDS = 3; // to each side

export const pick = <T extends string>(text: string, all: readonly (readonly [T, ...unknown[]])[], otherwise: T): T =>
  all.find(([word]) => word === text)?.[0] ?? otherwise;

/** Hz to the axis: orders need the shaft's speed, without it the axis stays in Hz. */
export function axisFactor(kind: AxisKind, shaftHz: number | null): number {
  if (kind === 'cpm') return 60;
  return kind === 'orders' && shaftHz ? 1 / shaftHz : 1;
}

export const axisUnit = (kind: AxisKind, shaftHz: number | null): string =>
  kind === 'cpm' ? 'CPM' : kind === 'orders' && shaftHz ? '× shaft' : 'Hz';

export const toDb = (amplitude: number, reference: number): number => 20 * Math.log10(Math.max(amplitude, 1e-300) / reference);

/** `90-110.5` as two rising numbers; null when it is none. */
export function parseInterval(text: string): Interval | null {
  const [from, to] = text.split('-').map(Number);
  return text && from !== undefined && to !== undefined && from >= 0 && to > from && Number.isFinite(to) ? [from, to] : null;
}

export const writeInterval = ([from, to]: Interval): string => `${short(from)}-${short(to)}`;
export const short = (value: number): string => String(Number(value.toPrecision(6)));

export interface Stroke {
  hz: number;
  label: string;
  main: boolean;
}

/** The lines of a cursor at `hz`: itself, its multiples, or a carrier with sidebands `side` apart. */
export function cursorLines(kind: CursorKind, hz: number, side: number, top: number): Stroke[] {
  if (!(hz > 0)) return [];
  if (kind === 'single') return [{ hz, label: '', main: true }];
  if (kind === 'harmonic') {
    return Array.from({ length: HARMONICS }, (_, i) => ({ hz: hz * (i + 1), label: i === 0 ? '' : `${i + 1}`, main: i === 0 })).filter((line) => line.hz <= top);
  }
  const lines: Stroke[] = [{ hz, label: '', main: true }];
  for (let k = 1; side > 0 && k <= SIDEBANDS; k += 1) {
    lines.push({ hz: hz - k * side, label: `−${k}`, main: false }, { hz: hz + k * side, label: `+${k}`, main: false });
  }
  return lines.filter((line) => line.hz > 0 && line.hz <= top);
}

const FAULT_HARMONICS = 5;

/** Where the chosen faults would show, with a few multiples. */
export function faultLines(lines: FaultLine[], chosen: string[], top: number): Stroke[] {
  return lines
    .filter((line) => chosen.includes(line.name))
    .flatMap((line) => Array.from({ length: FAULT_HARMONICS }, (_, i) => ({ hz: line.hz * (i + 1), label: i === 0 ? line.name : '', main: i === 0 })))
    .filter((line) => line.hz <= top);
}

const FAULT_OF: Record<string, string> = {
  bearing_outer_race: 'BPFO', bearing_inner_race: 'BPFI', bearing_ball: '2×BSF', bearing_cage: 'FTF',
};
export const faultOf = (mode: string): string => FAULT_OF[mode] ?? mode;

/** The fault lines drawn when nobody has chosen: the shaft, and what the diagnosis names. */
export const usualFaults = (machine: Machine | null, named: string | null): string[] =>
  (machine?.lines ?? []).map((line) => line.name).filter((name) => name === '1×' || (named !== null && name === faultOf(named)));

/** The highest point within `reach` of `hz`, so that a click need not be exact; `hz` itself where there is none. */
export function snapped(hz: number, reach: number, frequencies: number[], amplitudes: number[]): number {
  let best = -1;
  frequencies.forEach((f, i) => {
    if (Math.abs(f - hz) <= reach && (best < 0 || (amplitudes[i] ?? 0) > (amplitudes[best] ?? 0))) best = i;
  });
  return frequencies[best] ?? hz;
}

/** The amplitude nearest to `hz`. */
export function amplitudeAt(hz: number, frequencies: number[], amplitudes: number[]): number | null {
  let best = -1;
  frequencies.forEach((f, i) => {
    if (best < 0 || Math.abs(f - hz) < Math.abs((frequencies[best] ?? 0) - hz)) best = i;
  });
  return amplitudes[best] ?? null;
}

/** One sentence for those who do not see the chart. */
export function summary(peaks: PeakView[], unit: string): string {
  const said = peaks.slice(0, 3).map((p) => `${p.hz.toFixed(1)} Hz${p.name ? ` (${p.name})` : ''} ${Number(p.amplitude.toPrecision(3))} ${unit}`);
  return said.length > 0 ? `Highest lines: ${said.join(', ')}` : 'No line stands out of the noise';
}

/** Where the lines of a machine lie in a cepstrum, s. */
export const quefrencies = (lines: FaultLine[], top: number): Stroke[] =>
  lines.filter((line) => line.hz > 0 && 1 / line.hz <= top).map((line) => ({ hz: 1 / line.hz, label: line.name, main: true }));
