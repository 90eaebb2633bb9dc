// The latest value of every signal, and events. Frames of any rate end in one update per animation frame.

import { Ring } from './ring';
import { Stream, type StreamEvent } from './socket';
import type { Frame } from './frame';

export interface Live {
  time: number;
  value: number;
  quality: number;
}

const SPARK_POINTS = 240;
/** A quiet stream is judged by the newest sample's age only when it is older than this. */
export const LAG_WARN_MS = 5_000;

const latest = new Map<number, Live>();
const rings = new Map<number, Ring>();
const listeners = new Map<string, Set<(data: unknown) => void>>();

/** Reactive face of the stream: read `version` in an effect or a derived value to follow every update. */
export const live = $state({ version: 0, up: false, everUp: false, newest: 0, arrived: 0, now: Date.now() });

let scheduled = false;

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    live.version += 1;
  });
}

function take(frame: Frame): void {
  let newest = live.newest;
  for (let i = 0; i < frame.signals.length; i += 1) {
    const id = frame.signals[i] ?? 0;
    const time = frame.times[i] ?? 0;
    const value = frame.values[i] ?? Number.NaN;
    latest.set(id, { time, value, quality: frame.qualities[i] ?? 3 });
    rings.get(id)?.push(time, value);
    if (time > newest) newest = time;
  }
  live.newest = newest;
  live.arrived = Date.now();
  schedule();
}

function tell(event: StreamEvent): void {
  for (const listener of listeners.get(event.event) ?? []) listener(event.data);
}

/** Follows events of one name; hands back the way to stop. */
export function onEvent(name: string, listener: (data: unknown) => void): () => void {
  const set = listeners.get(name) ?? new Set();
  listeners.set(name, set.add(listener));
  return () => set.delete(listener);
}

export const latestOf = (id: number): Live | undefined => latest.get(id);

/** The ring behind a signal's sparkline; made on first use. */
export function ringOf(id: number): Ring {
  const known = rings.get(id);
  if (known) return known;
  const ring = new Ring(SPARK_POINTS);
  rings.set(id, ring);
  return ring;
}

let stream: Stream | null = null;
let clock: ReturnType<typeof setInterval> | null = null;

export function startLive(): void {
  if (stream) return;
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  stream = new Stream(`${scheme}://${location.host}/api/v1/stream`, {
    onFrame: take,
    onEvent: tell,
    onState: (up) => {
      live.up = up;
      if (up) live.everUp = true;
      // What was missed while the line was down: pages read again.
      if (up) for (const set of listeners.values()) for (const listener of set) listener(null);
    },
  });
  stream.open();
  clock = setInterval(() => (live.now = Date.now()), 1000);
}

export function stopLive(): void {
  stream?.close();
  stream = null;
  if (clock) clearInterval(clock);
  live.up = false;
}
