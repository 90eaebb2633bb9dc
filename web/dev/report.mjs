// The fixture's report on a machine: of the same shape as the real one.

import { health } from './waves.mjs';
import { NOW0 } from './world.mjs';

const HOUR = 3_600_000;
const iso = (ms) => new Date(ms).toISOString();
const FORMULA = '100 · present · good · on time · sound: the share of the time with data, of the samples with good quality, of the samples that came within a minute of their time, and of the time without a finding about the sensor or its data. Above 85 excellent, above 70 good, above 50 medium, else poor.';
const grade = (q) => (q > 85 ? 'excellent' : q > 70 ? 'good' : q > 50 ? 'medium' : 'poor');

function quality(signal, i) {
  const [present, good] = [i % 4 === 1 ? 0.62 : 0.997, i % 5 === 2 ? 0.91 : 1];
  const q = 100 * present * good;
  const why = [[present, 'of the time without data'], [good, 'of the samples not of good quality']].filter(([share]) => share < 0.9995).map(([share, words]) => `${(100 * (1 - share)).toFixed(1)} % ${words}`);
  return { signal: signal.id, name: signal.name, role: signal.role, samples: 86_000 - i * 700, pace_s: signal.kind === 'state' ? null : 1, present, good, on_time: 1, sound: 1, quality: q, grade: grade(q), why, findings: [] };
}

export function report(api, asset) {
  const own = api.world.signals.filter((s) => s.asset === asset.id && s.kind !== 'waveform');
  const h = health(api, asset.id);
  const signals = own.map(quality).sort((a, b) => a.quality - b.quality);
  const mean = signals.reduce((sum, s) => sum + s.quality, 0) / signals.length;
  const learning = h.monitor === 'learning';
  const state = (name, rows, found) => ({ name, learned: found > 0, rows, from: found ? iso(NOW0 - 20 * HOUR) : null, to: found ? iso(NOW0 - 16 * HOUR) : null, found });
  const states = learning ? [state('state is Execute', 1440, 0)] : [state('state is Execute', 3600, 2), state('state is Idle', 410, 0)];
  const like = api.world.assets.filter((a) => a.template && a.template === asset.template && a.id !== asset.id);
  const gauges = own.filter((s) => s.kind === 'gauge');
  return {
    made: iso(Date.now()), monitor: h.monitor, progress: h.progress, from: signals.length ? iso(NOW0 - 24 * HOUR) : null, to: signals.length ? iso(NOW0) : null,
    quality: signals.length ? mean : null, grade: signals.length ? grade(mean) : null, formula: FORMULA, signals,
    learned: signals.length ? { rows: learning ? null : 3600, rows_wanted: 3600, step_s: 1, watching_since: learning ? null : iso(NOW0 - 16 * HOUR), states, judged: gauges.slice(1).map((s) => s.id), drivers: gauges.slice(0, 1).map((s) => s.id) } : null,
    peers: like.length ? gauges.map((s) => ({ signal: s.id, name: s.name, role: s.role, unit_symbol: s.unit_symbol, own: s.gen.mean * 1.04, low: s.gen.mean * 0.96, high: s.gen.mean * 1.02, others: like.length })) : [],
    peers_note: like.length ? '' : asset.template ? `no other machine follows the template ${asset.template}` : 'it has no template: nothing says which machines are like it',
    vibration: h.vibration, ungraded: h.ungraded,
    uncovered: h.modes.filter((m) => m.missing.length > 0).map((m) => ({ mode: m.name, blind: m.state === 'blind', missing: m.missing })).sort((a, b) => Number(b.blind) - Number(a.blind)),
    missing: asset.template ? ['suction_pressure'] : [],
  };
}
