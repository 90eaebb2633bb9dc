import { describe, expect, it } from 'vitest';
import type { Schema } from '$lib/api/types';
import { cleaned, fieldOf, initial, initialGroup, initialVariant, missing, variantOf } from '$lib/form/schema';
import { propose } from '$lib/connect/browse.svelte';

const ROOT: Schema = {
  type: 'object',
  required: ['endpoint', 'security'],
  properties: {
    endpoint: { type: 'string', description: 'Where.' },
    security: { $ref: '#/$defs/Security' },
    user: { anyOf: [{ $ref: '#/$defs/User' }, { type: 'null' }] },
    interval_ms: { type: ['integer', 'null'], minimum: 10, default: 500 },
    topics: { type: 'array', items: { type: 'string' } },
    registers: { type: 'array', items: { type: 'object', properties: { address: { type: 'string' } } } },
    tls: { type: 'boolean', default: true },
    auth: { oneOf: [{ type: 'object', properties: { kind: { const: 'anonymous' } } }, { type: 'object', properties: { kind: { const: 'password' }, name: { type: 'string', default: 'gemba' }, password: { type: 'string' } } }] },
  },
  $defs: {
    Security: { oneOf: [{ const: 'none', type: 'string' }, { const: 'sign', type: 'string', description: 'Signed.' }] },
    User: { type: 'object', properties: { name: { type: 'string' }, password: { type: 'string' } } },
  },
};
const kind = (name: string) => fieldOf(ROOT.properties?.[name] ?? {}, ROOT, name).kind;

describe('forms from schemas', () => {
  it('finds the right field for each shape', () => {
    expect(['endpoint', 'security', 'user', 'interval_ms', 'topics', 'registers', 'tls', 'auth'].map(kind)).toEqual(['text', 'choice', 'group', 'number', 'list', 'table', 'switch', 'variant']);
    expect(fieldOf({ type: 'string' }, ROOT, 'password').kind).toBe('secret');
    expect(fieldOf(ROOT.properties?.user ?? {}, ROOT, 'user').optional).toBe(true);
    expect(fieldOf(ROOT.properties?.interval_ms ?? {}, ROOT, 'x')).toMatchObject({ optional: true, whole: true });
  });

  it('knows variants that are told by their only property', () => {
    const one = (name: string): Schema => ({ type: 'object', required: [name], properties: { [name]: { type: 'number' } } });
    const field = fieldOf({ anyOf: [{ oneOf: [one('absolute'), one('percent')] }, { type: 'null' }], default: null }, ROOT, 'deadband');
    expect(field).toMatchObject({ kind: 'variant', optional: true });
    expect(field.choices.map((c) => c.value)).toEqual(['absolute', 'percent']);
    expect(initialVariant(field, 'percent', ROOT)).toEqual({ percent: null });
    expect([variantOf(field, { percent: 2 }), variantOf(field, null)]).toEqual(['percent', null]);
  });

  it('starts from defaults and leaves optional groups out', () => {
    expect(initialGroup(ROOT, ROOT)).toEqual({ endpoint: '', security: 'none', user: null, interval_ms: 500, topics: [], registers: [], tls: true, auth: { kind: 'anonymous' } });
    const field = fieldOf(ROOT.properties?.auth ?? {}, ROOT, 'auth');
    expect(initialVariant(field, 'password', ROOT)).toEqual({ kind: 'password', name: 'gemba', password: '' });
    expect(initial({ $ref: '#/$defs/Nowhere' }, ROOT)).toBe('');
  });

  it('sends no empty fields and names what is missing', () => {
    expect(cleaned({ a: '', b: null, c: 0, d: false, e: { f: '', g: [1] } })).toEqual({ c: 0, d: false, e: { g: [1] } });
    expect(missing(ROOT, ROOT, { endpoint: '', security: 'none' })).toEqual(['endpoint']);
  });
});

describe('proposals for what was browsed', () => {
  const node = { address: 'ns=2;s=M.BearingTemp', name: 'BearingTemp', plain_name: 'BearingTemp', kind: 'signal' as const, signal_kind: 'gauge' as const, range: null, has_children: false, unit: 'Cel', data_type: 'float', description: '', path: '', quality: null, value: null };
  it('takes the path that the server proposes', () => {
    expect(propose({ ...node, path: 'acme/mixer/bearing_temp' }, 'x')).toMatchObject({ asset_path: 'acme/mixer', name: 'bearing_temp', role: 'bearing_temperature', unit: 'Cel', kind: 'gauge' });
  });
  it('makes a legal name otherwise', () => {
    expect(propose({ ...node, name: 'Pump #1 Running', plain_name: 'Pump #1 Running', signal_kind: 'state', unit: '' }, 'plc-1')).toMatchObject({ asset_path: 'plc-1', name: 'pump_1_running', role: 'operating_state', kind: 'state', unit: '1' });
  });
});
