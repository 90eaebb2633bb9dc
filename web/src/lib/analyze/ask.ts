// Sends a file to be looked at and follows what is being done with it.

import { ApiError, withQuery } from '../api/client';
import { broken, follow, type Failed } from '../api/follow';
import type { AnalysisView } from '../api/schema';

/** A report, and the same as a page that needs nothing beside it. */
export interface Analysis extends AnalysisView {
  page: string;
}

/** As the server bounds it, so that a file that is too large is not sent in vain. */
export const FILE_BYTES_MAX = 64 * 2 ** 20;

interface Line extends Failed {
  doing?: string;
  done?: AnalysisView;
  page?: string;
}

/** Looks at a file. `doing` is told every step; throws an `ApiError`, or what `signal` was stopped with. */
export async function analyze(file: File, wish: { healthy: string; sheet: string }, doing: (text: string) => void, signal: AbortSignal): Promise<Analysis> {
  if (file.size > FILE_BYTES_MAX) {
    throw new ApiError(413, 'The file is too large', `${file.name} is larger than ${FILE_BYTES_MAX / 2 ** 20} MiB.`, 'too_large', 'Cut it into parts, or run gemba analyze FILE, which has no such limit.');
  }
  doing('sending, and waiting for a place');
  const last = await follow<Line>(withQuery('/analyze', { name: file.name, ...wish }), file, (line) => line.doing && doing(line.doing), signal);
  if (last.done && last.page) return { ...last.done, page: last.page };
  throw broken();
}
