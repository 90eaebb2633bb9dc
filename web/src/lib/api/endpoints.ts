// Every call the pages make, one line each.

import { del, get, itemsOf, post, put } from './client';
import { broken, follow, type Failed } from './follow';
import type { Added, AssetChange, AssetDraft, BacktestEntry, BacktestRequest, BacktestView, CaseEntry, CaseView, CepstrumView, ChangeView, CheckRecord, DiagnosisView, DigestView, Fade, FailureView, FiguresView, FormulaView, ImportView, KurtogramView, LabelView, LearnedPart, Like, MachineFiguresView, MachineHealth, MachineLife, MachinePast, ManyLabels, ModelsView, ModeRanks, NewLabel, NewTokenView, NotedFailure, OrderDetailView, OrderDraft, OrderView, PartDraft, PartView, Patterns, PatternsOf, PlanDraft, PlanView, Quantity, RankChange, RanksDraft, AssetReport, SetupNeeded, SignalChange, Similar, SimilarCase, SpectrumView, Step, Tables, TakenView, TurnView, WaterfallView, WaveDrawing, WaveView, WindowDraft, WindowView, Written } from './schema';
import type {
  Alarm, AlarmRates, Asset, AssetDetail, AuditEntry, BrowseNode, Certificates, Connection, Finding, FindingDetail, Gap, ImportSignal,
  JournalEntry, List, Protocol, QueryReply, RangeReply, Session, Signal, SystemInfo, TemplateInfo, TestReply, Token, User,
} from './types';

const seg = encodeURIComponent;
type Filter = Record<string, string | number | boolean | null | undefined>;
/** Machines at or below an asset, of a template. */
export type FigureScope = { asset?: number | null; template?: string | null };

export const session = () => get<Session>('/session');
export const signIn = (user: string, password: string) => post<{ user: string }>('/session', { user, password });
export const signOut = () => del<null>('/session');
export const setupNeeded = () => get<SetupNeeded>('/setup');
export const setUp = (body: { user: string; password: string; site: string; time_zone: string; currency: string }) =>
  post<null>('/setup', body);

export const assets = async () => itemsOf(await get<List<Asset>>('/assets'));
export const health = (id: number) => get<MachineHealth>(`/assets/${id}/health`);
export const past = (id: number, fromMs: number, toMs: number) => get<MachinePast>(`/assets/${id}/past`, { from: Math.round(fromMs * 1000), to: Math.round(toMs * 1000) });
export const report = (id: number) => get<AssetReport>(`/assets/${id}/report`);
export const life = (id: number) => get<MachineLife>(`/assets/${id}/life`);
export const asset = (id: number) => get<AssetDetail>(`/assets/${id}`);
export const putAsset = (id: number, body: AssetChange) => put<AssetDetail>(`/assets/${id}`, body);
export const putLearning = (id: number, body: { from?: string; hours?: number }) => put<AssetDetail>(`/assets/${id}/learning`, body);
export const dropLearning = (id: number) => del<AssetDetail>(`/assets/${id}/learning`);
export const addAsset = (body: AssetDraft) => post<Asset>('/assets', body);
export const dropAsset = (id: number) => del<null>(`/assets/${id}`);
export const signals = (filter: Filter = {}) => get<List<Signal>>('/signals', filter);
export const signal = (id: number) => get<Signal>(`/signals/${id}`);
export const dropSignal = (id: number) => del<null>(`/signals/${id}`);
export const putSignal = (id: number, body: SignalChange) => put<Signal>(`/signals/${id}`, body);
export const templates = async () => itemsOf(await get<List<TemplateInfo>>('/templates'));

/** The lake's view of some signals, at most `width` buckets each. Times in µs. */
export const range = (ids: number[], fromMs: number, toMs: number, width: number) =>
  get<RangeReply>('/range', {
    signals: ids.join(','),
    from: Math.round(fromMs * 1000),
    to: Math.round(toMs * 1000),
    width: Math.max(10, Math.round(width)),
  });

