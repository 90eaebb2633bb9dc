// The names of protocols.

import { words } from '../time/format';

const TITLES: Record<string, string> = { opcua: 'OPC UA', mqtt: 'MQTT', modbus: 'Modbus TCP', sparkplug: 'Sparkplug B', file: 'File', influx: 'InfluxDB lines' };

/** A protocol as people know it. */
export const protocolName = (name: string): string => TITLES[name] ?? words(name);

/** The tag that the configuration carries to say which protocol it is for. */
export function tagged(protocol: string, config: Record<string, unknown>): Record<string, unknown> {
  return { protocol, ...config };
}
