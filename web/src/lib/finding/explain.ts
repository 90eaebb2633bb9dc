// What the finding page draws, taken out of a finding's evidence.

import type { Evidence, FindingDetail } from '../api/types';
import { fixedRange, toMs } from '../time/parse';

export type Of<K extends Evidence['type']> = Extract<Evidence, { type: K }>;

export const ofType = <K extends Evidence['type']>(finding: FindingDetail, type: K): Of<K>[] =>
  finding.evidence.filter((item): item is Of<K> => item.type === type);

export interface Scale {
  low: number;
  high: number;
}

/** One axis that holds measured, expected and the normal band, with some room. */
export function scaleOf(item: Of<'comparison'>): Scale {
  const values = [item.measured, item.expected, ...item.band].filter(Number.isFinite);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const room = (high - low || Math.abs(high) || 1) * 0.18;
  return { low: low - room, high: high + room };
}

const NEAR = 0.05;
/** How far outside its band a value lies, in words. */
export function outside(item: Of<'comparison'>): string {
  const [low, high] = item.band;
  const width = high - low;
  if (item.measured >= low && item.measured <= high) return 'inside the normal band';
  const by = item.measured > high ? item.measured - high : low - item.measured;
  const side = item.measured > high ? 'above' : 'below';
  if (width > 0 && by / width < NEAR) return `just ${side} the band`;
  return width > 0 ? `${side} the band by ${(by / width).toFixed(1)} of its width` : `${side} the band`;
}

const LEAD_SHARE = 0.5;
const LEAST_MS = 60_000;
const SHORTEST_MS = 20 * 60_000;

/** How long before it began its score was looked at: what its operator took for the time before. */
function looked(finding: FindingDetail, since: number): number {
  const firsts = ofType(finding, 'score').flatMap((s) => s.times.slice(0, 1)).map((us) => since - us / 1000);
  return firsts.length > 0 ? Math.max(...firsts) : SHORTEST_MS;
}

/** The range to show around a finding: some healthy time before it, and all of it. */
export function around(finding: FindingDetail, now: number): string {
  const since = toMs(finding.since) ?? now;
  const until = finding.state === 'active' ? now : (toMs(finding.until) ?? now);
  const lead = Math.max(LEAST_MS, looked(finding, since), (until - since) * LEAD_SHARE);
  if (finding.state === 'active') {
    const minutes = Math.ceil((now - since + lead) / 60_000);
    return `now-${minutes}m..now`;
  }
  return fixedRange({ from: since - lead, to: until + lead / 2 });
}

/** The signals worth a lane: contributors first, then those compared, each once. */
export function laneSignals(finding: FindingDetail, most: number): number[] {
  const compared = ofType(finding, 'comparison').map((item) => item.signal);
  const limits = ofType(finding, 'limit').map((item) => item.signal);
  return [...new Set([...finding.contributions.map((c) => c.signal), ...compared, ...limits])].slice(0, most);
}
