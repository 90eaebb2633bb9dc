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

const SPELLINGS: Record<string, string> = { '°c': 'Cel', c: 'Cel', rpm: '/min', 'r/min': '/min', 'm³/h': 'm3/h', kwh: 'kW.h', 'l/min': 'L/min', g: '[g]', 'm/s²': 'm/s2', 'n·m': 'N.m', nm: 'N.m', '': '1' };

/** The UCUM spelling of what a device calls its unit. */
export const guessUnit = (text: string | null | undefined): string => SPELLINGS[(text ?? '').trim().toLowerCase()] ?? (text ?? '').trim();

/** What tags end in when they name their unit: `Speed_rpm`, `Level_%`. Single letters mean too much else. */
const ENDINGS: Record<string, string> = { rpm: '/min', kw: 'kW', kwh: 'kW.h', bar: 'bar', kpa: 'kPa', hz: 'Hz', degc: 'Cel', nm: 'N.m', percent: '%', pct: '%', '%': '%' };

/** What stands in brackets at the end of a column's name: `Energy [kWh]`, `Temp (°C)`. */
const BRACKETS = /\s*[[(]([^\])]*)[\])]\s*$/;

/** A tag's name without a unit in brackets behind it. */
export const bareName = (name: string): string => name.replace(BRACKETS, '') || name;

/** The unit that a tag's name ends in; `1` when it names none. */
export function unitInName(name: string): string {
  const bracket = BRACKETS.exec(name)?.[1]?.trim() ?? '';
  if (bracket) return SPELLINGS[bracket.toLowerCase()] ?? UNITS.find((unit) => unit.toLowerCase() === bracket.toLowerCase()) ?? '1';
  return ENDINGS[/(?:[_\s.-])([a-z]+|%)$/.exec(name.toLowerCase())?.[1] ?? ''] ?? '1';
}

/** A proposal for a signal's kind from its data type and role. */
export function guessKind(seems: SignalKind, role: Role): SignalKind {
  if (seems !== 'gauge') return seems;
  if (role === 'set_point') return 'set_point';
  if (role === 'energy' || role === 'count') return 'counter';
  return role === 'operating_state' ? 'state' : 'gauge';
}
