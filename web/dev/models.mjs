// The fixture's versions: one in service, one that gemba.toml asks for, and the way between them.

import { learnedKinds } from './life.mjs';
import { NOW0 } from './world.mjs';

const OPERATORS = ['monitor-and-sensors/1', 'normal-behaviour/3', 'sensor-health/2', 'day0-limits/1', 'remaining-life/1', 'waveform-features/4'];
const SWITCH_MS = 1200;
const iso = (ms) => new Date(ms).toISOString();
const version = (digest, learn) => ({ digest, settings: { watch: true, normal: { learn_s: learn, false_alarms_per_month: 1 } }, operators: OPERATORS });
const release = (id, at, v, more = {}) => ({ id, at: iso(at), by: '', reason: 'first', version: v, whole: true, program: '0.1.0', backtest: null, ...more });
const changes = (from, to) => (from === to ? [] : [{ key: 'normal.learn_s', in_service: from.settings.normal.learn_s, asked: to.settings.normal.learn_s }]);

export function makeModels() {
  const own = version('3f9a1c04b7de', 3600);
  return { history: [release(2, NOW0 - 12 * 86_400_000, own, { reason: 'proved', by: 'tom', backtest: 1 }), release(1, NOW0 - 40 * 86_400_000, version('88d02b6f51ac', 1800))], asked: version('c41d77e0925b', 7200), switching: null, withdrawn: {} };
}

/** The version that a configuration of a report is: the first is the one in service, the second the one that waits. */
export const digestOf = (variant, index) => variant?.version ?? (index === 0 ? '3f9a1c04b7de' : 'c41d77e0925b');

const proof = (api) => api.backtests.find((b) => (b.request.variants?.length !== 1 || !b.request.variants) && Date.now() - Date.parse(b.created) > 2000 && b.id > 1);

export function modelsView(api) {
  const m = api.models;
  if (m.switching && Date.now() - m.switching.at > SWITCH_MS) {
    m.history.unshift(m.switching.release);
    m.asked = m.switching.release.version;
    m.switching = null;
  }
  const [own, ...rest] = m.history;
  const former = rest.find((r) => r.version.digest !== own.version.digest) ?? null;
  const done = proof(api);
  const waits = m.switching || m.asked.digest === own.version.digest ? null : { version: m.asked, changes: changes(own.version, m.asked), backtest: done?.id ?? null, hindrance: done ? null : `no backtest has run with version ${m.asked.digest}` };
  return {
    in_service: own, unproved: null, candidate: waits, failed: null, history: m.history,
    drifts: api.drifts ?? [], learned: learnedKinds(m.withdrawn), batteries: [
      { asset: 1, path: 'acme/north/water/battery-1', cycles: 212, tried: 40, held: 0.86, left: { days: 130, lo: 88, hi: 190, level: 0.9 }, why: '' },
      { asset: 2, path: 'acme/north/water/battery-2', cycles: 0, tried: 0, held: null, left: null, why: 'no full discharge and no capacity has come in yet' },
    ],
    former: former && { release: former, changes: changes(own.version, former.version), hindrance: null },
    switching: m.switching && { version: m.switching.release.version, by: 'admin', progress: Math.min(1, (Date.now() - m.switching.at) / SWITCH_MS) },
  };
}

export function standingOf(api, index, variant) {
  const digest = digestOf(variant, index);
  const in_service = api.models.history[0].version.digest === digest;
  return { digest, in_service, hindrance: in_service && api.models.history[0].backtest !== null ? 'it is in service' : null };
}

const next = (api, v, more) => { api.models.switching = { at: Date.now(), release: release(api.models.history[0].id + 1, Date.now(), v, { by: 'admin', ...more }) }; return modelsView(api); };

export function releaseModel(api, digest, refuse) {
  const known = [api.models.asked, ...api.models.history.map((r) => r.version)].find((v) => v.digest === digest);
  if (!known || api.backtests.length === 0) throw refuse(`no backtest has run with version ${digest}`, 'run `gemba backtest` over all machines');
  return next(api, known, { reason: 'proved', backtest: (proof(api) ?? api.backtests[0]).id });
}

export function modelBack(api) {
  const { former } = modelsView(api);
  return next(api, former.release.version, { reason: 'back', backtest: former.release.backtest });
}

export function withdrawLearned(api, kind, { part, note }) {
  api.models.withdrawn[`${kind} ${part}`] = { at: iso(Date.now()), by: 'admin', note };
  return modelsView(api);
}

export function restoreLearned(api, kind, { part }) {
  delete api.models.withdrawn[`${kind} ${part}`];
  return modelsView(api);
}
