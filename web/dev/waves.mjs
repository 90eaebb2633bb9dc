// The fixture's waveforms: a block a minute of each sensor; pump 1 has a pit in the outer race since its fault began.
// Spectra are written down as their lines, without a transform: enough to see pages work.

import { ranksOn } from './ranks.mjs';
import { FAULT_AT, NOW0, US, seeded } from './world.mjs';

const RATE = 12_800;
const BLOCK = 8192;
const STEP = RATE / BLOCK;
const EVERY_MS = 60_000;
const SHAFT = 49.1;
const LINES = [['1×', 'one turn of the shaft', SHAFT], ['BPFO', 'balls over a pit in the outer race', 176.1], ['BPFI', 'balls over a pit in the inner race', 265.9], ['2×BSF', 'a pit in a ball, striking both races', 231.5], ['FTF', 'one turn of the cage', 19.6], ['GMF', 'teeth that mesh', 17 * SHAFT], ['Shaft 2', 'one turn of the driven shaft', SHAFT * 17 / 53], ['Blades', 'blades passing', 6 * SHAFT], ['2×mains', 'the pull of the motor\'s field', 100]];
const iso = (ms) => new Date(ms).toISOString();

const depth = (signal, ms) => (signal.gen.machine === 0 ? Math.max(0, Math.min(1, (ms - FAULT_AT) / 1_800_000)) : 0);
const kept = (signal, from, to) => {
  const out = [];
  for (let t = Math.ceil(from / EVERY_MS) * EVERY_MS; t < Math.min(to, Date.now()); t += EVERY_MS) if (t > NOW0 - 6 * 3_600_000) out.push(t);
  return out;
};
function facts(signal, ms) {
  const pit = depth(signal, ms);
  return { rate_hz: RATE, samples: BLOCK, rms: 2.1 + 1.6 * pit, peak: 8.4 + 19 * pit, crest: (8.4 + 19 * pit) / (2.1 + 1.6 * pit), kurtosis: 3.05 + 6 * pit, skew: 0.02, shape: 1.25 + 0.3 * pit, impulse: 5 + 9 * pit, clearance: 6 + 12 * pit };
}

function machine(signal) {
  const bearing = signal.gen.machine < 2;
  return {
    shaft_hz: SHAFT, shaft_from: 'measured: speed', bearing: bearing ? '6205' : null, bearing_from: bearing ? 'Case Western Reserve University bearing data center' : 'no bearing is on the nameplate',
    lines: LINES.filter(([name]) => bearing || !['BPFO', 'BPFI', '2×BSF', 'FTF'].includes(name)).map(([name, about, hz]) => ({ name, about, hz })),
  };
}

/** Heights over the noise at multiples of what turns, as `[hz, height, name]`. */
function tones(signal, ms, of) {
  const pit = depth(signal, ms);
  const shaft = [1, 2, 3, 4].map((k) => [k * SHAFT, (of === 'envelope' ? 0.02 : 0.6) / k, k === 1 ? '1×' : `${k} · 1×`]);
  const race = [1, 2, 3, 4, 5].map((k) => [k * 176.6, ((of === 'envelope' ? 0.9 : 0.12) * pit) / k, k === 1 ? 'BPFO' : `${k} · BPFO`]);
  return [...shaft, ...race].filter(([, height]) => height > 0.005);
}

function lines(signal, ms, of) {
  const rand = seeded(Math.floor(ms / 1000) + signal.id);
  const n = of === 'envelope' ? 700 : of === 'velocity' ? 640 : BLOCK / 2 + 1;
  const floor = of === 'envelope' ? 0.012 : 0.02;
  const resonance = (hz) => (of === 'amplitude' ? 1 + (2 + 6 * depth(signal, ms)) / (1 + ((hz - 3100) / 240) ** 2) : 1);
  const out = Array.from({ length: n }, (_, i) => floor * resonance(i * STEP) * Math.sqrt(-Math.log(1 - rand())));
  for (const [hz, height] of tones(signal, ms, of)) for (const by of [-1, 0, 1]) {
    const i = Math.round(hz / STEP) + by;
    if (i > 0 && i < n) out[i] += by === 0 ? height : height / 2;
  }
  return out;
}

