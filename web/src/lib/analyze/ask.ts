// Sends a file to be looked at and follows what is being done with it.

import { ApiError, asProblem, send, withQuery } from '../api/client';
import type { AnalysisView } from '../api/schema';

/** A report, and the same as a page that needs nothing beside it. */
export interface Analysis extends AnalysisView {
  page: string;
}

/** As the server bounds it, so that a file that is too large is not sent in vain. */
export const FILE_BYTES_MAX = 64 * 2 ** 20;
const LINES = 'application/x-ndjson';

interface Line {
  doing?: string;
  done?: AnalysisView;
  page?: string;
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

/** Looks at a file. `doing` is told every step; throws an `ApiError`, or what `signal` was stopped with. */
export async function analyze(file: File, healthy: string, doing: (text: string) => void, signal: AbortSignal): Promise<Analysis> {
  if (file.size > FILE_BYTES_MAX) {
    throw new ApiError(413, 'The file is too large', `${file.name} is larger than ${FILE_BYTES_MAX / 2 ** 20} MiB.`, 'too_large', 'Cut it into parts, or run gemba analyze FILE, which has no such limit.');
  }
  doing('sending, and waiting for a place');
  const response = await send('POST', withQuery('/analyze', { name: file.name, healthy }), file, LINES, signal);
  let last: Line = {};
  if (response.body) {
    try {
      for await (const line of lines(response.body)) {
        last = JSON.parse(line) as Line;
        if (last.doing) doing(last.doing);
      }
    } catch (error) {
      signal.throwIfAborted();
      throw asProblem(error);
    }
  }
  if (last.failed) throw new ApiError(422, last.failed.title, last.failed.detail, last.failed.code, last.failed.cure);
  if (last.done && last.page) return { ...last.done, page: last.page };
  throw new ApiError(0, 'The answer breaks off', 'Gemba stopped before the report was whole.', 'broken', 'Try again.');
}
