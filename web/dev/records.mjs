// Findings, alarms, connections and the rest of the fixture's records.

import { FAULT_AT, NOW0, US, seeded } from './world.mjs';

const MIN = 60_000;
const iso = (ms) => new Date(ms).toISOString();

function scores() {
  const rand = seeded(7);
  const times = [];
  const values = [];
  for (let t = FAULT_AT - 60 * MIN; t < NOW0; t += 20_000) {
    times.push(Math.round(t * US));
    values.push(4 + rand() * 3 + (t > FAULT_AT ? ((t - FAULT_AT) / MIN) * 0.55 : 0));
  }
  return { type: 'score', name: 'normal-behaviour distance', times, scores: values, limit: 11.2 };
}

export function makeFindings(world) {
  const sig = (path) => world.signals.find((s) => s.full_name.endsWith(path)).id;
  const [vib, temp, amp, flow] = ['pump-1/vibration', 'pump-1/bearing_temperature', 'pump-1/motor/current', 'pump-1/flow'].map(sig);
  const base = { returned: 0, mute: null, asset: 100, asset_path: 'acme/north/water/pump-1', asset_name: 'Circulation pump 1', rul: null, created: iso(FAULT_AT + 3 * MIN), updated: iso(NOW0 - 4000), model: 'normal-behaviour/1' };
  return [
    { ...base, id: 41, returned: 2, key: 'normal-behaviour', kind: 'degradation', state: 'active', since: iso(FAULT_AT), until: iso(NOW0 - 4000),
      title: 'Vibration and bearing temperature rise together',
      explanation: `While running at 2950 r/min, vibration is 3.9 mm/s where 1.6 to 2.1 mm/s is normal, and the bearing is 66 °C where 55 to 61 °C is normal. Since ${iso(FAULT_AT).replace(/\.\d+/, '')}, 1.9 times the limit, and rising. Vibration contributes 54 %, bearing temperature 28 %, motor current 12 %. Flow and pressure are as usual, so the hydraulic side is unlikely.`,
      p_value: 0.0004, probability: 0.986, rul: { days: 41, lo: 22, hi: 75, level: 0.9 }, severity: 0.62, failure_mode: 'bearing_wear',
      contributions: [{ signal: vib, share: 0.54 }, { signal: temp, share: 0.28 }, { signal: amp, share: 0.12 }, { signal: flow, share: 0.03 }],
      evidence: [scores(), cmp(vib, 3.9, 1.84, [1.6, 2.1]), cmp(temp, 66.2, 57.9, [55, 61]), cmp(amp, 35.1, 31, [28.4, 33.5]), cmp(flow, 45.8, 46, [43, 49]),
        path(),
        { type: 'limit', signal: vib, measured: 3.9, limit: 4.5, source: 'maker sheet M-200, alarm level' },
        { type: 'spectrum', signal: sig('pump-1/vibration_wave'), hz: 176.4, expected_hz: 176.2, snr_db: 13.4, harmonics: 3, at: Math.round((NOW0 - 4000) * US) }],
      prescription: ['Check lubrication of the drive-end bearing; last entry is older than the interval.', 'Listen or measure at the drive end: expect a tone at 176 Hz.', 'Plan a bearing change within the next planned stop if the tone is confirmed.'],
      signals: names(world, [vib, temp, amp, flow, sig('pump-1/vibration_wave')]), alarm: 301, returned: 1 },
    small(42, 104, 'acme/north/press-shop/line-2/spindle-1', 'CNC spindle 1', 'anomaly', 'Power differs from what the speed explains', 0.41, 70, 303),
    small(43, 110, 'acme/north/utilities/furnace', 'Hardening furnace', 'sensor_fault', 'Power meter is stuck at one value', 0.22, 130, 304),
    { ...small(40, 101, 'acme/north/water/pump-2', 'Circulation pump 2', 'limit', 'Bearing temperature was above its limit', 0.3, 900, null), state: 'cleared' },
    { ...small(45, 110, 'acme/north/utilities/furnace', 'Hardening furnace', 'limit', 'Door stays open for longer than usual', 0.15, 400, null), mute: { by: 'mia', at: iso(NOW0 - 60 * MIN), until: iso(NOW0 + 7 * 1440 * MIN), reason: 'The door is being rebuilt' } },
    ...comesAndGoes(),
  ];
  /** The same condition of one machine again and again: active now, and eight times over. */
  function comesAndGoes() {
    const one = (id, minutes) => small(id, 110, 'acme/north/utilities/furnace', 'Hardening furnace', 'anomaly', 'Zone 2 temperature is lower than normal', 0.18 + (id % 4) * 0.03, minutes, null);
    return [one(44, 6), ...Array.from({ length: 8 }, (_, i) => ({ ...one(39 - i, 30 + i * 25), state: 'cleared', until: iso(NOW0 - (21 + i * 25) * MIN) }))];
  }
  function path() {
    const days = Array.from({ length: 40 }, (_, i) => i - 39);
    const at = (day) => Math.round((NOW0 + day * 1440 * MIN) * US);
    const ahead = Array.from({ length: 12 }, (_, i) => ({ time: at((i + 1) * 6), lo: 3.9 + i * 0.04, median: 3.9 + i * 0.09, hi: 3.9 + i * 0.16 }));
    return { type: 'degradation', name: 'vibration', times: days.map(at), values: days.map((d) => 3.9 + d * 0.05 + Math.sin(d) * 0.08), threshold: 4.5, ahead };
  }
  function cmp(signal, measured, expected, band) {
    return { type: 'comparison', signal, measured, expected, band };
  }
  function small(id, asset, path, name, kind, title, severity, minutes, alarm) {
    const s = world.signals.filter((x) => x.asset === asset).slice(2, 4).map((x) => x.id);
    return { ...base, id, asset, asset_path: path, asset_name: name, key: kind, kind, state: 'active', since: iso(NOW0 - minutes * MIN), until: iso(NOW0 - 9000), title,
      explanation: `${title}. Current contributes 61 %, power 30 %.`, p_value: 0.003, probability: 0.93, severity, failure_mode: null,
      contributions: [{ signal: s[0], share: 0.61 }, { signal: s[1], share: 0.3 }], evidence: [scores(), cmp(s[0], 38.1, 31.4, [28, 34]), cmp(s[1], 22.2, 18, [16, 20])],
      prescription: ['Compare with a second instrument.'], signals: names(world, s), alarm, returned: 0 };
  }
}

