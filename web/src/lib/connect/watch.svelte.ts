// Values of ticked addresses as they are now, straight from the device, while somebody looks. Nothing of it is stored.

import { send } from '../api/client';
import type { QualityWord } from '../api/types';

/** Addresses that are looked at together; the server takes no more. */
export const WATCHED_MAX = 200;
/** How long a trail of values is kept for the little line beside them. */
export const TRAIL_MS = 60_000;
/** Points of a trail. */
const TRAIL_MAX = 120;
/** Ticks follow one another quickly; the device is asked once they rest. */
const SETTLE_MS = 500;
/** Before it is tried again after it broke off. */
const AGAIN_MS = 3000;

export interface Seen {
  text: string;
  value: number | null;
  quality: QualityWord;
  trail: [number, number][];
}

interface Line {
  values?: { address: string; value: number | null; text: string; quality: QualityWord }[];
  problem?: { detail: string; cure: string };
}

/** The lines of a body as they come. */
export async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split('\n');
    rest = parts.pop() ?? '';
    yield* parts.filter(Boolean);
  }
}

export class Watch {
  seen = $state<Record<string, Seen>>({});
  /** Why nothing comes at present. */
  problem = $state('');
  /** Moves the little lines along. */
  now = $state(Date.now());
  private going: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** Looks at these addresses of a connection from now on; ends what was looked at before. */
  follow(name: string, addresses: string[]): void {
    this.stop();
    const wanted = addresses.slice(0, WATCHED_MAX);
    if (wanted.length === 0 || document.hidden) return;
    this.timer = setTimeout(() => void this.run(name, wanted), SETTLE_MS);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.going?.abort();
    this.going = null;
  }

  private async run(name: string, addresses: string[]): Promise<void> {
    const going = new AbortController();
    this.going = going;
    try {
      const response = await send('POST', '/connections/watch', { name, addresses }, 'application/x-ndjson', going.signal);
      if (response.body) for await (const text of linesOf(response.body)) this.take(JSON.parse(text) as Line);
    } catch (error) {
      if (!going.signal.aborted) this.problem = error instanceof Error ? error.message : String(error);
    }
    // the server ends each look after a while, and a device may go away: a page that still looks asks again
    if (!going.signal.aborted) this.timer = setTimeout(() => void this.run(name, addresses), AGAIN_MS);
  }

  private take(line: Line): void {
    this.problem = line.problem ? [line.problem.detail, line.problem.cure].filter(Boolean).join('; ') : '';
    this.now = Date.now();
    for (const { address, value, text, quality } of line.values ?? []) {
      const before = this.seen[address]?.trail ?? [];
      const point: [number, number][] = value === null ? [] : [[this.now, value]];
      this.seen[address] = { text, value, quality, trail: [...before, ...point].slice(-TRAIL_MAX) };
    }
  }
}
