// Lasting changes of signals on their trends: a thin mark, its words where the cursor stands.

import * as api from '../api/endpoints';
import type { ChangeView } from '../api/schema';
import { fixedRange, toMs, type Span } from '../time/parse';

const MOST = 200; // more cannot be told apart
const NEAR = 0.008; // of the span

export interface Change {
  signal: number;
  at: number; // s
  text: string;
}

export const changeOf = (view: ChangeView): Change => ({ signal: view.signal, at: (toMs(view.at) ?? 0) / 1000, text: view.text });

/** The changes of these signals that began within the range; none when they cannot be read: they are an extra. */
export async function readChanges(signals: number[], span: Span): Promise<Change[]> {
  if (signals.length === 0) return [];
  const filter = { signals: signals.join(','), from: Math.round(span.from * 1000), to: Math.round(span.to * 1000), limit: MOST };
  return (await api.changes(filter).catch(() => [])).map(changeOf);
}

const AROUND_MS = 6 * 3_600_000;
/** The signal on its trend around the time at which it changed. */
export const changeLink = (view: { signal: number | null; at: string | number }): string => {
  const at = toMs(view.at) ?? Date.now();
  return `/trends?t=${fixedRange({ from: at - AROUND_MS, to: at + AROUND_MS })}&s=${view.signal ?? ''}`;
};

/** The change nearest to the cursor, when it stands at one. */
export function changeAt(changes: Change[], cursor: number | null, span: Span): Change | null {
  if (cursor === null) return null;
  const reach = ((span.to - span.from) / 1000) * NEAR;
  const near = changes.filter((change) => Math.abs(change.at - cursor) <= reach);
  return near.sort((a, b) => Math.abs(a.at - cursor) - Math.abs(b.at - cursor))[0] ?? null;
}
