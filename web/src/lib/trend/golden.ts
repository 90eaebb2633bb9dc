// Golden runs: labelled stretches of a machine as it should be, laid over what is seen from their begin on.

import * as api from '../api/endpoints';
import type { LabelView } from '../api/schema';
import { byId } from '../plant.svelte';
import { dateTime } from '../time/format';
import { toMs, type Span } from '../time/parse';

export interface Golden {
  label: number;
  /** The machine that it was on; what lies below it is meant too. */
  asset: number;
  name: string;
  span: Span;
}

const MOST = 50; // as many as can be chosen from

function goldenFrom(label: LabelView, zone: string): Golden[] {
  const [from, to] = [toMs(label.t_start), toMs(label.t_end)];
  return from === null || to === null || to <= from ? [] : [{ label: label.id, asset: label.asset, name: label.note || dateTime(from, zone), span: { from, to } }];
}

/** The golden runs of these machines, newest first; none when they cannot be read: a comparison is an extra. */
export async function readGoldens(assets: number[], zone: string): Promise<Golden[]> {
  const pages = await Promise.all(assets.map((asset) => api.labels({ asset, label: 'golden', limit: MOST }))).catch(() => []);
  return pages.flatMap((page) => page.items.flatMap((label) => goldenFrom(label, zone)));
}

/** Whether a signal's asset is the run's machine, or lies below it. */
export function within(golden: Golden, asset: number | undefined): boolean {
  const [at, of] = [byId(asset ?? -1)?.path, byId(golden.asset)?.path];
  return asset === golden.asset || (at !== undefined && of !== undefined && at.startsWith(`${of}/`));
}

/** The part of a run that lies over `span` when it begins at `origin`. */
export function part(golden: Golden, span: Span, origin: number): Span {
  const shift = origin - golden.span.from;
  return { from: Math.max(golden.span.from, span.from - shift), to: Math.min(golden.span.to, span.to - shift) };
}
