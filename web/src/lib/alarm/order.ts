// The order of the alarm list: what waits for a person first, then by priority, then newest.

import type { Alarm } from '../api/types';
import { toMs } from '../time/parse';
import { PRIORITIES } from '../words';

function group(alarm: Alarm): number {
  if (alarm.state === 'unack_active') return 0;
  if (alarm.state.includes('unack')) return 1;
  if (alarm.state === 'acked_active' || alarm.state === 'latched_acked') return 2;
  return alarm.state === 'normal' ? 4 : 3;
}

export function sortAlarms(list: Alarm[]): Alarm[] {
  return [...list].sort(
    (a, b) => group(a) - group(b) || PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) || (toMs(b.since) ?? 0) - (toMs(a.since) ?? 0),
  );
}
