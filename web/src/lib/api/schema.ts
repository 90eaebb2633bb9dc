// Made by `npm run types` from crates/server/openapi.json. Do not edit.

/** Who we are to a broker, and how we know that it is the right one. */
export interface Access {
  /** PEM file with the authorities that may have signed the broker's certificate. Default: those of the system. */
  ca_file?: string | null;
  /** PEM file with our own certificate, when the broker asks for one. */
  cert_file?: string | null;
  /** The client identifier; must differ between all clients of a broker and stay the same. Default `gemba-` and
   * the connection's name. */
  client_id?: string | null;
  /** PEM file with the key of `cert_file`. */
  key_file?: string | null;
  /** Where the password stands. */
  password?: SecretRef | null;
  /** The user's name. */
  user?: string | null;
}

/** What somebody may do; each role may do all that the roles before it may. */
export type AccessRole = 'viewer' | 'operator' | 'engineer' | 'admin';

/** What an FMEA wants done (AIAG & VDA FMEA Handbook, 2019). */
export type ActionPriority = 'low' | 'medium' | 'high';

/** A connection to be made. */
export interface AddConnection {
  /** Its configuration, with the field `protocol`. */
  config: ConnectionConfig;
  /** Its name: a-z, 0-9, `_` and `-`. */
  name: string;
}

/** A token to be made. */
export interface AddToken {
  /** When it ends, at most 366 days ahead; 90 days ahead when left out. */
  expires?: string | null;
  /** What it is for: 1 to 64 of a-z, 0-9, `.`, `_` and `-`. */
  name: string;
  /** What it may do at most. */
  role: AccessRole;
  /** The parts of the API it may use, such as `alarms:write` or `*:read`. */
  scopes: Scope[];
}

/** A user to be made. */
export interface AddUser {
  /** The name to sign in with: 1 to 64 of a-z, 0-9, `.`, `_` and `-`. */
  name: string;
  /** The password: 12 characters or more. */
  password: string;
  /** What they may do. */
  role: AccessRole;
}

/** How many are new. */
export interface Added {
  /** Those that were not there before (same machine, time, kind and failure mode). */
  added: number;
}

/** What age does. */
export type Ageing = 'early' | 'chance' | 'wear' | 'open';

/** The chance of failing in the days ahead. */
export interface Ahead {
  /** Days from now. */
  days: number;
  /** The high end of the range. */
  hi: number;
  /** The low end of the range. */
  lo: number;
  /** The middle. */
  median: number;
}

/** Where an alarm comes from; classes are filtered and rate-limited apart. */
export type AlarmClass = 'process' | 'ai' | 'instrument' | 'system';

/** The states of ISA-18.2 §5.4 (OPC 10000-9 §5.8). */
export type AlarmState = 'normal' | 'unack_active' | 'acked_active' | 'rtn_unack' | 'latched_unack' | 'latched_acked' | 'shelved' | 'suppressed_by_design' | 'out_of_service';

/** An alarm with names. */
export interface AlarmView {
  /** The asset. */
  asset: AssetId;
  /** What people call the asset. */
  asset_name: string;
  /** Where the asset stands. */
  asset_path: string;
  /** Who acknowledged or shelved it. */
  by: string | null;
  /** What has led to it. */
  cause: string;
  /** When the state last changed. */
  changed: string;
  /** Where it comes from. */
  class: AlarmClass;
  /** What they wrote. */
  comment: string | null;
  /** What happens if nobody responds. */
  consequence: string;
  /** The finding behind it. */
  finding: number | null;
  /** Its number; grows, never reused. */
  id: number;
  /** What makes it the same alarm. */
  key: string;
  /** One line. */
  message: string;
  /** How urgent. */
  priority: Priority;
  /** What to do. */
  response: string;
  /** When a shelf ends. */
  shelved_until: string | null;
  /** The signal, when one is concerned. */
  signal: SignalId | null;
  /** The signal's name below the asset. */
  signal_name: string | null;
  /** Since when it is active, by source time. */
  since: string;
  /** Where it stands. */
  state: AlarmState;
}

