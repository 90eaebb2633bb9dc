// The protocols that can be connected, from the schemas the server hands out.

import type { Protocol, Schema } from '../api/types';
import { resolve } from '../form/schema';
import { words } from '../time/format';

const TITLES: Record<string, string> = { opcua: 'OPC UA', opc_ua: 'OPC UA', mqtt: 'MQTT', modbus: 'Modbus TCP', modbus_tcp: 'Modbus TCP', sparkplug: 'Sparkplug B', file: 'File', replay: 'File', influx: 'InfluxDB lines' };

/** A protocol as people know it. */
export const protocolName = (name: string): string => TITLES[name] ?? words(name);

const asProtocol = (name: string, schema: Schema): Protocol => ({
  protocol: name,
  title: protocolName(name),
  description: schema.description ?? '',
  schema,
});

/** Variants of one tagged schema, each with the definitions of the whole. */
function variants(root: Schema): Protocol[] {
  return (root.oneOf ?? root.anyOf ?? []).flatMap((raw) => {
    const schema = resolve(raw, root);
    const tag = schema.properties?.protocol ?? schema.properties?.type;
    const name = tag?.const ?? tag?.enum?.[0];
    return typeof name === 'string' ? [asProtocol(name, { ...schema, $defs: root.$defs ?? {} })] : [];
  });
}

/** Reads the reply in any of its forms: a list, an object by name, or one schema with variants. */
export function readProtocols(reply: unknown): Protocol[] {
  if (!reply || typeof reply !== 'object') return [];
  const list = Array.isArray(reply) ? reply : 'items' in reply && Array.isArray(reply.items) ? reply.items : null;
  if (list) {
    return list.map((item: { protocol?: string; name?: string; title?: string; schema: Schema; description?: string }) => {
      const made = asProtocol(item.protocol ?? item.name ?? '', item.schema);
      return { ...made, title: item.title ?? made.title, description: item.description ?? made.description };
    });
  }
  const whole = reply as Schema;
  if (whole.oneOf ?? whole.anyOf) return variants(whole);
  return Object.entries(reply).map(([name, schema]) => asProtocol(name, schema as Schema));
}

/** The tag that the configuration carries to say which protocol it is for. */
export function tagged(protocol: string, config: Record<string, unknown>): Record<string, unknown> {
  return { protocol, ...config };
}
