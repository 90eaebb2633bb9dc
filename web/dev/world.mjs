// A small made-up plant for the offline fixture: seeded, so that pictures and tests are the same each time.
// Never shipped: `npm run build` does not see this folder.

export const US = 1000;
export const NOW0 = Date.now();
const HOUR = 3_600_000;

/** A seeded generator (mulberry32): the same plant each time. */
export function seeded(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const PLACES = [
  ['acme', 'Acme', 'enterprise'], ['acme/north', 'North plant', 'site'],
  ['acme/north/water', 'Water house', 'area'], ['acme/north/press-shop', 'Press shop', 'area'],
  ['acme/north/press-shop/line-2', 'Line 2', 'line'], ['acme/north/utilities', 'Utilities', 'area'],
];
const MACHINES = [
  ['acme/north/water/pump-1', 'Circulation pump 1', 'pump'], ['acme/north/water/pump-2', 'Circulation pump 2', 'pump'],
  ['acme/north/water/motor-1', 'Pump motor 1', 'motor'], ['acme/north/water/fan-1', 'Cooling fan 1', 'fan'],
  ['acme/north/press-shop/line-2/spindle-1', 'CNC spindle 1', 'cnc_spindle'], ['acme/north/press-shop/line-2/spindle-2', 'CNC spindle 2', 'cnc_spindle'],
  ['acme/north/press-shop/line-2/conveyor', 'Infeed conveyor', 'conveyor'], ['acme/north/press-shop/line-2/press', 'Injection press', 'injection_press'],
  ['acme/north/utilities/compressor-1', 'Air compressor 1', 'compressor'], ['acme/north/utilities/compressor-2', 'Air compressor 2', 'compressor'],
  ['acme/north/utilities/furnace', 'Hardening furnace', 'furnace'], ['acme/north/utilities/chiller', 'Chiller', 'chiller'],
  ['acme/north/utilities/gearbox', 'Main gearbox', 'gearbox'],
];
const SIGNALS = [
  ['vibration', 'vibration', 'mm/s', 'mm/s', [0, 12], 2, 1.8, 0.35], ['bearing_temperature', 'bearing_temperature', 'Cel', '°C', [0, 120], 1, 58, 2],
  ['motor/current', 'current', 'A', 'A', [0, 60], 1, 31, 2.4], ['power', 'power', 'kW', 'kW', [0, 40], 2, 18, 1.4],
  ['speed', 'speed', '/min', 'r/min', [0, 3600], 0, 2950, 14], ['discharge_pressure', 'discharge_pressure', 'bar', 'bar', [0, 10], 2, 5.2, 0.12],
  ['flow', 'flow', 'm3/h', 'm³/h', [0, 80], 1, 46, 1.6],
];

function assetState(i) {
  const states = { 0: ['high', 2, 1, 'good'], 4: ['medium', 1, 1, 'good'], 8: [null, 0, 0, 'stale'], 10: ['low', 1, 2, 'uncertain'], 6: ['emergency', 1, 0, 'good'] };
  const [alarm, alarms, findings, quality] = states[i] ?? [null, 0, 0, 'good'];
  const learning = [3, 7, 9].includes(i);
  const monitor = { state: learning ? 'learning' : 'watching', progress: learning ? 0.18 + i * 0.07 : 1, score: learning ? null : i === 0 ? 2.36 : 0.2 + (i % 5) * 0.09, since: new Date(NOW0 - 4000).toISOString(), drift: null };
  return { alarm, alarms, findings, quality, monitor: i === 12 ? { state: 'off', progress: 0, score: null, since: null, drift: null } : monitor };
}

const blank = { alarm: null, alarms: 0, findings: 0, quality: 'good', monitor: { state: 'off', progress: 0, score: null, since: null, drift: null } };

export function makeWorld(size = 0) {
  const assets = PLACES.map(([path, name, level], i) => ({ id: i + 1, path, name, level, template: null, nameplate: {}, learning: null, parent: null, state: structuredClone(blank) }));
  const signals = [];
  MACHINES.forEach(([path, name, template], i) => {
    const id = 100 + i;
    const nameplate = { power_kw: 22, speed_rpm: 2960, manufacturer: 'Muster', model: `M-${200 + i}`, serial_number: `SN-00${i}41`, support: 'rigid', bearing: '6205', gears: [{ driving: 17, driven: 53 }], blades: 6, mains_hz: 50 };
    assets.push({ id, path, name, level: 'asset', template, nameplate, learning: null, parent: null, state: assetState(i) });
    SIGNALS.forEach(([sname, role, unit, symbol, range, decimals, mean, noise]) => signals.push(makeSignal(signals.length + 1, id, path, { sname, role, unit, symbol, range, decimals, mean: mean * (0.9 + 0.02 * i), noise, machine: i })));
    signals.push(makeState(signals.length + 1, id, path));
  });
  MACHINES.slice(0, 3).forEach(([path], i) => signals.push(makeWave(signals.length + 1, 100 + i, path)));
  for (let i = 0; i < size; i += 1) signals.push(makeSignal(signals.length + 1, 112, 'acme/north/utilities/gearbox', { sname: `extra_${i}`, role: 'other', unit: 'Cel', symbol: '°C', range: [0, 100], decimals: 1, mean: 40 + (i % 30), noise: 1, machine: 12 }));
  for (const asset of assets) asset.parent = assets.find((a) => a.path === asset.path.slice(0, asset.path.lastIndexOf('/')))?.id ?? null;
  return { assets, signals };
}

function makeSignal(id, asset, path, s) {
  return {
    id, asset, name: s.sname, full_name: `${path}/${s.sname}`, kind: 'gauge', role: s.role, unit: s.unit, unit_symbol: s.symbol,
    range: { low: s.range[0], high: s.range[1] }, decimals: s.decimals, states: [], quiet_in: [], bands: [], ...limitsOf(s), description: `${s.sname.replaceAll('_', ' ')} of ${path.split('/').at(-1)}`,
    binding: { connection: s.machine < 4 ? 'water-plc' : 'press-broker', address: `ns=2;s=${path.split('/').at(-1)}.${s.sname}` }, computed: false, last: null, gen: s,
  };
}

/** A bearing has the day-0 limits, a vibration limits of its own. */
function limitsOf(s) {
  const line = (at, outer, source) => ({ at, side: 'above', outer, source });
  if (s.role === 'bearing_temperature') {
    const source = 'rule of thumb for rolling bearings with standard grease, no standard';
    return { limits: null, limit_lines: [line(90, false, source), line(105, true, source)] };
  }
  if (s.role !== 'vibration') return { limits: null, limit_lines: [] };
  const own = { deadband: 0.2, on_delay_s: 10, off_delay_s: 0, latch: false, realarm_s: 0, requires_comment: false, priority: 'medium', outer_priority: 'high' };
  const source = 'set in the plant file';
  return { limits: { ...own, high: 4.5, high_high: 7.1 }, limit_lines: [line(4.5, false, source), line(7.1, true, source)] };
}

function makeState(id, asset, path) {
  return {
    id, asset, name: 'state', full_name: `${path}/state`, kind: 'state', role: 'operating_state', unit: '1', unit_symbol: '', range: null, decimals: 0,
    states: ['Stopped', 'Idle', 'Execute'], quiet_in: ['Stopped'], bands: [], limits: null, limit_lines: [], description: 'Operating state', binding: { connection: 'water-plc', address: `ns=2;s=${path.split('/').at(-1)}.state` }, computed: false, last: null, gen: { state: true, mean: 2, noise: 0, machine: asset - 100 },
  };
}

function makeWave(id, asset, path) {
  return {
    id, asset, name: 'vibration_wave', full_name: `${path}/vibration_wave`, kind: 'waveform', role: 'vibration_waveform', unit: 'm/s2', unit_symbol: 'm/s²', range: { low: -500, high: 500 },
    decimals: null, states: [], quiet_in: [], bands: [], limits: null, limit_lines: [], description: 'Acceleration at the drive end', binding: { connection: 'water-plc', address: `ns=2;s=${path.split('/').at(-1)}.wave` }, computed: false, last: null, gen: { machine: asset - 100 },
  };
}

export const FAULT_AT = NOW0 - 40 * 60_000;

/** The value of a signal at an instant: a slow wave, noise, and a fault that grows on pump 1. */
export function valueOf(signal, ms) {
  const g = signal.gen;
  if (g.state) return Math.floor(ms / (7 * 60_000) + g.machine) % 5 === 0 ? 1 : 2;
  const rand = seeded(Math.floor(ms / 500) * 2654435761 + signal.id * 97);
  const wave = Math.sin(ms / 900_000 + signal.id) * g.noise * 0.8 + Math.sin(ms / 61_000 + signal.id * 2) * g.noise * 0.3;
  let value = g.mean + wave + (rand() - 0.5) * g.noise;
  if (g.machine === 0 && ms > FAULT_AT && ['vibration', 'bearing_temperature', 'motor/current'].includes(g.sname)) value += g.noise * 4 * Math.min(1.6, (ms - FAULT_AT) / HOUR / 0.5);
  return Number(value.toFixed(signal.decimals ?? 3));
}

/** Two holes in the record and a stretch of bad quality, as every plant has them. */
export const GAPS = [{ machine: (m) => m < 4, from: NOW0 - 26 * 60_000, to: NOW0 - 21 * 60_000, reason: 'connection_lost' }];
export const badAt = (signal, ms) => signal.gen.machine === 0 && signal.name === 'flow' && ms > NOW0 - 15 * 60_000 && ms < NOW0 - 11 * 60_000;
export const inGap = (signal, ms) => GAPS.some((g) => g.machine(signal.gen.machine) && ms >= g.from && ms < g.to);
export function qualityNow(signal) {
  if (signal.gen.machine === 8) return 2;
  if (signal.gen.machine === 10 && signal.name === 'power') return 1;
  return signal.gen.machine === 11 && signal.name === 'flow' ? 3 : 0;
}
