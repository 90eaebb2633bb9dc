// Follows long work: the server tells line by line how far it is, and what came of it last. Who stops listening ends the work.

import { ApiError, asProblem, send } from './client';

const LINES = 'application/x-ndjson';

/** What ends work that came to nothing. */
export interface Failed {
  failed?: { title: string; detail: string; code: string; cure: string };
}

/** Lines of a stream, as they come. */
export async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    const parts = (rest + decoder.decode(value, { stream: !done })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts.filter(Boolean);
    if (done) break;
  }
  if (rest) yield rest;
}

/** Sends `body` and tells each line; hands back the last one. Throws an `ApiError`, or what `signal` was stopped with. */
export async function follow<L extends Failed>(path: string, body: unknown, told: (line: L) => void, signal: AbortSignal): Promise<L> {
  const response = await send('POST', path, body, LINES, signal);
  let last: L | null = null;
  if (response.body) {
    try {
      for await (const line of lines(response.body)) {
        last = JSON.parse(line) as L;
        told(last);
      }
    } catch (error) {
      signal.throwIfAborted();
      throw asProblem(error);
    }
  }
  if (last?.failed) throw new ApiError(422, last.failed.title, last.failed.detail, last.failed.code, last.failed.cure);
  if (last) return last;
  throw broken();
}

/** An answer that ends without what came of the work. */
export const broken = (): ApiError => new ApiError(0, 'The answer breaks off', 'Gemba stopped before the end.', 'broken', 'Try again.');