/** A formula over signals, as `range` gives signals. */
export const formula = (text: string, fromMs: number, toMs: number, width: number) =>
  get<FormulaView>('/formula', { text, from: Math.round(fromMs * 1000), to: Math.round(toMs * 1000), width: Math.max(10, Math.round(width)) });

/** Waveforms of a signal, newest first. */
export const waveforms = (signal: number, fromMs: number, toMs: number, limit: number) =>
  get<List<WaveView>>('/waveforms', { signal, from: Math.round(fromMs * 1000), to: Math.round(toMs * 1000), limit });
/** Where a waveform is to be heard. */
export const soundOf = (signal: number, at: number) => `/api/v1/waveforms/sound?signal=${signal}&at=${at}`;
export const waveform = (signal: number, at: number, width: number) => get<WaveDrawing>('/waveforms/one', { signal, at, width });
export interface SpectrumQuery {
  of: Quantity;
  width: number;
  window?: Fade | undefined;
  averages?: number | undefined;
  tracked?: boolean | undefined;
  band_from?: number | undefined;
  band_to?: number | undefined;
  from_hz?: number | undefined;
  to_hz?: number | undefined;
}
export const spectrum = (signal: number, at: number, how: SpectrumQuery) => get<SpectrumView>('/spectra', { signal, at, ...how });
export const kurtogram = (signal: number, at: number) => get<KurtogramView>('/spectra/kurtogram', { signal, at });
export const diagnosis = (signal: number, at: number) => get<DiagnosisView>('/spectra/diagnosis', { signal, at });
export const cepstrum = (signal: number, at: number, width: number) => get<CepstrumView>('/spectra/cepstrum', { signal, at, width });
export const turn = (signal: number, at: number, shaft: number) => get<TurnView>('/spectra/turn', { signal, at, shaft });
export const spectrogram = (signal: number, at: number, rows: number, columns: number) => get<WaterfallView>('/spectra/spectrogram', { signal, at, rows, columns });
export interface WaterfallQuery {
  rows: number;
  columns: number;
  of: Quantity;
  band_from?: number | undefined;
  band_to?: number | undefined;
}
export const waterfall = (signal: number, fromMs: number, toMs: number, how: WaterfallQuery) =>
  get<WaterfallView>('/spectra/waterfall', { signal, from: Math.round(fromMs * 1000), to: Math.round(toMs * 1000), ...how });

/** Without their evidence: `finding` has it. */
export const findings = (filter: Filter = {}) => get<List<Finding>>('/findings', { brief: true, ...filter });
export const finding = (id: number | string) => get<FindingDetail>(`/findings/${seg(String(id))}`);
export const muteFinding = (id: number, minutes: number | null, reason: string) => post<FindingDetail>(`/findings/${id}/mute`, { minutes, reason });
export const unmuteFinding = (id: number) => post<FindingDetail>(`/findings/${id}/unmute`);

export const alarms = (filter: Filter = {}) => get<List<Alarm>>('/alarms', filter);
export const alarm = (id: number) => get<Alarm>(`/alarms/${id}`);
export const journal = async (id: number) => itemsOf(await get<List<JournalEntry>>(`/alarms/${id}/journal`));
export const ackAlarms = (ids: number[], comment: string) => post<null>('/alarms/ack', { ids, comment });
export const shelve = (id: number, minutes: number, comment: string) => post<null>(`/alarms/${id}/shelve`, { minutes, comment });
export const unshelve = (id: number) => post<null>(`/alarms/${id}/unshelve`);
export const outOfService = (id: number, comment: string) => post<null>(`/alarms/${id}/out-of-service`, { comment });
export const returnToService = (id: number) => post<null>(`/alarms/${id}/return-to-service`);
export const reset = (id: number) => post<null>(`/alarms/${id}/reset`);
export const digest = async () => itemsOf(await get<List<DigestView>>('/alarms/digest'));
export const rates = () => get<AlarmRates>('/alarms/rates');