/** A page of a list. */
export interface AlarmViewList {
  /** The items. */
  items: AlarmView[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** What was found in a table. */
export interface AnalysisView {
  /** The report. */
  report: TableReport;
  /** How the file is written, in words. */
  told: string;
}

/** An answer. */
export interface AnswerView {
  /** The columns. */
  columns: Column[];
  /** How long it took, ms. */
  elapsed_ms: number;
  /** The rows, each with a value for every column. Times are RFC 3339. */
  rows: unknown[][];
  /** Whether there was more than the limits allow. */
  truncated: boolean;
}

/** Some of a part that come in. */
export interface Arrival {
  /** When; null for what is on hand. */
  at?: string | null;
  /** How many. */
  quantity: number;
}

/** What changes about an asset; what is left out stays. It cannot be moved: its path is its name in the store. */
export interface AssetChange {
  /** Its level. */
  level?: Level | null;
  /** What people call it. */
  name?: string | null;
  /** What is written on it. */
  nameplate?: Nameplate | null;
  /** The machine template it follows; empty for none. */
  template?: string | null;
}

/** An asset with its signals. */
export interface AssetDetail {
  /** Its number. */
  id: AssetId;
  /** What its normal behaviour is learned from, where somebody said so. */
  learning: LearningEntry | null;
  /** Its level in the hierarchy. */
  level: Level;
  /** What people call it. */
  name: string;
  /** What is written on it. */
  nameplate: Nameplate;
  /** The asset above it; none at the root. */
  parent: AssetId | null;
  /** Where it stands. */
  path: string;
  /** Its own signals, without those of assets below it. */
  signals: SignalView[];
  /** How it is. */
  state: AssetStateView;
  /** The machine template it follows. */
  template: string | null;
}

/** An asset as pages send it. */
export interface AssetDraft {
  /** Its level. */
  level?: Level;
  /** What people call it. */
  name?: string;
  /** Rated values. */
  nameplate?: Nameplate;
  /** Where it stands. */
  path: AssetPath;
  /** Its template. */
  template?: string | null;
}

/** An asset of which model or machine has drifted. */
export interface AssetDrift {
  /** What that means and what to do, in a sentence. */
  advice: string;
  /** The asset. */
  asset: AssetId;
  /** Stability index of what is asked of the machine: above 0.25 it has shifted far. */
  context: number | null;
  /** Its path. */
  path: string;
  /** Who has drifted. */
  who: Drifted;
}

/** An asset of the plant. Stable for the life of the store. */
export type AssetId = number;

/** A place in the namespace: lower-case slugs joined by `/`, from the enterprise down.
 * 
 * Segments are `[a-z0-9_-]+`; a leading `_` is reserved for data contracts (`_raw`, `_ai`). */
export type AssetPath = string;

/** The report on a machine. */
export interface AssetReport {
  /** How the quality is made, in words. */
  formula: string;
  /** From when on its data was looked at; none while there is none. */
  from: string | null;
  /** The quality in a word. */
  grade: Grade | null;
  /** What was learned; none while nothing is saved of it. */
  learned: LearnedBaseline | null;
  /** When it was made. */
  made: string;
  /** Roles that such machines usually have and that are not measured here. */
  missing: Role[];
  /** The learned monitor. */
  monitor: MonitorWord;
  /** Its signals beside those of other machines of its template. */
  peers: PeerSignal[];
  /** Why it is not compared, or what the comparison leaves out; empty when there is nothing to say. */
  peers_note: string;
  /** How much of the learning is done, 0–1. */
  progress: number;
  /** The mean quality of its signals, 0–100; none while there is no data. */
  quality: number | null;
  /** The signals, the worst first. */
  signals: SignalQuality[];
  /** Until when. */
  to: string | null;
  /** Ways in which such machines fail that nothing would show, or only in part. */
  uncovered: Uncovered[];
  /** Why vibration is not graded; empty when it is, or when there is none. */
  ungraded: string;
  /** Vibration against ISO 10816-3, where the standard covers it. */
  vibration: VibrationView[];
}

/** How an asset is, without those below it. */
export interface AssetStateView {
  /** The highest priority of its open alarms. */
  alarm: Priority | null;
  /** Its open alarms. */
  alarms: number;
  /** Its findings that hold now and are not muted. */
  findings: number;
  /** Its learned monitor. */
  monitor: MonitorView;
  /** The worst quality of its signals. */
  quality: QualityWord;
}

/** An asset and how it is. */
export interface AssetView {
  /** Its number. */
  id: AssetId;
  /** What its normal behaviour is learned from, where somebody said so. */
  learning: LearningEntry | null;
  /** Its level in the hierarchy. */
  level: Level;
  /** What people call it. */
  name: string;
  /** What is written on it. */
  nameplate: Nameplate;
  /** The asset above it; none at the root. */
  parent: AssetId | null;
  /** Where it stands. */
  path: string;
  /** How it is. */
  state: AssetStateView;
  /** The machine template it follows. */
  template: string | null;
}

/** A page of a list. */
export interface AssetViewList {
  /** The items. */
  items: AssetView[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** A backtest as lists show it. */
export interface BacktestEntry {
  /** By whom. */
  by: string;
  /** When it was asked for. */
  created: string;
  /** The figures of each configuration, once it is done. */
  figures: RunFigures[];
  /** When it ended. */
  finished: string | null;
  /** Its number; grows, never reused. */
  id: number;
  /** The share that is done, 0–1. */
  progress: number;
  /** What was asked for. */
  request: BacktestRequest;
  /** Where it stands. */
  state: BacktestState;
  /** Why it failed. */
  why: string | null;
}

/** A page of a list. */
export interface BacktestEntryList {
  /** The items. */
  items: BacktestEntry[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** What would have been found, how early, and how often falsely; for one configuration or several side by side. */
export interface BacktestReport {
  /** The assets that were looked at. */
  assets: string[];
  /** What is known to have happened to them, in order of time. */
  events: KnownEvent[];
  /** The first sample that was looked at. */
  from: string | null;
  /** How long before a known fault a finding may be its warning, s. */
  horizon_s: number;
  /** One run for each configuration. */
  runs: BacktestRun[];
  /** The last. */
  to: string | null;
  /** The version of Gemba whose operators ran. */
  version: string;
}

/** What to run and what to judge it by. */
export interface BacktestRequest {
  /** Asset paths; `*` stands for any part of a segment, as in `acme/*\/pump-*`; what lies below is meant too. All when empty. */
  assets?: string[];
  /** What else is known, for this backtest only; at most 10 000. */
  events?: KnownFault[];
  /** From when; from the first sample when left out. */
  from?: string | null;
  /** How long before a known fault a finding may be its warning, s, 0 to 31 622 400. Default 86 400: a day. */
  horizon_s?: number;
  /** Whether what is stored (labels, failures, work orders that were done) is what is known. Default true. */
  labels?: boolean;
  /** What people call it. */
  name?: string;
  /** Until when; to the last sample when left out. */
  to?: string | null;
  /** The configurations to compare, at most 4; when empty the one in service and, where another one waits, that beside it. */
  variants?: Variant[];
}

/** One configuration over the past. */
export interface BacktestRun {
  /** The whole configuration of the operators. */
  config: Config;
  /** The version that it is: settings and operators; empty in reports of programs that named none. */
  digest: string;
  /** What became of each known event, in the order of the report's events. */
  events: EventOutcome[];
  /** What was found, in order of time: the first 2 000. */
  findings: JudgedFinding[];
  /** Findings beyond those; they count in the figures. */
  findings_beyond: number;
  /** The operators that found something, with their versions. */
  models: string[];
  /** What people call it. */
  name: string;
  /** Calls that an operator failed; what it would have found then is not told. */
  operator_faults: number;
  /** Samples that went through. */
  samples: number;
  /** The figures. */
  summary: BacktestSummary;
  /** How long it took, s. */
  took_s: number;
  /** For how long each asset was looked at. */
  watched: WatchedAsset[];
  /** Waveforms that went through. */
  waveforms: number;
}

/** Where a backtest stands. */
export type BacktestState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

/** The figures. */
export interface BacktestSummary {
  /** Known faults with data. */
  events: number;
  /** Findings that count neither way. */
  excused: number;
  /** Findings where nothing known was. */
  false_alarms: number;
  /** False alarms ÷ machine months; none when nothing was watched. */
  false_per_machine_month: number | null;
  /** Findings that count: hits and false ones. */
  findings: number;
  /** Of those found. */
  found: number;
  /** Median of the lead times of found faults, s; negative when they had begun before. */
  lead_median_s: number | null;
  /** The shortest lead time of a found fault, s. */
  lead_min_s: number | null;
  /** Watched time of all machines, in months of 30 days. */
  machine_months: number;
  /** Found faults where both sides name a failure mode. */
  nameable: number;
  /** Found faults whose failure mode was named rightly, of those where both sides name one. */
  named: number;
  /** Hits ÷ findings that count; none without any. */
  precision: number | null;
  /** Found ÷ events; none without events. */
  recall: number | null;
}

/** A backtest with its report. */
export interface BacktestView {
  /** By whom. */
  by: string;
  /** When it was asked for. */
  created: string;
  /** The figures of each configuration, once it is done. */
  figures: RunFigures[];
  /** When it ended. */
  finished: string | null;
  /** Its number; grows, never reused. */
  id: number;
  /** The share that is done, 0–1. */
  progress: number;
  /** The report; none before it is done. */
  report: BacktestReport | null;
  /** What was asked for. */
  request: BacktestRequest;
  /** How each of its configurations stands to what is in service. */
  standing: RunStanding[];
  /** Where it stands. */
  state: BacktestState;
  /** Why it failed. */
  why: string | null;
}

/** A band of a waveform's spectrum: its r.m.s. is a signal with a trend, and may have limits. */
export interface Band {
  /** Its lower edge, in `unit`, 0 or more. */
  from: number;
  /** Limits of the r.m.s., in the waveform's unit, or in mm/s for velocity. Default none. */
  limits?: Limits | null;
  /** Its name below the waveform: `gear_mesh` becomes the signal `WAVE/band_gear_mesh`. */
  name: string;
  /** Of what the r.m.s. is taken. Default `amplitude`. */
  of?: BandQuantity;
  /** Its upper edge, above the lower one. */
  to: number;
  /** In what the edges are told. Default `hz`. */
  unit?: BandUnit;
}

/** Of what the r.m.s. of a band is taken. */
export type BandQuantity = 'amplitude' | 'velocity';

/** In what the edges of a band are told. */
export type BandUnit = 'hz' | 'orders';

/** A band of a kurtogram. */
export interface BandView {
  /** Lower edge, Hz. */
  from_hz: number;
  /** Kurtosis of its envelope, less that of noise: 0 for noise, above for impacts. */
  kurtosis: number;
  /** How many standard deviations of noise that is. */
  sigmas: number;
  /** Upper edge, Hz. */
  to_hz: number;
}

/** Ten minutes. */
export interface Bar {
  /** How many new alarms. */
  count: number;
  /** When they begin. */
  from: string;
}

/** How well the capacity of a battery tells how long it lasts. */
export interface BatteryLife {
  /** The battery. */
  asset: AssetId;
  /** Cycles that were counted since it was new or replaced. */
  cycles: number;
  /** The share of them that a range of ± 10 % would have held; none when there was none. */
  held: number | null;
  /** How long it lasts; none while that cannot be told. */
  left: RemainingLife | null;
  /** Its path. */
  path: string;
  /** Earlier questions, of it and of batteries like it, from which the width of its range was learned. */
  tried: number;
  /** Why that cannot be told; empty when it is. */
  why: string;
}

/** Geometry of a rolling bearing. */
export interface BearingGeometry {
  /** Contact angle, degrees. Default 0. */
  angle_deg?: number;
  /** Diameter of a rolling element, mm. */
  ball_mm: number;
  /** Rolling elements in a row. */
  balls: number;
  /** Pitch diameter, mm: of the circle through the centres of the rolling elements. */
  pitch_mm: number;
}

/** Defect frequencies of a rolling bearing in turns of the shaft, inner race turning. */
export interface BearingOrders {
  /** Ball pass, inner race. */
  bpfi: number;
  /** Ball pass, outer race. */
  bpfo: number;
  /** Ball spin; a damaged ball strikes at twice this. */
  bsf: number;
  /** Cage. */
  ftf: number;
}

/** Where a signal's values come from: a connection and an address in that protocol's own words. */
export interface Binding {
  /** `ns=2;s=Pump1.Flow` (OPC UA), `holding:40001:f32` (Modbus), a topic with an optional `#field`
   * (MQTT), `group/edge/device/metric` (Sparkplug), a column name (files). */
  address: string;
  /** The connection's configured name. */
  connection: string;
}

/** Settings that are asked for and not in service. */
export interface Candidate {
  /** The newest backtest of it, with or without a report. */
  backtest: number | null;
  /** What differs from what is in service. */
  changes: SettingChange[];
  /** What is missing before it can go into service; none when it can. */
  hindrance: string | null;
  /** The version that they make. */
  version: Version;
}

/** How long a battery lasts by its capacity. Nothing in it is a bare number. */
export interface CapacityLife {
  /** The way to both ends of the range, straight on. */
  ahead: PathPoint[];
  /** Cycles that are left; the range holds the truth with the probability of `left`. */
  cycles: Uncertain;
  /** Cycles that were counted since it was new or replaced. */
  done: number;
  /** The capacity at the end of life. */
  end: number;
  /** From when on it counts, microseconds since the epoch: the end of the last cycle. */
  from: number;
  /** What is left of the way from whole to the end, 0–100. */
  health: number;
  /** That share; none when there was no question. */
  held: number | null;
  /** The same in days, at the pace of the cycles so far. */
  left: RemainingLife;
  /** The capacity now: the median of the last cycles. */
  level: number;
  /** All of it in words. */
  says: string;
  /** Where that comes from. */
  source: string;
  /** Ends of cycles, microseconds, for a picture. */
  times: number[];
  /** Earlier questions, of this battery and others, from which the width of the range was learned, and the share of them
   * that a range of ± 10 % would have held. */
  tried: number;
  /** The unit of capacities, for people. */
  unit: string;
  /** Capacities at them. */
  values: number[];
}

/** A case and what was found. */
export interface CaseEntry {
  /** The asset. */
  asset: AssetId;
  /** What people call the asset. */
  asset_name: string;
  /** Where the asset stands. */
  asset_path: string;
  /** When it last changed; none while nobody has touched it. */
  changed: string | null;
  /** The checks, oldest first. */
  checks: CheckView2[];
  /** The failure mode that the finding named. */
  failure_mode: string | null;
  /** The finding's number. */
  finding: number;
  /** What sort of finding. */
  kind: FindingKind;
  /** The label that the checks became. */
  label: number | null;
  /** Since when it held. */
  since: string;
  /** Where it stands. */
  state: CaseState;
  /** One line: what was wrong. */
  title: string;
  /** Until when it was last seen to hold. */
  until: string;
  /** The comparison of before and after, once there is one. */
  validation: ValidationView | null;
}

/** A page of a list. */
export interface CaseEntryList {
  /** The items. */
  items: CaseEntry[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** Where a finding stands among people. */
export type CaseState = 'pending' | 'inspecting' | 'confirmed' | 'rejected' | 'resolved' | 'validated';

/** What people made of a finding. */
export interface CaseView {
  /** When it last changed; none while nobody has touched it. */
  changed: string | null;
  /** The checks, oldest first. */
  checks: CheckView2[];
  /** The finding's number. */
  finding: number;
  /** The label that the checks became. */
  label: number | null;
  /** Where it stands. */
  state: CaseState;
  /** The comparison of before and after, once there is one. */
  validation: ValidationView | null;
}

/** The cepstrum of a waveform: a family of lines `f` apart becomes one peak at 1/f. */
export interface CepstrumView {
  /** The machine at that time. */
  machine: Machine;
  /** From one value to the next, s. */
  step_s: number;
  /** The highest of each stretch of values, the first at 0 s, which is left 0: it only says how loud the block is. */
  values: number[];
}

/** A certificate. */
export interface CertificateView {
  /** SHA-1 thumbprint in hexadecimal, as every OPC UA tool shows it. */
  fingerprint: string;
  /** Last instant of validity. */
  not_after: string;
  /** First instant of validity. */
  not_before: string;
  /** Whose it is. */
  subject: string;
}

/** Certificates by what they are to us. */
export interface Certificates {
  /** Our own. */
  own: CertificateView[];
  /** Servers that somebody has to judge. */
  rejected: CertificateView[];
  /** Servers that are trusted. */
  trusted: CertificateView[];
}

/** How chances did on machines that the model had not seen. */
export interface ChanceProof {
  /** How many failed over how many were told to, by this and by age alone; 1 is right. */
  failed_over_told: number;
  /** The same by age alone. */
  failed_over_told_by_age: number;
  /** Those of them that were followed by a failure. */
  followed: number;
  /** Machines that it was tried on. */
  machines: number;
  /** Moments at which it was asked. */
  moments: number;
  /** By how much the squared error of the chance is below that of age alone, 0–1; negative when it is above. */
  over_age: number;
  /** The same against the share of all moments that was followed by a failure. */
  over_share: number;
  /** Whether it is better than both beyond chance, so that it speaks. When not, age does. */
  speaks: boolean;
}

/** The chance of failing by what happened at it: errors, work, counters, and its age. */
export interface Chances {
  /** Any failure first, then each failure mode that has failures enough. */
  ahead: Risk[];
  /** When it was learned. */
  at: string | null;
  /** The share of the learning that is done, 0–1. */
  share: number;
  /** How far the learning is. */
  state: LearnState;
  /** Its name: the first 12 hex digits of the SHA-256 of what it was learned from and what learned it. While a new one is
   * learned, that of the one before, which goes on. */
  version: string | null;
  /** What is missing, or why it failed; empty when it was learned. */
  why: string;
  /** Who took it out of service; none while nobody has. */
  withdrawn: Withdrawn | null;
}

/** What changes about a connection. */
export interface ChangeConnection {
  /** Its configuration from now on, with the field `protocol`. */
  config: ConnectionConfig;
  /** Its name; when given, the same as in the path. */
  name?: string | null;
}

/** What changed about a signal. */
export type ChangeKind = 'level' | 'drift' | 'noise';

/** What changes about a user. */
export interface ChangeUser {
  /** The password from now on; it stays when left out. A new one ends their sessions. */
  password?: string | null;
  /** What they may do from now on. */
  role: AccessRole;
}

/** A change of a signal that lasts. */
export interface ChangeView {
  /** What is usual since; of a drift how far it had come when it was told. */
  after: number;
  /** The asset. */
  asset: AssetId;
  /** When it began, by its estimate. */
  at: string;
  /** What was usual, in the signal's unit; of noise its standard deviation. */
  before: number;
  /** What changed. */
  kind: ChangeKind;
  /** What found it, with its version. */
  model: string;
  /** How likely an unchanged signal looks like this. */
  p_value: number;
  /** What a drift gains an hour; 0 of other changes. */
  per_hour: number;
  /** The signal. */
  signal: SignalId;
  /** In words. */
  text: string;
  /** When it had lasted long enough to be told. */
  told: string;
}

/** A page of a list. */
export interface ChangeViewList {
  /** The items. */
  items: ChangeView[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** One check of the node's health. */
export interface Check {
  /** What to do when it is not well, or will not be soon. */
  cure: string;
  /** What was seen. */
  detail: string;
  /** `disk`, `state`, `certificates` … */
  name: string;
  /** Whether it is well. */
  ok: boolean;
}

/** A look at the machine, as people send it. */
export interface CheckRecord {
  /** The part concerned; empty when none. */
  component?: string;
  /** The failure mode; empty when none. */
  failure_mode?: string;
  /** What was seen and done. */
  note: string;
  /** What was found. */
  outcome: Outcome;
  /** Whether it was mended. */
  resolved?: boolean;
}

/** A check. What was seen in detail is for those who are signed in (`/api/v1/system`). */
export interface CheckView {
  /** `disk`, `state` … */
  name: string;
  /** Whether it is well. */
  ok: boolean;
}

/** A look at the machine. */
export interface CheckView2 {
  /** When. */
  at: string;
  /** Who looked. */
  by: string;
  /** The part concerned; empty when none. */
  component: string;
  /** The failure mode; empty when none. */
  failure_mode: string;
  /** What was seen and done. */
  note: string;
  /** What was found. */
  outcome: Outcome;
  /** Whether it was mended. */
  resolved: boolean;
}

/** A column of an answer. */
export interface Column {
  /** Its name. */
  name: string;
  /** `text`, `number`, `integer`, `boolean`, `time`, or the engine's own word. */
  type: string;
}

/** What a column is. */
export type ColumnKind = 'gauge' | 'state' | 'counter' | 'constant' | 'text' | 'truth' | 'empty';

/** One contribution of two findings side by side. */
export interface Compared {
  /** Its share in this finding, −1–1; below 0 where less was measured than expected. */
  here: number;
  /** Its share in the other. */
  there: number;
  /** The role or name of the signal. */
  what: string;
}

/** Measured against expected, for one signal. */
export interface Comparison {
  /** The normal band: low, high. */
  band: [number, number];
  /** What is normal in this operating state. */
  expected: number;
  /** What was measured over the window of the finding (mean), in the signal's unit. */
  measured: number;
  /** The signal. */
  signal: SignalId;
}

/** Whether the store takes data. */
export type Condition = 'accepting' | 'disk_full' | 'faulted' | 'closed';

/** How long it lasts by what is measured. */
export interface ConditionLife {
  /** The finding. */
  finding: number;
  /** From when on the days count. */
  from: string;
  /** The range. */
  rul: RemainingLife;
  /** Its title. */
  title: string;
}

/** How maintenance watches assets. One setting for all. */
export interface Config {
  /** Limits from the first day. Default: see its fields. */
  day_zero: DayZeroConfig;
  /** How long until a limit is reached. Default: see its fields. */
  life: RemainingLifeConfig;
  /** The learned monitor. Default: see its fields. */
  normal: NormalBehaviourConfig;
  /** Faults of sensors. Default: see its fields. */
  sensors: SensorHealthConfig;
  /** Whether assets are watched at all; a node that only keeps data for others does not. Default true. */
  watch: boolean;
}

/** A connection, by its protocol. */
export type ConnectionConfig = {
  /** Who we are to the broker. */
  access?: Access;
  /** `mqtt://host[:1883]`, `mqtts://host[:8883]` (TLS), or `embedded` for the broker inside this program. */
  broker: string;
  /** Messages that may be on their way to the disk at once, 1–65535: the window of back-pressure. Default 1000. */
  in_flight_max?: number;
  /** Seconds without traffic before the link is tested, 5–3600. Default 20. */
  keep_alive_s?: number;
  /** The largest message taken, in bytes, 1024–16777216. A larger one is refused and entered as a gap. Default 1 MiB. */
  packet_bytes_max?: number;
  protocol: 'mqtt';
  /** The highest quality of service asked for: 0 or 1. With 1 nothing is lost while the link is down, because
   * the broker keeps what was not yet acknowledged, and it is acknowledged only once it is on disk. Default 1. */
  qos?: number;
  /** What to do with retained messages, which may be old. Default `take`. */
  retained?: Retained;
  /** Seconds for which the broker shall keep what it could not deliver (MQTT 5), 60–4294967294. Default 7 days. */
  session_expiry_s?: number;
  /** Topic filters to listen to; `+` and `#` are wildcards. At least one, at most 256. */
  topics: string[];
  /** The protocol's version. */
  version?: Version2;
} | {
  /** Who we are to the broker. */
  access?: Access;
  /** `mqtt://host[:1883]`, `mqtts://host[:8883]` (TLS), or `embedded` for the broker inside this program. */
  broker: string;
  /** Sparkplug groups to listen to; empty: all. At most 64. */
  groups?: string[];
  /** Our name as host application, in `spBv1.0/STATE/<host_id>`: one program, one name, the same for ever.
   * Without `+`, `#` and `/`. Default `gemba`. */
  host_id?: string;
  /** Messages that may be on their way to the disk at once, 1–65535: the window of back-pressure. Default 1000. */
  in_flight_max?: number;
  /** Seconds without traffic before the link is tested, 5–3600. Default 20. */
  keep_alive_s?: number;
  /** The largest message taken, in bytes, 1024–16777216. Default 1 MiB. */
  packet_bytes_max?: number;
  protocol: 'sparkplug';
  /** The shortest time between two rebirth requests to the same edge node, in ms, 1000–3600000. Default 10000. */
  rebirth_interval_ms?: number;
  /** How long a message may overtake its predecessors before a rebirth is asked for, in ms, 100–60000. Default 2000. */
  reorder_timeout_ms?: number;
  /** Whether to publish `STATE`, so that edge nodes with us as primary host store while we are away. Default yes. */
  state?: boolean;
  /** The protocol's version. */
  version?: Version2;
} | {
  /** Changes that are too small to be sent. Default: none are. */
  deadband?: Deadband | null;
  /** Where it is: `opc.tcp://plc.local:4840/path`. */
  endpoint: string;
  /** Who we are. Default anonymous. */
  identity?: Identity;
  /** Whether this one endpoint may be used without security or with an outdated policy. Default false. */
  insecure?: boolean;
  /** The most operations in one request where the server does not tell its limit, 1–10 000. Default 500. */
  max_per_request?: number;
  /** Whether messages are only signed or encrypted too. Default `sign_and_encrypt`. */
  mode?: Mode;
  protocol: 'opcua';
  /** How often the server sends what has changed, in ms, 10–3 600 000. Default 500. */
  publishing_interval_ms?: number;
  /** How many values of a signal the server keeps between two messages, 1–100 000. Default 10. */
  queue_size?: number;
  /** How often the server looks at each value, in ms, 0–3 600 000 (0 = as fast as it can). Default 500. */
  sampling_interval_ms?: number;
  /** Security policy. Default `best`: the strongest that the server offers. */
  security?: Security;
  /** How long to wait for one answer, in ms, 100–60 000. Default 5000. */
  timeout_ms?: number;
  /** What makes the server send a value. Default `value`: a changed value or status. */
  trigger?: Trigger;
  /** Arrays that are blocks of fast samples, and how fast those are. */
  waveforms?: Wave[];
} | {
  /** Host and port of the device or gateway; port 502 when none is written. */
  address: HostPort;
  /** The most registers in one request, 1–125: some devices answer fewer than the standard allows. Default 125. */
  max_block?: number;
  /** The most unneeded registers that are read along to save a request, 0–125. Default 8. */
  max_gap?: number;
  /** The order of bytes in values of 32 and 64 bits where an address names none. Default `abcd`. */
  order?: Order;
  /** Pause between two requests, in ms, 0–10 000: fragile controllers want some. Default 0. */
  pause_ms?: number;
  /** Time from one poll to the next, in ms, 10–86 400 000. Default 1000. */
  poll_interval_ms?: number;
  protocol: 'modbus';
  /** What the device holds, from its manual: listed by browse, so that it can be ticked. */
  registers?: Register[];
  /** How long to wait for one reply, in ms, 10–60 000. Default 1000. */
  timeout_ms?: number;
  /** Unit identifier (slave address) behind the gateway, 0–255. Default 1. */
  unit_id?: number;
  /** Whether the numbers in addresses start at zero (as on the wire) or at one (as in many manuals). Default true. */
  zero_based?: boolean;
} | {
  /** Whether numbers are written with a comma, 3,14. Default: found from the first lines. */
  decimal_comma?: boolean | null;
  /** The character between columns, one byte. Default: found among `;` tab `,` `|`. */
  delimiter?: string | null;
  /** How the files are written, once unpacked (gzip, zip, workbooks) and decoded (UTF-8, UTF-16, Latin-1). Default: found. */
  format?: Format2;
  /** Whether the first line names the columns. Default: found; columns without names are `c1`, `c2` … */
  header?: boolean | null;
  /** Time from row to row where there is no time column, in µs, > 0. Default 1 000 000 (one second). */
  interval_us?: number;
  /** For long tables (one value a row): which columns hold what. Default: found by names (tag, value …) and content. */
  long?: Long | null;
  /** Files, folders or patterns with `*` and `?` in the file name: `/data/rig/*.csv`. Each is sorted by name. */
  paths: string[];
  protocol: 'file';
  /** Whether to begin again after the last file; times go on rising. Default false. */
  repeat?: boolean;
  /** Whether times are moved so that the first row is now. Default false: times as recorded. */
  shift_to_now?: boolean;
  /** How fast: 1 = as recorded, 10 = ten times faster, 0 = as fast as possible. Default 1. */
  speed?: number;
  /** The time of the first row where there is no time column, RFC 3339. Default: when the replay started. */
  start?: string | null;
  /** The column with the time. Default: found by name (time, timestamp, datetime, date, ts …) and content. */
  time_column?: string | null;
  /** How the time is written. Default: found. */
  time_format?: TimeFormat;
  /** The time zone (IANA name) of times written without one. Default UTC. */
  time_zone?: string;
} | {
  protocol: 'influx';
};

/** A connection and how it is. */
export interface ConnectionView {
  /** Its configuration; secrets are references (`file:`, `env:`), never the secret. */
  config: ConnectionConfig;
  /** Gaps that are open now. */
  gaps_open: number;
  /** When it last delivered something. */
  last_arrival: string | null;
  /** How the link is. */
  link: Link;
  /** Its configured name. */
  name: string;
  /** Its protocol. */
  protocol: string;
  /** Samples per second over the last ten seconds. */
  rate_per_s: number;
  /** Samples since the start. */
  received: number;
  /** Whether what it sends and nobody has bound becomes a signal. */
  registers: boolean;
  /** What could not be used since the start. */
  rejected: number;
  /** Why, the latest reason first; the last 20. */
  rejects: RejectView[];
  /** Signals bound to it. */
  signals: number;
}

/** A page of a list. */
export interface ConnectionViewList {
  /** The items. */
  items: ConnectionView[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** A window that was weighed for a job. */
export interface Considered {
  /** The chance of failing before the window, 0–1; none without a remaining life. */
  chance: number | null;
  /** Labour, parts and lost production. */
  doing: number;
  /** Whether it is after the due date. */
  late: boolean;
  /** Why the window cannot take it, beside the other jobs of the plan. */
  obstacle: Obstacle | null;
  /** The chance of failing before the window times what a failure costs. */
  waiting: number;
  /** The window, by its place in the list. */
  window: number;
}

/** A signal's share in a finding. Contribution, not cause. */
export interface Contribution {
  /** Share of the score, 0–1; all shares of a finding sum to at most 1. */
  share: number;
  /** The signal. */
  signal: SignalId;
}

/** A point of a curve. */
export interface CurvePoint {
  /** The same as counted, without a law (Kaplan and Meier); none beyond the longest use. */
  counted: number | null;
  /** Days of use. */
  days: number;
  /** The high end of the range. */
  hi: number;
  /** The low end of the range. */
  lo: number;
  /** The middle. */
  median: number;
}

/** A part of the bearing, and what speaks for its damage. */
export interface DamageView {
  /** How likely it is that this part, and not another or noise, makes the lines, 0–1. */
  confidence: number;
  /** Where its fundamental was expected, Hz. */
  expected_hz: number;
  /** Where it fits best, Hz. */
  found_hz: number;
  /** Its lines in the spectrum of the envelope. */
  lines: LineView[];
  /** The failure mode: `bearing_outer_race` … */
  mode: string;
  /** The chance that noise alone gives as much. */
  p_value: number;
}

/** Limits that hold from the first day. A plant that knows better sets its own, for a signal ([`gemba_plant::Limits`]). */
export interface DayZeroConfig {
  /** Bearing temperature that endangers, °C, above the warning. Default 105, by the same rule of thumb (stop at 100 to
   * 105 °C). */
  bearing_danger_c: number;
  /** Bearing temperature that warns, °C, 40–150. Default 90: a rule of thumb of motor makers for rolling bearings with
   * standard grease (alarm at 90 to 95 °C), no standard; the maker of your machine knows better. */
  bearing_warn_c: number;
  /** Winding temperature that endangers, °C, above the warning. Default 155: thermal class F of IEC 60085. */
  winding_danger_c: number;
  /** Winding temperature that warns, °C, 60–200. Default 130: thermal class B of IEC 60085, to which most motors with
   * insulation of class F are used. */
  winding_warn_c: number;
}

/** A limit that holds from the first day, before anything was learned. */
export type DayZeroLimit = ({
  /** From here on damage is likely, in the limit's unit; above `warn`. */
  alarm: number;
  rule: 'fixed';
  /** From here on it warns, in the limit's unit. */
  warn: number;
} | {
  /** When the standard grades nothing. */
  refused: string[];
  rule: 'iso10816_3';
}) & {
  /** The role of the signals that it holds for. */
  role: Role;
  /** Where it comes from, with edition. */
  source: string;
  /** The unit as UCUM: a signal in another unit is not judged. */
  unit: string;
};

/** Changes that are too small to be sent (OPC 10000-4 §7.22.2). */
export type Deadband = {
  absolute: number;
} | {
  percent: number;
};

/** What speaks for which fault. */
export interface DiagnosisView {
  /** Every part of the bearing that was looked at, the best supported first. Empty when the bearing or the speed is
   * not known, or the waveform too short. */
  bearing: DamageView[];
  /** The machine at that time. */
  machine: Machine;
  /** What the current of a motor says; none when the signal is no current, or the current says nothing. */
  motor: MotorView | null;
  /** Why the current says nothing. */
  motor_missing: string | null;
  /** The damage that noise alone would hardly show; none when there is none. */
  named: string | null;
  /** What the velocity is made of, the largest share first. Empty when the signal is no acceleration, the speed is
   * not known, or the waveform too short. */
  rotor: FamilyView[];
  /** Velocity, mm/s r.m.s., in the band of ISO 10816-3. */
  velocity_rms: number | null;
}

/** What an asset wanted to say beyond its rate of learned alarms. */
export interface DigestView {
  /** The asset. */
  asset: AssetId;
  /** What people call the asset. */
  asset_name: string;
  /** Where the asset stands. */
  asset_path: string;
  /** How many. */
  count: number;
  /** When the last was counted. */
  last: string;
  /** Since when they are counted. */
  since: string;
  /** Which, the first met first; at most 50. */
  withheld: WithheldView[];
}

/** A page of a list. */
export interface DigestViewList {
  /** The items. */
  items: DigestView[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** Which way a signal leaves what is normal. */
export type Direction = 'up' | 'down' | 'either';

/** Who is no longer as it was while learned. */
export type Drifted = 'model' | 'machine' | 'both';

/** What a failure does to the machine, in the classes of ISO 14224:2016, annex B. */
export type Effect = 'vibration' | 'overheating' | 'low_output' | 'erratic_output' | 'plugged_or_choked' | 'internal_leakage' | 'external_leakage' | 'insufficient_heat_transfer' | 'breakdown' | 'structural_deficiency';

/** How a use ended, or what it was if it did not. */
export type EventKind = 'failure' | 'replacement' | 'error';

/** Where it stands that something happened. */
export type EventOrigin = 'label' | 'failure' | 'work_order' | 'request';

/** What became of a known event. */
export interface EventOutcome {
  /** Found, missed …; none for what is no fault. */
  fate: Fate | null;
  /** The findings that told of it, by place in the run's list. */
  findings: number[];
  /** When it would have been told. */
  found: string | null;
  /** Seconds from that to its begin; negative when it had begun before. */
  lead_s: number | null;
  /** Whether its failure mode was named; none when either side has none. */
  named: boolean | null;
}

/** A fact that supports a finding. */
export type Evidence = {
  /** The limit that the false-alarm budget gives. */
  limit: number;
  /** The score's name, such as `T²` or `normal-behaviour distance`. */
  name: string;
  /** The scores. */
  scores: number[];
  /** Source times, µs. */
  times: number[];
  type: 'score';
} | Comparison & {
  type: 'comparison';
} | {
  /** The limit. */
  limit: number;
  /** What was measured. */
  measured: number;
  /** The signal. */
  signal: SignalId;
  /** Where the limit comes from, with edition and group. */
  source: string;
  type: 'limit';
} | {
  /** The start of the waveform in which it was found; none in findings kept before it was told. */
  at: Timestamp | null;
  /** The frequency expected, Hz. */
  expected_hz: number;
  /** How many harmonics stand out. */
  harmonics: number;
  /** The frequency found, Hz. */
  hz: number;
  /** The waveform signal. */
  signal: SignalId;
  /** Height above the local median, dB. */
  snr_db: number;
  type: 'spectrum';
} | {
  /** What is to be seen there. */
  note: string;
  /** From when to when. */
  range: TimeRange;
  /** The signal. */
  signal: SignalId;
  type: 'window';
} | {
  /** Where the index may go, by time. */
  ahead: PathPoint[];
  /** The health index. */
  name: string;
  /** From here on it counts as failed. */
  threshold: number;
  /** Source times, µs. */
  times: number[];
  type: 'degradation';
  /** The index, in the unit of the threshold. */
  values: number[];
};

/** A signal that a machine of the kind usually has. */
export interface ExpectedSignal {
  /** How it behaves. */
  kind: SignalKind;
  /** A name for it below the asset; roles count, names do not. */
  name: string;
  /** The range in which values of such machines usually lie, in the unit; none for states and counters. */
  range: Range | null;
  /** Whether the failure modes can hardly be told apart without it. */
  required: boolean;
  /** What it means. */
  role: Role;
  /** Its unit as UCUM; empty for states. */
  unit: string;
}

/** The window that a block is faded in and out by. */
export type Fade = 'hann' | 'rectangular' | 'flat_top';

/** A way in which a machine fails. */
export interface FailureMode {
  /** What it does to the machine. */
  effect: Effect;
  /** Its stable id, as findings carry it: `bearing_outer_race`, `cavitation`. */
  id: string;
  /** What people call it. */
  name: string;
  /** What to do, most useful first. */
  prescription: string[];
  /** How much it matters on such a machine as a rule, where its symptoms are measured; a site writes its own. */
  ranks: Ranks;
  /** What mending it takes as a rule. */
  repair: Repair2;
  /** How it shows, most telling first. */
  symptoms: Symptom[];
}

/** A failure. */
export interface FailureView {
  /** The machine. */
  asset_path: string;
  /** When it failed, or was replaced. */
  at: string;
  /** The failure mode; empty when nobody knows. */
  failure_mode: string;
  /** The finding that told of it; none for one that was missed. */
  finding: number | null;
  /** Its number. */
  id: number;
  /** Whether it failed, was replaced before, or told of an error. */
  kind: EventKind;
  /** What happened. */
  note: string;
  /** When it ran again; none when nobody has said. */
  repaired: string | null;
}

/** A page of a list. */
export interface FailureViewList {
  /** The items. */
  items: FailureView[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** Lines of one kind of fault in the velocity. */
export interface FamilyView {
  /** Its lines. */
  lines: LineView[];
  /** The failure mode: `unbalance`, `misalignment`, `looseness`, `gear_wear`, `electrical`; `blade_pass` is the medium's
   * and `broadband` is noise. */
  mode: string;
  /** Its share of the power of the velocity, 0–1. */
  share: number;
}

/** What became of a known fault. */
export type Fate = 'found' | 'missed' | 'while_learning' | 'no_data';

/** A window of the plan and what becomes of it. */
export interface FateView {
  /** Hours of work there are, by skill. */
  crew_hours: Record<string, number>;
  /** What becomes of it. */
  fate: WindowFate;
  /** From when. */
  from: string;
  /** Production lost for each hour that a machine stands still. */
  loss_per_hour: number;
  /** What people call it. */
  name: string;
  /** Machines at or below this place; null for all. */
  scope: string | null;
  /** Until when. */
  to: string;
}

/** A frequency at which a fault would show. */
export interface FaultLine {
  /** What it is, in words. */
  about: string;
  /** Its fundamental, Hz. */
  hz: number;
  /** `1×`, `BPFO`, `BPFI`, `2×BSF`, `FTF`, `GMF`, `Shaft 2`, `Blades`, `2×mains`, `Pole pass`. */
  name: string;
}

/** Figures of a span. */
export interface FiguresView {
  /** MTBF over MTBF and MTTR, 0–1: the inherent availability of IEC 60050-192. */
  availability: number | null;
  /** Findings that were checked. */
  checked: number;
  /** Hours from failure to running again, over the repairs that are known. */
  downtime_h: number;
  /** Failures in the span. */
  failures: number;
  /** Findings that a check called wrong, for a watched machine and month of 30 days. */
  false_alarms_per_machine_month: number | null;
  /** Findings in the span. */
  findings: number;
  /** From when. */
  from: string;
  /** Of these, hours in which data has gaps. They are in `watched_h`: the machines ran on. */
  gaps_h: number;
  /** The middle of the times between a finding and the failure that it told of, hours. */
  lead_time_h: number | null;
  /** Machines looked at. */
  machines: number;
  /** Failures of watched machines that no finding told of. */
  missed: number;
  /** Mean time between failures (ISO 14224): watched hours, less repairs, over the failures of watched machines. */
  mtbf_h: number | null;
  /** Mean time to repair: from failure to running again, hours, over the repairs that are known. */
  mttr_h: number | null;
  /** Share of checked findings that were right, 0–1. */
  precision: number | null;
  /** Until when. */
  to: string;
  /** Of these, failures of machines that were not watched yet: they count for MTTR alone. */
  unwatched: number;
  /** Machine hours in the span since each machine first had data. */
  watched_h: number;
}

/** A finding with the names of its signals. */
export interface FindingDetail {
  /** The alarm it raised, when it did. */
  alarm: number | null;
  /** The asset. */
  asset: AssetId;
  /** What people call the asset. */
  asset_name: string;
  /** Where the asset stands. */
  asset_path: string;
  /** How many times the limit of what was learned it came to at most; none for what is not measured so. */
  beyond: number | null;
  /** Signals by share, largest first. */
  contributions: Contribution[];
  /** When it was first concluded. */
  created: string;
  /** The facts; empty in a brief list. Times in here are microseconds since the epoch. */
  evidence: Evidence[];
  /** In words: what differs from what, by how much, since when. */
  explanation: string;
  /** The likely failure mode. */
  failure_mode: string | null;
  /** Its number; grows, never reused. */
  id: number;
  /** What makes it the same finding when it is reported again. */
  key: string;
  /** What sort. */
  kind: FindingKind;
  /** What concluded it, with its version. */
  model: string;
  /** Who has set it aside; none while it is not muted. */
  mute: MuteView | null;
  /** How likely a healthy asset would look like this; none for plain limits. */
  p_value: number | null;
  /** What to do next, most useful first. */
  prescription: string[];
  /** How sure the finding is, 0–1. */
  probability: number;
  /** How often it came back soon after it was over; it counts as one since it was first seen. */
  returned: number;
  /** How long it will last; none while that cannot be told. */
  rul: RemainingLife | null;
  /** How bad, 0–1: of a limit and of a life how far it has gone, of what was learned how far it is beyond that. */
  severity: number;
  /** Names of the signals in it, by number. */
  signals: Record<string, SignalName>;
  /** Since when the condition holds, by source time. */
  since: string;
  /** Whether it still holds. */
  state: FindingState;
  /** One line: what is wrong. */
  title: string;
  /** Until when it was last seen to hold. */
  until: string;
  /** When it was last updated. */
  updated: string;
}

/** What sort of conclusion it is. */
export type FindingKind = 'anomaly' | 'limit' | 'sensor_fault' | 'degradation' | 'data_quality';

/** Where a finding stands in its check loop. */
export type FindingState = 'active' | 'cleared';

/** What a finding was worth. */
export type FindingVerdict = 'hit' | 'false' | 'excused' | 'aside';

/** A finding with names. */
export interface FindingView {
  /** The alarm it raised, when it did. */
  alarm: number | null;
  /** The asset. */
  asset: AssetId;
  /** What people call the asset. */
  asset_name: string;
  /** Where the asset stands. */
  asset_path: string;
  /** How many times the limit of what was learned it came to at most; none for what is not measured so. */
  beyond: number | null;
  /** Signals by share, largest first. */
  contributions: Contribution[];
  /** When it was first concluded. */
  created: string;
  /** The facts; empty in a brief list. Times in here are microseconds since the epoch. */
  evidence: Evidence[];
  /** In words: what differs from what, by how much, since when. */
  explanation: string;
  /** The likely failure mode. */
  failure_mode: string | null;
  /** Its number; grows, never reused. */
  id: number;
  /** What makes it the same finding when it is reported again. */
  key: string;
  /** What sort. */
  kind: FindingKind;
  /** What concluded it, with its version. */
  model: string;
  /** Who has set it aside; none while it is not muted. */
  mute: MuteView | null;
  /** How likely a healthy asset would look like this; none for plain limits. */
  p_value: number | null;
  /** What to do next, most useful first. */
  prescription: string[];
  /** How sure the finding is, 0–1. */
  probability: number;
  /** How often it came back soon after it was over; it counts as one since it was first seen. */
  returned: number;
  /** How long it will last; none while that cannot be told. */
  rul: RemainingLife | null;
  /** How bad, 0–1: of a limit and of a life how far it has gone, of what was learned how far it is beyond that. */
  severity: number;
  /** Since when the condition holds, by source time. */
  since: string;
  /** Whether it still holds. */
  state: FindingState;
  /** One line: what is wrong. */
  title: string;
  /** Until when it was last seen to hold. */
  until: string;
  /** When it was last updated. */
  updated: string;
}

/** A page of a list. */
export interface FindingViewList {
  /** The items. */
  items: FindingView[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** How long a machine lasts by what was learned of others. Nothing in it is a bare number. */
export interface FleetLife {
  /** From when on it counts, microseconds since the epoch. */
  from: number;
  /** The range. Without an upper end, it is that or longer: so far from a failure machines look alike. */
  left: RemainingLife;
  /** All of it in words. */
  says: string;
  /** Ends of steps, microseconds, and the days that were told to be left after each, for a picture. */
  times: number[];
  /** Those days. */
  values: number[];
}

/** How what was learned did on machines that it had not seen, in days. Lives beyond the cap count as the cap, for all alike. */
export interface FleetProof {
  /** Questions that were asked. */
  asked: number;
  /** The mean error of what was learned on the same questions. */
  beside_path_days: number | null;
  /** The mean error of what was learned, days. */
  error_days: number;
  /** The share of ranges that held, as they stood, of ends within the cap; they are told as much wider as was missed. */
  held: number;
  /** The same with that widening. */
  held_widened: number;
  /** Machines that they are of. */
  machines: number;
  /** The mean error of mean life less age, days: what anybody could say. */
  naive_days: number;
  /** The mean error of the path of the deviation from normal, days, where it spoke; none where that was too seldom. */
  path_days: number | null;
  /** Runs to failure that were learned from. */
  runs: number;
  /** The share of runs on which what was learned was nearer than mean life less age. */
  runs_better: number;
  /** Whether it speaks. */
  speaks: boolean;
  /** Why, or why not. */
  why: string;
}

/** Rows (a waveform counts as one) by what became of them. Only ever grow while a pipeline lives. */
export interface FlowCounters {
  /** From a clock that runs ahead; handed to nobody. */
  ahead: number;
  /** Delivered to the operators of a lane. */
  delivered: number;
  /** Came again, or with the same signal and time as another; the last to come before delivery counts. */
  duplicate: number;
  /** Failures and panics of operators. */
  faults: number;
  /** Times a lane held too many rows and gave its lateness up. */
  forced: number;
  /** Came after the watermark had passed them; handed to nobody. */
  late: number;
  /** What operators handed on. */
  outputs: number;
  /** Rows that an operator missed while it rested after a fault. */
  skipped: number;
  /** Came in. */
  taken: number;
  /** Belong to no lane, or are pictures. */
  unrouted: number;
}

/** How the answer is written. */
export type Form = 'json' | 'bin';

/** The kind of file. */
export type Format = 'csv' | 'parquet';

/** How a file is written. */
export type Format2 = 'auto' | 'csv' | 'text' | 'parquet';

/** The version before the present one. */
export interface Former {
  /** What differs in it from what is in service. */
  changes: SettingChange[];
  /** Why nobody can go back to it; none when one can. */
  hindrance: string | null;
  /** When and why it went into service. */
  release: Release;
}

/** A formula over time. A value stands for each time at which one of its signals has one; there is none where one of them has
 * a gap, and its quality is the worst of those it is made of. */
export interface FormulaView {
  /** The width of a bucket, microseconds; 0 when raw. */
  bucket_us: number;
  /** How many samples. */
  count: number[];
  /** The value that came first. */
  first: (number | null)[];
  /** Holes in the range. */
  gaps: Hole[];
  /** The value that came last. */
  last: (number | null)[];
  /** The largest value. */
  max: (number | null)[];
  /** The smallest value; null when there is none. */
  min: (number | null)[];
  /** The worst quality: 0 good, 1 uncertain, 2 stale, 3 bad. */
  quality: number[];
  /** Whether each entry is one sample; then min, max, first and last are its value. */
  raw: boolean;
  /** The signals in it, in the order of their first place. */
  signals: SignalId[];
  /** As it was written. */
  text: string;
  /** Where each bucket begins, or the time of each sample, microseconds since the epoch. */
  times: number[];
  /** Its unit (UCUM), where those of the signals say it. */
  unit: string | null;
  /** Its unit as people read it. */
  unit_symbol: string;
}

/** What lies there. */
export interface Found {
  /** Folders and signals. */
  nodes: NodeView[];
}

/** Why data is missing or unusable in a range. */
export type GapReason = 'connection_lost' | 'not_running' | 'disk_full' | 'dropped' | 'corrupt' | 'malformed' | 'retention' | 'paused';

/** A gap. */
export interface GapView {
  /** The connection that should have delivered; empty when the cause is inside. */
  connection: string;
  /** How many samples of this time came later, because a broker, a device or a writer had kept them. */
  filled: number;
  /** How many samples are known to be lost; zero when unknown. */
  lost: number;
  /** One sentence for people. */
  note: string;
  /** The part of the connection that is concerned, as its addresses begin; empty: all of it. */
  part: string;
  /** From when to when. */
  range: Span2;
  /** Why. */
  reason: GapReason;
  /** The signal, when only one is concerned. */
  signal: SignalId | null;
}

/** A page of a list. */
export interface GapViewList {
  /** The items. */
  items: GapView[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** Two wheels that mesh. */
export interface GearStage {
  /** Teeth of the wheel that is driven, on the next shaft. */
  driven: number;
  /** Teeth of the wheel that drives. */
  driving: number;
}

/** Ranks that the site gives for some machines. */
export interface GivenAt {
  /** Machines at or below this place only. */
  asset: AssetPath | null;
  /** How surely it is seen before; 10 never. */
  detection: number | null;
  /** The same in words. */
  machines: string;
  /** How often. */
  occurrence: number | null;
  /** How bad it is. */
  severity: number | null;
  /** Machines that follow this template only. */
  template: string | null;
}

/** Ranks as far as a site gives them, 1–10 each; what is null is as it is for more machines, in the end as the template has it. */
export interface GivenRanks {
  /** How surely it is seen before; 10 never. */
  detection: number | null;
  /** How often. */
  occurrence: number | null;
  /** How bad it is. */
  severity: number | null;
}

/** The quality of signals in a word. */
export type Grade = 'excellent' | 'good' | 'medium' | 'poor';

/** Something that happened to an alarm. */
export interface Happening {
  /** Who did it; none when it came by itself. */
  by: string | null;
  /** What they wrote. */
  comment: string;
  /** What, in a word or two. */
  event: string;
  /** The state before. */
  from: AlarmState;
  /** When a shelf ends. */
  shelved_until: string | null;
  /** The state after. */
  state: AlarmState;
  /** When. */
  time: string;
}

/** A page of a list. */
export interface HappeningList {
  /** The items. */
  items: Happening[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** How the program is. */
export interface Health {
  /** Check by check. */
  checks: CheckView[];
  /** `ok` or `failing`. */
  status: string;
}

/** A change of the health. */
export interface HealthPoint {
  /** When. */
  at: string;
  /** 0 to 100 from then on; none while nothing judged the machine. */
  health: number | null;
}

/** A hole in the range. */
export interface Hole {
  /** From when, microseconds since the epoch. */
  from: number;
  /** Why: a reason of the gap ledger, or `silent` where a signal that comes at a pace did not come for four times that. */
  reason: string;
  /** Until when. */
  to: number;
}

/** `host:port`, `host` with the protocol's own port, or `[v6]:port`. */
export type HostPort = string;

/** Who we are to the server. */
export type Identity = {
  kind: 'anonymous';
} | {
  kind: 'user';
  /** Where the password stands. */
  password: SecretRef;
  /** The user's name. */
  user: string;
} | {
  /** The certificate's file, DER or PEM. */
  certificate: string;
  kind: 'certificate';
  /** The private key's file, PEM. */
  private_key: string;
};

/** What to make signals of. */
export interface Import {
  /** Addresses, each with its place in the plant. */
  signals: ImportSignal[];
}

/** A ticked address that is to become a signal. */
export interface ImportSignal {
  /** The address in the connection's protocol. */
  address: string;
  /** The asset it belongs to; made when it is not there. */
  asset_path: AssetPath;
  /** One sentence for people. */
  description?: string;
  /** How it behaves. */
  kind?: SignalKind;
  /** Its name below the asset. */
  name: string;
  /** The instrument's range. */
  range?: Range | null;
  /** Samples per second of a waveform, > 0, where the door does not tell (OPC UA). */
  rate_hz?: number | null;
  /** What it means. */
  role?: Role;
  /** Its unit (UCUM). */
  unit?: string;
}

/** A plan that was taken over. */
export interface ImportView {
  /** When. */
  at: string;
  /** Who. */
  by: string;
  /** Its number. */
  id: number;
  /** What people call the plan. */
  source: string;
}

/** A page of a list. */
export interface ImportViewList {
  /** The items. */
  items: ImportView[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** How many there are now. */
export interface Imported {
  /** Signals that were made; those whose address was bound already are not counted. */
  created: number;
}

/** Something that would have been found, and what it was worth. */
export interface JudgedFinding {
  /** The asset. */
  asset: AssetId;
  /** Where it stands. */
  asset_path: string;
  /** The event it told of, by place in the report's list. */
  event: number | null;
  /** The likely failure mode. */
  failure_mode: string | null;
  /** When it would have been told. */
  found: string;
  /** What makes it the same finding when it is reported again. */
  key: string;
  /** What sort. */
  kind: FindingKind;
  /** What concluded it. */
  model: string;
  /** How often it came back soon after it was over; it counts once. */
  returned: number;
  /** The worst severity, 0–1. */
  severity: number;
  /** Since when the condition holds. */
  since: string;
  /** One line. */
  title: string;
  /** Until when it held; none when it held to the end. */
  until: string | null;
  /** What it was worth. */
  verdict: FindingVerdict;
}

/** Something that is known to have happened. */
export interface KnownEvent {
  /** The asset. */
  asset: AssetId;
  /** What people call it. */
  asset_name: string;
  /** Where it stands. */
  asset_path: string;
  /** The part concerned. */
  component: string | null;
  /** The failure mode. */
  failure_mode: string | null;
  /** What it was. */
  label: LabelKind;
  /** In their words. */
  note: string;
  /** Its number there; none for what came with the request. */
  number: number | null;
  /** Where that stands. */
  origin: EventOrigin;
  /** Who says so. */
  source: LabelSource;
  /** When it was over. */
  t_end: string;
  /** When it began. */
  t_start: string;
}

/** Something known to have happened, given with the request. */
export interface KnownFault {
  /** The asset's path; what lies below is meant too. */
  asset: AssetPath;
  /** The part concerned. */
  component?: string | null;
  /** The failure mode. */
  failure_mode?: string | null;
  /** What it was. Default `fault`. */
  label?: LabelKind;
  /** In somebody's words: a work order's number. */
  note?: string;
  /** When it was over; when it began when left out. */
  t_end?: string | null;
  /** When it began. */
  t_start: string;
}

/** How impulsive each band is. */
export interface KurtogramView {
  /** The bands, level by level, from low to high. */
  bands: BandView[];
  /** The most impulsive one. */
  best: BandView | null;
  /** The highest frequency, Hz. */
  top_hz: number;
}

/** What a stretch of time was. */
export type LabelKind = 'fault' | 'normal' | 'golden' | 'maintenance' | 'other';

/** Who says so. */
export type LabelSource = 'human' | 'rule' | 'import';

/** A label. */
export interface LabelView {
  /** The asset; what lies below it is meant too. */
  asset: AssetId;
  /** What people call the asset. */
  asset_name: string;
  /** Where the asset stands. */
  asset_path: string;
  /** The part concerned. */
  component: string | null;
  /** How sure, 0–1. */
  confidence: number;
  /** When it was written. */
  created: string;
  /** The failure mode. */
  failure_mode: string | null;
  /** Its number; grows, never reused. */
  id: number;
  /** What it was. */
  label: LabelKind;
  /** In their words. */
  note: string;
  /** Who says so. */
  source: LabelSource;
  /** When it was over; the same for a single moment. */
  t_end: string;
  /** When it began. */
  t_start: string;
  /** Their name. */
  user: string;
}

/** A page of a list. */
export interface LabelViewList {
  /** The items. */
  items: LabelView[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** The newest value of a signal. */
export interface LastView {
  /** Ingest time, microseconds since the epoch. */
  ingest: number;
  /** How far to trust it. */
  quality: Quality;
  /** The protocol's own status. */
  status: number;
  /** Source time, microseconds since the epoch. */
  time: number;
  /** The value; none when there is none. */
  value: number | null;
}

/** The newest values: columns of equal length, in order of signal or as asked for. A signal without a value is left out. */
export interface Latest {
  /** The full name; only when asked for. */
  name: string[] | null;
  /** How far to trust it: 0 good, 1 uncertain, 2 stale, 3 bad. */
  quality: number[];
  /** Which signal. */
  signal: number[];
  /** Source time, microseconds since the epoch. */
  time: number[];
  /** The value; null when there is none. */
  value: (number | null)[];
}

/** From when on a machine learns. */
export interface Learn {
  /** From when on, RFC 3339 or microseconds since the epoch; now when left out. */
  from?: string | null;
  /** How much healthy operation in each operating state, hours, above 0 and at most 168; as `maintenance.normal.learn_s` has it
   * when left out. */
  hours?: number | null;
}

/** How far the learning is. */
export type LearnState = 'missing' | 'learning' | 'learned' | 'failed';

/** What was learned of a kind, as a version. */
export interface Learned {
  /** When it was learned. */
  at: string | null;
  /** The share of the learning that is done, 0–1. */
  share: number;
  /** How far the learning is. */
  state: LearnState;
  /** Its name: the first 12 hex digits of the SHA-256 of what it was learned from and what learned it. While a new one is
   * learned, that of the one before, which goes on. */
  version: string | null;
  /** What is missing, or why it failed; empty when it was learned. */
  why: string;
  /** Who took it out of service; none while nobody has. */
  withdrawn: Withdrawn | null;
}

/** What was learned of a machine. */
export interface LearnedBaseline {
  /** Signals that say what is asked of the machine; they explain and are not judged. */
  drivers: SignalId[];
  /** Signals that are judged. */
  judged: SignalId[];
  /** Rows that it was learned from, in all operating states; none where that was not kept. */
  rows: number | null;
  /** Rows that an operating state takes to be learned. */
  rows_wanted: number;
  /** Operating states, in order of first sight. */
  states: LearnedPhase[];
  /** Seconds between two rows. */
  step_s: number;
  /** Since when it is watched, by source time. */
  watching_since: string | null;
}

/** What was learned of a kind of machine. */
export interface LearnedKind {
  /** The chance of failing by what happened at them. */
  chances: Learned;
  /** How that did, for each failure mode and time ahead. */
  chances_proof: RiskProof[];
  /** The template. */
  kind: string;
  /** How long they last, learned from those that ran to failure. */
  lives: Learned;
  /** How that did on machines that it had not seen; none while nothing was learned. */
  lives_proof: FleetProof | null;
  /** Machines that follow it. */
  machines: number;
}

/** A page of a list. */
export interface LearnedKindList {
  /** The items. */
  items: LearnedKind[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** By what was learned of machines of its kind that ran to failure. */
export interface LearnedLife {
  /** When it was learned. */
  at: string | null;
  /** How long this machine lasts by it; none while it is too young. It speaks only where the proof says so. */
  life: FleetLife | null;
  /** How it did on machines that it had not seen; none while nothing was learned. */
  proof: FleetProof | null;
  /** The share of the learning that is done, 0–1. */
  share: number;
  /** How far the learning is. */
  state: LearnState;
  /** Its name: the first 12 hex digits of the SHA-256 of what it was learned from and what learned it. While a new one is
   * learned, that of the one before, which goes on. */
  version: string | null;
  /** What is missing, or why it failed; empty when it was learned. */
  why: string;
  /** Who took it out of service; none while nobody has. */
  withdrawn: Withdrawn | null;
}

/** A part of what is learned of a kind of machine. */
export type LearnedPart = 'lives' | 'chances';

/** An operating state. */
export interface LearnedPhase {
  /** Operating states that were found within it by how the signals lie; 0 while it is learned. */
  found: number;
  /** When the first row was. */
  from: string | null;
  /** Whether it is learned; else rows are gathered. */
  learned: boolean;
  /** What its state signals say in it; empty where none parts the rows. */
  name: string;
  /** Rows; none where that was not kept. */
  rows: number | null;
  /** When the last row was. */
  to: string | null;
}

/** What is normal for an asset is learned from this time on. */
export interface LearningEntry {
  /** From when on; what was before is forgotten. What is stored since then is learned from at once. */
  from: string;
  /** How much healthy operation in each operating state, hours, above 0 and at most 168. Default: as
   * `maintenance.normal.learn_s` has it. */
  hours: number | null;
}

/** A signal that could not be compared. */
export interface LeftOut {
  /** The signal. */
  signal: SignalId;
  /** Why, in words. */
  why: string;
}

/** An ISA-95 equipment level, or a plant's own word for one. */
export type Level = 'enterprise' | 'site' | 'area' | 'line' | 'cell' | 'asset' | {
  other: string;
};

/** Remaining life in hours from the moment it was told: a median and the range that holds it with probability `level`. */
export interface Life {
  /** The upper end, hours; not below `median_h`. */
  hi_h: number;
  /** How probable it is that the range holds the truth, inside 0–1. */
  level: number;
  /** The lower end, hours, above 0. */
  lo_h: number;
  /** The middle, hours; not below `lo_h`. */
  median_h: number;
}

/** How long uses last: the share that lasts longer than a number of days. */
export interface LifeCurve {
  /** Days since this machine failed or was replaced last; none when that is not recorded. */
  age_days: number | null;
  /** What age does. */
  ageing: Ageing;
  /** The chance that this machine fails in the days ahead; empty when its age is not known. */
  ahead: Ahead[];
  /** Uses that ended with a failure and whose begin is known. */
  failed: number;
  /** The failure mode; none for a failure of any kind. */
  failure_mode: string | null;
  /** Whether the failures are few: the ranges are wide because of it. */
  few: boolean;
  /** Whether Weibull's law goes with what was counted. When not, there is more than one cause in it. */
  fits: boolean;
  /** How long this machine lasts yet; none when its age is not known. */
  left: RemainingLife | null;
  /** Machines whose uses these are. */
  machines: number;
  /** The failures of this machine among them. */
  own: number;
  /** The curve, for a picture. */
  points: CurvePoint[];
  /** Uses that ended before a failure. */
  replaced: number;
  /** Uses that go on. */
  running: number;
  /** All of it in words. */
  says: string;
  /** Weibull's scale, days: 63 % have failed by then. */
  scale_days: Uncertain;
  /** Weibull's shape: below 1 early failures, 1 chance, above 1 wear. */
  shape: Uncertain;
}

/** What to look for. */
export interface Like {
  /** The asset. */
  asset: AssetId;
  /** When the stretch began. */
  from: string;
  /** How many to find, 1 to 100; 20 when left out. */
  limit?: number | null;
  /** Look from here on; from the first sample when left out. */
  search_from?: string | null;
  /** Look up to here; up to the last sample when left out. */
  search_to?: string | null;
  /** Numbers of its signals that are compared, at most 16; all that it measures when left out. */
  signals?: SignalId[];
  /** When it was over. */
  to: string;
}

/** A limit as a line on a chart. */
export interface LimitLine {
  /** Where, in the signal's unit. */
  at: number;
  /** Whether the machine may be damaged from here on. */
  outer: boolean;
  /** Which side is bad. */
  side: Side;
  /** Where the limit comes from. */
  source: string;
}

/** Limits of a signal in its unit, and how their alarms behave. Each side (high with high-high, low with low-low) is one
 * alarm, whose priority rises when the outer limit is passed. */
export interface Limits {
  /** What happens if nobody responds. Default none. */
  consequence?: string;
  /** How far a value must come back before it counts as back, in the signal's unit. Default 0. */
  deadband?: number;
  /** From here on it is too high. Default none. */
  high?: number | null;
  /** From here on the machine may be damaged. Default none. */
  high_high?: number | null;
  /** Whether the alarm stays until somebody resets it. Default false. */
  latch?: boolean;
  /** From here down it is too low. Default none. */
  low?: number | null;
  /** From here down the machine may be damaged. Default none. */
  low_low?: number | null;
  /** How long it must be back before the alarm returns, s, 0–3600. Default 0. */
  off_delay_s?: number;
  /** How long it must be beyond the limit before there is an alarm, s, 0–3600. Default 0. */
  on_delay_s?: number;
  /** The priority at `high_high` and `low_low`. Default high. */
  outer_priority?: Priority;
  /** The priority at `high` and `low`. Default medium. */
  priority?: Priority;
  /** After how long an acknowledged alarm that is still active sounds again, s; 0 never. Default 0. */
  realarm_s?: number;
  /** Whether acknowledging, shelving and the like need a comment. Default false. */
  requires_comment?: boolean;
  /** What to do. Default none. */
  response?: string;
}

/** A line. */
export interface Line {
  /** What: `sign-in`, `POST /api/v1/connections` … */
  action: string;
  /** What else is worth knowing: for refusals and failures the code. */
  detail: string;
  /** From which address. */
  from: string;
  /** SHA-256 over the hash of the line before and this line. */
  hash: string;
  /** `done`, `refused` or `failed`. */
  outcome: string;
  /** Its number; grows by one. */
  seq: number;
  /** On what. */
  target: string;
  /** When. */
  time: string;
  /** Who: a user, or `token:name`. */
  user: string;
}

/** A page of a list. */
export interface LineList {
  /** The items. */
  items: Line[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** A line. */
export interface LineView {
  /** Height above the noise around it, dB. */
  db: number;
  /** Where, Hz. */
  hz: number;
  /** What it is: `1×`, `3rd harmonic` … */
  name: string;
  /** Its velocity, mm/s r.m.s.; none in the spectrum of an envelope. */
  velocity: number | null;
}

/** The state of a link. */
export type Link = {
  state: 'connecting';
} | {
  state: 'up';
} | {
  /** What to do; empty when nothing is known. */
  cure: string;
  state: 'down';
  /** What happened. */
  why: string;
} | {
  state: 'ended';
} | {
  state: 'paused';
};

/** The columns of a long table. */
export interface Long {
  /** The column with the signal's name, which is the address. */
  signal: string;
  /** The column with the value. */
  value: string;
}

/** Where to look. */
export interface Look {
  /** The address of a folder; the top when left out. */
  at?: string | null;
  /** … or a configuration that is not saved yet. */
  config?: ConnectionConfig | null;
  /** A connection that is there … */
  name?: string | null;
}

/** What is known of the machine at the time of a waveform. */
export interface Machine {
  /** The bearing, when its defect frequencies are known. */
  bearing: string | null;
  /** Who says what its geometry is; what is missing when there is none. */
  bearing_from: string;
  /** Where faults would show. */
  lines: FaultLine[];
  /** Where the speed comes from, in words; why there is none. */
  shaft_from: string;
  /** Speed of the shaft, Hz; none when it stands or nothing tells. */
  shaft_hz: number | null;
}

/** The figures of a machine. */
export interface MachineFiguresView {
  /** The machine. */
  asset: AssetId;
  /** What people call it. */
  asset_name: string;
  /** Where it stands. */
  asset_path: string;
  /** MTBF over MTBF and MTTR, 0–1: the inherent availability of IEC 60050-192. */
  availability: number | null;
  /** Findings that were checked. */
  checked: number;
  /** Hours from failure to running again, over the repairs that are known. */
  downtime_h: number;
  /** Failures in the span. */
  failures: number;
  /** Findings that a check called wrong, for a watched machine and month of 30 days. */
  false_alarms_per_machine_month: number | null;
  /** Findings in the span. */
  findings: number;
  /** Of these, hours in which data has gaps. They are in `watched_h`: the machines ran on. */
  gaps_h: number;
  /** The middle of the times between a finding and the failure that it told of, hours. */
  lead_time_h: number | null;
  /** Machines looked at. */
  machines: number;
  /** Failures of watched machines that no finding told of. */
  missed: number;
  /** Mean time between failures (ISO 14224): watched hours, less repairs, over the failures of watched machines. */
  mtbf_h: number | null;
  /** Mean time to repair: from failure to running again, hours, over the repairs that are known. */
  mttr_h: number | null;
  /** Share of checked findings that were right, 0–1. */
  precision: number | null;
  /** Since when there is data of it; null while there is none. */
  since: string | null;
  /** Of these, failures of machines that were not watched yet: they count for MTTR alone. */
  unwatched: number;
  /** Machine hours in the span since each machine first had data. */
  watched_h: number;
}

/** A page of a list. */
export interface MachineFiguresViewList {
  /** The items. */
  items: MachineFiguresView[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** How well a machine is. */
export interface MachineHealth {
  /** How it is made, in words. */
  formula: string;
  /** 0 to 100; none while nothing could have shown a fault: no learned monitor, no graded vibration, no finding. */
  health: number | null;
  /** The ways in which machines of this kind fail: what was found first, then what matters most. */
  modes: ModeView[];
  /** The learned monitor. */
  monitor: MonitorWord;
  /** How much of the learning is done, 0–1. */
  progress: number;
  /** How the numbers of the failure modes are made, in words. */
  ranking_formula: string;
  /** The signal that holds the monitor's score over its limit. */
  score: SignalId | null;
  /** Open findings about sensors and data. */
  sensors: number[];
  /** What each open finding about the machine takes, the most first: the first counts. */
  taken: Taken[];
  /** Why vibration is not graded; empty when it is, or when there is none. */
  ungraded: string;
  /** Vibration against ISO 10816-3, a signal each. */
  vibration: VibrationView[];
}

/** How long a machine lasts. Nothing in it is a bare number. */
export interface MachineLife {
  /** By the capacity of its battery; none where it is no battery, or that cannot be told yet. */
  capacity: CapacityLife | null;
  /** What is missing for that; empty where it is told, and where the machine is no battery. */
  capacity_missing: string;
  /** The chance of failing by what happened at it. */
  chances: Chances;
  /** The open finding whose path ends soonest. */
  condition: ConditionLife | null;
  /** Any failure first, then each failure mode that has failures enough, the most first. */
  curves: LifeCurve[];
  /** Failures that are recorded of the kind. */
  failures: number;
  /** The template that says which machines are of its kind; none when only the machine itself is. */
  kind: string | null;
  /** By what was learned of machines of its kind that ran to failure. */
  learned: LearnedLife;
  /** Machines of the kind, this one too. */
  machines: number;
  /** What is missing for a curve, and what to do; empty when there is one. */
  missing: string;
  /** What tells how long it lasts: its measured condition, or its age; none when nothing can. */
  speaks: Speaks | null;
  /** Those of them of which nothing is recorded: nobody knows how old they are, so they count nowhere. */
  unrecorded: number;
  /** Why that; empty when nothing speaks. */
  why: string;
}

/** What happened to a machine. */
export interface MachinePast {
  /** What happened, oldest first. */
  events: PastEvent[];
  /** From when. */
  from: string;
  /** The health at each of its changes, oldest first. A finding counts from its begin on with what it came to. */
  health: HealthPoint[];
  /** Until when. */
  to: string;
}

/** Many alarms. */
export interface Many {
  /** At most 1 000 characters. */
  comment?: string;
  /** Their numbers, at most 2 000. */
  ids: number[];
}

/** Labels to be written. */
export interface ManyLabels {
  /** At most 20 000. */
  labels: NewLabel[];
}

/** A marked band in one waveform. */
export interface MarkedBand {
  /** What it is, in words. */
  about: string;
  /** Lower edge, Hz; none when it follows a shaft that stands or whose speed nobody knows. */
  from_hz: number | null;
  /** From here on it is too high. */
  high: number | null;
  /** From here on the machine may be damaged. */
  high_high: number | null;
  /** Why there is none, and what would help. */
  missing: string | null;
  /** Its name below the waveform. */
  name: string;
  /** Of what its r.m.s. is taken. */
  of: BandQuantity;
  /** Its r.m.s. in this waveform. */
  rms: number | null;
  /** The signal that its r.m.s. is; none in the moment after it was marked. */
  signal: SignalId | null;
  /** Upper edge, Hz. */
  to_hz: number | null;
  /** The unit of r.m.s. and limits, as people read it. */
  unit: string;
}

/** What is done with messages under a policy. */
export type Mode = 'sign' | 'sign_and_encrypt';

/** Where the ranks of a failure mode of a machine come from. */
export interface ModeRanks {
  /** What the site gives, the nearest last: it goes before those before it. */
  given: GivenAt[];
  /** The failure mode. */
  mode: string;
  /** How often machines of the kind failed so: a suggestion for the occurrence. None when it never happened within records. */
  seen: SeenOccurrence | null;
  /** What the template says; none for a mode that is not of the template. */
  template: Ranks | null;
}

/** A page of a list. */
export interface ModeRanksList {
  /** The items. */
  items: ModeRanks[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** Whether a failure mode shows. */
export type ModeState = 'found' | 'watched' | 'blind';

/** A way in which the machine may fail, and what speaks for it. */
export interface ModeView {
  /** What it does to the machine (ISO 14224); none for a mode that is not of the template. */
  effect: Effect | null;
  /** Open findings that name it. */
  findings: number[];
  /** Its stable id, as findings carry it. */
  id: string;
  /** Roles of its symptoms that are measured. */
  measured: Role[];
  /** Roles of its symptoms that are not measured. */
  missing: Role[];
  /** What people call it. */
  name: string;
  /** What to do, most useful first. */
  prescription: string[];
  /** How sure the surest finding is that names it. */
  probability: number | null;
  /** How much it matters here; none when nobody has ranked it. */
  ranking: Ranking | null;
  /** What mending it takes. */
  repair: Repair;
  /** Whether it shows. */
  state: ModeState;
}

/** What is in service, what waits and what was. */
export interface ModelsView {
  /** How long batteries last, by the capacity of each. */
  batteries: BatteryLife[];
  /** What `gemba.toml` asks for and is not in service; none while another version is on its way. */
  candidate: Candidate | null;
  /** Assets of which model or machine is no longer as it was while learned. */
  drifts: AssetDrift[];
  /** Why the last one did not get there. */
  failed: string | null;
  /** The version before, to go back to. */
  former: Former | null;
  /** What went into service, newest first: the last 50. */
  history: Release[];
  /** The version that watches. */
  in_service: Release;
  /** How long kinds of machines last, as it was learned. It goes into service by its own proof. */
  learned: LearnedKind[];
  /** What is on its way into service. */
  switching: Switching | null;
  /** Why what it was proved with is no longer what runs; none while it is. */
  unproved: string | null;
}

/** How far the learned monitor of an asset is. */
export interface MonitorView {
  /** Who has drifted of late, the model or the machine; none when nobody has. */
  drift: Drifted | null;
  /** How much of the learning is done, 0–1. */
  progress: number;
  /** The monitor's score as a share of its limit: above 1 it finds something. */
  score: number | null;
  /** When it last looked. */
  since: string | null;
  /** Whether it watches. */
  state: MonitorWord;
}

/** What the learned monitor of an asset does. */
export type MonitorWord = 'off' | 'learning' | 'watching';

/** What the current of a motor says. */
export interface MotorView {
  /** Its amplitude, in the signal's unit. */
  amplitude: number;
  /** The lines beside the mains that were looked at. */
  lines: SidebandView[];
  /** The mains frequency found, Hz. */
  mains_hz: number;
  /** The faults that the lines speak for, the more likely first: `broken_rotor_bar`, `eccentricity`. */
  named: string[];
  /** Slip, 0–1. */
  slip: number;
}

/** A finding set aside: it stays open, and nobody is called for it. */
export interface MuteView {
  /** When. */
  at: string;
  /** Who did it. */
  by: string;
  /** Why. */
  reason: string;
  /** Until when; none: until what was found is over. */
  until: string | null;
}

/** A site as it is called already. */
export interface NamedSite {
  /** ISO 4217 currency. */
  currency: string;
  /** What people call it. */
  name: string;
  /** IANA time zone; none where it is not written. */
  time_zone: string | null;
}

/** What is written on a machine and in its papers. All optional: what is missing is not guessed. */
export interface Nameplate {
  /** Bearing designation at the drive end, such as `6205`. */
  bearing?: string | null;
  /** That bearing's geometry, where the catalogue does not know it or the machine has another. */
  bearing_geometry?: BearingGeometry | null;
  /** That bearing's defect frequencies as its maker's data sheet has them. They go before the geometry, and both before
   * the catalogue. */
  bearing_orders?: BearingOrders | null;
  /** Blades or vanes on the shaft: of an impeller, a fan, a screw. */
  blades?: number | null;
  /** Rated capacity of a battery, Ah. */
  capacity_ah?: number | null;
  /** Gear stages in the order of the power's way, the first driven by the shaft whose speed is known. */
  gears?: GearStage[];
  /** Frequency of the mains that feeds it, Hz. */
  mains_hz?: number | null;
  /** Maker. */
  manufacturer?: string | null;
  /** Type designation. */
  model?: string | null;
  /** Pairs of poles of the motor on this shaft. */
  pole_pairs?: number | null;
  /** Rated power in kW. */
  power_kw?: number | null;
  /** Serial number. */
  serial_number?: string | null;
  /** Shaft height in mm (electrical machines). */
  shaft_height_mm?: number | null;
  /** Rated speed in r/min. */
  speed_rpm?: number | null;
  /** Rigid or flexible support. */
  support?: Support | null;
}

/** A label to be written. The asset is given by number or by path. */
export interface NewLabel {
  /** The asset's number. */
  asset?: number | null;
  /** The asset's path, instead of its number. */
  asset_path?: string | null;
  /** The part concerned, at most 200 characters. */
  component?: string | null;
  /** How sure, 0–1. Default 1. */
  confidence?: number;
  /** The failure mode, at most 200 characters. */
  failure_mode?: string | null;
  /** What it was. Default `fault`. */
  label?: LabelKind;
  /** At most 2 000 characters. */
  note?: string;
  /** Who says so. Default `human`. */
  source?: LabelSource;
  /** When it was over; the same moment when left out. */
  t_end?: string | null;
  /** When it began. */
  t_start: string;
}

/** A token with its secret. */
export interface NewTokenView {
  /** Who made it. */
  by: string;
  /** When it was made. */
  created: string;
  /** When it ends. */
  expires: string;
  /** Its number. */
  id: number;
  /** When it was last used; none when not since the program started. */
  last_used: string | null;
  /** What it is for. */
  name: string;
  /** What it may do at most. */
  role: AccessRole;
  /** The parts of the API it may use. */
  scopes: Scope[];
  /** What to send as `Authorization: Bearer …`. It is not kept and not shown again. */
  secret: string;
}

/** What a node is. */
export type NodeKind = 'folder' | 'signal';

/** A folder or a signal of a device. */
export interface NodeView {
  /** What to import, or to browse further with. */
  address: string;
  /** The device's own type name. */
  data_type: string;
  /** What the device says about it. */
  description: string;
  /** Whether there is more below it. */
  has_children: boolean;
  /** Whether it can be ticked. */
  kind: NodeKind;
  /** What the device calls it. */
  name: string;
  /** A proposal for its place in the namespace; empty when the device suggests none. */
  path: string;
  /** Its name as a signal is called: without a unit in brackets behind it. */
  plain_name: string;
  /** The quality now. */
  quality: Quality | null;
  /** The instrument's range when the device tells. */
  range: Range | null;
  /** How it seems to behave, as a signal. */
  signal_kind: SignalKind;
  /** UCUM unit when the device tells or its name ends in one, else empty. */
  unit: string;
  /** The value now, as text. */
  value: string | null;
}

/** How normal behaviour is learned and watched. */
export interface NormalBehaviourConfig {
  /** Expected false alarms for this asset in 30 days, above 0; as many changes of signals may be told that are none. Default 1. */
  false_alarms_per_month: number;
  /** How long a signal's last value stands for it, ms, at least `step_ms`. Default 10 000. */
  hold_ms: number;
  /** How much healthy running it learns from in each operating state, s, 10–31 536 000. Default 3600. */
  learn_s: number;
  /** How often the computed samples are written, ms, at least `step_ms`. Default 1000. */
  score_every_ms: number;
  /** Distance of the rows onto which all signals are brought, ms, 10–3 600 000. Default 1000. */
  step_ms: number;
}

/** Failures to note. */
export interface Noted {
  /** At most 10 000. */
  failures: NotedFailure[];
}

/** A failure to note. */
export interface NotedFailure {
  /** The machine. */
  asset_path: AssetPath;
  /** When it failed, or was replaced. */
  at: string;
  /** The failure mode; empty when nobody knows. */
  failure_mode?: string;
  /** The finding that told of it. */
  finding?: number | null;
  /** `failure`; `replacement` when it was replaced, overhauled or put into service and had not failed; `error` when it told
   * of something and ran on. */
  kind?: EventKind;
  /** What happened. */
  note?: string;
  /** When it ran again. */
  repaired?: string | null;
}

/** Why a window cannot take a job. */
export type Obstacle = {
  why: 'other_machines';
} | {
  why: 'past';
} | {
  why: 'too_short';
} | {
  /** Its number. */
  number: string;
  why: 'part_missing';
} | {
  /** Whose hours. */
  skill: string;
  why: 'crew_full';
};

/** A stretch that nothing else looks like. */
export interface OddStretch {
  /** The distance of the nearest other stretch. */
  distance: number;
  /** The mean correlation with that. */
  likeness: number;
  /** The stretch. */
  stretch: PatternStretch;
}

/** How the bytes of a value lie on the wire: `a` is the most significant byte. For 64 bits the same two
 * questions are asked of eight bytes: are words in order, are bytes within a word in order. */
export type Order = 'abcd' | 'cdab' | 'badc' | 'dcba';

/** A work order with where its parts are, and what doing costs beside what waiting risks. */
export interface OrderDetailView {
  /** The machine. */
  asset: AssetId;
  /** Where the machine stands. */
  asset_path: string;
  /** Who wrote it. */
  by: string;
  /** Labour and parts; null when nobody has said: then it is made of hours and prices. */
  cost: number | null;
  /** When it was written. */
  created: string;
  /** What was done. */
  done_note: string | null;
  /** By when. */
  due: string | null;
  /** What a failure costs; null when nobody has said. */
  failure_cost: number | null;
  /** The failure mode that it is against. */
  failure_mode: string | null;
  /** The finding that asks for it. */
  finding: number | null;
  /** How long the machine stands still, hours. */
  hours: number;
  /** Its number. */
  id: number;
  /** Remaining life as told at `created`. */
  life: Life | null;
  /** What it needs. */
  parts: Part[];
  /** How many people. */
  people: number;
  /** When it is to be done. */
  planned: Span | null;
  /** What the FMEA wants done about the failure mode; null when it has none. */
  priority: ActionPriority | null;
  /** Whose work it is; empty for anybody. */
  skill: string;
  /** Where it stands. */
  state: OrderState;
  /** What to do, in order. */
  steps: string[];
  /** A line for each of its parts. */
  supply: SupplyView[];
  /** One line. */
  title: string;
  /** When it was worked on. */
  worked: Span | null;
  /** What doing costs and what waiting risks, from given costs alone. */
  worth: Worth;
}

/** What people write of an order; what is left out stays, or comes from the finding. */
export interface OrderDraft {
  /** The machine; needed for a new order without a finding. */
  asset_path?: AssetPath | null;
  /** Labour and parts, in the site's currency. */
  cost?: number | null;
  /** By when. */
  due?: string | null;
  /** What a failure costs, in the site's currency. */
  failure_cost?: number | null;
  /** The finding that asks for it; only when the order is new. */
  finding?: number | null;
  /** How long the machine stands still, hours. */
  hours?: number | null;
  /** What it needs. */
  parts?: Part[] | null;
  /** How many people. */
  people?: number | null;
  /** Whose work it is. */
  skill?: string | null;
  /** What to do, in order. */
  steps?: string[] | null;
  /** One line. */
  title?: string | null;
}

/** Where a work order stands. */
export type OrderState = 'open' | 'planned' | 'in_progress' | 'done' | 'cancelled';

/** A work order. */
export interface OrderView {
  /** The machine. */
  asset: AssetId;
  /** Where the machine stands. */
  asset_path: string;
  /** Who wrote it. */
  by: string;
  /** Labour and parts; null when nobody has said: then it is made of hours and prices. */
  cost: number | null;
  /** When it was written. */
  created: string;
  /** What was done. */
  done_note: string | null;
  /** By when. */
  due: string | null;
  /** What a failure costs; null when nobody has said. */
  failure_cost: number | null;
  /** The failure mode that it is against. */
  failure_mode: string | null;
  /** The finding that asks for it. */
  finding: number | null;
  /** How long the machine stands still, hours. */
  hours: number;
  /** Its number. */
  id: number;
  /** Remaining life as told at `created`. */
  life: Life | null;
  /** What it needs. */
  parts: Part[];
  /** How many people. */
  people: number;
  /** When it is to be done. */
  planned: Span | null;
  /** What the FMEA wants done about the failure mode; null when it has none. */
  priority: ActionPriority | null;
  /** Whose work it is; empty for anybody. */
  skill: string;
  /** Where it stands. */
  state: OrderState;
  /** What to do, in order. */
  steps: string[];
  /** One line. */
  title: string;
  /** When it was worked on. */
  worked: Span | null;
}

/** A page of a list. */
export interface OrderViewList {
  /** The items. */
  items: OrderView[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** What a check found at the machine. */
export type Outcome = 'potential_failure' | 'functional_failure' | 'process_adjustment' | 'sensor_change' | 'asset_replacement' | 'no_fault';

/** A part and how many of it. */
export interface Part {
  /** What people call it. */
  name?: string;
  /** Its number; empty when nobody has said which one it is. */
  number?: string;
  /** How many. */
  quantity: number;
}

/** What is known of a part and when how many come in. */
export interface PartDraft {
  /** What is on hand and what comes in; empty when its stock is not kept here. */
  arrivals: Arrival[];
  /** Days from the order to the delivery. */
  lead_days?: number | null;
  /** What people call it. */
  name?: string;
  /** What one costs, in the site's currency. */
  price?: number | null;
}

/** A part. */
export interface PartView {
  /** What is on hand and what comes in, soonest first; empty when its stock is not kept here. */
  arrivals: Arrival[];
  /** Days from the order to the delivery; null when nobody has said. */
  lead_days: number | null;
  /** What people call it. */
  name: string;
  /** Its number. */
  number: string;
  /** What one costs, in the site's currency; null when nobody has said. */
  price: number | null;
}

/** A page of a list. */
export interface PartViewList {
  /** The items. */
  items: PartView[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** Something that happened. */
export interface PastEvent {
  /** The finding that it is, or is about. */
  finding: number | null;
  /** When, or from when on. */
  from: string;
  /** What sort. */
  kind: PastKind;
  /** The work order that it is. */
  order: number | null;
  /** What a finding took off the health, points of 100; none for one about sensors or data. */
  points: number | null;
  /** The signal that changed. */
  signal: SignalId | null;
  /** What people read. */
  title: string;
  /** Until when; none for a moment, and for what holds still. */
  to: string | null;
}

/** What sort of event it is. */
export type PastKind = 'finding' | 'check' | 'work' | 'failure' | 'replacement' | 'change';

/** Where a health index may be at a time to come. */
export interface PathPoint {
  /** The high end of the range. */
  hi: number;
  /** The low end of the range. */
  lo: number;
  /** The median. */
  median: number;
  /** When, µs. */
  time: number;
}

/** A stretch of time. */
export interface PatternStretch {
  /** Its begin. */
  from: string;
  /** A label of the asset that it touches. */
  label: LabelKind | null;
  /** Its end. */
  to: string;
  /** The values of each signal, for a small picture. */
  values: ((number | null)[])[];
}

/** What comes again and what stands alone. */
export interface Patterns {
  /** Where was looked: from here … */
  from: string;
  /** Signals that could not be compared, and why. */
  left_out: LeftOut[];
  /** What stands alone: stretches whose nearest other one is farthest away, the oddest first. */
  odd: OddStretch[];
  /** What recurs: pairs of stretches that are nearest to each other, the nearest first. */
  recurring: RecurringStretch[];
  /** Steps in a window. */
  rows: number;
  /** The signals that were compared. */
  signals: SignalId[];
  /** The length of a step, microseconds. */
  step_us: number;
  /** … to here. */
  to: string;
}

/** What comes again and what stands alone. */
export interface PatternsOf {
  /** The asset. */
  asset: AssetId;
  /** From when on to look; from the first sample when left out. */
  from?: string | null;
  /** How many of either kind at most, 1 to 50; 10 when left out. */
  limit?: number | null;
  /** Its signals that are compared, at most 16; all gauges that it measures when left out. */
  signals?: SignalId[];
  /** Until when; to the last sample when left out. */
  to?: string | null;
  /** How long a course is, s; a fiftieth of the range when left out. */
  window_s?: number | null;
}

/** A line that stands out. */
export interface PeakView {
  /** Its amplitude. */
  amplitude: number;
  /** Height above the noise around it, dB. */
  db: number;
  /** Where, Hz. */
  hz: number;
  /** What turns or strikes at this frequency; none when nothing known does. */
  name: string | null;
  /** In turns of the shaft. */
  order: number | null;
}

/** A signal beside those of other machines. */
export interface PeerSignal {
  /** The highest median of the others. */
  high: number;
  /** The lowest median of the others. */
  low: number;
  /** Its name below the asset. */
  name: string;
  /** How many others there are. */
  others: number;
  /** Its median; none without a good sample. */
  own: number | null;
  /** What it means. */
  role: Role;
  /** The signal. */
  signal: SignalId;
  /** Its unit as people read it. */
  unit_symbol: string;
}

/** An order with its window. */
export interface PlacementView {
  /** Every window that was weighed. */
  considered: Considered[];
  /** The order's own hours in that window. */
  hours: Span | null;
  /** The order's number. */
  order: number;
  /** In words. */
  why: string;
  /** The window; null when it stays out of the plan. */
  window: number | null;
}

/** A production plan. */
export interface PlanDraft {
  /** Hours of work there are in each window, by skill, where the plan says nothing. */
  crew_hours?: Record<string, number>;
  /** Whether to tell only what would be done. */
  dry_run?: boolean;
  /** Production lost for each hour that a machine stands still, where the plan says nothing. */
  loss_per_hour?: number;
  /** Whether windows of this plan that the file does not name any more are taken away. */
  replace?: boolean;
  /** Machines at or below this place, where the plan names none; all when left out. */
  scope?: AssetPath | null;
  /** What people call the plan, such as its file's name: the next import under this name changes its windows. */
  source: string;
  /** What stands in the file: a calendar that begins with BEGIN:VCALENDAR, or a table with the columns from, to, name and, as
   * far as known, scope, loss_per_hour, crew (`mechanic=16; electrician=8`), id. */
  text: string;
}

/** A plan and what it is worth. */
export interface PlanView {
  /** Expected cost of this plan. */
  cost: number;
  /** Expected cost of doing each order in the first window open to its machine. */
  cost_of_haste: number;
  /** Expected cost of doing nothing until the last window ends. */
  cost_of_waiting: number;
  /** The site's currency. */
  currency: string;
  /** Every open order. */
  placements: PlacementView[];
  /** The windows that were weighed, soonest first; `window` and `considered` count from 0 in this list. */
  windows: WindowView[];
}

/** Priority, highest first. On export: severity 1000, 750, 500, 250 (OPC 10000-9). */
export type Priority = 'emergency' | 'high' | 'medium' | 'low';

/** The body of every answer that is no success (RFC 9457, `application/problem+json`). */
export interface Problem {
  /** The sort of problem, as a word that stays the same between versions. */
  code: string;
  /** What to do about it; empty when there is nothing to do. */
  cure: string;
  /** What is wrong this time. */
  detail: string;
  /** A URN of this occurrence; the log tells more under it. */
  instance: string;
  /** The HTTP status. */
  status: number;
  /** The sort of problem, in words. */
  title: string;
  /** A URN of the sort of problem. */
  type: string;
}

/** A protocol, for forms. */
export interface ProtocolForm {
  /** One sentence. */
  description: string;
  /** The word for the field `protocol`. */
  protocol: string;
  /** JSON Schema of its configuration, without the field `protocol`. */
  schema: unknown;
  /** What people call it. */
  title: string;
}

/** A page of a list. */
export interface ProtocolFormList {
  /** The items. */
  items: ProtocolForm[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** The quality of a sample, one of four, with the protocol's raw status kept beside it.
 * 
 * The raw status is stored as it came: an OPC UA `StatusCode`, a Sparkplug `Quality` property
 * (0, 192, 500), a Modbus exception code, or zero when the protocol has none. */
export type Quality = 'good' | 'uncertain' | 'stale' | 'bad';

/** The quality of many signals in one word. */
export type QualityWord = 'good' | 'uncertain' | 'stale' | 'bad' | 'none';

/** What is transformed. */
export type Quantity = 'amplitude' | 'velocity' | 'envelope';

/** A question. */
export interface Question {
  /** Rows of the answer at most, 1 to 1 000 000; 10 000 when left out. */
  limit?: number | null;
  /** One SELECT or EXPLAIN. */
  sql: string;
}

/** The range a value is expected in, in the signal's unit. */
export interface Range {
  /** The highest value of the instrument. */
  high: number;
  /** The lowest value of the instrument. */
  low: number;
}

/** Signals over time. */
export interface Ranges {
  /** From when, microseconds since the epoch. */
  from: number;
  /** One for each signal, in the order asked for. */
  series: SeriesView[];
  /** Until when. */
  to: number;
}

/** A change of ranks, by whom and when. */
export interface RankChange {
  /** What is given for them. */
  after: GivenRanks;
  /** When. */
  at: string;
  /** What was given for them. */
  before: GivenRanks;
  /** Who. */
  by: string;
  /** Its number; grows, never reused. */
  id: number;
  /** For which machines, in words. */
  machines: string;
  /** The failure mode. */
  mode: string;
  /** Why, in somebody's words. */
  note: string;
  /** For which machines. */
  scope: RankScope;
  /** The change that it takes back; none for one of its own. */
  undoes: number | null;
}

/** A page of a list. */
export interface RankChangeList {
  /** The items. */
  items: RankChange[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** For which machines ranks hold: those that follow the template, at or below the place; all when neither is said. */
export interface RankScope {
  /** Machines at or below this place only. */
  asset: AssetPath | null;
  /** Machines that follow this template only. */
  template: string | null;
}

/** Who ranked a failure mode. */
export type RankedBy = 'template' | 'site';

/** What a failure mode matters on a machine. */
export interface Ranking {
  /** How surely it is seen before it fails: 1 always, 2–4 by a monitor that names it, 5–6 by one that shows that
   * something is wrong, 7–9 by people on their rounds, 10 never. */
  detection: number;
  /** How often a machine of the kind fails so, without repair before it: see [`Ranks::occurrence_of`]. */
  occurrence: number;
  /** What is to be done about it. */
  priority: ActionPriority;
  /** Who gave the ranks. */
  ranked_by: RankedBy;
  /** Severity × occurrence × detection. */
  rpn: number;
  /** How bad the failure is: 10 a danger to people, 9 against a rule, 8 the line stops for more than a shift, 7 for
   * more than an hour, 4–6 for less or makes waste, 2–3 a nuisance, 1 nothing is felt. */
  severity: number;
}

/** Ranks of a failure mode (IEC 60812:2018, table of severity, occurrence and detection), 1 to 10 each; 10 is worst. */
export interface Ranks {
  /** How surely it is seen before it fails: 1 always, 2–4 by a monitor that names it, 5–6 by one that shows that
   * something is wrong, 7–9 by people on their rounds, 10 never. */
  detection: number;
  /** How often a machine of the kind fails so, without repair before it: see [`Ranks::occurrence_of`]. */
  occurrence: number;
  /** How bad the failure is: 10 a danger to people, 9 against a rule, 8 the line stops for more than a shift, 7 for
   * more than an hour, 4–6 for less or makes waste, 2–3 a nuisance, 1 nothing is felt. */
  severity: number;
}

/** Ranks that are wanted. */
export interface RanksDraft {
  /** For machines at or below this place only; all when left out. */
  asset?: AssetPath | null;
  /** How surely it is seen before, 1–10; likewise. */
  detection?: number | null;
  /** The failure mode's id. */
  mode: string;
  /** Why, in your words. */
  note?: string;
  /** How often, 1–10; likewise. */
  occurrence?: number | null;
  /** How bad it is, 1–10; as for more machines, in the end as the template has it, when left out. */
  severity?: number | null;
  /** For machines that follow this template only; all when left out. */
  template?: string | null;
}

/** Alarm figures (ISA-18.2 §16). */
export interface RatesView {
  /** New alarms by priority. */
  by_priority: Record<string, number>;
  /** Those with three or more changes within a minute. */
  chattering: Speaker[];
  /** Whether there is a flood now. */
  flood_now: boolean;
  /** Share of the time spent in floods, 0–1. */
  flood_share: number;
  /** New alarms in each ten minutes. */
  histogram: Bar[];
  /** Most new alarms in any ten minutes. */
  peak_10min: number;
  /** New alarms in the last ten minutes. Target about 1. */
  per_10min_now: number;
  /** New alarms per hour. Target about 6. */
  per_hour: number;
  /** Those that are active for more than a day. */
  stale: Speaker[];
  /** Those that spoke most often. */
  top: Speaker[];
}

/** An answer by itself. */
export interface Ready {
  /** `ready`. */
  status: string;
}

/** Why a version went into service. */
export type Reason = 'first' | 'proved' | 'back';

/** Two stretches that look alike. */
export interface RecurringStretch {
  /** Their distance: values about their mean over their spread, root mean square over the signals. */
  distance: number;
  /** The mean correlation of their signals: 1 for the same shape. */
  likeness: number;
  /** One of them. */
  one: PatternStretch;
  /** The other. */
  other: PatternStretch;
}

/** A row that could not be taken. */
export interface RefusedView {
  /** What to do about it. */
  cure: string;
  /** The line, from 1. */
  line: number;
  /** What is wrong. */
  what: string;
}

/** A line of the device's register list. */
export interface Register {
  /** Where it is: `holding:100:f32:scale=0.1:order=cdab`. */
  address: string;
  /** One sentence for people. */
  description?: string;
  /** What the manual calls it. */
  name?: string;
  /** A proposal for its place in the namespace. */
  path?: string;
  /** UCUM unit; empty when not known. */
  unit?: string;
}

/** Whether a connection takes what comes. */
export interface Registering {
  /** From now on, or no more. */
  on: boolean;
}

/** Something that a connection could not take, by its reason. */
export interface RejectView {
  /** How often, since the start. */
  count: number;
  /** What to do about it, where that is known; else empty. */
  cure: string;
  /** The last that it happened to: an address, a topic, a line, a file; shortened. */
  example: string;
  /** When last. */
  last: string;
  /** Why. */
  why: string;
}

/** A version that went into service. */
export interface Release {
  /** When. */
  at: string;
  /** The backtest that proved it; none for the first. */
  backtest: number | null;
  /** By whom; empty when the program did so itself. */
  by: string;
  /** Its number; grows, never reused. */
  id: number;
  /** The version of Gemba that put it into service. */
  program: string;
  /** Why. */
  reason: Reason;
  /** Which. */
  version: Version;
  /** Whether this program knows every setting of it; what it does not know has no effect. */
  whole: boolean;
}

/** How long something will last, as a range: there is no bare number. */
export interface RemainingLife {
  /** The median, days. */
  days: number;
  /** It lasts at most so long, days; none when the end of the range cannot be told. */
  hi: number | null;
  /** How often the truth lies between `lo` and `hi`, 0–1. */
  level: number;
  /** It lasts at least so long, days. */
  lo: number;
}

/** How paths are followed. */
export interface RemainingLifeConfig {
  /** A limit that is reached later than this is no finding, days, 1–3650. Default 180. */
  horizon_days: number;
  /** How often the truth shall lie in the range, 0.5–0.99. Default 0.9. */
  level: number;
  /** Seconds that are summed up to one point of a path by their median, 1–86 400. The path keeps at most 240 points;
   * when there are more, neighbours are joined. Default 3600. */
  point_s: number;
}

/** What mending a failure mode takes, as its template or the site has it. What nobody has said is none. */
export interface Repair {
  /** Labour and parts, in the site's currency. */
  cost: number | null;
  /** What such a failure costs, lost production included, in the site's currency. */
  failure_cost: number | null;
  /** How long the machine stands still, hours. */
  hours: number | null;
  /** What it needs. */
  parts: Part[];
  /** How many people. */
  people: number | null;
  /** What the FMEA wants done about the mode. */
  priority: ActionPriority | null;
  /** Whose work it is; empty for anybody. */
  skill: string;
}

/** What a repair takes, as a rule; a site writes its own. */
export interface Repair2 {
  /** How long the machine stands still for it, hours. */
  hours: number;
  /** How many people. */
  people: number;
  /** Whose work it is. */
  skill: string;
  /** What it needs. */
  spares: Spare[];
}

/** What to put back. */
export interface Restoring {
  /** Lives, or chances. */
  part: LearnedPart;
}

/** What to do with retained messages. */
export type Retained = 'take' | 'skip';

/** The chance of one failure mode, or of any failure, within so many days. */
export interface Risk {
  /** What moves it most now, in words; contribution, not cause. */
  because: string[];
  /** Days from now. */
  days: number;
  /** The failure mode; none for a failure of any kind. */
  failure_mode: string | null;
  /** The high end of the range. */
  hi: number;
  /** The low end of the range. */
  lo: number;
  /** The middle. */
  median: number;
  /** How it did on machines that it had not seen. */
  proof: ChanceProof;
}

/** How one chance did on machines that it had not seen. */
export interface RiskProof {
  /** Days ahead. */
  days: number;
  /** How many failed over how many were told to, by this and by age alone; 1 is right. */
  failed_over_told: number;
  /** The same by age alone. */
  failed_over_told_by_age: number;
  /** The failure mode; none for a failure of any kind. */
  failure_mode: string | null;
  /** Those of them that were followed by a failure. */
  followed: number;
  /** Machines that it was tried on. */
  machines: number;
  /** Moments at which it was asked. */
  moments: number;
  /** By how much the squared error of the chance is below that of age alone, 0–1; negative when it is above. */
  over_age: number;
  /** The same against the share of all moments that was followed by a failure. */
  over_share: number;
  /** Whether it is better than both beyond chance, so that it speaks. When not, age does. */
  speaks: boolean;
}

/** What a signal means on its asset; templates, limits and models look for roles, never for names. */
export type Role = 'other' | 'vibration' | 'vibration_waveform' | 'bearing_temperature' | 'winding_temperature' | 'process_temperature' | 'ambient_temperature' | 'power' | 'current' | 'voltage' | 'energy' | 'speed' | 'torque' | 'suction_pressure' | 'discharge_pressure' | 'pressure' | 'flow' | 'level' | 'valve' | 'load' | 'position' | 'operating_state' | 'product' | 'count' | 'wear' | 'capacity' | 'state_of_health' | 'set_point';

/** The figures of one configuration. */
export interface RunFigures {
  /** The version that it is; empty in reports of programs that named none. */
  digest: string;
  /** What people call the configuration. */
  name: string;
  /** The figures. */
  summary: BacktestSummary;
}

/** How a configuration of a report stands to what is in service. */
export interface RunStanding {
  /** The version that it is; empty in reports of programs that named none. */
  digest: string;
  /** Why it cannot be put into service; none when it can. */
  hindrance: string | null;
  /** Whether it is in service. */
  in_service: boolean;
}

/** A part of the API that a token may use: `alarms:write`, `samples:read`, `*:read`. Writing includes reading. */
export type Scope = string;

/** Where a secret stands: `file:/path` or `env:NAME`. The secret itself is never written into a configuration. */
export type SecretRef = string;

/** A security policy (OPC 10000-7). */
export type Security = 'best' | 'aes256_sha256_rsapss' | 'aes128_sha256_rsaoaep' | 'basic256sha256' | 'basic256' | 'basic128rsa15' | 'none';

/** How often machines of a kind failed in one way, with the maintenance that there was. */
export interface SeenOccurrence {
  /** The failure mode. */
  failure_mode: string;
  /** Failures that count. */
  failures: number;
  /** How long they are known, all together, hours. */
  machine_hours: number;
  /** Machines of the kind that are known for a while. */
  machines: number;
  /** Hours ÷ failures. */
  mtbf_h: number;
  /** The ranks that hold the truth with 90 % probability: rarest, most often. */
  range: [number, number];
  /** The rank of occurrence that this amounts to (SAE J1739, machinery). */
  rank: number;
}

/** How sensors are watched. */
export interface SensorHealthConfig {
  /** Values without a fault after which a finding is cleared, 1–100 000. Default 60. */
  clear_after: number;
  /** Values of each signal that it learns from at least, 100–1 000 000, however long the monitor learns. Default 600. */
  learn_values: number;
}

/** A signal over time. */
export interface SeriesView {
  /** The width of a bucket, microseconds; 0 when raw. */
  bucket_us: number;
  /** How many samples. */
  count: number[];
  /** The value that came first. */
  first: (number | null)[];
  /** Holes in the range. */
  gaps: Hole[];
  /** The value that came last. */
  last: (number | null)[];
  /** The largest value. */
  max: (number | null)[];
  /** The smallest value; null when there is none. */
  min: (number | null)[];
  /** The worst quality: 0 good, 1 uncertain, 2 stale, 3 bad. */
  quality: number[];
  /** Whether each entry is one sample; then min, max, first and last are its value. */
  raw: boolean;
  /** The signal. */
  signal: SignalId;
  /** Where each bucket begins, or the time of each sample, microseconds since the epoch. */
  times: number[];
}

/** Who is signed in, and where. */
export interface Session {
  /** ISO 4217 currency of the site. */
  currency: string;
  /** Whether the data is that of the virtual plant. */
  demo: boolean;
  /** What they may do. */
  role: AccessRole;
  /** What people call the site. */
  site: string;
  /** IANA time zone of the site. */
  time_zone: string;
  /** The user, or `token:name`. */
  user: string;
  /** The program's version. */
  version: string;
}

/** A setting that differs between two versions. */
export interface SettingChange {
  /** Its value in the other version. */
  asked: unknown;
  /** Its value in service. */
  in_service: unknown;
  /** Where it stands below `[maintenance]`: `normal.learn_s`. */
  key: string;
}

/** The first administrator, and the site. */
export interface Setup {
  /** ISO 4217 currency, such as `EUR`. */
  currency: string;
  /** The administrator's password: 12 characters or more. */
  password: string;
  /** What people call the site. */
  site: string;
  /** IANA time zone, such as `Europe/Berlin`. */
  time_zone: string;
  /** The administrator's name. */
  user: string;
}

/** Whether the first set-up is still to be done. */
export interface SetupNeeded {
  /** Whether it can be done from where the caller is: on the machine itself. */
  here: boolean;
  /** True until there is an administrator. */
  needed: boolean;
  /** The site as `gemba.toml` names it, to begin with; none where it does not, and once the set-up is done. */
  site: NamedSite | null;
}

/** How long to set an alarm aside. */
export interface Shelf {
  /** At most 1 000 characters. */
  comment?: string;
  /** Minutes, at least 1; the configuration bounds them. */
  minutes: number;
}

/** On which side of the limit the trouble lies. */
export type Side = 'above' | 'below';

/** A line beside the mains. */
export interface SidebandView {
  /** Its height above the noise around it, dB. */
  db: number;
  /** Where, Hz. */
  hz: number;
  /** The failure mode that it speaks for: `broken_rotor_bar` or `eccentricity`. */
  mode: string;
  /** `(1 − 2s)·f`, `f + 1×`. */
  name: string;
  /** Its height over the mains line, dB. */
  over_mains_db: number;
}

/** Name and password. */
export interface SignIn {
  /** The password. */
  password: string;
  /** The user's name. */
  user: string;
}

/** What changes about a signal; what is left out stays. Other fields of a signal may be sent along and change nothing. */
export interface SignalChange {
  /** All bands of a waveform's spectrum that are followed; an empty list takes them away. */
  bands?: Band[] | null;
  /** Where its values come from; with both empty from nowhere any more. */
  binding?: Binding | null;
  /** Decimal digits that the source resolves (0–9). */
  decimals?: number | null;
  /** One sentence for people. */
  description?: string | null;
  /** How it behaves. */
  kind?: SignalKind | null;
  /** Limits of one's own; with none of the four set they are taken away. */
  limits?: Limits | null;
  /** Texts of a state signal in which alarms of its asset are suppressed. */
  quiet_in?: string[] | null;
  /** The instrument's range. */
  range?: Range | null;
  /** What it means. */
  role?: Role | null;
  /** Its unit (UCUM). */
  unit?: string | null;
}

/** A signal of the plant. Stable for the life of the store: never reused for another signal. */
export type SignalId = number;

/** How a signal behaves over time. */
export type SignalKind = 'gauge' | 'counter' | 'state' | 'set_point' | 'waveform' | 'image';

/** What a signal is called. */
export interface SignalName {
  /** Its asset's path and its name. */
  full_name: string;
  /** Its name below the asset. */
  name: string;
  /** Its unit as people read it. */
  unit_symbol: string;
}

/** How good a signal is. */
export interface SignalQuality {
  /** Findings about it or its data in that time. */
  findings: number[];
  /** The share of samples with good quality, 0–1. */
  good: number;
  /** The same in a word. */
  grade: Grade;
  /** Its name below the asset. */
  name: string;
  /** The share of samples that came within a minute of their time, 0–1; none for what was recorded before. */
  on_time: number | null;
  /** Their usual distance, s; none where they come as they change, or are too few to say. */
  pace_s: number | null;
  /** The share of the time with data, 0–1. */
  present: number;
  /** All of it, 0–100. */
  quality: number;
  /** What it means. */
  role: Role;
  /** Samples in the time that was looked at. */
  samples: number;
  /** The signal. */
  signal: SignalId;
  /** The share of the time without a finding about it or its data, 0–1. */
  sound: number;
  /** What takes from it, in words. */
  why: string[];
}

/** A signal and its last value. */
export interface SignalView {
  /** The asset it belongs to. */
  asset: AssetId;
  /** Bands of a waveform's spectrum that are followed. */
  bands: Band[];
  /** Where its values come from; none for computed signals. */
  binding: Binding | null;
  /** Whether Gemba computes it from others. */
  computed: boolean;
  /** Decimal digits that the source resolves. */
  decimals: number | null;
  /** One sentence for people. */
  description: string;
  /** Its asset's path and its name. */
  full_name: string;
  /** Its number. */
  id: SignalId;
  /** How it behaves. */
  kind: SignalKind;
  /** The newest value; none when there never was one. */
  last: LastView | null;
  /** The limits that it is watched against, its own or those of standards, inner before outer. */
  limit_lines: LimitLine[];
  /** Limits that a person has set, and how their alarms behave. */
  limits: Limits | null;
  /** Its name below the asset. */
  name: string;
  /** Texts of a state signal in which alarms of its asset are suppressed. */
  quiet_in: string[];
  /** The instrument's range. */
  range: Range | null;
  /** What it means. */
  role: Role;
  /** The texts behind the numbers of a state signal. */
  states: string[];
  /** Its unit, UCUM; empty when undeclared. */
  unit: string;
  /** Its unit as people read it. */
  unit_symbol: string;
}

/** A page of a list. */
export interface SignalViewList {
  /** The items. */
  items: SignalView[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** Why a finding is set aside, and for how long. */
export interface Silence {
  /** Minutes, 1 to 43 200 (30 days); until what was found is over when left out. */
  minutes?: number | null;
  /** At most 1 000 characters. */
  reason: string;
}

/** Stretches that look alike. */
export interface Similar {
  /** What was found, the nearest first; none overlaps another or the stretch itself. */
  found: SimilarStretch[];
  /** Where was looked: from here … */
  from: string;
  /** Signals that could not be compared, and why. */
  left_out: LeftOut[];
  /** Steps in the stretch. */
  rows: number;
  /** The signals that were compared. */
  signals: SignalId[];
  /** The length of a step, microseconds. */
  step_us: number;
  /** … to here. */
  to: string;
  /** The stretch itself: the values of each signal, for a small picture. */
  values: ((number | null)[])[];
}

/** A case that is like a finding. */
export interface SimilarCase {
  /** The asset. */
  asset: AssetId;
  /** What people call the asset. */
  asset_name: string;
  /** Where the asset stands. */
  asset_path: string;
  /** When it last changed; none while nobody has touched it. */
  changed: string | null;
  /** The checks, oldest first. */
  checks: CheckView2[];
  /** What contributed to either, the largest share first. */
  compared: Compared[];
  /** The failure mode that the finding named. */
  failure_mode: string | null;
  /** The finding's number. */
  finding: number;
  /** What sort of finding. */
  kind: FindingKind;
  /** The label that the checks became. */
  label: number | null;
  /** How alike: the cosine of the angle between what contributed to either, by role of the signal; 0.5–1. */
  similarity: number;
  /** Since when it held. */
  since: string;
  /** Where it stands. */
  state: CaseState;
  /** One line: what was wrong. */
  title: string;
  /** Until when it was last seen to hold. */
  until: string;
  /** The comparison of before and after, once there is one. */
  validation: ValidationView | null;
}

/** A page of a list. */
export interface SimilarCaseList {
  /** The items. */
  items: SimilarCase[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** A stretch that looks alike. */
export interface SimilarStretch {
  /** The Euclidean distance of the values about their mean over their spread, root mean square over the signals. */
  distance: number;
  /** Its begin. */
  from: string;
  /** A label of the asset that it touches. */
  label: LabelKind | null;
  /** The mean correlation of the signals: 1 for the same shape, 0 for shapes with nothing in common. */
  likeness: number;
  /** How strongly it moves, as a multiple of the stretch: the median over the signals. */
  strength: number;
  /** Its end. */
  to: string;
  /** The values of each signal, for a small picture. */
  values: ((number | null)[])[];
}

/** From when to when. */
export interface Span {
  /** From when, RFC 3339 or microseconds since the epoch. */
  from: string;
  /** Until when. */
  to: string;
}

/** A range of time. */
export interface Span2 {
  /** The first instant inside. */
  from: string | null;
  /** The first instant after; none while the gap is open. */
  to: string | null;
}

/** A kind of part. Which one it is stands on the nameplate, or a site writes it. */
export interface Spare {
  /** What people call it: `bearing`, `filter element`. */
  name: string;
  /** How many. */
  quantity: number;
}

/** An alarm that stands out. */
export interface Speaker {
  /** The asset. */
  asset: AssetId;
  /** What people call the asset. */
  asset_name: string;
  /** How often. */
  count: number;
  /** What makes it the same alarm. */
  key: string;
  /** Since when, for those that stay. */
  since: string | null;
}

/** What tells how long a machine lasts. */
export type Speaks = 'condition' | 'capacity' | 'kind' | 'age';

/** A spectrum. */
export interface SpectrumView {
  /** Its amplitude (peak, not r.m.s.). */
  amplitudes: number[];
  /** Parts of the block that were averaged. */
  averages: number;
  /** The band whose envelope was taken, Hz. */
  band_hz: [number, number] | null;
  /** 0 dB in that unit (ISO 1683), or 1 where the standard has none. */
  db_reference: number;
  /** Where each point lies, Hz: a line, or the highest of a stretch of lines. */
  hz: number[];
  /** The machine at that time. */
  machine: Machine;
  /** The bands that a person marked. */
  marked: MarkedBand[];
  /** Lines that stand out of the noise, highest first. */
  peaks: PeakView[];
  /** Of what. */
  quantity: Quantity;
  /** Distance of two lines, Hz; of tracked orders, Hz at the speed of the machine below. */
  step_hz: number;
  /** The highest frequency there is, Hz. */
  top_hz: number;
  /** How orders were tracked, in words; none when they were not asked for. */
  tracked: string | null;
  /** The unit of the amplitudes, as people read it. */
  unit: string;
  /** Through which window. */
  window: Fade;
}

/** Figures about the store, for health and the system page. */
export interface Stats {
  /** Rows accepted since the start. */
  appended: number;
  /** Bytes of all lake files. */
  bytes: number;
  /** Rows that correct what is in the lake, waiting for the next flush. */
  corrections_pending: number;
  /** Bytes free on the disk when last looked at. */
  disk_free: number;
  /** Rows dropped because the same row was there already, since the start. */
  duplicates_dropped: number;
  /** Number of lake files, waveforms and pictures included. */
  files: number;
  /** Rows of samples in memory, not yet in the lake. */
  hot_rows: number;
  /** Damaged regions of log and lake that were set aside, since the store was opened. */
  quarantined: number;
  /** Rows that replaced an earlier value of the same signal and time, since the start. */
  replaced: number;
  /** Rows of samples that can be read. */
  samples: number;
  /** Signals that have a last value. */
  signals: number;
  /** Whether data is taken. */
  state: Condition;
  /** Syncs of the log since the start. */
  syncs: number;
  /** Bytes of an unfinished record that were cut off the log's end when it was opened. */
  torn_tail_bytes: number;
  /** Bytes of log accepted but not yet synced. */
  unsynced: number;
  /** Bytes of the write-ahead log. */
  wal_bytes: number;
  /** Why not, when it is not. */
  why: string | null;
}

/** One step of an order. */
export type Step = {
  step: 'schedule';
  /** From when to when. */
  window: Span;
} | {
  step: 'unschedule';
} | {
  step: 'begin';
} | {
  /** What was done. */
  note?: string;
  step: 'finish';
  /** From when to when it was worked on. */
  worked: Span;
} | {
  step: 'cancel';
};

/** One step of a connection test. */
export interface Step2 {
  /** What to do when it did not work; empty otherwise. */
  cure: string;
  /** What was seen. */
  detail: string;
  /** `resolve host`, `connect`, `secure channel`, `sign in`, `read`. */
  name: string;
  /** Whether it worked. */
  ok: boolean;
}

/** Whether a part is there for an order. */
export type SupplyState = 'unnumbered' | 'not_kept' | 'on_hand' | 'coming' | 'missing';

/** Where a part of an order is. */
export interface SupplyView {
  /** What people call it. */
  name: string;
  /** Its number; empty when nobody has said. */
  number: string;
  /** How many are there. */
  on_hand: number;
  /** How many other open orders want. */
  others: number;
  /** What one costs, in the site's currency. */
  price: number | null;
  /** How many are short of what all open orders want. */
  short: number;
  /** Whether there is enough. */
  state: SupplyState;
  /** When there is enough for all open orders; null when it is there, or nobody knows. */
  there_by: string | null;
  /** How many the order wants. */
  wanted: number;
}

/** How a machine stands, for vibration limits (ISO 10816-3). */
export type Support = 'rigid' | 'flexible';

/** A version on its way into service. */
export interface Switching {
  /** Who wants it. */
  by: string;
  /** The share of the past that its operators have read, 0–1. */
  progress: number;
  /** Which. */
  version: Version;
}

/** How a failure shows. */
export interface Symptom {
  /** Which way they go. */
  direction: Direction;
  /** The role of the signals that show it. */
  role: Role;
}

/** How the program is. */
export interface System {
  /** Assets in the catalogue. */
  assets: number;
  /** Health, check by check. */
  checks: Check[];
  /** Where the configuration comes from. */
  config_origin: string;
  /** What became of rows on their way to the operators; all 0 while nothing is watched. */
  flow: FlowCounters;
  /** Resident memory, bytes; 0 where the system does not tell. */
  memory_bytes: number;
  /** Samples per second over all connections. */
  rate_per_s: number;
  /** Signals in the catalogue. */
  signals: number;
  /** The store's figures. */
  store: Stats;
  /** Live streams that are open. */
  streams: number;
  /** Seconds since the start. */
  uptime_s: number;
  /** The program's version. */
  version: string;
}

/** A table and its columns, for the workbench. */
export interface Table {
  /** Its columns. */
  columns: Column[];
  /** Its name. */
  name: string;
}

/** Something that is not as it was learned. */
export interface TableAnomaly {
  /** Signals by their share, largest first. */
  contributions: [string, number][];
  /** What differs from what, by how much. */
  explanation: string;
  /** How likely a healthy machine looks like this. */
  p_value: number | null;
  /** What to do next. */
  prescription: string[];
  /** Whether a sensor, not the machine, is the likelier suspect. */
  sensor: boolean;
  /** 0–1. */
  severity: number;
  /** Where. */
  stretch: TableStretch;
  /** One line. */
  title: string;
}

/** A change of a signal's level. */
export interface TableChange {
  /** The median after. */
  after: number;
  /** The first row of the new level. */
  at: TableMoment;
  /** The median before. */
  before: number;
  /** The signal. */
  signal: string;
  /** The difference over what the signal does on either side. */
  spreads: number;
}

/** How the rows lie in time. */
export interface TableClock {
  /** Rows that lie before the row above them. */
  backwards: number;
  /** Where rows are missing: more than five steps without a row. */
  gaps: TableGap[];
  /** The median distance of rows, s; none without times. */
  step_s: number | null;
  /** Whether there is a column with times that can be read. */
  timed: boolean;
  /** Rows without a readable time. */
  unreadable: number;
}

/** A signal that drifts. */
export interface TableDrift {
  /** How far ahead the forecast looks: a quarter of the table, in hours; rows without times. */
  ahead: number;
  /** Change over the whole table, in the signal's unit. */
  change: number;
  /** Where the drift leads then, if it goes on: low, middle, high, with 90 % probability. */
  forecast: [number, number, number];
  /** When it leaves the band of the healthy part, in hours (rows without times) after the end: soonest and latest
   * with 90 % probability, no latest when it may never. None when it is outside already or leads nowhere. */
  leaves_band: [number, number | null] | null;
  /** How likely a signal without drift looks like this. */
  p_value: number;
  /** The signal. */
  signal: string;
  /** Change an hour; a row for a table without times. */
  slope: number;
}

/** Missing rows. */
export interface TableGap {
  /** How long, s. */
  seconds: number;
  /** Between these rows. */
  stretch: TableStretch;
}

/** How long, as a range: never a bare number. */
export interface TableLife {
  /** The high end; none when it cannot be told. */
  hi: number | null;
  /** How often the truth shall lie between the ends, 0–1. */
  level: number;
  /** The low end, hours; rows for a table without times. */
  lo: number;
  /** As often less as more; none when it cannot be told. */
  median: number | null;
}

/** What would have been told at an earlier row about the way to the last one. */
export interface TableLifeTold {
  /** When. */
  at: TableMoment;
  /** Whether that lies in the range. */
  covered: boolean;
  /** How long until the index is where it is at the end of the table, by the rows up to then. */
  life: TableLife;
  /** How long it took. */
  took: number;
}

/** A column of the table that marks what was wrong, and how what was found goes together with it. It is no signal:
 * nothing was learned from it, and the healthy part was chosen without it. */
export interface TableMarked {
  /** The column. */
  column: string;
  /** Of the rows not marked, the share that was found. */
  false_alarm_share: number | null;
  /** Where the first period begins in which nothing was found. */
  first_missed: TableMoment | null;
  /** Findings. */
  found: number;
  /** Those of them that touch a marked period. */
  found_right: number;
  /** Marked rows within what was taken for healthy: with some, name a better healthy part. */
  in_healthy: number;
  /** Whether it marks moments (single rows), not periods. A moment counts as found when something begins or ends near it. */
  moments: boolean;
  /** Marked periods outside the healthy part. */
  periods: number;
  /** Those of them in which something was found. */
  periods_found: number;
  /** Of the rows found, the share that is marked; none for moments. */
  precision: number | null;
  /** Of the rows marked, the share that was found. */
  recall: number | null;
  /** Rows that are marked. */
  rows: number;
}

/** A moment of the table. */
export interface TableMoment {
  /** The row, from 1, below the header. */
  row: number;
  /** Its time, RFC 3339; none for a table without times. */
  time: string | null;
}

/** Two signals that go together. Not cause and effect. */
export interface TableRelation {
  /** Spearman's rank correlation. */
  correlation: number;
  /** One signal; at a lag, the one that comes first. */
  first: string;
  /** By how many rows the second follows. */
  lag_rows: number;
  /** The same in s; none for a table without times. */
  lag_s: number | null;
  /** How likely two signals that have nothing to do with each other look like this at one lag: Student's *t* of the ranks, with as
   * many pairs as are independent. Those told are beyond chance over all pairs and lags that were looked at. */
  p_value: number;
  /** The other. */
  second: string;
}

/** Everything found in a table. */
export interface TableReport {
  /** What is not normal, in order of time. */
  anomalies: TableAnomaly[];
  /** Changes of level, the largest first. */
  changes: TableChange[];
  /** How the rows lie in time. */
  clock: TableClock;
  /** What drifts, the surest first. */
  drifts: TableDrift[];
  /** The part that was taken for healthy. */
  healthy: TableStretch;
  /** Why that part. */
  healthy_why: string;
  /** How what was found goes together with columns that mark what was wrong. */
  marked: TableMarked[];
  /** The table's name. */
  name: string;
  /** Why there is no wear; empty when there is. */
  no_wear: string;
  /** What was left out, and why. */
  notes: string[];
  /** What goes together, the strongest first. */
  relations: TableRelation[];
  /** Its rows. */
  rows: number;
  /** Deviation over its limit, row by row; above 1 is an anomaly. */
  score: TableSeries;
  /** The columns in the order of the file. */
  signals: TableSignal[];
  /** From when to when. */
  span: TableStretch;
  /** What matters most, in sentences. */
  summary: string[];
  /** A machine that wears; none when no signal goes one way. */
  wear: TableWear | null;
}

/** Values over the rows, reduced to what a chart can show. */
export interface TableSeries {
  /** The largest. */
  high: (number | null)[];
  /** The smallest value of each point; none where there is no value. */
  low: (number | null)[];
  /** The row in the middle of each point, from 1. */
  rows: number[];
}

/** One column. */
export interface TableSignal {
  /** What it is. */
  kind: ColumnKind;
  /** Share of rows without one, 0–1. */
  missing: number;
  /** Its name, without the unit. */
  name: string;
  /** Smallest, median and largest value; none for texts. */
  range: [number, number, number] | null;
  /** The values for a chart; empty for texts. */
  series: TableSeries;
  /** The states by name, for a column of texts. */
  states: string[];
  /** Its unit as people write it; empty when the header names none. */
  unit: string;
  /** Rows with a value. */
  values: number;
}

/** A stretch of the table, both ends included. */
export interface TableStretch {
  /** The first row of it. */
  from: TableMoment;
  /** The last row of it. */
  to: TableMoment;
}

/** A machine that wears: an index of its health that goes one way, and how long it lasts. */
export interface TableWear {
  /** How long until it is twice as far from healthy as at the end, if it goes on as it was. Where the failure lies the table
   * does not say. */
  doubles: TableLife;
  /** The index: how far the signals have gone from the healthy part the way that wear goes, root mean square, in their
   * spreads there. 0 is as healthy. */
  index: TableSeries;
  /** How much of its movement the index keeps when it is made to rise, 0–1. */
  monotonicity: number;
  /** Where it is at the end. */
  now: number;
  /** How likely an index without a trend looks like this. */
  p_value: number;
  /** The nearest path that only rises: the monotone health index. */
  rising: TableSeries;
  /** The signals in the index and how monotone each is, 0–1, the most first. */
  signals: [string, number][];
  /** If the table ends in the failure: what would have been told earlier, the level of the last rows being that of the failure. */
  told: TableLifeTold[];
}

/** The tables. */
export interface Tables {
  /** The tables with their columns. */
  tables: Table[];
}

/** What a finding takes off the health. */
export interface Taken {
  /** The finding. */
  finding: number;
  /** How many points it takes. */
  points: number;
  /** Its title. */
  title: string;
}

/** What taking a plan over did, or would do. */
export interface TakenView {
  /** Windows that are new. */
  added: number;
  /** Windows that are others now. */
  changed: number;
  /** The number to take it back by; null when nothing was written. */
  import: number | null;
  /** Windows that were there already. */
  kept: number;
  /** Rows of windows that are over, or lie more than 400 days ahead. */
  outside: number;
  /** What could not be taken; it costs no other window. */
  refused: RefusedView[];
  /** Windows that the plan does not name any more. */
  removed: number;
  /** Every window. */
  windows: FateView[];
}

/** A machine template. */
export interface TemplateView {
  /** Assets that follow it. */
  assets: number;
  /** The ways in which it fails. */
  failure_modes: FailureMode[];
  /** Limits that need no learning. */
  limits: DayZeroLimit[];
  /** What assets name it by: `pump`. */
  name: string;
  /** The signals that such a machine usually has. */
  signals: ExpectedSignal[];
  /** What people call it. */
  title: string;
}

/** A page of a list. */
export interface TemplateViewList {
  /** The items. */
  items: TemplateView[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** How a connection test went. */
export interface TestReport {
  /** Whether every step worked. */
  ok: boolean;
  /** The steps in order; the test ends with the first that fails. */
  steps: Step2[];
}

/** How a time is written. */
export type TimeFormat = 'auto' | 'datetime' | 'epoch_s' | 'epoch_ms' | 'epoch_us' | 'epoch_ns' | 'excel_days' | 'none';

/** A half-open range of time: `from <= t < to`. */
export interface TimeRange {
  /** The first instant inside. */
  from: Timestamp;
  /** The first instant after. */
  to: Timestamp;
}

/** A point in time: microseconds since 1970-01-01T00:00:00 UTC.
 * 
 * Arithmetic saturates: a device that claims the year 292 000 must not bring the house down. */
export type Timestamp = number;

/** A token. */
export interface TokenView {
  /** Who made it. */
  by: string;
  /** When it was made. */
  created: string;
  /** When it ends. */
  expires: string;
  /** Its number. */
  id: number;
  /** When it was last used; none when not since the program started. */
  last_used: string | null;
  /** What it is for. */
  name: string;
  /** What it may do at most. */
  role: AccessRole;
  /** The parts of the API it may use. */
  scopes: Scope[];
}

/** A page of a list. */
export interface TokenViewList {
  /** The items. */
  items: TokenView[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** What makes the server send a value (OPC 10000-4 §7.22.2). */
export type Trigger = 'value' | 'timestamp';

/** A configuration to try. */
export interface Try {
  /** The configuration, with the field `protocol`. */
  config: ConnectionConfig;
}

/** The mean turn of a shaft: what repeats with it stays, all else fades. */
export interface TurnView {
  /** The machine at that time. */
  machine: Machine;
  /** The mean turn, evenly spaced. */
  mean: number[];
  /** Whether the speed was measured over the block; else it counts as constant. */
  measured: boolean;
  /** R.m.s. of what is left without it: other shafts, bearings, noise. */
  rest_rms: number;
  /** R.m.s. of the mean turn. */
  rms: number;
  /** Which shaft: 1 is the one whose speed is measured, 2 the one behind the first gear stage … */
  shaft: number;
  /** Shafts that there are. */
  shafts: number;
  /** Turns that were averaged. */
  turns: number;
  /** The unit of it. */
  unit: string;
}

/** A figure that is not known exactly. */
export interface Uncertain {
  /** The high end of the range. */
  hi: number;
  /** The low end of the range. */
  lo: number;
  /** The middle. */
  median: number;
}

/** A way to fail that is not covered, or only in part. */
export interface Uncovered {
  /** Whether none of its symptoms is measured: it would not be seen. */
  blind: boolean;
  /** Roles of its symptoms that are not measured. */
  missing: Role[];
  /** What people call it. */
  mode: string;
}

/** A user. */
export interface UserView {
  /** When the user was made. */
  created: string;
  /** Whether they can sign in with a password. */
  has_password: boolean;
  /** When a session of theirs was last used; none when not since the program started. */
  last_seen: string | null;
  /** The name to sign in with. */
  name: string;
  /** What they may do. */
  role: AccessRole;
}

/** A page of a list. */
export interface UserViewList {
  /** The items. */
  items: UserView[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** Before and after a repair. */
export interface ValidationView {
  /** The same after. */
  after: number;
  /** When it was compared. */
  at: string;
  /** Its median before, in units of the alarm limit. */
  before: number;
  /** Whether the machine is within its limit again, and what was found does not hold any more. */
  healthy: boolean;
  /** How probable a difference like this is when nothing has changed. */
  p_value: number;
  /** The signal that was compared: `monitor/score` is the deviation from normal; empty in older comparisons. */
  signal: string;
  /** What it comes to. */
  verdict: Verdict;
}

/** A configuration under test. */
export interface Variant {
  /** What differs from it, or from the settings in service, those of `[maintenance]` (a JSON merge patch, RFC 7396); nothing when left out. */
  maintenance?: unknown;
  /** What people call it. */
  name?: string;
  /** The version to begin from, by its digest: in service, waiting, formerly in service, or of a report that is kept; what is in
   * service when left out. Its settings run with the operators of this program. */
  version?: string | null;
}

/** What data say about a repair. */
export type Verdict = 'improved' | 'unchanged' | 'worse';

/** Settings with the operators that read them. */
export interface Version {
  /** Its name: the first 12 hex digits of the SHA-256 of settings and operators. */
  digest: string;
  /** The operators with their numbers. */
  operators: string[];
  /** `[maintenance]` of `gemba.toml`. Whether anything is watched at all is no part of a version: `watch` is true here. */
  settings: Config;
}

/** The version of MQTT that is spoken. */
export type Version2 = 'auto' | '5' | '3.1.1';

/** Vibration of a signal against the zones of the standard. */
export interface VibrationView {
  /** Boundaries A/B, B/C and C/D, mm/s. */
  boundaries: [number, number, number];
  /** Its newest value, mm/s r.m.s. */
  measured: number;
  /** Its name below the asset. */
  name: string;
  /** The signal, mm/s r.m.s. */
  signal: SignalId;
  /** Edition, group and support. */
  source: string;
  /** The zone it lies in. */
  zone: Zone;
}

/** States to filter by. */
export type Wanted = 'open' | 'all' | AlarmState;

/** What to look at. */
export interface Watch {
  /** Addresses, at most 200. */
  addresses: string[];
  /** … or a configuration that is not saved yet. */
  config?: ConnectionConfig | null;
  /** A connection that is there … */
  name?: string | null;
}

/** For how long an asset was looked at. */
export interface WatchedAsset {
  /** The asset. */
  asset: AssetId;
  /** Where it stands. */
  asset_path: string;
  /** Its first sample. */
  from: string;
  /** When its monitor had learned; none when it never had, or has no monitor. */
  learned: string | null;
  /** Seconds with data, after learning. */
  seconds: number;
  /** Its last. */
  to: string;
}

/** Spectra of waveforms in order of time. */
export interface WaterfallView {
  /** 0 dB in that unit. */
  db_reference: number;
  /** Waveforms in the range that were left out, to be no more than what was asked for. */
  left_out: number;
  /** For each waveform its spectrum, dB over `db_reference`: the highest line of each column, to a tenth. */
  rows: number[][];
  /** From one column to the next, Hz. */
  step_hz: number;
  /** When each waveform begins, microseconds since the epoch. */
  times: number[];
  /** The unit of the amplitudes. */
  unit: string;
}

/** An array that is a block of fast samples. */
export interface Wave {
  /** The array's node: `ns=2;s=Pump1.Vibration`. */
  address: string;
  /** The node that holds the samples per second, when it is not. */
  rate_address?: string | null;
  /** Samples per second, > 0, when it is fixed. */
  rate_hz?: number | null;
}

/** A waveform for drawing. */
export interface WaveDrawing {
  /** Peak over the square of the mean square root of the absolute values; the first to rise with a small pit. */
  clearance: number | null;
  /** Peak over r.m.s.: 1.41 for a sine, about 4 for noise, more for impacts. */
  crest: number | null;
  /** Peak over the mean absolute value. */
  impulse: number | null;
  /** Kurtosis: 3 for noise, 1.5 for a sine, more for impacts. */
  kurtosis: number | null;
  /** The largest value of each stretch. */
  max: number[];
  /** The smallest value of each stretch. */
  min: number[];
  /** The largest distance from the mean. */
  peak: number | null;
  /** Samples per second. */
  rate_hz: number;
  /** Root mean square about the mean, in the signal's unit. */
  rms: number | null;
  /** Samples. */
  samples: number;
  /** R.m.s. over the mean absolute value: 1.11 for a sine, 1.25 for noise. */
  shape: number | null;
  /** Skewness: 0 for symmetric signals. */
  skew: number | null;
  /** When its first sample was taken. */
  start: string;
  /** From one entry to the next, seconds. */
  step_s: number;
  /** The unit of its samples, as people read it. */
  unit: string;
}

/** A waveform and its figures. */
export interface WaveView {
  /** Peak over the square of the mean square root of the absolute values; the first to rise with a small pit. */
  clearance: number | null;
  /** Peak over r.m.s.: 1.41 for a sine, about 4 for noise, more for impacts. */
  crest: number | null;
  /** Peak over the mean absolute value. */
  impulse: number | null;
  /** Kurtosis: 3 for noise, 1.5 for a sine, more for impacts. */
  kurtosis: number | null;
  /** The largest distance from the mean. */
  peak: number | null;
  /** Samples per second. */
  rate_hz: number;
  /** Root mean square about the mean, in the signal's unit. */
  rms: number | null;
  /** Samples. */
  samples: number;
  /** R.m.s. over the mean absolute value: 1.11 for a sine, 1.25 for noise. */
  shape: number | null;
  /** Skewness: 0 for symmetric signals. */
  skew: number | null;
  /** When its first sample was taken: what to ask for as `at`. */
  start: string;
}

/** A page of a list. */
export interface WaveViewList {
  /** The items. */
  items: WaveView[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** Who has signed in. */
export interface Who {
  /** What they may do. */
  role: AccessRole;
  /** The user. */
  user: string;
}

/** Whether every line follows from the one before it. */
export interface Whole {
  /** The first line that does not follow from the one before it. */
  broken_at: number | null;
  /** Whether it is whole. */
  ok: boolean;
}

/** A window to add. */
export interface WindowDraft {
  /** Hours of work there are, by skill; a skill that is not named has no limit. */
  crew_hours?: Record<string, number>;
  /** From when. */
  from: string;
  /** Production lost for each hour that a machine stands still; 0 in a planned stop. */
  loss_per_hour?: number;
  /** What people call it. */
  name: string;
  /** Machines at or below this place; all when left out. */
  scope?: AssetPath | null;
  /** Until when. */
  to: string;
}

/** What becomes of a window. */
export type WindowFate = 'added' | 'changed' | 'kept' | 'removed';

/** A window. */
export interface WindowView {
  /** Hours of work there are, by skill. */
  crew_hours: Record<string, number>;
  /** From when. */
  from: string;
  /** Its number. */
  id: number;
  /** Production lost for each hour that a machine stands still. */
  loss_per_hour: number;
  /** What people call it. */
  name: string;
  /** Machines at or below this place; null for all. */
  scope: string | null;
  /** Until when. */
  to: string;
}

/** A page of a list. */
export interface WindowViewList {
  /** The items. */
  items: WindowView[];
  /** What to ask for as `cursor` to get the next page; none at the end. */
  next: string | null;
}

/** What to take out of service. */
export interface Withdrawal {
  /** Why, in your words. */
  note?: string;
  /** Lives, or chances. */
  part: LearnedPart;
}

/** Taken out of service by hand. It stays so when it is learned anew, until somebody puts it back. */
export interface Withdrawn {
  /** When. */
  at: string;
  /** By whom. */
  by: string;
  /** Why, in their words; empty when they said nothing. */
  note: string;
}

/** An alarm that was counted instead of raised. */
export interface WithheldView {
  /** How many times. */
  count: number;
  /** The finding behind it. */
  finding: number | null;
  /** When it was first counted. */
  first: string;
  /** What makes it the same alarm. */
  key: string;
  /** When it was last counted. */
  last: string;
  /** One line. */
  message: string;
  /** How urgent. */
  priority: Priority;
}

/** What somebody says about what they do. */
export interface Words {
  /** At most 1 000 characters; some alarms want some. */
  comment?: string;
}

/** Doing beside waiting. */
export interface Worth {
  /** The chance of failing within `wait_days`, 0–1; none without a remaining life. */
  chance: number | null;
  /** Labour and parts, in the site's currency; none while a cost is not known. */
  doing: number | null;
  /** How it is made, in words. */
  doing_words: string;
  /** What is not known, and who can say it. */
  missing: string[];
  /** Days from now that waiting is told for. */
  wait_days: number;
  /** The chance of failing within `wait_days` times what a failure costs; none while either is not known. */
  waiting: number | null;
  /** How it is made, in words. */
  waiting_words: string;
}

/** What was written. */
export interface Written {
  /** The numbers of the labels, in the order given. */
  ids: number[];
}

/** The zones of the standard. */
export type Zone = 'A' | 'B' | 'C' | 'D';
