// Ranges of the fixture as the server gives them: raw when small, else M4 buckets.

import { GAPS, US, badAt, inGap, valueOf } from './world.mjs';

const STEP_MS = 1000;

function gapsOf(signal, from, to) {
  return GAPS.filter((g) => g.machine(signal.gen.machine) && g.to > from && g.from < to)
    .map((g) => ({ from: Math.round(g.from * US), to: Math.round(g.to * US), reason: g.reason }));
}

function empty(signal, raw, bucketMs) {
  return { signal: signal.id, raw, bucket_us: Math.round(bucketMs * US), times: [], min: [], max: [], first: [], last: [], count: [], quality: [], gaps: [] };
}

function put(out, time, values, quality) {
  const usable = quality < 3;
  out.times.push(Math.round(time * US));
  out.min.push(usable ? Math.min(...values) : null);
  out.max.push(usable ? Math.max(...values) : null);
  out.first.push(usable ? values[0] : null);
  out.last.push(usable ? values.at(-1) : null);
  out.count.push(values.length);
  out.quality.push(quality);
}

export function series(signal, from, to, width) {
  const end = Math.min(to, Date.now());
  const raw = (end - from) / STEP_MS <= width * 2;
  const bucket = raw ? STEP_MS : (to - from) / width;
  const out = empty(signal, raw, bucket);
  const step = Math.max(STEP_MS, bucket / 6);
  for (let t = Math.ceil(from / bucket) * bucket; t < end; t += bucket) {
    if (inGap(signal, t)) continue;
    const values = [];
    for (let u = t; u < t + bucket && u < end; u += step) values.push(valueOf(signal, u));
    if (values.length > 0) put(out, t, values, badAt(signal, t) ? 3 : 0);
  }
  out.gaps = gapsOf(signal, from, to);
  return out;
}
