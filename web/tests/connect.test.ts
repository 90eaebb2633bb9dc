import { describe, expect, it } from 'vitest';
import type { Schema } from '$lib/api/types';
import type { BrowseNode } from '$lib/api/types';
import { propose } from '$lib/connect/browse.svelte';
import { blanked, changed, fieldsOf } from '$lib/connect/forms';
import { linesOf } from '$lib/connect/watch.svelte';

const SCHEMA: Schema = {
  type: 'object',
  required: ['endpoint'],
  properties: {
    protocol: { const: 'opcua' },
    deadband: { anyOf: [{ type: 'object', properties: { absolute: { type: 'number' } } }, { type: 'null' }], default: null },
    endpoint: { type: 'string' },
    newest_ms: { type: 'integer', default: 7 },
    queue_size: { type: 'integer', default: 10 },
    security: { type: 'string', default: 'best' },
    waveforms: { type: 'array', items: { type: 'object' }, default: [] },
  },
};

describe('the form of a connection', () => {
  it('asks for what everybody sets first and leaves no setting out', () => {
    expect(fieldsOf('opcua', SCHEMA)).toEqual({ main: ['endpoint', 'security'], expert: ['queue_size', 'deadband', 'waveforms', 'newest_ms'] });
    expect(fieldsOf('unheard-of', SCHEMA)).toEqual({ main: ['deadband', 'endpoint', 'newest_ms', 'queue_size', 'security', 'waveforms'], expert: [] });
  });

  it('leaves numbers that are as usual empty and says which were changed', () => {
    const config = { endpoint: 'x', security: 'none', queue_size: 10, newest_ms: 8, deadband: null, waveforms: [] };
    expect(blanked(SCHEMA, config)).toEqual({ ...config, queue_size: null });
    const names = fieldsOf('opcua', SCHEMA).expert;
    expect(changed(SCHEMA, names, blanked(SCHEMA, config))).toEqual(['newest_ms']);
    expect(changed(SCHEMA, names, { ...config, deadband: { absolute: 1 }, newest_ms: null })).toEqual(['deadband']);
  });
});

describe('what a device offers', () => {
  const node = (name: string, more: object) => propose({ address: name, name, plain_name: name, kind: 'signal', signal_kind: 'gauge', range: null, data_type: 'Double', unit: '', path: name, ...more } as unknown as BrowseNode, 'line/mixer');
  it('takes the kind, range and description that the device tells, the unit and the plain name that the server read', () => {
    expect([node('Operator', { signal_kind: 'state' }).kind, node('Profile', { signal_kind: 'waveform' }).kind, node('Energy', {}).kind, node('Level_%', {}).kind]).toEqual(['state', 'waveform', 'counter', 'gauge']);
    expect(node('Flow', { range: { low: 0, high: 50 }, description: 'at the outlet' })).toMatchObject({ range: { low: 0, high: 50 }, description: 'at the outlet' });
    expect([node('Speed_rpm', { unit: '/min' }).unit, node('phase_a', {}).unit]).toEqual(['/min', '1']);
    expect(node('Energy [kWh]', { plain_name: 'Energy', unit: 'kW.h' })).toMatchObject({ name: 'energy', label: 'Energy [kWh]', unit: 'kW.h' });
  });
});

describe('a watch', () => {
  it('reads lines however the stream is cut', async () => {
    const bytes = new TextEncoder().encode('{"values":[]}\n{"values":[{"text":"21 °C"}]}\n{"rest"');
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let i = 0; i < bytes.length; i += 5) controller.enqueue(bytes.slice(i, i + 5));
        controller.close();
      },
    });
    const lines: string[] = [];
    for await (const line of linesOf(body)) lines.push(line);
    expect(lines).toEqual(['{"values":[]}', '{"values":[{"text":"21 °C"}]}']);
  });
});
