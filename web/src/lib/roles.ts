// The roles, kinds and common units a signal can be given.

import type { Role, SignalKind } from './api/schema';

export const ROLES: Role[] = [
  'other', 'vibration', 'vibration_waveform', 'bearing_temperature', 'winding_temperature', 'process_temperature', 'ambient_temperature',
  'power', 'current', 'voltage', 'energy', 'speed', 'torque', 'suction_pressure', 'discharge_pressure', 'pressure', 'flow', 'level', 'valve',
  'load', 'position', 'operating_state', 'product', 'count', 'wear', 'capacity', 'state_of_health', 'set_point',
];

export const KINDS: SignalKind[] = ['gauge', 'counter', 'state', 'set_point', 'waveform', 'image'];

/** UCUM, as the API wants it. */
export const UNITS = ['1', '%', 'Cel', 'K', 'mm/s', 'm/s2', '[g]', 'mm', 'um', '/min', 'Hz', 'kW', 'W', 'kW.h', 'A', 'A.h', 'V', 'bar', 'kPa', 'L/min', 'm3/h', 'L', 'kg', 'N.m', 'm/s'];

const HINTS: [RegExp, Role][] = [
  [/vib|rms|accel/, 'vibration'], [/bearing.*temp|temp.*bearing/, 'bearing_temperature'], [/winding/, 'winding_temperature'], [/ambient/, 'ambient_temperature'],
  [/temp/, 'process_temperature'], [/current|amps?$/, 'current'], [/volt/, 'voltage'], [/energy|kwh/, 'energy'], [/power/, 'power'], [/speed|rpm/, 'speed'],
  [/torque/, 'torque'], [/suction|inlet.*press/, 'suction_pressure'], [/discharge|outlet.*press/, 'discharge_pressure'], [/press/, 'pressure'], [/flow/, 'flow'],
  [/level/, 'level'], [/valve/, 'valve'], [/load/, 'load'], [/set.?point/, 'set_point'], [/running|state|mode/, 'operating_state'], [/count|parts/, 'count'], [/wear/, 'wear'], [/state.?of.?health|\bsoh\b/, 'state_of_health'], [/capacity/, 'capacity'],
];

/** A proposal for a signal's role from its name; `other` when nothing fits. */
export const guessRole = (name: string): Role => HINTS.find(([pattern]) => pattern.test(name.toLowerCase()))?.[1] ?? 'other';

/** A proposal for a signal's kind from its data type and role. */
export function guessKind(seems: SignalKind, role: Role): SignalKind {
  if (seems !== 'gauge') return seems;
  if (role === 'set_point') return 'set_point';
  if (role === 'energy' || role === 'count') return 'counter';
  return role === 'operating_state' ? 'state' : 'gauge';
}
