// Writes src/lib/api/schema.ts from the server's OpenAPI document, so that the pages and the server cannot disagree.
//   node dev/types.mjs          writes it
//   node dev/types.mjs --check  fails when the written file is not what the document says

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DOCUMENT = new URL('../../crates/server/openapi.json', import.meta.url);
const TARGET = new URL('../src/lib/api/schema.ts', import.meta.url);
const REF = '#/components/schemas/';
const FIXED_MOST = 4; // a list of a fixed length up to this is written out
const HEAD = '// Made by `npm run types` from crates/server/openapi.json. Do not edit.\n';
const PLAIN = { string: 'string', integer: 'number', number: 'number', boolean: 'boolean', null: 'null' };

const nameOf = (ref) => ref.slice(REF.length);
const literal = (value) => (typeof value === 'string' ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'` : String(value));
const key = (name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : literal(name));
const doc = (schema, indent) => (schema.description ? `${indent}/** ${schema.description.replaceAll('*/', '*\\/').replaceAll('\n', `\n${indent} * `)} */\n` : '');
const unique = (list) => [...new Set(list)];

/** Names of all schemas that `value` refers to, directly or through others. */
function reached(value, schemas, seen = new Set()) {
  if (Array.isArray(value)) for (const item of value) reached(item, schemas, seen);
  else if (value && typeof value === 'object') {
    if (typeof value.$ref === 'string' && value.$ref.startsWith(REF) && !seen.has(nameOf(value.$ref))) {
      seen.add(nameOf(value.$ref));
      reached(schemas[nameOf(value.$ref)], schemas, seen);
    }
    for (const item of Object.values(value)) reached(item, schemas, seen);
  }
  return seen;
}

/** What is sent to the server may leave fields out; what only ever comes from it has them all, null when empty. */
function sent(document) {
  const bodies = Object.values(document.paths).flatMap((path) => Object.values(path).map((operation) => operation.requestBody));
  return reached(bodies, document.components.schemas);
}

function object(schema, indent, whole) {
  const inner = `${indent}  `;
  const lines = Object.entries(schema.properties ?? {}).map(([name, field]) => {
    const there = whole || (schema.required ?? []).includes(name);
    return `${doc(field, inner)}${inner}${key(name)}${there ? '' : '?'}: ${type(field, inner, whole)};\n`;
  });
  const rest = Object.values(schema.patternProperties ?? {})[0] ?? schema.additionalProperties;
  const open = rest && rest !== true ? `Record<string, ${type(rest, indent, whole)}>` : 'Record<string, unknown>';
  return lines.length > 0 ? `{\n${lines.join('')}${indent}}` : open;
}

function plain(name, schema, indent, whole) {
  if (name === 'object') return object(schema, indent, whole);
  if (name !== 'array') return PLAIN[name] ?? 'unknown';
  if (schema.prefixItems) return `[${schema.prefixItems.map((item) => type(item, indent, whole)).join(', ')}]`;
  const item = type(schema.items ?? {}, indent, whole);
  if (schema.minItems === schema.maxItems && schema.maxItems <= FIXED_MOST) return `[${new Array(schema.maxItems).fill(item).join(', ')}]`;
  return /[|&]/.test(item.replace(/\{[\s\S]*\}/, '')) ? `(${item})[]` : `${item}[]`;
}

/** A schema as a TypeScript type. */
function type(schema, indent, whole) {
  if (typeof schema === 'boolean') return 'unknown';
  if ('const' in schema) return literal(schema.const);
  if (schema.enum) return schema.enum.map(literal).join(' | ');
  const parts = [];
  if (schema.$ref) parts.push(nameOf(schema.$ref));
  for (const part of schema.allOf ?? []) parts.push(type(part, indent, whole));
  const choice = schema.oneOf ?? schema.anyOf;
  if (choice) parts.push(unique(choice.map((part) => type(part, indent, whole))).join(' | '));
  const names = [schema.type ?? []].flat();
  const bare = names.length === 1 && names[0] === 'object' && !schema.properties && parts.length > 0;
  if (names.length > 0 && !bare) parts.push(unique(names.map((name) => plain(name, schema, indent, whole))).join(' | '));
  else if (schema.properties && names.length === 0) parts.push(object(schema, indent, whole));
  if (parts.length === 0) return 'unknown';
  return parts.length === 1 ? parts[0] : parts.map((part) => (part.includes('|') ? `(${part})` : part)).join(' & ');
}

export function written(document) {
  const given = sent(document);
  const all = Object.entries(document.components.schemas).map(([name, schema]) => {
    const whole = !given.has(name);
    const text = type(schema, '', whole);
    const record = text.startsWith('{') && text.indexOf('\n}') === text.length - 2;
    return doc(schema, '') + (record ? `export interface ${name} ${text}\n` : `export type ${name} = ${text};\n`);
  });
  return `${HEAD}\n${all.join('\n')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = written(JSON.parse(readFileSync(DOCUMENT, 'utf8')));
  if (!process.argv.includes('--check')) writeFileSync(TARGET, text);
  else if (readFileSync(TARGET, 'utf8') !== text) {
    console.error('src/lib/api/schema.ts is not what crates/server/openapi.json says: run `npm run types` and look at the difference.');
    process.exit(1);
  }
}
