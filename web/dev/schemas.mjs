// What the fixture says of protocols: the forms of the server's own document, and a made-up device to browse.

import { readFileSync } from 'node:fs';

const { schemas } = JSON.parse(readFileSync(new URL('../../crates/server/openapi.json', import.meta.url), 'utf8')).components;
const TITLES = { mqtt: 'MQTT', sparkplug: 'Sparkplug B', opcua: 'OPC UA', modbus: 'Modbus TCP', file: 'Files', influx: 'InfluxDB line protocol' };

/** The schemas that `value` refers to, directly or through others, by name. */
function referred(value, found = {}) {
  for (const [, name] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    if (!(name in found)) {
      found[name] = schemas[name];
      referred(schemas[name], found);
    }
  }
  return found;
}

function form({ properties: { protocol, ...properties }, required, description, ...rest }) {
  const whole = { ...rest, description, properties, required: required.filter((name) => name !== 'protocol') };
  const schema = JSON.parse(JSON.stringify({ ...whole, $defs: referred(whole) }).replaceAll('#/components/schemas/', '#/$defs/'));
  return { protocol: protocol.const, title: TITLES[protocol.const] ?? protocol.const, description: description ?? '', schema };
}

/** The protocols with their forms, as the server tells them. */
export const PROTOCOLS = schemas.ConnectionConfig.oneOf.map(form);

export const BROWSE = {
  '': [{ address: 'ns=2;s=Line3', name: 'Line3', plain_name: 'Line3', kind: 'folder', has_children: true }, { address: 'ns=2;s=Server', name: 'Server', plain_name: 'Server', kind: 'folder', has_children: true }],
  'ns=2;s=Line3': [{ address: 'ns=2;s=Line3.Mixer', name: 'Mixer', plain_name: 'Mixer', kind: 'folder', has_children: true }],
  'ns=2;s=Line3.Mixer': [
    node('Mixer.Speed', 'double', '/min', 1480.2, 'good'), node('Mixer.MotorCurrent', 'double', 'A', 12.7, 'good'),
    node('Mixer.BearingTemp', 'float', 'Cel', 54.1, 'good'), node('Mixer.Level', 'float', '%', null, 'bad'), node('Mixer.Running', 'boolean', '', true, 'good'),
  ],
  'ns=2;s=Server': [],
};

function node(name, data_type, unit, value, quality) {
  const slug = name.split('.')[1].replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
  return { address: `ns=2;s=Line3.${name}`, name: name.split('.')[1], plain_name: name.split('.')[1], kind: 'signal', signal_kind: /bool|string/i.test(data_type) ? 'state' : 'gauge', range: null, data_type, unit, value, quality, description: null, has_children: false, path: `acme/north/line-3/mixer/${slug}` };
}
