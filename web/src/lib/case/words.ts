// The words of cases: what people make of findings.

import type { CaseState, Outcome, ValidationView, Verdict } from '../api/schema';
import { words } from '../time/format';

export const CASE_STATE: Record<CaseState, { word: string; hint: string }> = {
  pending: { word: 'Not looked at', hint: 'nobody has looked yet' },
  inspecting: { word: 'Being looked at', hint: 'somebody is on the way or at the machine' },
  confirmed: { word: 'Confirmed', hint: 'a check found the fault; it is not mended' },
  rejected: { word: 'False alarm', hint: 'a check found nothing' },
  resolved: { word: 'Mended', hint: 'a check says that it was mended; before and after are compared by itself' },
  validated: { word: 'Mended and compared', hint: 'data before and after the repair were compared' },
};

export const OUTCOME: Record<Outcome, { word: string; hint: string }> = {
  potential_failure: { word: 'Damage', hint: 'damage that has not stopped the machine. Labelled as a fault.' },
  functional_failure: { word: 'Failure', hint: 'the machine could no longer do its work. Labelled as a fault.' },
  no_fault: { word: 'Nothing found', hint: 'the machine is in order: a false alarm. Labelled as healthy.' },
  process_adjustment: { word: 'Process changed', hint: 'the process, not the machine, was changed. Counts neither way as a label.' },
  sensor_change: { word: 'Sensor', hint: 'the sensor was at fault or was moved. Counts neither way as a label.' },
  asset_replacement: { word: 'Replaced', hint: 'the machine or a part of it had been replaced. Labelled as maintenance.' },
};
export const OUTCOMES = Object.keys(OUTCOME) as Outcome[];

const VERDICT: Record<Verdict, string> = { improved: 'better than before', unchanged: 'no difference that data could show', worse: 'worse than before' };

/** What a repair came to: healthy again, or not yet and how it compares. */
export function verdict(v: ValidationView): string {
  if (v.healthy) return v.verdict === 'improved' ? 'Healthy again' : `Within its limit, ${VERDICT[v.verdict]}`;
  return v.verdict === 'improved' ? 'Better than before, but not healthy' : `Not healthy: ${VERDICT[v.verdict]}`;
}

/** What was compared, in words. */
export const compared = (v: ValidationView): string => (v.signal === '' || v.signal === 'monitor/score' ? 'Deviation from normal' : words(v.signal.replaceAll('/', ' ')));

/** Outcomes that name a failure mode and can be mended. */
export const hasMode = (outcome: Outcome): boolean => outcome === 'potential_failure' || outcome === 'functional_failure';

export const isClosed = (state: CaseState): boolean => state === 'rejected' || state === 'resolved' || state === 'validated';
