// The fixture's remaining life and past of a machine: made-up curves of the same shape as the real ones.

import { NOW0 } from './world.mjs';

const DAY = 86_400_000;
const iso = (ms) => new Date(ms).toISOString();
const span = (lo, median, hi) => ({ lo, median, hi });
const lasts = (days, shape, scale) => Math.exp(-((days / scale) ** shape));

function curve(failure_mode, [failed, replaced, running, own], [shape, scale], says) {
  const [age_days, longest] = [21, 230];
  const chance = (days, s) => 1 - lasts(age_days + days, shape, s) / lasts(age_days, shape, s);
  return {
    failure_mode, failed, replaced, running, machines: 6, own, few: failed < 10, fits: true, shape: span(shape * 0.7, shape, shape * 1.5), scale_days: span(scale * 0.8, scale, scale * 1.3), ageing: shape > 1.4 ? 'wear' : 'open', age_days,
    ahead: [7, 30, 90].map((days) => ({ days, ...span(chance(days, scale * 1.35), chance(days, scale), chance(days, scale * 0.75)) })),
    left: { days: scale * 0.7, lo: scale * 0.16, hi: scale * 1.6, level: 0.9 },
    points: Array.from({ length: 61 }, (_, k) => ({ days: k * 4.2, ...span(lasts(k * 4.2, shape, scale * 0.78), lasts(k * 4.2, shape, scale), lasts(k * 4.2, shape, scale * 1.3)), counted: k * 4.2 <= longest ? Math.round(lasts(k * 4.2, shape, scale) * 12) / 12 : null })),
    says,
  };
}

/** How long a machine lasts: pumps have a history in the fixture, other machines have none. */
export function life(api, asset) {
  const open = api.findings.filter((f) => f.asset === asset.id && f.state === 'active' && f.rul).sort((a, b) => a.rul.lo - b.rul.lo)[0];
  const condition = open ? { finding: open.id, title: open.title, from: open.until, rul: open.rul } : null;
  const own = 'A measured value of this machine is on its way to a limit, so its own path speaks: it knows more of this machine than the age of others.';
  if (asset.template !== 'pump') return { speaks: condition ? 'condition' : null, why: condition ? own : '', condition, kind: asset.template, curves: [], failures: 1, machines: 2, unrecorded: 1, missing: '1 failure of this kind of machine is recorded; 3 are needed for a curve. Until then nothing is said.' };
  const any = '14 failures of 6 machines of this kind (3 uses ended before a failure, 6 uses go on): half have failed after 92 to 168 days of use. The older the worse: wear. This machine has run for 21 days since it failed or was replaced last; the chance that it fails in the next 30 days lies between 6.2 % and 19 %, with 90 % probability.';
  const bearing = '5 failures by bearing wear of 6 machines of this kind (6 uses go on): half have failed after 140 to 390 days of use. Whether age does anything cannot be told yet. The failures are few, so the ranges are wide.';
  return {
    speaks: condition ? 'condition' : 'age', why: condition ? `${own} By age alone the range is another, and the two agree as far as they overlap.` : 'No measured value is on its way to a limit, so only age can speak: what failures of this kind of machine were recorded. It says nothing about how this one is.',
    condition, kind: asset.template, curves: [curve(null, [14, 3, 6, 2], [1.9, 150], any), curve('bearing_wear', [5, 0, 6, 1], [1.3, 260], bearing)], failures: 14, machines: 7, unrecorded: 1, missing: '',
  };
}

/** What happened to a machine, from the fixture's findings, checks, orders and failures. */
export function past(api, asset, from, to) {
  const event = (kind, at, title, more) => ({ kind, from: at, to: null, title, finding: null, order: null, points: null, ...more });
  const findings = api.findings.filter((f) => f.asset === asset.id);
  const about = (f) => !['sensor_fault', 'data_quality'].includes(f.kind);
  const events = [
    ...findings.map((f) => event('finding', f.since, f.title, { to: f.state === 'active' ? null : f.until, finding: f.id, points: about(f) ? 100 * f.severity * f.probability : null })),
    ...api.work.cases.flatMap((c) => (findings.some((f) => f.id === c.finding) ? c.checks.map((k) => event('check', k.at, k.note, { finding: c.finding })) : [])),
    ...api.work.orders.filter((o) => o.asset === asset.id && o.worked).map((o) => event('work', o.worked.from, o.title, { to: o.worked.to, order: o.id })),
    ...api.work.failures.filter((f) => f.asset_path === asset.path).map((f) => event(f.kind, f.at, [f.failure_mode.replaceAll('_', ' '), f.note].filter(Boolean).join(': '), { to: f.repaired, finding: f.finding })),
  ].filter((e) => Date.parse(e.from) < to && (e.to === null || Date.parse(e.to) >= from)).sort((a, b) => Date.parse(a.from) - Date.parse(b.from));
  const took = findings.filter(about);
  const times = [...new Set([from, NOW0 - 85 * DAY, ...took.flatMap((f) => [Date.parse(f.since), f.state === 'active' ? to : Date.parse(f.until)])])].filter((t) => t >= from && t < to).sort((a, b) => a - b);
  const worst = (t) => Math.max(0, ...took.filter((f) => Date.parse(f.since) <= t && (f.state === 'active' || t < Date.parse(f.until))).map((f) => f.severity * f.probability));
  return { from: iso(from), to: iso(to), health: times.map((t) => ({ at: iso(t), health: t < NOW0 - 85 * DAY ? null : 100 * (1 - worst(t)) })), events };
}
