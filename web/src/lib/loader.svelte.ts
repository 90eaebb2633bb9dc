// Reads something from the server and tells where it stands: loading, here, or failed with a cure.

import { asProblem, type ApiError } from './api/client';
import { reach, whenBack } from './reach.svelte';

export class Loader<T> {
  data = $state<T | null>(null);
  problem = $state<ApiError | null>(null);
  busy = $state(true);
  private turn = 0;

  constructor(private readonly read: () => Promise<T>) {}

  /** Reads again; an answer that was overtaken by a later question is dropped. */
  load = async (): Promise<void> => {
    this.turn += 1;
    const mine = this.turn;
    this.busy = true;
    try {
      const data = await this.read();
      if (mine !== this.turn) return;
      this.data = data;
      this.problem = null;
    } catch (error) {
      if (mine !== this.turn) return;
      this.problem = asProblem(error);
      if (reach.since !== null) whenBack(this.load);
    }
    this.busy = false;
  };
}

/** Runs `work` now and every `ms` while the page is visible; hands back the way to stop. */
export function every(ms: number, work: () => unknown): () => void {
  void work();
  const timer = setInterval(() => {
    if (!document.hidden) void work();
  }, ms);
  return () => clearInterval(timer);
}

/** Calls `work` once things have been quiet for `ms`. */
export function settle(ms: number, work: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, ms);
  };
}

/**
 * Calls `work` once for the calls of `ms`, and again for those that came while it was busy: however fast they come, it is never
 * put off for ever and never overtaken by itself. For news of the server; `settle` is for a person who types.
 */
export function gather(ms: number, work: () => unknown): () => void {
  let waiting = false;
  let again = false;
  const run = async (): Promise<void> => {
    again = false;
    await work();
    if (again) setTimeout(() => void run(), ms);
    else waiting = false;
  };
  return () => {
    again = waiting;
    if (!waiting) setTimeout(() => void run(), ms);
    waiting = true;
  };
}
