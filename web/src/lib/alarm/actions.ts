// What an operator can do with alarms, and which states allow it.

import * as api from '../api/endpoints';
import type { Alarm, AlarmState } from '../api/types';
import { attempt } from '../toasts.svelte';

export const SHELF_PRESETS: [number, string][] = [[5, '5 min'], [15, '15 min'], [60, '1 h'], [240, '4 h'], [480, '8 h'], [1440, '24 h']];

const UNACK: AlarmState[] = ['unack_active', 'rtn_unack', 'latched_unack'];
const ASIDE: AlarmState[] = ['shelved', 'suppressed_by_design', 'out_of_service'];

export const canAck = (alarm: Alarm): boolean => UNACK.includes(alarm.state);
export const canShelve = (alarm: Alarm): boolean => alarm.state !== 'normal' && !ASIDE.includes(alarm.state);
export const canUnshelve = (alarm: Alarm): boolean => alarm.state === 'shelved';
export const canReset = (alarm: Alarm): boolean => alarm.state === 'latched_acked' || alarm.state === 'latched_unack';
export const canTakeOut = (alarm: Alarm): boolean => alarm.state !== 'out_of_service' && alarm.state !== 'normal';
export const canReturn = (alarm: Alarm): boolean => alarm.state === 'out_of_service';

const some = (n: number) => (n === 1 ? 'Alarm' : `${n} alarms`);

export const ack = (list: Alarm[], comment: string) =>
  attempt(() => api.ackAlarms(list.filter(canAck).map((a) => a.id), comment), `${some(list.filter(canAck).length)} acknowledged`);

export async function shelve(list: Alarm[], minutes: number, comment: string): Promise<boolean> {
  const of = list.filter(canShelve);
  const undo = () => void attempt(() => Promise.all(of.map((a) => api.unshelve(a.id))), `${some(of.length)} back from the shelf`);
  return attempt(() => Promise.all(of.map((a) => api.shelve(a.id, minutes, comment))), `${some(of.length)} shelved`, undo);
}

export const unshelve = (list: Alarm[]) =>
  attempt(() => Promise.all(list.filter(canUnshelve).map((a) => api.unshelve(a.id))), `${some(list.filter(canUnshelve).length)} back from the shelf`);

export async function takeOut(list: Alarm[], comment: string): Promise<boolean> {
  const of = list.filter(canTakeOut);
  const undo = () => void attempt(() => Promise.all(of.map((a) => api.returnToService(a.id))), `${some(of.length)} back in service`);
  return attempt(() => Promise.all(of.map((a) => api.outOfService(a.id, comment))), `${some(of.length)} out of service`, undo);
}

export const putBack = (list: Alarm[]) =>
  attempt(() => Promise.all(list.filter(canReturn).map((a) => api.returnToService(a.id))), `${some(list.filter(canReturn).length)} back in service`);

export const reset = (list: Alarm[]) =>
  attempt(() => Promise.all(list.filter(canReset).map((a) => api.reset(a.id))), `${some(list.filter(canReset).length)} reset`);
