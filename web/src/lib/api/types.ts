// The shapes of /api/v1 under the names that pages use. They come from `schema.ts`, which is made from the server's
// document; nothing is written here a second time. Points in time are RFC 3339 text or whole microseconds: `toMs`
// of $lib/time/parse reads both.

import type * as s from './schema';

export type When = string | number;
export type { AlarmClass, AlarmState, BearingGeometry, BearingOrders, Evidence, FailureMode, FindingKind, GearStage, Level, Nameplate, Priority, Session, SignalKind, SignalName } from './schema';
export type Role = s.AccessRole;

/** A page of a list. */
export interface List<T> {
  items: T[];
  next: string | null;
}

export type Monitor = s.MonitorView;
export type AssetState = s.AssetStateView;
export type QualityWord = AssetState['quality'];
export type Asset = s.AssetView;
export type AssetDetail = s.AssetDetail;
export type LastValue = s.LastView;
export type Signal = s.SignalView;
export type Limits = s.Limits;
export type RangeGap = s.Hole;
export type RangeSeries = s.SeriesView;
export type RangeReply = s.Ranges;
export type Finding = Omit<s.FindingView, 'evidence'>;
export type FindingDetail = s.FindingDetail;
export type Alarm = s.AlarmView;

export type JournalEntry = s.Happening;
export type KeyCount = s.Speaker;
export type AlarmRates = s.RatesView;
export type Connection = s.ConnectionView;
export type ConnectionConfig = s.ConnectionConfig;
export type TestReply = s.TestReport;
export type BrowseNode = s.NodeView;
export type ImportSignal = s.ImportSignal;
export type Gap = s.GapView;
export type QueryReply = s.AnswerView;
export type TableInfo = s.Table;
export type StoreInfo = s.Stats;
export type SystemInfo = s.System;
export type TemplateInfo = s.TemplateView;
export type User = s.UserView;
export type Token = s.TokenView;
export type Certificate = s.CertificateView;
export type Certificates = s.Certificates;
export type AuditEntry = s.Line;

/** A protocol and the form of its configuration. */
export interface Protocol extends Omit<s.ProtocolForm, 'schema'> {
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