export const labels = (filter: Filter = {}) => get<List<LabelView>>('/labels', filter);
export const changes = async (filter: Filter = {}) => itemsOf(await get<List<ChangeView>>('/changes', filter));
export const addLabel = (body: NewLabel) => post<LabelView>('/labels', body);
export const importLabels = (body: ManyLabels) => post<Written>('/labels/import', body);
/** `told` is told the share that is done, 0–1; to stop listening ends the work. */
export async function patterns(body: PatternsOf, told: (share: number) => void, signal: AbortSignal): Promise<Patterns> {
  const last = await follow<Failed & { share?: number; done?: Patterns }>('/labels/patterns', body, (line) => line.share === undefined || told(line.share), signal);
  if (last.done) return last.done;
  throw broken();
}
export const similar = (body: Like) => post<Similar>('/labels/similar', body);
export const dropLabel = (id: number) => del<null>(`/labels/${id}`);
export const backtests = () => get<List<BacktestEntry>>('/backtests');
export const backtest = (id: number | string) => get<BacktestView>(`/backtests/${seg(String(id))}`);
export const startBacktest = (body: BacktestRequest) => post<BacktestView>('/backtests', body);
export const endBacktest = (id: number) => del<null>(`/backtests/${id}`);
export const models = () => get<ModelsView>('/models');
export const releaseModel = (digest: string) => post<ModelsView>(`/models/${seg(digest)}/release`, {});
export const modelBack = () => post<ModelsView>('/models/back', {});
export const stopSwitching = () => del<ModelsView>('/models/switching');
export const withdrawLearned = (kind: string, part: LearnedPart, note: string) => post<ModelsView>(`/maintenance/learned/${seg(kind)}/withdraw`, { part, note });
export const restoreLearned = (kind: string, part: LearnedPart) => post<ModelsView>(`/maintenance/learned/${seg(kind)}/restore`, { part });
export const dropCandidate = () => del<ModelsView>('/models/candidate');

export const orders = async (filter: Filter = {}) => itemsOf(await get<List<OrderView>>('/maintenance/orders', filter));
export const order = (id: number | string) => get<OrderDetailView>(`/maintenance/orders/${seg(String(id))}`);
export const addOrder = (body: OrderDraft) => post<OrderView>('/maintenance/orders', body);
export const putOrder = (id: number, body: OrderDraft) => put<OrderView>(`/maintenance/orders/${id}`, body);
export const stepOrder = (id: number, body: Step) => post<OrderView>(`/maintenance/orders/${id}/step`, body);
export const ranks = async (asset: number) => itemsOf(await get<List<ModeRanks>>('/maintenance/ranks', { asset }));
export const putRanks = (body: RanksDraft) => put<RankChange>('/maintenance/ranks', body);
export const rankChanges = async () => itemsOf(await get<List<RankChange>>('/maintenance/ranks/changes'));
export const undoRanks = (id: number) => post<RankChange>(`/maintenance/ranks/changes/${id}/undo`);
export const plan = () => get<PlanView>('/maintenance/plan');
export const applyPlan = () => post<PlanView>('/maintenance/plan');
export const windows = async () => itemsOf(await get<List<WindowView>>('/maintenance/windows'));
export const addWindow = (body: WindowDraft) => post<WindowView>('/maintenance/windows', body);
export const dropWindow = (id: number) => del<null>(`/maintenance/windows/${id}`);
export const parts = async () => itemsOf(await get<List<PartView>>('/maintenance/parts'));
export const putPart = (number: string, part: PartDraft) => put<null>(`/maintenance/parts/${seg(number)}`, part);
export const importPlan = (plan: PlanDraft) => post<TakenView>('/maintenance/windows/import', plan);
export const planImports = async () => itemsOf(await get<List<ImportView>>('/maintenance/windows/imports'));
export const undoImport = (id: number) => del<null>(`/maintenance/windows/imports/${id}`);
export const dropPart = (number: string) => del<null>(`/maintenance/parts/${seg(number)}`);
export const figures = (fromMs: number, scope: FigureScope = {}) => get<FiguresView>('/maintenance/figures', { from: Math.round(fromMs * 1000), ...scope });
export const figuresByMachine = async (fromMs: number, scope: FigureScope = {}) => itemsOf(await get<List<MachineFiguresView>>('/maintenance/figures/machines', { from: Math.round(fromMs * 1000), ...scope }));
export const failures = async (fromMs: number) => itemsOf(await get<List<FailureView>>('/failures', { from: Math.round(fromMs * 1000) }));
export const addFailures = (failures: NotedFailure[]) => post<Added>('/failures', { failures });
export const dropFailure = (id: number) => del<null>(`/failures/${id}`);

