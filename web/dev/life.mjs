// The fixture's remaining life and past of a machine: made-up curves of the same shape as the real ones.

import { changesOf } from './records.mjs';
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

const learnedKind = (more) => ({ state: 'learned', share: 1, version: '7d1f0c93ab52', at: iso(NOW0 - DAY), why: '', ...more });
const proofOf = (days, over_age) => ({ machines: 12, moments: 4380 - days, followed: 40 + 9 * days, over_age, over_share: over_age + 0.02, failed_over_told: 0.97, failed_over_told_by_age: 1.38, speaks: over_age > 0.05 });

/** The chance by what happened: pumps have errors in the fixture. */
const chancesOf = (pump) => (pump
  ? learnedKind({ ahead: [[1, 0.02, ['error 7 12 hours ago raises it'], 0.31], [7, 0.09, ['error 7 12 hours ago raises it', '21 days since anything failed or was replaced lowers it'], 0.24], [30, 0.17, [], 0.11], [90, 0.44, [], 0.02]].map(([days, p, because, over]) => ({ failure_mode: null, days, ...span(p * 0.6, p, p * 1.7), because, proof: proofOf(days, over) })) })
  : { state: 'missing', share: 0, version: null, at: null, why: 'What happened at machines of this kind is learned from 10 failures of 5 machines on, because it is tried on machines that it has not seen; recorded are 1 failures, and 1 machines of which the begin of a use is known. Until then age alone speaks.', ahead: [] });

/** Lives learned from runs to failure. */
function learnedOf(pump) {
  if (!pump) return { state: 'missing', share: 0, version: null, at: null, why: '', proof: null, life: null };
  const why = 'On 5 machines, each left out while it was learned, 140 questions were asked: the mean error is 9 days, that of mean life less age 21 days; 84 % of the ranges held, 91 % as wide as they are told. So what was learned speaks.';
  const times = Array.from({ length: 60 }, (_, k) => (NOW0 - (60 - k) * 8 * 3_600_000) * 1000);
  const life = { from: NOW0 * 1000, left: { days: 52, lo: 33, hi: 78, level: 0.9 }, times, values: times.map((_, k) => Math.min(90, 110 - k) + 2 * Math.sin(k)), says: 'It lasts 33 days to 78 days yet, the median is 52 days. Learned from 14 runs to failure of 5 machines of this kind.' };
  return learnedKind({ proof: { runs: 14, machines: 5, asked: 140, error_days: 9, naive_days: 21, path_days: 12, beside_path_days: 8, runs_better: 0.9, held: 0.84, held_widened: 0.91, speaks: true, why }, life });
}

/** What the fixture has learned: pumps speak, fans are still being learned. */
export function learnedKinds(withdrawn) {
  const { life: _, proof, ...lives } = learnedOf(true);
  const { ahead, ...chances } = chancesOf(true);
  const out = (part) => withdrawn[`pump ${part}`] ?? null;
  const missing = { state: 'missing', share: 0, version: null, at: null, why: '2 runs to failure of 2 machines of this kind are stored; from 6 runs of 3 machines on it is learned how they end.', withdrawn: null };
  return [
    { kind: 'fan', machines: 1, lives: missing, lives_proof: null, chances: { ...missing, state: 'learning', share: 0.4, why: '' }, chances_proof: [] },
    { kind: 'pump', machines: 7, lives: { ...lives, withdrawn: out('lives') }, lives_proof: proof, chances: { ...chances, withdrawn: out('chances') }, chances_proof: ahead.map((risk) => ({ failure_mode: risk.failure_mode, days: risk.days, ...risk.proof })) },
  ];
}