const names = (world, ids) => Object.fromEntries(ids.map((id) => {
  const s = world.signals.find((x) => x.id === id);
  return [id, { full_name: s.full_name, unit_symbol: s.unit_symbol, name: s.name }];
}));

export function makeAlarms() {
  const alarm = (id, asset, path, name, extra) => ({ id, asset, signal: null, key: 'normal-behaviour', class: 'ai', priority: 'high', state: 'unack_active', message: '', cause: '', consequence: '', response: '', since: iso(FAULT_AT), changed: iso(FAULT_AT), by: null, comment: null, shelved_until: null, finding: null, asset_path: path, asset_name: name, signal_name: null, ...extra });
  return [
    alarm(301, 100, 'acme/north/water/pump-1', 'Circulation pump 1', { message: 'Vibration and bearing temperature rise together', cause: 'Likely bearing wear at the drive end', consequence: 'Bearing seizure stops the water circuit', response: 'Check lubrication, plan the change', finding: 41 }),
    alarm(302, 100, 'acme/north/water/pump-1', 'Circulation pump 1', { class: 'process', key: 'day0:vibration', priority: 'medium', state: 'acked_active', message: 'Vibration above 3.5 mm/s', by: 'mia', comment: 'Seen, mechanic called', signal: 1, signal_name: 'vibration', since: iso(NOW0 - 22 * MIN) }),
    alarm(305, 106, 'acme/north/press-shop/line-2/conveyor', 'Infeed conveyor', { class: 'process', key: 'estop', priority: 'emergency', message: 'Emergency stop circuit open', response: 'Make safe, find who pressed it, reset', since: iso(NOW0 - 3 * MIN), changed: iso(NOW0 - 3 * MIN) }),
    alarm(303, 104, 'acme/north/press-shop/line-2/spindle-1', 'CNC spindle 1', { priority: 'medium', state: 'unack_active', message: 'Power differs from what the speed explains', finding: 42, since: iso(NOW0 - 70 * MIN) }),
    alarm(304, 110, 'acme/north/utilities/furnace', 'Hardening furnace', { class: 'instrument', priority: 'low', state: 'rtn_unack', message: 'Power meter is stuck at one value', finding: 43, since: iso(NOW0 - 130 * MIN) }),
    alarm(306, 109, 'acme/north/utilities/compressor-2', 'Air compressor 2', { class: 'process', key: 'high_pressure', priority: 'low', state: 'shelved', message: 'Discharge pressure high', by: 'tom', comment: 'Valve test until noon', shelved_until: iso(NOW0 + 52 * MIN), since: iso(NOW0 - 300 * MIN) }),
    alarm(307, 111, 'acme/north/utilities/chiller', 'Chiller', { class: 'system', key: 'connection', priority: 'low', state: 'out_of_service', message: 'Flow transmitter removed', by: 'tom', since: iso(NOW0 - 2000 * MIN) }),
    alarm(299, 101, 'acme/north/water/pump-2', 'Circulation pump 2', { class: 'process', priority: 'medium', state: 'normal', message: 'Bearing temperature was above its limit', by: 'mia', since: iso(NOW0 - 900 * MIN) }),
  ];
}

