// What a person is asked for first, and what only an expert changes, of each protocol's settings, in the order of thinking.
// Fields that are not named here stand at the end of the expert ones, so that no setting is ever out of reach.

import type { Schema } from '../api/types';
import { fieldOf, resolve } from '../form/schema';

interface Form {
  main: string[];
  expert: string[];
  /** What an example of the address looks like. */
  example: Record<string, string>;
}

const BROKER = 'mqtt://192.168.0.10:1883';
const LINK = ['version', 'keep_alive_s', 'in_flight_max', 'packet_bytes_max'];

const FORMS: Record<string, Form> = {
  opcua: {
    main: ['endpoint', 'identity', 'security', 'mode', 'insecure'],
    expert: ['publishing_interval_ms', 'sampling_interval_ms', 'queue_size', 'trigger', 'deadband', 'timeout_ms', 'max_per_request', 'waveforms'],
    example: { endpoint: 'opc.tcp://192.168.0.10:4840' },
  },
  mqtt: { main: ['broker', 'topics', 'access'], expert: ['qos', 'retained', 'session_expiry_s', ...LINK], example: { broker: BROKER, topics: 'plant/#' } },
  sparkplug: { main: ['broker', 'groups', 'access', 'host_id', 'state'], expert: ['reorder_timeout_ms', 'rebirth_interval_ms', ...LINK], example: { broker: BROKER } },
  modbus: {
    main: ['address', 'unit_id', 'zero_based', 'order', 'registers'],
    expert: ['poll_interval_ms', 'timeout_ms', 'pause_ms', 'max_block', 'max_gap'],
    example: { address: '192.168.0.10:502' },
  },
  file: {
    main: ['paths', 'speed', 'repeat', 'shift_to_now', 'time_zone'],
    expert: ['format', 'delimiter', 'decimal_comma', 'header', 'time_column', 'time_format', 'interval_us', 'start', 'long'],
    example: { paths: '/data/rig/*.csv' },
  },
};

/** The fields of a protocol: those asked for first, then those for experts. Without a form of its own: needed ones, then the rest. */
export function fieldsOf(protocol: string, schema: Schema): { main: string[]; expert: string[] } {
  const all = Object.keys(schema.properties ?? {}).filter((name) => name !== 'protocol');
  const form = FORMS[protocol];
  if (!form) return { main: all, expert: [] };
  const needed = all.filter((name) => schema.required?.includes(name) && !form.main.includes(name));
  const main = [...form.main.filter((name) => all.includes(name)), ...needed];
  const expert = form.expert.filter((name) => all.includes(name));
  return { main, expert: [...expert, ...all.filter((name) => !main.includes(name) && !expert.includes(name))] };
}

/** Examples to show in empty fields. */
export const examplesOf = (protocol: string): Record<string, string> => FORMS[protocol]?.example ?? {};

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Numbers that are as usual become empty: the field shows its default, and what was changed stands out. */
export function blanked(schema: Schema, config: Record<string, unknown>): Record<string, unknown> {
  const usual = (name: string) => {
    const property = schema.properties?.[name];
    return property ? resolve(property, schema).default : undefined;
  };
  const number = (name: string) => fieldOf(schema.properties?.[name] ?? {}, schema, name).kind === 'number';
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [name, number(name) && value === usual(name) ? null : value]));
}

/** Which expert fields differ from what they usually are. */
export function changed(schema: Schema, names: string[], config: Record<string, unknown>): string[] {
  return names.filter((name) => {
    const usual = resolve(schema.properties?.[name] ?? {}, schema).default ?? null;
    const value = config[name] ?? null;
    const empty = value === null || (Array.isArray(value) && value.length === 0);
    return !empty && !same(value, usual);
  });
}
