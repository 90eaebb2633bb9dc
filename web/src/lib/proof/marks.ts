// Labels as marks on a trend.

import * as api from '../api/endpoints';
import type { Mark } from '../charts/lane';
import { words } from '../time/format';
import { toMs, type Span } from '../time/parse';
import { LABEL } from './words';

const MOST = 100; // more cannot be told apart

/** Where the labels of these machines begin within the range; empty when they cannot be read: marks are an extra. */
export async function readMarks(assets: number[], span: Span): Promise<Mark[]> {
  const ask = (asset: number) => api.labels({ asset, from: Math.round(span.from * 1000), to: Math.round(span.to * 1000), limit: MOST });
  const pages = await Promise.all(assets.map(ask)).catch(() => []);
  return pages.flatMap((page) => page.items).map((label) => ({
    at: (toMs(label.t_start) ?? 0) / 1000,
    label: label.failure_mode ? words(label.failure_mode) : LABEL[label.label].word,
  }));
}