/** The vibration of the first machine drifts since its fault began; nothing else has changed for good. */
export function changesOf(world, q) {
  const one = world.signals.find((s) => s.full_name.endsWith('pump-1/vibration'));
  const within = FAULT_AT * US >= Number(q.get('from') ?? 0) && FAULT_AT * US <= Number(q.get('to') ?? Infinity);
  const asked = (q.get('signals') ?? '').split(',').includes(String(one?.id)) || q.get('asset') === String(one?.asset);
  if (!one || !within || !asked) return [];
  return [{ signal: one.id, asset: one.asset, at: iso(FAULT_AT), told: iso(FAULT_AT + 3 * MIN), kind: 'drift', before: 1.84, after: 3.9, per_hour: 3.1, p_value: 0.0004, model: 'changes/1', text: 'drifts up from 1.84 mm/s, by 3.1 mm/s an hour' }];
}

export const journalOf = (alarm) => [
  { time: alarm.since, event: 'active', state: 'unack_active', from: 'normal', by: null, comment: '', shelved_until: null },
  ...(alarm.by ? [{ time: alarm.changed, event: alarm.state === 'shelved' ? 'shelved' : 'acknowledged', state: alarm.state, from: 'unack_active', by: alarm.by, comment: alarm.comment ?? '', shelved_until: alarm.shelved_until ?? null }] : []),
];

export function ratesNow() {
  const rand = seeded(3);
  const histogram = Array.from({ length: 144 }, (_, i) => ({ from: iso(NOW0 - (144 - i) * 10 * MIN), count: Math.floor(rand() * 2.4) + (i > 90 && i < 94 ? 9 : 0) }));
  const bad = (key, asset, count) => ({ key, asset, asset_name: `Machine ${asset}`, count });
  return { per_10min_now: 2, per_hour: 7.5, peak_10min: 11, flood_now: false, flood_share: 0.013, top: [bad('day0:vibration', 100, 31), bad('high_pressure', 109, 22), bad('connection', 111, 9), bad('normal-behaviour', 104, 4)], chattering: [bad('high_pressure', 109, 14)], stale: [bad('connection', 111, 1)], by_priority: { emergency: 3, high: 9, medium: 31, low: 57 }, histogram };
}

export function makeConnections() {
  const link = (name, protocol, state, extra) => ({ name, protocol, link: { state }, signals: 32, registers: false, rate_per_s: 31.7, received: 1_204_331, rejected: 0, rejects: [], last_arrival: iso(Date.now() - 400), gaps_open: 0, config: { protocol, endpoint: 'opc.tcp://10.0.4.17:4840', mode: 'sign_and_encrypt', security: 'best' }, ...extra });
  return [
    link('water-plc', 'opcua', 'up', {}),
    link('press-broker', 'mqtt', 'up', { signals: 72, rate_per_s: 214.2, received: 9_441_020, rejected: 12, rejects: [{ why: 'neither a value nor JSON', cure: 'send a number, true, false, a short text, or JSON with values; or leave the topic out of topics', example: 'press/4/banner', count: 9, last: iso(Date.now() - 90_000) }, { why: 'the text "OFF" for a signal that takes numbers', cure: 'bind a field with a number, or make the signal a state', example: 'press/2/speed', count: 3, last: iso(Date.now() - 3_600_000) }], config: { protocol: 'mqtt', broker: 'mqtts://broker.plant', topics: ['press/#'] } }),
    link('compressor-modbus', 'modbus', 'down', { link: { state: 'down', why: 'connecting to Modbus device 10.0.4.31:502: connection refused', cure: 'check that it runs, its address and port, and what lies between' }, signals: 16, rate_per_s: 0, last_arrival: iso(NOW0 - 26 * MIN), gaps_open: 1, config: { protocol: 'modbus', address: '10.0.4.31:502', unit_id: 1 } }),
    link('skab-replay', 'file', 'ended', { signals: 8, rate_per_s: 0, received: 9401, config: { protocol: 'file', paths: ['skab/valve1/0.csv'] } }),
  ];
}
