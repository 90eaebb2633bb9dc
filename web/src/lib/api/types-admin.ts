// Shapes of the integrator's and administrator's doors: alarm figures, connections, SQL, system, users.

import type { QualityWord, Role, When } from './types';

export interface JournalEntry {
  time: When;
  event: string;
  state?: string | null;
  user?: string | null;
  by?: string | null;
  comment?: string | null;
}

export interface KeyCount {
  key: string;
  asset: number | string;
  asset_name?: string;
  count?: number;
  since?: When;
}

export interface AlarmRates {
  per_10min_now: number;
  per_hour: number;
  peak_10min: number;
  flood_now: boolean;
  flood_share: number;
  top: KeyCount[];
  chattering: KeyCount[];
  stale: KeyCount[];
  by_priority: Record<string, number>;
  histogram: { from: When; count: number }[];
}

export interface Connection {
  name: string;
  protocol: string;
  link: { state: 'connecting' | 'up' | 'down' | 'ended'; why?: string };
  signals: number;
  rate_per_s: number;
  received: number;
  rejected: number;
  last_arrival: When | null;
  gaps_open: number;
  config: Record<string, unknown>;
}

export interface TestReply {
  ok: boolean;
  steps: { name: string; ok: boolean; detail: string; cure?: string | null }[];
}

export interface BrowseNode {
  address: string;
  name: string;
  kind: 'folder' | 'signal';
  data_type?: string | null;
  unit?: string | null;
  value?: unknown;
  quality?: QualityWord | null;
  description?: string | null;
  has_children: boolean;
  path?: string | null;
}

export interface ImportSignal {
  address: string;
  asset_path: string;
  name: string;
  unit: string;
  role: string;
  kind: string;
}

export interface Protocol {
  protocol: string;
  title: string;
  description: string;
  schema: Schema;
}

/** The part of JSON Schema that generated forms understand. */
export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  format?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  pattern?: string;
  examples?: unknown[];
  writeOnly?: boolean;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
}

export interface Gap {
  connection: string;
  signal: number | null;
  range: { from: When; to: When | null };
  reason: string;
  lost: number;
  note: string;
}

export interface QueryReply {
  columns: { name: string; type: string }[];
  rows: unknown[][];
  truncated: boolean;
  elapsed_ms: number;
}

export interface TableInfo {
  name: string;
  description?: string;
  columns: { name: string; type: string; description?: string }[];
}

export interface StoreInfo {
  bytes: number;
  samples: number;
  files: number;
  wal_bytes: number;
  disk_free: number;
  state: string;
  [more: string]: unknown;
}

export interface SystemInfo {
  version: string;
  uptime_s: number;
  store: StoreInfo;
  memory_bytes: number;
  signals: number;
  rate_per_s: number;
  config_origin: string;
  [more: string]: unknown;
}

export interface TemplateInfo {
  name: string;
  title?: string;
  description?: string;
}

export interface User {
  name: string;
  role: Role;
  created?: When | null;
  last_seen?: When | null;
}

export interface Token {
  id: string | number;
  name: string;
  role: Role;
  scopes: string[];
  expires: When | null;
  created?: When | null;
  last_used?: When | null;
}

export interface Certificate {
  fingerprint: string;
  subject: string;
  issuer?: string;
  not_before?: When;
  not_after?: When;
  connection?: string | null;
}

export interface Certificates {
  own: Certificate | Certificate[] | null;
  trusted: Certificate[];
  rejected: Certificate[];
}

export interface AuditEntry {
  time: When;
  user: string;
  action: string;
  target: string;
  detail: string;
  outcome: string;
}
