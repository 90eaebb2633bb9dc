// Estimates that stand in for a faulty sensor: signals of their own, shown only while they do.

import type { Signal } from '../api/types';
import { toMs } from '../time/parse';
import { latestOf, live } from './live.svelte';

const IN_SERVICE_MS = 300_000; // longer than the slowest estimate is apart from the next

export const isVirtual = (signal: Signal): boolean => signal.computed && signal.name.startsWith('virtual/');

/** What is to be seen of a machine: what it measures, what is computed, and estimates while they stand in. */
export function shownSignals(signals: Signal[]): Signal[] {
  void live.version;
  const fresh = (signal: Signal) => live.now - (latestOf(signal.id)?.time ?? toMs(signal.last?.time) ?? 0) < IN_SERVICE_MS;
  return signals.filter((signal) => !isVirtual(signal) || fresh(signal));
}
