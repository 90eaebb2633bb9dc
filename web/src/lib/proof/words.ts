// The words of labels and backtests.

import type { BacktestState, Fate, LabelKind, LabelSource, FindingVerdict } from '../api/schema';

export const LABEL: Record<LabelKind, { word: string; hint: string }> = {
  fault: { word: 'Fault', hint: 'something was wrong: a finding here, or shortly before, was right' },
  normal: { word: 'Healthy', hint: 'known to be healthy: a finding here was wrong' },
  maintenance: { word: 'Maintenance', hint: 'people were at work on it: a finding here counts neither way' },
  golden: { word: 'Golden run', hint: 'a run as it should be, to lay over others on trends (Compare): a finding here was wrong. The note is its name' },
  other: { word: 'Other', hint: 'worth a mark: a finding here counts neither way' },
};
export const LABELS = Object.keys(LABEL) as LabelKind[];
export const SOURCE: Record<LabelSource, string> = { human: 'Person', rule: 'Rule', import: 'Import' };

export const STATE: Record<BacktestState, string> = { queued: 'Waiting', running: 'Running', done: 'Done', failed: 'Failed', cancelled: 'Stopped' };
export const FATE: Record<Fate, string> = { found: 'Found', missed: 'Missed', while_learning: 'Over before it had learned', no_data: 'No data' };
export const VERDICT: Record<FindingVerdict, string> = { hit: 'Right', false: 'False', excused: 'During maintenance', aside: 'About the data' };

export const isOpen = (state: BacktestState): boolean => state === 'queued' || state === 'running';

/** Seconds as a length with its sign in words: how long before, or after, something began. */
export function lead(seconds: number | null): string {
  if (seconds === null) return '–';
  const s = Math.abs(seconds);
  const text = s < 60 ? `${Math.round(s)} s` : s < 3600 ? `${Math.round(s / 60)} min` : s < 86_400 ? `${(s / 3600).toFixed(1)} h` : `${(s / 86_400).toFixed(1)} d`;
  return seconds >= 0 ? `${text} before` : `${text} after`;
}

/** From this stability index on what is asked of a machine is not what its model learned. */
const SHIFTED = 0.25;
/** How far what is asked of a machine is from what was learned; nothing where that says no more than the advice. */
export const shifted = (context: number | null): string => (context === null || context < SHIFTED ? '' : `What is asked of it has shifted by ${context.toFixed(2)}; from ${SHIFTED} on it counts as another operation.`);

/** `0.91` as `91 %`; a dash where there was nothing to count. */
export const share = (value: number | null): string => (value === null ? '–' : `${Math.round(value * 100)} %`);
