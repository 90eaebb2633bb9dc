// The fixture answers as the real program says it answers: what the pages are tested with is what they will meet.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
// @ts-expect-error plain JavaScript
import { startMock } from '../dev/mock.mjs';

type Schema = { [key: string]: unknown };
const DOCUMENT = JSON.parse(readFileSync(new URL('../../crates/server/openapi.json', import.meta.url), 'utf8'));
const COOKIE = { headers: { cookie: 'gemba_session=dev' } };
let mock: { url: string; close: () => Promise<void> };

beforeAll(async () => { mock = await startMock(); });
afterAll(async () => { await mock.close(); });

const typeOf = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);

/** What of `value` is not as the schema says, each with its place. */
function faults(value: unknown, schema: Schema, at: string): string[] {
  if (typeof schema.$ref === 'string') return faults(value, DOCUMENT.components.schemas[schema.$ref.split('/').at(-1)!], at);
  const either = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined;
  if (either) {
    const each = either.filter((one) => value === null || one.type !== 'null').map((one) => faults(value, one, at));
    if (!each.some((one) => one.length === 0)) return each.reduce((least, one) => (one.length < least.length ? one : least));
  }
  if ('const' in schema && value !== schema.const) return [`${at}: ${JSON.stringify(value)} is not ${JSON.stringify(schema.const)}`];
  if (schema.enum && !(schema.enum as unknown[]).includes(value)) return [`${at}: ${JSON.stringify(value)} is none of ${JSON.stringify(schema.enum)}`];
  const types = [schema.type ?? []].flat() as string[];
  const type = typeOf(value);
  if (types.length > 0 && !types.includes(type) && !(type === 'number' && types.includes('integer') && Number.isInteger(value))) return [`${at}: a ${type} is no ${types.join(' or ')}`];
  if (type === 'array') return (value as unknown[]).slice(0, 5).flatMap((one, i) => faults(one, (schema.items ?? {}) as Schema, `${at}[${i}]`));
  if (type !== 'object') return [];
  const own = value as Record<string, unknown>;
  const properties = (schema.properties ?? {}) as Record<string, Schema>;
  const missing = ((schema.required ?? []) as string[]).filter((name) => !(name in own)).map((name) => `${at}.${name} is missing`);
  return [...missing, ...Object.entries(properties).filter(([name]) => name in own).flatMap(([name, one]) => faults(own[name], one, `${at}.${name}`))];
}

type Operation = { parameters?: { name: string; in: string; required?: boolean }[]; responses: Record<string, { content?: Record<string, { schema?: Schema }> }> };
const asked = Object.entries(DOCUMENT.paths as Record<string, { get?: Operation }>).flatMap(([path, { get }]) => {
  const schema = get?.responses['200']?.content?.['application/json']?.schema;
  const needs = get?.parameters?.some((one) => one.in === 'query' && one.required);
  return path.startsWith('/api/v1') && schema && !needs ? [[path, schema] as const] : [];
});

/** The first thing of the list above it, where the path names one. */
async function filled(path: string): Promise<string> {
  const name = /\{(\w+)\}/.exec(path)?.[1];
  if (!name) return path;
  const list = await (await fetch(mock.url + path.slice(0, path.indexOf('/{')), COOKIE)).json();
  const first = (Array.isArray(list) ? list : list.items)[0];
  return path.replace(`{${name}}`, first[name] ?? first.id);
}

test.each(asked)('%s', async (path, schema) => {
  const reply = await fetch(mock.url + (await filled(path)), COOKIE);
  if (reply.status === 404) return; // no page asks the fixture for it
  expect(reply.status).toBe(200);
  expect(faults(await reply.json(), schema, path.replace('/api/v1', ''))).toEqual([]);
});