export function waveforms(signal, from, to, limit) {
  const all = kept(signal, from / US, to / US).reverse();
  return { items: all.slice(0, limit).map((t) => ({ start: iso(t), ...facts(signal, t) })), next: all.length > limit ? iso(all[limit - 1]) : null };
}

export function drawing(signal, at, width) {
  const ms = at / US;
  const each = Math.ceil(BLOCK / width);
  const rand = seeded(Math.floor(ms / 1000));
  const value = (i) => (rand() + rand() + rand() - 1.5) * 3.4 + 14 * depth(signal, ms) * Math.exp(-((i / RATE) * 176.6 % 1) * 9) * Math.sin(i * 1.52);
  const min = [];
  const max = [];
  for (let i = 0; i < BLOCK; i += each) {
    const part = Array.from({ length: Math.min(each, BLOCK - i) }, (_, k) => value(i + k));
    min.push(Math.min(...part));
    max.push(Math.max(...part));
  }
  return { start: iso(ms), unit: signal.unit_symbol, ...facts(signal, ms), step_s: each / RATE, min, max };
}

export function spectrum(signal, at, q) {
  const of = q.get('of') ?? 'amplitude';
  const ms = at / US;
  const all = lines(signal, ms, of);
  const [from, to] = [Number(q.get('from_hz') ?? 0), Number(q.get('to_hz') ?? Infinity)];
  const seen = all.map((a, i) => [i * STEP, a]).filter(([hz]) => hz >= from && hz <= to);
  const band = of === 'envelope' ? [Number(q.get('band_from') ?? 2600), Number(q.get('band_to') ?? 3600)] : null;
  const peaks = tones(signal, ms, of).map(([hz, height, name]) => ({ hz: Math.round(hz / STEP) * STEP, order: hz / SHAFT, amplitude: height, db: 20 * Math.log10(height / 0.02), name }));
  const unit = of === 'velocity' ? 'mm/s' : signal.unit_symbol;
  const tracked = q.get('tracked') === 'true' ? (of === 'velocity' ? 'no: velocity is integrated over time' : 'by the measured speed, 2944 to 2951 r/min in this block') : null;
  return { quantity: of, window: q.get('window') ?? 'hann', averages: Number(q.get('averages') ?? 1), tracked, unit, db_reference: 1e-6, step_hz: STEP, top_hz: (all.length - 1) * STEP, hz: seen.map(([hz]) => hz), amplitudes: seen.map(([, a]) => a), band_hz: band, peaks: peaks.sort((a, b) => b.amplitude - a.amplitude), marked: marked(signal, ms), machine: machine(signal) };
}

/** The bands that a person marked: the power of the lines in each. */
function marked(signal, ms) {
  return signal.bands.map((band) => {
    const by = band.unit === 'orders' ? SHAFT : 1;
    const of = band.of ?? 'amplitude';
    const [from_hz, to_hz] = [band.from * by, band.to * by];
    const high = to_hz > RATE / 2.56;
    const rms = Math.sqrt(lines(signal, ms, of).reduce((sum, a, i) => (i * STEP >= from_hz && i * STEP <= to_hz ? sum + (a * a) / 3 : sum), 0));
    return {
      name: band.name, about: `r.m.s. from ${band.from} to ${band.to}`, of, from_hz, to_hz, rms: high ? null : rms,
      missing: high ? `it ends at ${to_hz.toFixed(1)} Hz; at this sampling rate a sensor tells up to 5000.0 Hz` : null,
      unit: of === 'velocity' ? 'mm/s' : signal.unit_symbol, high: band.limits?.high ?? null, high_high: band.limits?.high_high ?? null, signal: signal.id,
    };
  });
}

