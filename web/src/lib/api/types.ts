// The shapes of /api/v1, named as the server's serde names them. Points in time arrive as RFC 3339 text
// or as integer microseconds; read them with `toMs` of $lib/time/parse.

export type When = string | number;
export type Role = 'viewer' | 'operator' | 'engineer' | 'admin';
export type QualityWord = 'good' | 'uncertain' | 'stale' | 'bad' | 'none';
export type Priority = 'emergency' | 'high' | 'medium' | 'low';
export type AlarmClass = 'process' | 'ai' | 'instrument' | 'system';
export type AlarmState =
  | 'normal'
  | 'unack_active'
  | 'acked_active'
  | 'rtn_unack'
  | 'latched_unack'
  | 'latched_acked'
  | 'shelved'
  | 'suppressed_by_design'
  | 'out_of_service';

export interface List<T> {
  items: T[];
  next?: string | null;
}

export interface Session {
  user: string;
  role: Role;
  demo: boolean;
  version: string;
  site: string;
  time_zone: string;
  currency: string;
}

export interface Monitor {
  state: 'learning' | 'watching' | 'off';
  progress: number;
  /** The score as a share of its limit: above 1 it finds something. */
  score: number | null;
  /** When it last looked. */
  since: When | null;
}

export interface AssetState {
  alarm: Priority | null;
  alarms: number;
  findings: number;
  quality: QualityWord;
  monitor: Monitor;
}

export type Level = string | { other: string };

export interface Nameplate {
  power_kw?: number | null;
  speed_rpm?: number | null;
  shaft_height_mm?: number | null;
  support?: 'rigid' | 'flexible' | null;
  manufacturer?: string | null;
  model?: string | null;
  serial_number?: string | null;
  bearing?: string | null;
}

export interface Asset {
  id: number;
  path: string;
  name: string;
  level: Level;
  template: string | null;
  nameplate: Nameplate;
  parent: number | string | null;
  state: AssetState;
}

export type SignalKind = 'gauge' | 'counter' | 'state' | 'set_point' | 'waveform' | 'image';

export interface LastValue {
  time: When;
  ingest: When;
  value: number | null;
  quality: QualityWord;
  status: number;
}

export interface Signal {
  id: number;
  asset: number;
  name: string;
  full_name: string;
  kind: SignalKind;
  role: string;
  unit: string;
  unit_symbol: string;
  range: { low: number; high: number } | null;
  decimals: number | null;
  states: string[];
  description: string;
  binding: { connection: string; address: string } | null;
  last: LastValue | null;
}

export interface AssetDetail extends Asset {
  signals: Signal[];
}

export interface RangeGap {
  from: number;
  to: number;
  reason: string;
}

export interface RangeSeries {
  signal: number;
  raw: boolean;
  bucket_us: number;
  times: number[];
  min: (number | null)[];
  max: (number | null)[];
  first: (number | null)[];
  last: (number | null)[];
  count?: number[];
  quality: number[];
  gaps: RangeGap[];
}

export interface RangeReply {
  from: number;
  to: number;
  series: RangeSeries[];
}

export type Evidence =
  | { type: 'score'; name: string; times: number[]; scores: number[]; limit: number }
  | { type: 'comparison'; signal: number; measured: number; expected: number; band: [number, number] }
  | { type: 'limit'; signal: number; measured: number; limit: number; source: string }
  | { type: 'spectrum'; signal: number; hz: number; expected_hz: number; snr_db: number; harmonics: number }
  | { type: 'window'; signal: number; range: { from: When; to: When }; note: string }
  | {
      type: 'degradation';
      name: string;
      times: number[];
      values: number[];
      threshold: number;
      ahead: { time: number; lo: number; median: number; hi: number }[];
    };

export interface RemainingLife {
  days: number;
  lo: number;
  hi: number | null;
  level: number;
}

export type FindingKind = 'anomaly' | 'limit' | 'sensor_fault' | 'degradation' | 'data_quality';

export interface Finding {
  id: number;
  asset: number;
  asset_path: string;
  asset_name: string;
  key: string;
  kind: FindingKind;
  state: 'active' | 'cleared';
  since: When;
  until: When;
  title: string;
  explanation: string;
  p_value: number | null;
  probability: number;
  severity: number;
  contributions: { signal: number; share: number }[];
  evidence: Evidence[];
  failure_mode: string | null;
  prescription: string[];
  rul: RemainingLife | null;
  model: string;
  created: When;
  updated: When;
}

export interface SignalName {
  full_name: string;
  unit_symbol: string;
  name: string;
}

export interface FindingDetail extends Finding {
  signals: Record<string, SignalName>;
  alarm: number | null;
}

export interface Alarm {
  id: number;
  asset: number;
  signal: number | null;
  key: string;
  class: AlarmClass;
  priority: Priority;
  state: AlarmState;
  message: string;
  cause: string;
  consequence: string;
  response: string;
  since: When;
  changed: When;
  by: string | null;
  comment: string | null;
  shelved_until: When | null;
  finding: number | null;
  asset_path: string;
  asset_name: string;
  signal_name: string | null;
}
