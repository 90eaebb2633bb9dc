// JSON Schemas of the fixture's protocols, in the shapes that schemars writes.

const text = (description, extra = {}) => ({ type: 'string', description, ...extra });
const whole = (description, dflt, minimum = 0, maximum = 3_600_000) => ({ type: 'integer', format: 'uint32', description, default: dflt, minimum, maximum });

export const PROTOCOLS = {
  opcua: {
    title: 'OPC UA', type: 'object', description: 'Subscribes to the nodes of an OPC UA server.', required: ['endpoint'], additionalProperties: false,
    properties: {
      endpoint: text('Where the server listens, such as opc.tcp://10.0.4.17:4840.', { examples: ['opc.tcp://10.0.4.17:4840'] }),
      security: { $ref: '#/$defs/Security', description: 'How messages are protected.', default: 'sign_and_encrypt' },
      user: { anyOf: [{ $ref: '#/$defs/User' }, { type: 'null' }], description: 'Who signs in; anonymous when left out.' },
      deadband: { anyOf: [{ $ref: '#/$defs/Deadband' }, { type: 'null' }], default: null, description: 'Changes that are too small to be sent.' },
      sampling_interval_ms: whole('How often the server looks at a value, in ms.', 500, 10),
    },
    $defs: {
      Security: { oneOf: [{ const: 'none', type: 'string', description: 'Plain text, no check of the server.' }, { const: 'sign', type: 'string', description: 'Signed.' }, { const: 'sign_and_encrypt', type: 'string', description: 'Signed and encrypted.' }] },
      Deadband: { oneOf: ['absolute', 'percent'].map((name) => ({ type: 'object', required: [name], properties: { [name]: { type: 'number', format: 'double' } }, description: `As ${name}.` })) },
      User: { type: 'object', required: ['name', 'password'], properties: { name: text('User name.'), password: text('Password; stored encrypted.', { format: 'password' }) } },
    },
  },
  mqtt: {
    title: 'MQTT', type: 'object', description: 'Subscribes to topics of an MQTT broker (3.1.1 or 5).', required: ['host', 'topics'],
    properties: { host: text('Name or address of the broker.'), port: whole('TCP port.', 1883, 1, 65535), tls: { type: 'boolean', default: false, description: 'Use TLS.' }, topics: { type: 'array', items: { type: 'string' }, description: 'Topic filters.', default: ['#'] } },
  },
  modbus: {
    title: 'Modbus TCP', type: 'object', description: 'Polls registers in blocks.', required: ['host'],
    properties: {
      host: text('Name or address of the device or gateway.'), port: whole('TCP port.', 502, 1, 65535), unit: whole('Unit identifier.', 1, 0, 247), poll_interval_ms: whole('Pause between polls, in ms.', 1000, 10),
      registers: { type: 'array', description: 'What to read.', items: { type: 'object', required: ['address'], properties: { address: text('Address such as holding:40001:f32.'), scale: { type: 'number', default: 1, description: 'Factor.' } } } },
    },
  },
};

export const BROWSE = {
  '': [{ address: 'ns=2;s=Line3', name: 'Line3', kind: 'folder', has_children: true }, { address: 'ns=2;s=Server', name: 'Server', kind: 'folder', has_children: true }],
  'ns=2;s=Line3': [{ address: 'ns=2;s=Line3.Mixer', name: 'Mixer', kind: 'folder', has_children: true }],
  'ns=2;s=Line3.Mixer': [
    node('Mixer.Speed', 'double', 'rpm', 1480.2, 'good'), node('Mixer.MotorCurrent', 'double', 'A', 12.7, 'good'),
    node('Mixer.BearingTemp', 'float', '°C', 54.1, 'good'), node('Mixer.Level', 'float', '%', null, 'bad'), node('Mixer.Running', 'boolean', null, true, 'good'),
  ],
  'ns=2;s=Server': [],
};

function node(name, data_type, unit, value, quality) {
  const slug = name.split('.')[1].replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
  return { address: `ns=2;s=Line3.${name}`, name: name.split('.')[1], kind: 'signal', data_type, unit, value, quality, description: null, has_children: false, path: `acme/north/line-3/mixer/${slug}` };
}