export function kurtogram(signal, at) {
  const pit = depth(signal, at / US);
  const top = RATE / 2;
  const bands = [1, 2, 3, 4, 6, 8, 12, 16].flatMap((parts) => Array.from({ length: parts }, (_, i) => {
    const [from_hz, to_hz] = [(top / parts) * i, (top / parts) * (i + 1)];
    const kurtosis = from_hz < 3100 && to_hz > 3100 ? 0.1 + (pit * 5 * parts) / (parts + 3) : 0.05;
    return { from_hz, to_hz, kurtosis, sigmas: kurtosis * 11 };
  }));
  return { top_hz: top, bands, best: [...bands].sort((a, b) => b.kurtosis - a.kurtosis)[0] };
}

export function diagnosis(signal, at) {
  const pit = depth(signal, at / US);
  const m = machine(signal);
  const part = (mode, expected_hz, share) => ({ mode, expected_hz, found_hz: expected_hz * 1.003, confidence: share, p_value: share > 0.5 ? 3e-14 : 0.4, lines: [1, 2, 3].map((k) => ({ name: `${k}×`, hz: expected_hz * k, db: 12 * share, velocity: null })) });
  const bearing = m.bearing ? [part('bearing_outer_race', 176.1, pit > 0.2 ? 0.96 : 0.2), part('bearing_inner_race', 265.9, 0.02), part('bearing_ball', 231.5, 0.01), part('bearing_cage', 19.6, 0.01)] : [];
  const rotor = [['unbalance', 0.52, ['1×']], ['broadband', 0.31, []], ['misalignment', 0.12, ['2×']], ['looseness', 0.05, ['3×', '4×', '5×']]].map(([mode, share, names]) => ({ mode, share, lines: names.map((name, i) => ({ name, hz: SHAFT * (i + 1), db: 18, velocity: 0.8 })) }));
  return { machine: m, named: pit > 0.2 && m.bearing ? 'bearing_outer_race' : null, bearing, rotor, velocity_rms: 1.7 + pit, motor: null, motor_missing: null };
}

export function cepstrum(signal, at, q) {
  const width = Math.min(Number(q.get('width') ?? 2000), 4096);
  const [rand, pit] = [seeded(Math.floor(at / US / 1000)), depth(signal, at / US)];
  const step_s = BLOCK / 2 / RATE / width;
  const near = (t, hz, height) => (Math.abs(((t * hz + 0.5) % 1) - 0.5) < 0.5 * step_s * hz ? height / Math.max(1, t * hz) : 0);
  const values = Array.from({ length: width }, (_, i) => (i === 0 ? 0 : (rand() - 0.5) * 0.02 + near(i * step_s, SHAFT, 0.08) + near(i * step_s, 176.6, 0.12 * pit)));
  return { step_s, values, machine: machine(signal) };
}

export function turn(signal, at, q) {
  const shaft = Number(q.get('shaft') ?? 1);
  const mean = Array.from({ length: 260 }, (_, i) => 0.6 * Math.sin((i / 260) * 2 * Math.PI) + 0.3 * Math.sin((i / 260) * 34 * Math.PI) + 0.1 * Math.sin((i / 260) * 12 * Math.PI));
  return { shaft, shafts: 2, turns: shaft === 1 ? 31 : 10, mean, unit: signal.unit_symbol, rms: 0.48, rest_rms: 2.0 + depth(signal, at / US), measured: true, machine: machine(signal) };
}

export function spectrogram(signal, at, q) {
  const columns = Number(q.get('columns') ?? 400);
  const times = Array.from({ length: 31 }, (_, i) => at + Math.round((i * BLOCK * 1e6) / 32 / RATE));
  const step = RATE / 2 / Math.min(columns, 256);
  const row = (time, i) => {
    const out = new Array(Math.round(RATE / 2 / step) + 1).fill(60);
    lines(signal, at / US + i * 1000, 'amplitude').forEach((a, k) => { const c = Math.round((k * STEP) / step); if (c < out.length) out[c] = Math.max(out[c], Math.round(200 * Math.log10(a / 1e-6)) / 10); });
    return out;
  };
  return { times, step_hz: step, rows: times.map(row), unit: signal.unit_symbol, db_reference: 1e-6, left_out: 0 };
}

