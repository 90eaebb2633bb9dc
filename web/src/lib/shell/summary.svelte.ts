// The figures that every page shows in its head: open alarms by priority, active findings.

import * as api from '../api/endpoints';
import type { Alarm, Priority } from '../api/types';
import { onEvent } from '../live/live.svelte';
import { gather } from '../loader.svelte';
import { PRIORITIES } from '../words';
import { plant } from '../plant.svelte';

const SETTLE_MS = 400;

export const summary = $state<{ alarms: Alarm[]; known: boolean }>({ alarms: [], known: false });

async function read(): Promise<void> {
  try {
    summary.alarms = (await api.alarms({ state: 'open', limit: 500 })).items;
    summary.known = true;
  } catch {
    summary.known = false; // the alarm page itself shows the problem
  }
}

export function followSummary(): () => void {
  void read();
  return onEvent('alarm', gather(SETTLE_MS, read));
}

export const isUnack = (alarm: Alarm): boolean => alarm.state.includes('unack');

export function byPriority(): { priority: Priority; open: number; unack: number }[] {
  return PRIORITIES.map((priority) => {
    const of = summary.alarms.filter((alarm) => alarm.priority === priority);
    return { priority, open: of.length, unack: of.filter(isUnack).length };
  });
}

export const activeFindings = (): number => plant.assets.reduce((sum, asset) => sum + asset.state.findings, 0);
