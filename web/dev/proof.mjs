// The fixture's labels and backtests.

import { digestOf, standingOf } from './models.mjs';
import { FAULT_AT, NOW0 } from './world.mjs';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const iso = (ms) => new Date(ms).toISOString();
const PUMP = { asset: 100, asset_path: 'acme/north/water/pump-1', asset_name: 'Circulation pump 1' };

export function makeLabels() {
  const label = (id, from, to, kind, more) => ({ id, ...PUMP, t_start: iso(from), t_end: iso(to), label: kind, failure_mode: null, component: null, confidence: 1, source: 'human', user: 'mia', note: '', created: iso(to + HOUR), ...more });
  return [
    label(4, FAULT_AT - 5 * HOUR, FAULT_AT - 4.5 * HOUR, 'golden', { note: 'Batch 4711, all well' }),
    label(3, FAULT_AT - 20 * DAY, FAULT_AT - 20 * DAY + 6 * HOUR, 'fault', { failure_mode: 'bearing_wear', component: 'drive-end bearing', note: 'WO-20117, bearing changed' }),
    label(2, FAULT_AT - 20 * DAY + 6 * HOUR, FAULT_AT - 20 * DAY + 9 * HOUR, 'maintenance', { source: 'import', user: 'cmms' }),
    label(1, FAULT_AT - 60 * DAY, FAULT_AT - 60 * DAY + HOUR, 'fault', { failure_mode: 'cavitation', note: 'suction valve was half shut' }),
  ];
}

export function addLabel(api, body) {
  const asset = api.world.assets.find((a) => a.id === body.asset);
  const label = { id: Math.max(0, ...api.labels.map((l) => l.id)) + 1, asset: asset.id, asset_path: asset.path, asset_name: asset.name, t_start: body.t_start, t_end: body.t_end ?? body.t_start, label: body.label ?? 'fault', failure_mode: body.failure_mode ?? null, component: body.component ?? null, confidence: body.confidence ?? 1, source: body.source ?? 'human', user: 'admin', note: body.note ?? '', created: iso(Date.now()) };
  api.labels.unshift(label);
  return label;
}

/** Stretches that look like the one asked for, one a day. */
export function findSimilar(api, body) {
  const [from, to] = [Date.parse(body.from), Date.parse(body.to)];
  const gauges = api.world.signals.filter((s) => s.asset === body.asset && s.kind === 'gauge').map((s) => s.id);
  const signals = (body.signals?.length ? body.signals : gauges).slice(0, 4);
  const shape = (wide, more) => signals.map((_, s) => Array.from({ length: 64 }, (_, i) => Math.exp(-(((i - 32) / wide) ** 2)) * (s % 2 ? -1 : 1) + 0.05 * Math.sin(i * (s + 2) + more)));
  const found = Array.from({ length: Math.min(body.limit ?? 20, 6) }, (_, i) => ({ from: iso(from - (i + 1) * DAY), to: iso(to - (i + 1) * DAY), distance: 2 + i * 1.4, likeness: 0.98 - i * 0.07, strength: 1 + i / 10, label: i === 2 ? 'fault' : null, values: shape(8 + i, i) }));
  return { signals, left_out: [], step_us: Math.round(((to - from) * 1000) / 128), rows: 128, from: iso(from - 70 * DAY), to: iso(NOW0), values: shape(8, 0), found };
}

/** What recurs and what stands alone: made up, in the place that was asked for. */
export function findPatterns(api, body) {
  const to = body.to ? Date.parse(body.to) : NOW0;
  const from = body.from ? Date.parse(body.from) : to - DAY;
  const width = (body.window_s ?? (to - from) / 50_000) * 1000;
  const gauges = api.world.signals.filter((s) => s.asset === body.asset && s.kind === 'gauge').map((s) => s.id);
  const signals = (body.signals?.length ? body.signals : gauges).slice(0, 4);
  const shape = (wide, more) => signals.map((_, s) => Array.from({ length: 64 }, (_, i) => Math.exp(-(((i - 32) / wide) ** 2)) * (s % 2 ? -1 : 1) + 0.05 * Math.sin(i * (s + 2) + more)));
  const stretch = (part, wide, more) => { const at = from + part * (to - from); return { from: iso(at), to: iso(at + width), label: api.labels.some((l) => l.asset === body.asset && Date.parse(l.t_start) < at + width && Date.parse(l.t_end) >= at) ? 'fault' : null, values: shape(wide, more) }; };
  const many = Array.from({ length: 4 }, (_, i) => i);
  return {
    signals, left_out: [], step_us: Math.round((width * 1000) / 64), rows: 64, from: iso(from), to: iso(to),
    recurring: many.map((i) => ({ one: stretch(0.1 + i * 0.1, 9 + i, i), other: stretch(0.55 + i * 0.1, 9 + i, i + 0.5), distance: 1.1 + i, likeness: 0.99 - i * 0.03 })),
    odd: many.map((i) => ({ stretch: stretch(0.15 + i * 0.2, 3 + i * 5, i * 2), distance: 9.5 - i, likeness: 0.3 + i * 0.1 })),
  };
}

