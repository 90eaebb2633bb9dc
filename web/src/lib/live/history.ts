// Fills the rings behind sparklines with the last minutes from the lake, in few requests.

import * as api from '../api/endpoints';
import { live, ringOf } from './live.svelte';

export const SPARK_MS = 15 * 60_000;
const POINTS = 90;
const AT_ONCE = 40;
const PAUSE_MS = 120;

const asked = new Set<number>();
let waiting = new Set<number>();
let timer: ReturnType<typeof setTimeout> | null = null;

/** Makes sure that these signals' sparklines get their history; asks once for each. */
export function wantHistory(ids: number[]): void {
  for (const id of ids) {
    if (asked.has(id)) continue;
    asked.add(id);
    waiting.add(id);
  }
  if (waiting.size > 0 && !timer) timer = setTimeout(() => void fetchWaiting(), PAUSE_MS);
}

async function fetchWaiting(): Promise<void> {
  timer = null;
  const ids = [...waiting];
  waiting = new Set();
  const now = Date.now();
  for (let i = 0; i < ids.length; i += AT_ONCE) {
    const reply = await api.range(ids.slice(i, i + AT_ONCE), now - SPARK_MS, now, POINTS).catch(() => null);
    for (const series of reply?.series ?? []) {
      const values = series.last.map((value) => value ?? Number.NaN);
      ringOf(series.signal).prepend(series.times.map((time) => time / 1000), values);
    }
  }
  live.version += 1;
}