/** How long a machine lasts: pumps have a history in the fixture, other machines have none. */
export function life(api, asset) {
  const open = api.findings.filter((f) => f.asset === asset.id && f.state === 'active' && f.rul).sort((a, b) => a.rul.lo - b.rul.lo)[0];
  const condition = open ? { finding: open.id, title: open.title, from: open.until, rul: open.rul } : null;
  const own = 'A measured value of this machine is on its way to a limit, so its own path speaks: it knows more of this machine than the age of others.';
  const pump = asset.template === 'pump';
  const more = { capacity: null, capacity_missing: '', learned: learnedOf(pump), chances: chancesOf(pump) };
  if (!pump) return { ...more, speaks: condition ? 'condition' : null, why: condition ? own : '', condition, kind: asset.template, curves: [], failures: 1, machines: 2, unrecorded: 1, missing: '1 failure of this kind of machine is recorded; 3 are needed for a curve. Until then nothing is said.' };
  const any = '14 failures of 6 machines of this kind (3 uses ended before a failure, 6 uses go on): half have failed after 92 to 168 days of use. The older the worse: wear. This machine has run for 21 days since it failed or was replaced last; the chance that it fails in the next 30 days lies between 6.2 % and 19 %, with 90 % probability.';
  const bearing = '5 failures by bearing wear of 6 machines of this kind (6 uses go on): half have failed after 140 to 390 days of use. Whether age does anything cannot be told yet. The failures are few, so the ranges are wide.';
  return {
    ...more,
    speaks: condition ? 'condition' : 'age', why: condition ? `${own} By age alone the range is another, and the two agree as far as they overlap.` : 'No measured value is on its way to a limit, so only age can speak: what failures of this kind of machine were recorded. It says nothing about how this one is.',
    condition, kind: asset.template, curves: [curve(null, [14, 3, 6, 2], [1.9, 150], any), curve('bearing_wear', [5, 0, 6, 1], [1.3, 260], bearing)], failures: 14, machines: 7, unrecorded: 1, missing: '',
  };
}

/** What happened to a machine, from the fixture's findings, checks, orders and failures. */
export function past(api, asset, from, to) {
  const event = (kind, at, title, more) => ({ kind, from: at, to: null, title, finding: null, order: null, points: null, signal: null, ...more });
  const findings = api.findings.filter((f) => f.asset === asset.id);
  const about = (f) => !['sensor_fault', 'data_quality'].includes(f.kind);
  const events = [
    ...findings.map((f) => event('finding', f.since, f.title, { to: f.state === 'active' ? null : f.until, finding: f.id, points: about(f) ? 100 * f.severity * f.probability : null })),
    ...api.work.cases.flatMap((c) => (findings.some((f) => f.id === c.finding) ? c.checks.map((k) => event('check', k.at, k.note, { finding: c.finding })) : [])),
    ...api.work.orders.filter((o) => o.asset === asset.id && o.worked).map((o) => event('work', o.worked.from, o.title, { to: o.worked.to, order: o.id })),
    ...api.work.failures.filter((f) => f.asset_path === asset.path).map((f) => event(f.kind, f.at, [f.failure_mode.replaceAll('_', ' '), f.note].filter(Boolean).join(': '), { to: f.repaired, finding: f.finding })),
    ...changesOf(api.world, new URLSearchParams({ asset: String(asset.id) })).map((c) => event('change', c.at, c.text, { signal: c.signal })),
  ].filter((e) => Date.parse(e.from) < to && (e.to === null || Date.parse(e.to) >= from)).sort((a, b) => Date.parse(a.from) - Date.parse(b.from));
  const took = findings.filter(about);
  const times = [...new Set([from, NOW0 - 85 * DAY, ...took.flatMap((f) => [Date.parse(f.since), f.state === 'active' ? to : Date.parse(f.until)])])].filter((t) => t >= from && t < to).sort((a, b) => a - b);
  const worst = (t) => Math.max(0, ...took.filter((f) => Date.parse(f.since) <= t && (f.state === 'active' || t < Date.parse(f.until))).map((f) => f.severity * f.probability));
  return { from: iso(from), to: iso(to), health: times.map((t) => ({ at: iso(t), health: t < NOW0 - 85 * DAY ? null : 100 * (1 - worst(t)) })), events };
}