export const cases = async () => itemsOf(await get<List<CaseEntry>>('/cases'));
export const caseOf = (finding: number | string) => get<CaseView>(`/cases/${seg(String(finding))}`);
export const similarCases = async (finding: number, limit: number) => itemsOf(await get<List<SimilarCase>>(`/cases/${finding}/similar`, { limit }));
export const inspectCase = (finding: number) => post<CaseView>(`/cases/${finding}/inspect`);
export const checkCase = (finding: number, body: CheckRecord) => post<CaseView>(`/cases/${finding}/check`, body);
export const reopenCase = (finding: number) => post<CaseView>(`/cases/${finding}/reopen`);
export const validateCase = (finding: number) => post<CaseView>(`/cases/${finding}/validate`);

export const connections = async () => itemsOf(await get<List<Connection>>('/connections'));
export const protocols = async () => itemsOf(await get<List<Protocol>>('/connections/protocols'));
export const addConnection = (name: string, config: unknown) => post<null>('/connections', { name, config });
export const putConnection = (name: string, config: unknown) => put<null>(`/connections/${seg(name)}`, { name, config });
export const dropConnection = (name: string) => del<null>(`/connections/${seg(name)}`);
export const setRegister = (name: string, on: boolean) => put<Connection>(`/connections/${encodeURIComponent(name)}/register`, { on });
export const pauseConnection = (name: string, on: boolean) => post<Connection>(`/connections/${seg(name)}/${on ? 'pause' : 'resume'}`, {});
export const testConnection = (config: unknown) => post<TestReply>('/connections/test', { config });
export const browse = (source: { name?: string; config?: unknown; at?: string }) =>
  post<{ nodes: BrowseNode[] }>('/connections/browse', source);
export const importSignals = (name: string, list: ImportSignal[]) =>
  post<{ created: number }>(`/connections/${seg(name)}/import`, { signals: list });

export const gaps = async (filter: Filter = {}) => itemsOf(await get<List<Gap>>('/gaps', filter));
export const system = () => get<SystemInfo>('/system');
export const query = (sql: string, limit: number) => post<QueryReply>('/query', { sql, limit });
export const tables = async () => (await get<Tables>('/query/schema')).tables;

export const users = async () => itemsOf(await get<List<User>>('/users'));
export const addUser = (body: { name: string; role: string; password: string }) => post<null>('/users', body);
export const putUser = (name: string, body: { role: string; password?: string }) => put<null>(`/users/${seg(name)}`, body);
export const dropUser = (name: string) => del<null>(`/users/${seg(name)}`);
export const tokens = async () => itemsOf(await get<List<Token>>('/tokens'));
export const addToken = (body: { name: string; role: string; scopes: string[]; expires: string | null }) =>
  post<NewTokenView>('/tokens', body);
export const dropToken = (id: string | number) => del<null>(`/tokens/${seg(String(id))}`);
export const certificates = () => get<Certificates>('/certificates');
export const trust = (fingerprint: string) => post<null>(`/certificates/${seg(fingerprint)}/trust`);
export const distrust = (fingerprint: string) => del<null>(`/certificates/${seg(fingerprint)}`);
export const audit = (cursor?: string) => get<List<AuditEntry>>('/audit', { cursor });
