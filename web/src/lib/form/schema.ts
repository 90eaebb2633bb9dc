// What a JSON Schema asks for, in the shapes that schemars writes: enough to generate a form from it.

import type { Schema } from '../api/types';

export type Kind = 'text' | 'secret' | 'number' | 'switch' | 'choice' | 'list' | 'table' | 'group' | 'variant' | 'pairs';

export interface Field {
  kind: Kind;
  schema: Schema;
  /** May be left out: `null` is a legal value. */
  optional: boolean;
  choices: { value: unknown; label: string; hint: string; schema?: Schema }[];
  whole: boolean;
}

const SECRET = /password|secret|passphrase|private_key|token/i;

/** Follows `$ref` and merges what stands beside it; unwraps a single `allOf`. */
export function resolve(schema: Schema, root: Schema): Schema {
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    const target = root.$defs?.[name];
    const { $ref: _ref, ...beside } = schema;
    return target ? { ...resolve(target, root), ...beside } : beside;
  }
  if (schema.allOf?.length === 1 && schema.allOf[0]) {
    const { allOf: _all, ...beside } = schema;
    return { ...resolve(schema.allOf[0], root), ...beside };
  }
  return schema;
}

const isNull = (schema: Schema): boolean => schema.type === 'null' || schema.const === null;

/** The schema without its null alternative, and whether there was one. */
export function withoutNull(schema: Schema, root: Schema): { schema: Schema; optional: boolean } {
  const found = resolve(schema, root);
  const options = found.anyOf ?? found.oneOf;
  if (options?.some(isNull)) {
    const rest = options.filter((option) => !isNull(option));
    const { anyOf: _any, oneOf: _one, ...beside } = found;
    const inner = rest.length === 1 && rest[0] ? resolve(rest[0], root) : { oneOf: rest };
    return { schema: { ...inner, ...beside, description: found.description ?? inner.description ?? '' }, optional: true };
  }
  if (Array.isArray(found.type) && found.type.includes('null')) {
    const rest = found.type.filter((type) => type !== 'null');
    return { schema: { ...found, type: rest[0] ?? 'string' }, optional: true };
  }
  return { schema: found, optional: false };
}

/** The one property by which the variants of a tagged enum differ, such as `protocol` or `kind`. */
export function tagOf(variant: Schema): string | null {
  for (const [name, property] of Object.entries(variant.properties ?? {})) {
    if (property.const !== undefined || property.enum?.length === 1) return name;
  }
  return null;
}

/** The name of a variant that is told by its only property, as in `{"absolute": 0.5}`. */
const nameOf = (variant: Schema): string | null => {
  const names = Object.keys(variant.properties ?? {});
  return names.length === 1 && tagOf(variant) === null ? (names[0] ?? null) : null;
};

/** Which of a field's variants a value is; for a plain choice the value itself. */
export function variantOf(field: Field, value: unknown): unknown {
  if (!value || typeof value !== 'object') return value;
  const tag = field.choices.map((c) => (c.schema ? tagOf(c.schema) : null)).find((t) => t !== null);
  return tag ? (value as Record<string, unknown>)[tag] : Object.keys(value)[0];
}

const constOf = (schema: Schema): unknown => schema.const ?? schema.enum?.[0];

function choicesOf(schema: Schema, root: Schema): Field['choices'] {
  if (schema.enum) return schema.enum.map((value) => ({ value, label: String(value), hint: '' }));
  return (schema.oneOf ?? schema.anyOf ?? []).flatMap((raw) => {
    const option = resolve(raw, root);
    if (option.enum && option.enum.length > 1) return option.enum.map((value) => ({ value, label: String(value), hint: '' }));
    const tag = tagOf(option);
    const value = tag ? constOf(option.properties?.[tag] ?? {}) : (nameOf(option) ?? constOf(option));
    return [{ value, label: option.title ?? String(value ?? option.type ?? ''), hint: option.description ?? '', schema: option }];
  });
}

export function fieldOf(raw: Schema, root: Schema, name: string): Field {
  const { schema, optional } = withoutNull(raw, root);
  const make = (kind: Kind, choices: Field['choices'] = []): Field => ({ kind, schema, optional, choices, whole: schema.type === 'integer' });
  const choices = choicesOf(schema, root);
  if (choices.length > 0) {
    const objects = choices.some((choice) => choice.schema?.properties);
    return make(objects ? 'variant' : 'choice', choices);
  }
  if (schema.type === 'boolean') return make('switch');
  if (schema.type === 'integer' || schema.type === 'number') return make('number');
  if (schema.type === 'array') return make(schema.items && fieldOf(schema.items, root, name).kind === 'group' ? 'table' : 'list');
  if (schema.properties) return make('group');
  if (schema.type === 'object') return make('pairs');
  return make(SECRET.test(name) || schema.format === 'password' || schema.writeOnly ? 'secret' : 'text');
}

/** The value a form starts with: defaults where the schema has them, nothing where it may be left out. */
export function initial(raw: Schema, root: Schema, name = ''): unknown {
  const field = fieldOf(raw, root, name);
  const { schema } = field;
  if (schema.default !== undefined) return JSON.parse(JSON.stringify(schema.default)); // a default is JSON; a state proxy cannot be cloned otherwise
  if (field.optional) return null;
  if (schema.const !== undefined) return schema.const;
  if (field.kind === 'group') return initialGroup(schema, root);
  if (field.kind === 'variant') return initialVariant(field, field.choices[0]?.value, root);
  if (field.kind === 'choice') return field.choices[0]?.value;
  if (field.kind === 'switch') return false;
  if (field.kind === 'list' || field.kind === 'table') return [];
  return field.kind === 'pairs' ? {} : field.kind === 'number' ? null : '';
}

export function initialGroup(schema: Schema, root: Schema): Record<string, unknown> {
  return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([key, property]) => [key, initial(property, root, key)]));
}

/** A fresh value of the variant whose tag is `value`. */
export function initialVariant(field: Field, value: unknown, root: Schema): unknown {
  const choice = field.choices.find((option) => option.value === value);
  return choice?.schema?.properties ? initialGroup(choice.schema, root) : value;
}

/** What is sent: empty optional fields left out, the rest as it is. */
export function cleaned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cleaned);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, item]) => item !== null && item !== undefined && item !== '');
  return Object.fromEntries(entries.map(([key, item]) => [key, cleaned(item)]));
}

/** Names of required fields that are still empty. */
export function missing(schema: Schema, root: Schema, value: Record<string, unknown>): string[] {
  const found = resolve(schema, root);
  return (found.required ?? []).filter((key) => {
    const item = value[key];
    return item === undefined || item === null || item === '' || (Array.isArray(item) && item.length === 0);
  });
}