export function waterfall(signal, from, to, q) {
  const all = kept(signal, from / US, to / US);
  const most = Number(q.get('rows') ?? 120);
  const columns = Number(q.get('columns') ?? 400);
  const each = Math.max(1, Math.ceil(all.length / most));
  const shown = all.filter((_, i) => i % each === 0);
  const of = q.get('of') ?? 'amplitude';
  const step = { amplitude: RATE / 2, velocity: 1000, envelope: 1100 }[of] / columns;
  const row = (t) => {
    const out = new Array(columns + 1).fill(-Infinity);
    lines(signal, t, of).forEach((a, i) => { const c = Math.min(columns, Math.round((i * STEP) / step)); out[c] = Math.max(out[c], Math.round(200 * Math.log10(a / 1e-6)) / 10); });
    return out.map((v) => (Number.isFinite(v) ? v : 60));
  };
  return { times: shown.map((t) => Math.round(t * US)), step_hz: step, rows: shown.map(row), unit: of === 'velocity' ? 'mm/s' : signal.unit_symbol, db_reference: 1e-6, left_out: all.length - shown.length };
}

/** How well a machine is, from the fixture's findings. */
export function health(api, id) {
  const asset = api.world.assets.find((a) => a.id === id);
  const open = api.findings.filter((f) => f.asset === id && f.state === 'active');
  const own = open.filter((f) => !['sensor_fault', 'data_quality'].includes(f.kind));
  const taken = own.map((f) => ({ finding: f.id, title: f.title, points: 100 * f.severity * f.probability }));
  const signals = api.world.signals.filter((s) => s.asset === id);
  const vib = signals.find((s) => s.role === 'vibration');
  const judged = asset.state.monitor.state === 'watching' || own.length > 0;
  /** The ranks of a mode as they hold; where nothing shows it nobody sees it before. */
  const rank = (mode, seen, priority) => {
    const { own: said, ...held } = ranksOn(api.ranks, mode, asset);
    const detection = seen || said ? held.detection : 10;
    return { ...held, detection, rpn: held.severity * held.occurrence * detection, priority };
  };
  const mode = (mid, name, measured, missing, ranking, hours, parts) => {
    const found = own.filter((f) => f.failure_mode === mid);
    return { id: mid, name, effect: 'vibration', state: found.length ? 'found' : measured.length ? 'watched' : 'blind', probability: found[0]?.probability ?? null, findings: found.map((f) => f.id), measured, missing, prescription: ['Check lubrication.', 'Plan a bearing change at the next stop.'], ranking, repair: { hours, people: 1, skill: 'mechanic', parts, cost: null, failure_cost: null, priority: null } };
  };
  const modes = [mode('bearing_wear', 'Bearing wear', ['vibration', 'bearing_temperature'], [], rank('bearing_wear', true, 'medium'), 6, [{ number: '6205-2RS', name: 'bearing', quantity: 2 }]), mode('cavitation', 'Cavitation', ['flow'], ['suction_pressure'], rank('cavitation', true, 'low'), 2, []), mode('seal_leak', 'Seal leak', [], ['level'], rank('seal_leak', false, 'medium'), 3, [{ number: '', name: 'shaft seal', quantity: 1 }])];
  const graded = vib && asset.template !== 'pump' ? [{ signal: vib.id, name: vib.name, measured: 1.9, zone: 'B', boundaries: [1.4, 2.8, 4.5], source: 'ISO 10816-3:2009 group 2 rigid, zones A to D' }] : [];
  return {
    health: judged ? 100 - Math.max(0, ...taken.map((t) => t.points)) : null,
    formula: '100 · (1 − worst): worst is the largest severity times sureness of the open findings about the machine. Faults of sensors and of data do not count: they are not the machine\'s.',
    taken, monitor: asset.state.monitor.state, progress: asset.state.monitor.progress, score: null, modes, ranking_formula: 'RPN = severity × occurrence × detection, 1 to 1000 (IEC 60812); the action priority weighs severity first, then occurrence, then detection (AIAG & VDA 2019). Where no symptom is measured, detection is 10.', vibration: graded,
    ungraded: vib && asset.template === 'pump' ? 'ISO 10816-3:2009 does not grade a machine of kind pump' : '', sensors: open.filter((f) => !own.includes(f)).map((f) => f.id),
  };
}