const summary = (found, falses) => ({ events: 2, found, recall: found / 2, findings: found + falses, false_alarms: falses, excused: 1, precision: found / (found + falses), machine_months: 3.1, false_per_machine_month: falses / 3.1, lead_median_s: 15_400, lead_min_s: 2_600, named: found, nameable: found });

function report(request, labels) {
  const from = FAULT_AT - 70 * DAY;
  const events = [...labels].reverse().filter((l) => l.id <= 3).map(({ id, user, confidence, created, ...label }) => ({ ...label, label_id: id, origin: 'label' }));
  const finding = (at, hours, verdict, title, event) => ({ asset: 100, asset_path: PUMP.asset_path, key: 'normal-behaviour', kind: 'anomaly', since: iso(at - HOUR / 4), found: iso(at), until: iso(at + hours * HOUR), severity: 0.5, title, failure_mode: null, model: 'normal-behaviour/1', verdict, event, returned: verdict === 'false' ? 2 : 0 });
  const run = (name, falses) => ({
    name, digest: '', config: {}, models: ['normal-behaviour/1'], samples: 48_211_004, waveforms: 30_240, operator_faults: 0, took_s: 41.2, watched: [], summary: summary(2, falses),
    events: events.map((e) => (e.label === 'fault' ? { fate: 'found', found: iso(Date.parse(e.t_start) - 4 * HOUR), lead_s: 14_400, named: true, findings: [0] } : { fate: null, found: null, lead_s: null, named: null, findings: [] })),
    findings: [
      finding(FAULT_AT - 60 * DAY - 4 * HOUR, 5, 'hit', 'Flow falls while power rises', 0),
      ...Array.from({ length: falses }, (_, i) => finding(FAULT_AT - (45 - i * 9) * DAY, 2, 'false', 'Vibration differs from what the speed explains', null)),
      finding(FAULT_AT - 20 * DAY - 4 * HOUR, 10, 'hit', 'Vibration and bearing temperature rise together', 1),
    ],
    findings_beyond: 0,
  });
  const variants = request.variants?.length ? request.variants : [{ name: 'running' }, { name: 'candidate' }];
  return { version: '0.1.0', from: iso(from), to: iso(NOW0), horizon_s: request.horizon_s ?? 86_400, assets: [PUMP.asset_path], events, runs: variants.map((v, i) => run(v.name || 'AB'[i], 3 - i * 2)) };
}

const entry = (id, request, created, by = 'tom') => ({ id, created: iso(created), by, state: 'done', progress: 1, why: null, finished: iso(created + 41_000), request: { name: '', assets: [], from: null, to: null, horizon_s: 86_400, variants: [], labels: true, events: [], ...request } });

export function makeBacktests() {
  return [entry(1, { name: 'Before the longer learning', variants: [{ name: 'running', maintenance: {} }, { name: 'changed', maintenance: { normal: { learn_s: 7200 } } }] }, NOW0 - 3 * HOUR)];
}

/** As the server tells it; one that was just started runs for two seconds. */
export function told(api, item, whole) {
  const running = Date.now() - Date.parse(item.created) < 2000;
  const made = report(item.request, api.labels);
  made.runs.forEach((run, i) => (run.digest = digestOf(item.request.variants?.[i], i)));
  const figures = running ? [] : made.runs.map((run) => ({ name: run.name, digest: run.digest, summary: run.summary }));
  const state = running ? { state: 'running', progress: (Date.now() - Date.parse(item.created)) / 2000, finished: null } : {};
  return { ...item, ...state, figures, ...(whole ? { report: running ? null : made, standing: running ? [] : made.runs.map((_, i) => standingOf(api, i, item.request.variants?.[i])) } : {}) };
}

export function startBacktest(api, request) {
  const item = entry(Math.max(0, ...api.backtests.map((b) => b.id)) + 1, request, Date.now(), 'admin');
  api.backtests.unshift(item);
  return told(api, item, true);
}
