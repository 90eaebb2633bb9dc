// The fixture's REST half: a table of method and path, state in memory.

import { NOW0, US, makeWorld, qualityNow, valueOf } from './world.mjs';
import { series } from './range.mjs';
import { changesOf, journalOf, makeAlarms, makeConnections, makeFindings, ratesNow } from './records.mjs';
import { BROWSE, PROTOCOLS } from './schemas.mjs';
import { makeModels, modelBack, modelsView, releaseModel, restoreLearned, withdrawLearned } from './models.mjs';
import { addLabel, findPatterns, findSimilar, makeBacktests, makeLabels, startBacktest, told } from './proof.mjs';
import { runQuery, TABLES } from './sql.mjs';
import { analyze } from './table.mjs';
import { makeRanks, putRanks, ranksOf, undoRanks } from './ranks.mjs';
import { detail, caseOf, changeCase, figures, figuresByMachine, importPlan, undoImport, library, makeWork, planOf, similar, stepOrder, writeOrder } from './work.mjs';
import { life, past } from './life.mjs';
import { report } from './report.mjs';
import { formula } from './formula.mjs';
import { cepstrum, diagnosis, drawing, health, kurtogram, spectrogram, spectrum, turn, waterfall, waveforms } from './waves.mjs';

const WORD = ['good', 'uncertain', 'stale', 'bad'];
const iso = (ms) => new Date(ms).toISOString();
const certificate = (fingerprint, subject, left) => ({ fingerprint, subject, not_before: iso(NOW0 - 1e10), not_after: iso(NOW0 + left) });

class Refusal extends Error {
  constructor(status, title, detail, cure, code) {
    super(detail);
    Object.assign(this, { status, title, cure, code });
  }
}

export function makeApi(options) {
  const world = options.empty ? { assets: [], signals: [] } : makeWorld(options.extra);
  const api = { world, emit: () => {}, options, setup: options.setup, alarms: options.empty ? [] : makeAlarms(), findings: options.empty ? [] : makeFindings(world), connections: options.empty ? [] : makeConnections() };
  api.labels = options.empty ? [] : makeLabels();
  api.work = options.empty ? { orders: [], windows: [], parts: [], failures: [], cases: [] } : makeWork();
  api.ranks = makeRanks();
  api.backtests = options.empty ? [] : makeBacktests();
  api.models = makeModels();
  api.users = [{ name: 'admin', role: 'admin', has_password: true, created: iso(NOW0 - 9e8) }, { name: 'mia', role: 'operator', has_password: true, created: iso(NOW0 - 8e8) }, { name: 'tom', role: 'engineer', has_password: true, created: iso(NOW0 - 7e8) }];
  api.tokens = [{ id: 1, name: 'grafana', role: 'viewer', scopes: ['*:read'], by: 'admin', expires: iso(NOW0 + 9e9), created: iso(NOW0 - 1e9) }];
  api.certs = { own: [certificate('a1:b2:c3:d4:e5:f6', 'CN=gemba, O=Acme', 9e10)], trusted: [certificate('11:22:33:44:55:66', 'CN=water-plc', 5e10)], rejected: [certificate('77:88:99:aa:bb:cc', 'CN=line3-plc, O=Vendor', 4e10)] };
  api.audit = Array.from({ length: 40 }, (_, i) => ({ seq: 40 - i, hash: (0xabc123 + i).toString(16).padStart(64, '0'), from: '10.0.4.9', time: iso(NOW0 - i * 7e5), user: ['mia', 'tom', 'admin'][i % 3], action: ['alarm.ack', 'connection.update', 'session.create', 'token.create'][i % 4], target: ['alarm 302', 'water-plc', 'session', 'grafana'][i % 4], detail: i % 4 === 0 ? 'Seen, mechanic called' : '', outcome: i % 9 === 4 ? 'refused' : 'done' }));
  api.handle = (request, response) => handle(api, request, response);
  return api;
}

async function handle(api, request, response) {
  const url = new URL(request.url, 'http://x');
  const answer = (status, body, type = 'application/json', headers = {}) => {
    response.writeHead(status, { 'Content-Type': type, ...headers });
    response.end(body === undefined ? '' : typeof body !== 'string' && type.includes('json') ? JSON.stringify(body) : body);
  };
  try {
    if (url.pathname === '/auth/once') return answer(302, undefined, 'text/plain', { Location: '/', 'Set-Cookie': 'gemba_session=dev; HttpOnly; SameSite=Strict; Path=/' });
    if (url.pathname === '/healthz') return answer(200, { status: 'ok', checks: [] });
    const path = url.pathname.replace(/^\/api\/v1/, '');
    const signedIn = !api.options.auth || (request.headers.cookie ?? '').includes('gemba_session=dev');
    const open = ['/session', '/setup'].includes(path) && request.method !== 'DELETE' && !(path === '/session' && request.method === 'GET');
    if (!signedIn && !open) throw new Refusal(401, 'Not signed in', 'no session', 'Sign in.', 'unauthenticated');
    if (request.method !== 'GET' && request.headers['x-gemba-csrf'] !== '1') throw new Refusal(403, 'CSRF header missing', 'X-Gemba-CSRF', 'Send it.', 'csrf');
    const body = request.method === 'GET' ? {} : await read(request);
    const ctx = { api, url, q: url.searchParams, body, answer, accept: request.headers.accept ?? '' };
    for (const [method, pattern, run] of ROUTES) {
      const params = method === request.method ? pattern.exec(path) : null;
      if (params) {
        const reply = await run(ctx, ...params.slice(1).map(decodeURIComponent));
        return response.writableEnded ? undefined : answer(200, reply ?? null);
      }
    }
    throw new Refusal(404, 'No such door', `${request.method} ${path}`, 'Look at /api/v1/openapi.json.', 'not_found');
  } catch (error) {
    const { status = 500, title = 'Fault in the fixture', cure = '', code = 'internal' } = error;
    answer(status, { type: 'about:blank', title, status, detail: error.message, code, cure, ...(error.extra ?? {}) }, 'application/problem+json');
  }
}

async function read(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  if (!/json/.test(request.headers['content-type'] ?? 'json')) return text; // a file goes as it is
  return text ? JSON.parse(text) : {};
}

const bare = ({ gen, ...signal }) => {
  if (signal.kind === 'waveform') return signal;
  const now = Date.now();
  const quality = qualityNow({ gen, ...signal });
  return { ...signal, last: { time: Math.round((now - (quality === 2 ? 26 * 60_000 : 300)) * US), ingest: Math.round(now * US), value: quality === 3 ? null : valueOf({ gen, ...signal }, now), quality: WORD[quality], status: 0 } };
};
const one = (list, test, what) => list.find(test) ?? (() => { throw new Refusal(404, `No such ${what}`, `${what} is not there`, 'Look at the list.', 'not_found'); })();
const invalid = (detail, cure) => new Refusal(422, 'This cannot be done as it stands', detail, cure, 'invalid');
const cookie = { 'Set-Cookie': 'gemba_session=dev; HttpOnly; SameSite=Strict; Path=/' };
const OPEN = ['unack_active', 'acked_active', 'rtn_unack', 'latched_unack', 'latched_acked'];
const changed = (api, alarm, state, more = {}) => {
  Object.assign(alarm, { state, changed: iso(Date.now()), by: 'admin', ...more });
  api.emit('alarm', alarm);
};

/** A finding set aside, or heard again, with its alarm and the figure of its asset. */
function muted(api, finding, mute) {
  finding.mute = mute;
  const alarm = api.alarms.find((a) => a.id === finding.alarm);
  if (alarm) changed(api, alarm, mute ? 'shelved' : 'unack_active', { shelved_until: mute?.until ?? null, comment: mute?.reason ?? null });
  const asset = api.world.assets.find((a) => a.id === finding.asset);
  if (asset) asset.state.findings = api.findings.filter((f) => f.asset === asset.id && f.state === 'active' && !f.mute).length;
  api.emit('finding', { ...finding, evidence: [] });
  return finding;
}

function alarmsOf({ api, q }) {
  const state = q.get('state') ?? 'open';
  const fits = (a) => (state === 'all' ? true : state === 'open' ? OPEN.includes(a.state) : a.state === state);
  const is = (key) => (a) => !q.get(key) || String(a[key]) === q.get(key);
  return { items: api.alarms.filter(fits).filter(is('priority')).filter(is('class')).filter(is('asset')), next: null };
}

function signalsOf({ api, q }) {
  const words = (q.get('search') ?? '').toLowerCase().split(/\s+/);
  const from = Number(q.get('cursor') ?? 0);
  const limit = Number(q.get('limit') ?? 1000);
  const all = api.world.signals.filter((s) => (!q.get('asset') || s.asset === Number(q.get('asset'))) && (!q.get('kind') || s.kind === q.get('kind')) && words.every((w) => s.full_name.includes(w)));
  return { items: all.slice(from, from + limit).map(bare), next: from + limit < all.length ? String(from + limit) : null };
}

function ranges({ api, q }) {
  const [from, to] = [Number(q.get('from')), Number(q.get('to'))];
  const width = Number(q.get('width') ?? 800);
  const list = (q.get('signals') ?? '').split(',').map(Number).map((id) => api.world.signals.find((s) => s.id === id)).filter(Boolean);
  return { from, to, series: list.map((s) => series(s, from / US, to / US, width)) };
}

/** A door that asks about one waveform signal. */
const wave = (answer) => ({ api, q }) => answer(one(api.world.signals, (s) => s.id === Number(q.get('signal')) && s.kind === 'waveform', 'waveform signal'), Number(q.get('at')), q);

const ROUTES = [
  ['GET', /^\/setup$/, ({ api }) => ({ needed: Boolean(api.setup), here: !api.options.elsewhere, site: api.options.site ?? null })],
  ['POST', /^\/setup$/, ({ api }) => { api.setup = false; }],
  ['GET', /^\/session$/, ({ api }) => ({ user: 'admin', role: 'admin', demo: !api.options.empty, version: '0.1.0', site: 'North plant', time_zone: 'Europe/Berlin', currency: 'EUR' })],
  ['POST', /^\/session$/, ({ body, answer }) => {
    if (body.password === 'wrong') throw new Refusal(401, 'Sign-in failed', 'User or password is not right.', 'Check the user name and try again; an administrator can set a new password.', 'credentials');
    answer(200, { user: body.user, role: 'admin' }, 'application/json', cookie);
  }],
  ['DELETE', /^\/session$/, ({ answer }) => answer(200, null, 'application/json', { 'Set-Cookie': 'gemba_session=; Max-Age=0; Path=/' })],
  ['GET', /^\/assets$/, ({ api }) => ({ items: api.world.assets, next: null })],
  ['POST', /^\/assets$/, ({ api, body }) => { api.world.assets.push({ ...api.world.assets.at(-1), ...body, id: 900 + api.world.assets.length }); api.emit('catalogue', {}); }],
  ['GET', /^\/assets\/(\d+)$/, ({ api }, id) => ({ ...one(api.world.assets, (a) => a.id === Number(id), 'asset'), signals: api.world.signals.filter((s) => s.asset === Number(id)).map(bare) })],
  ['PUT', /^\/assets\/(\d+)$/, ({ api, body }, id) => Object.assign(one(api.world.assets, (a) => a.id === Number(id), 'asset'), body)],
  ['PUT', /^\/assets\/(\d+)\/learning$/, ({ api, body }, id) => Object.assign(one(api.world.assets, (a) => a.id === Number(id), 'asset'), { learning: { from: body.from ?? new Date().toISOString(), hours: body.hours ?? null } })],
  ['DELETE', /^\/assets\/(\d+)\/learning$/, ({ api }, id) => Object.assign(one(api.world.assets, (a) => a.id === Number(id), 'asset'), { learning: null })],
  ['DELETE', /^\/signals\/(\d+)$/, ({ api }, id) => { for (const a of api.world.assets) a.signals = a.signals?.filter((s) => s.id !== Number(id)); api.world.signals = api.world.signals?.filter((s) => s.id !== Number(id)); }],
  ['DELETE', /^\/assets\/(\d+)$/, ({ api }, id) => { api.world.assets = api.world.assets.filter((a) => a.id !== Number(id)); }],
  ['GET', /^\/signals$/, signalsOf],
  ['GET', /^\/signals\/(\d+)$/, ({ api }, id) => bare(one(api.world.signals, (s) => s.id === Number(id), 'signal'))],
  ['PUT', /^\/signals\/(\d+)$/, ({ api, body }, id) => bare(Object.assign(one(api.world.signals, (s) => s.id === Number(id), 'signal'), body))],
  ['GET', /^\/range$/, ranges],
  ['GET', /^\/formula$/, ({ api, q }) => formula(api.world.signals, q, invalid)],
  ['GET', /^\/waveforms$/, wave((s, at, q) => waveforms(s, Number(q.get('from')), Number(q.get('to')), Number(q.get('limit') ?? 50)))],
  ['GET', /^\/waveforms\/one$/, wave((s, at, q) => drawing(s, at, Number(q.get('width') ?? 1000)))],
  ['GET', /^\/spectra$/, wave(spectrum)],
  ['GET', /^\/spectra\/cepstrum$/, wave(cepstrum)],
  ['GET', /^\/spectra\/turn$/, wave(turn)],
  ['GET', /^\/spectra\/spectrogram$/, wave(spectrogram)],
  ['GET', /^\/spectra\/kurtogram$/, wave(kurtogram)],
  ['GET', /^\/spectra\/diagnosis$/, wave(diagnosis)],
  ['GET', /^\/spectra\/waterfall$/, wave((s, at, q) => waterfall(s, Number(q.get('from')), Number(q.get('to')), q))],
  ['GET', /^\/assets\/(\d+)\/health$/, ({ api }, id) => health(api, one(api.world.assets, (a) => a.id === Number(id), 'asset').id)],
  ['GET', /^\/assets\/(\d+)\/report$/, ({ api }, id) => report(api, one(api.world.assets, (a) => a.id === Number(id), 'asset'))],
  ['GET', /^\/assets\/(\d+)\/life$/, ({ api }, id) => life(api, one(api.world.assets, (a) => a.id === Number(id), 'asset'))],
  ['GET', /^\/assets\/(\d+)\/past$/, ({ api, q }, id) => past(api, one(api.world.assets, (a) => a.id === Number(id), 'asset'), Number(q.get('from')) / US, Number(q.get('to')) / US)],
  ['GET', /^\/findings$/, ({ api, q }) => ({ items: api.findings.filter((f) => (!q.get('state') || f.state === q.get('state')) && (!q.get('asset') || f.asset === Number(q.get('asset'))) && (!q.get('muted') || (q.get('muted') === 'true') === Boolean(f.mute))).map((f) => (q.get('brief') === 'true' ? { ...f, evidence: [] } : f)), next: null })],
  ['POST', /^\/findings\/(\d+)\/mute$/, ({ api, body }, id) => muted(api, one(api.findings, (f) => f.id === Number(id), 'finding'), { by: 'admin', at: iso(Date.now()), until: body.minutes ? iso(Date.now() + body.minutes * 60_000) : null, reason: body.reason })],
  ['POST', /^\/findings\/(\d+)\/unmute$/, ({ api }, id) => muted(api, one(api.findings, (f) => f.id === Number(id), 'finding'), null)],
  ['GET', /^\/findings\/(\d+)$/, ({ api }, id) => one(api.findings, (f) => f.id === Number(id), 'finding')],
  ['GET', /^\/alarms\/rates$/, () => ratesNow()],
  ['GET', /^\/alarms$/, alarmsOf],
  ['GET', /^\/alarms\/(\d+)$/, ({ api }, id) => one(api.alarms, (a) => a.id === Number(id), 'alarm')],
  ['GET', /^\/alarms\/(\d+)\/journal$/, ({ api }, id) => ({ items: journalOf(one(api.alarms, (a) => a.id === Number(id), 'alarm')) })],
  ['POST', /^\/alarms\/ack$/, ({ api, body }) => api.alarms.filter((a) => body.ids.includes(a.id)).forEach((a) => changed(api, a, a.state === 'rtn_unack' ? 'normal' : 'acked_active', { comment: body.comment }))],
  ['POST', /^\/alarms\/(\d+)\/shelve$/, ({ api, body }, id) => changed(api, one(api.alarms, (a) => a.id === Number(id), 'alarm'), 'shelved', { comment: body.comment, shelved_until: iso(Date.now() + body.minutes * 60_000) })],
  ['POST', /^\/alarms\/(\d+)\/(unshelve|return-to-service)$/, ({ api }, id) => changed(api, one(api.alarms, (a) => a.id === Number(id), 'alarm'), 'unack_active', { shelved_until: null })],
  ['POST', /^\/alarms\/(\d+)\/out-of-service$/, ({ api, body }, id) => changed(api, one(api.alarms, (a) => a.id === Number(id), 'alarm'), 'out_of_service', { comment: body.comment })],
  ['POST', /^\/alarms\/(\d+)\/reset$/, ({ api }, id) => changed(api, one(api.alarms, (a) => a.id === Number(id), 'alarm'), 'normal')],
  ['GET', /^\/alarms\/digest$/, () => ({ items: [], next: null })],
  ['GET', /^\/maintenance\/orders$/, ({ api, q }) => ({ items: api.work.orders.filter((o) => (q.get('all') === 'true' || !['done', 'cancelled'].includes(o.state)) && (!q.get('asset') || o.asset === Number(q.get('asset')))), next: null })],
  ['POST', /^\/maintenance\/orders$/, ({ api, body, answer }) => answer(201, writeOrder(api, body))],
  ['GET', /^\/maintenance\/orders\/(\d+)$/, ({ api }, id) => detail(api.work, one(api.work.orders, (o) => o.id === Number(id), 'work order'))],
  ['PUT', /^\/maintenance\/orders\/(\d+)$/, ({ api, body }, id) => Object.assign(one(api.work.orders, (o) => o.id === Number(id), 'work order'), Object.fromEntries(Object.entries(body).filter(([, v]) => v !== null)))],
  ['POST', /^\/maintenance\/orders\/(\d+)\/step$/, ({ api, body }, id) => stepOrder(one(api.work.orders, (o) => o.id === Number(id), 'work order'), body, invalid)],
  ['GET', /^\/maintenance\/ranks$/, ({ api, q }) => ({ items: ranksOf(api.ranks, one(api.world.assets, (a) => a.id === Number(q.get('asset')), 'asset')), next: null })],
  ['PUT', /^\/maintenance\/ranks$/, ({ api, body }) => putRanks(api.ranks, body, invalid)],
  ['GET', /^\/maintenance\/ranks\/changes$/, ({ api }) => ({ items: api.ranks.changes, next: null })],
  ['POST', /^\/maintenance\/ranks\/changes\/(\d+)\/undo$/, ({ api }, id) => undoRanks(api.ranks, Number(id), invalid)],
  ['GET', /^\/maintenance\/plan$/, ({ api }) => planOf(api.work)],
  ['POST', /^\/maintenance\/plan$/, ({ api }) => { const plan = planOf(api.work); for (const p of plan.placements) if (p.hours) stepOrder(api.work.orders.find((o) => o.id === p.order), { step: 'schedule', window: p.hours }, invalid); return plan; }],
  ['GET', /^\/maintenance\/windows$/, ({ api }) => ({ items: api.work.windows, next: null })],
  ['POST', /^\/maintenance\/windows$/, ({ api, body, answer }) => { const window = { scope: null, loss_per_hour: 0, crew_hours: {}, ...body, id: Math.max(0, ...api.work.windows.map((w) => w.id)) + 1 }; api.work.windows = [...api.work.windows, window].sort((a, b) => a.from.localeCompare(b.from)); answer(201, window); }],
  ['DELETE', /^\/maintenance\/windows\/(\d+)$/, ({ api }, id) => { api.work.windows = api.work.windows.filter((w) => w.id !== Number(id)); }],
  ['GET', /^\/maintenance\/parts$/, ({ api }) => ({ items: api.work.parts, next: null })],
  ['PUT', /^\/maintenance\/parts\/([^/]+)$/, ({ api, body }, number) => { api.work.parts = [...api.work.parts.filter((p) => p.number !== number), { number, name: '', price: null, lead_days: null, ...body }]; }],
  ['DELETE', /^\/maintenance\/parts\/([^/]+)$/, ({ api }, number) => { api.work.parts = api.work.parts.filter((p) => p.number !== number); }],
  ['POST', /^\/maintenance\/windows\/import$/, ({ api, body }) => importPlan(api.work, body)],
  ['GET', /^\/maintenance\/windows\/imports$/, ({ api }) => ({ items: api.work.imports, next: null })],
  ['DELETE', /^\/maintenance\/windows\/imports\/(\d+)$/, ({ api }, id) => { undoImport(api.work, Number(id)); }],
  ['GET', /^\/maintenance\/figures$/, ({ api, q }) => figures(api, q)],
  ['GET', /^\/maintenance\/figures\/machines$/, ({ api, q }) => ({ items: figuresByMachine(api, q), next: null })],
  ['GET', /^\/failures$/, ({ api, q }) => ({ items: api.work.failures.filter((f) => Date.parse(f.at) >= Number(q.get('from')) / US), next: null })],
  ['POST', /^\/failures$/, ({ api, body }) => { for (const f of body.failures) api.work.failures.push({ kind: 'failure', ...f, id: Math.max(0, ...api.work.failures.map((x) => x.id)) + 1 }); return { added: body.failures.length }; }],
  ['DELETE', /^\/failures\/(\d+)$/, ({ api }, id) => { api.work.failures = api.work.failures.filter((f) => f.id !== Number(id)); }],
  ['GET', /^\/cases$/, ({ api }) => ({ items: library(api), next: null })],
  ['GET', /^\/cases\/(\d+)$/, ({ api }, id) => caseOf(api, one(api.findings, (f) => f.id === Number(id), 'finding').id)],
  ['GET', /^\/cases\/(\d+)\/similar$/, ({ api }, id) => ({ items: similar(api, Number(id)), next: null })],
  ['POST', /^\/cases\/(\d+)\/(inspect|check|reopen|validate)$/, ({ api, body }, id, what) => changeCase(api, one(api.findings, (f) => f.id === Number(id), 'finding'), what, body, invalid)],
  ['POST', /^\/analyze$/, analyze],
  ['GET', /^\/labels$/, ({ api, q }) => ({ items: api.labels.filter((l) => (!q.get('label') || l.label === q.get('label')) && (!q.get('asset') || l.asset === Number(q.get('asset'))) && (!q.get('to') || Date.parse(l.t_start) < Number(q.get('to')) / 1000) && (!q.get('from') || Date.parse(l.t_end) >= Number(q.get('from')) / 1000)), next: null })],
  ['POST', /^\/labels$/, ({ api, body, answer }) => answer(201, addLabel(api, body))],
  ['POST', /^\/labels\/similar$/, ({ api, body }) => findSimilar(api, body)],
  ['POST', /^\/labels\/patterns$/, ({ api, body, answer }) => answer(200, [{ share: 0.5 }, { done: findPatterns(api, body) }].map((line) => `${JSON.stringify(line)}\n`).join(''), 'application/x-ndjson')],
  ['POST', /^\/labels\/import$/, ({ api, body, answer }) => answer(201, { ids: body.labels.map((label) => addLabel(api, label).id) })],
  ['DELETE', /^\/labels\/(\d+)$/, ({ api }, id) => { api.labels = api.labels.filter((l) => l.id !== Number(id)); }],
  ['GET', /^\/backtests$/, ({ api }) => ({ items: api.backtests.map((b) => told(api, b, false)), next: null })],
  ['POST', /^\/backtests$/, ({ api, body, answer }) => answer(201, startBacktest(api, body))],
  ['GET', /^\/backtests\/(\d+)$/, ({ api }, id) => told(api, one(api.backtests, (b) => b.id === Number(id), 'backtest'), true)],
  ['DELETE', /^\/backtests\/(\d+)$/, ({ api }, id) => { api.backtests = api.backtests.filter((b) => b.id !== Number(id)); }],
  ['GET', /^\/models$/, ({ api }) => modelsView(api)],
  ['POST', /^\/models\/back$/, ({ api }) => modelBack(api)],
  ['POST', /^\/models\/([^/]+)\/release$/, ({ api }, digest) => releaseModel(api, digest, invalid)],
  ['POST', /^\/maintenance\/learned\/([^/]+)\/withdraw$/, ({ api, body }, kind) => withdrawLearned(api, kind, body)],
  ['POST', /^\/maintenance\/learned\/([^/]+)\/restore$/, ({ api, body }, kind) => restoreLearned(api, kind, body)],
  ['DELETE', /^\/models\/switching$/, ({ api }) => { api.models.switching = null; return modelsView(api); }],
  ['DELETE', /^\/models\/candidate$/, ({ api }) => { api.models.asked = api.models.history[0].version; return modelsView(api); }],
  ['GET', /^\/connections$/, ({ api }) => ({ items: api.connections })],
  ['GET', /^\/connections\/protocols$/, () => ({ items: PROTOCOLS })],
  ['POST', /^\/connections\/test$/, ({ body }) => testSteps(body.config)],
  ['POST', /^\/connections\/browse$/, ({ body }) => ({ nodes: BROWSE[body.at ?? ''] ?? [] })],
  ['POST', /^\/connections\/watch$/, ({ body, answer }) => answer(200, [0, 1, 2].map((round) => `${JSON.stringify({ values: body.addresses.map((address, i) => ({ address, value: 50 + i + round / 10, text: String(50 + i + round / 10), quality: 'good', time: iso(Date.now()) })) })}\n`).join(''), 'application/x-ndjson')],
  ['POST', /^\/connections$/, ({ api, body }) => { api.connections.push({ ...api.connections[0], name: body.name, protocol: body.config.protocol, link: { state: 'connecting' }, signals: 0, registers: false, rate_per_s: 0, received: 0, rejected: 0, rejects: [], last_arrival: null, gaps_open: 0, config: body.config }); }],
  ['POST', /^\/connections\/([^/]+)\/(pause|resume)$/, ({ api }, name, word) => Object.assign(one(api.connections, (c) => c.name === name, 'connection'), word === 'pause' ? { link: { state: 'paused' }, rate_per_s: 0, gaps_open: 1 } : { link: { state: 'up' }, gaps_open: 0 })],
  ['POST', /^\/connections\/([^/]+)\/import$/, ({ body }) => ({ created: body.signals.length })],
  ['PUT', /^\/connections\/([^/]+)$/, ({ api, body }, name) => Object.assign(one(api.connections, (c) => c.name === name, 'connection'), { config: body.config })],
  ['PUT', /^\/connections\/([^/]+)\/register$/, ({ api, body }, name) => Object.assign(one(api.connections, (c) => c.name === name, 'connection'), { registers: body.on })],
  ['DELETE', /^\/connections\/([^/]+)$/, ({ api }, name) => { api.connections = api.connections.filter((c) => c.name !== name); }],
  ['GET', /^\/changes$/, ({ api, q }) => ({ items: changesOf(api.world, q), next: null })],
  ['GET', /^\/gaps$/, () => ({ items: [
    { connection: 'compressor-modbus', signal: null, part: '', range: { from: iso(NOW0 - 1_560_000), to: null }, reason: 'connection_lost', lost: 0, filled: 0, note: 'connection refused' },
    { connection: 'water-plc', signal: null, part: '', range: { from: iso(NOW0 - 1_560_000), to: iso(NOW0 - 1_260_000) }, reason: 'connection_lost', lost: 0, filled: 0, note: 'the server closed the session' }] })],
  ['GET', /^\/system$/, ({ api }) => ({ version: '0.1.0', uptime_s: 93_011, store: { bytes: 81_220_114, samples: 148_332_910, files: 41, wal_bytes: 3_100_000, disk_free: 210_000_000_000, state: 'accepting', hot_rows: 812_000, signals: api.world.signals.length, unsynced: 0, appended: 148_332_910, syncs: 930_110, torn_tail_bytes: 0, quarantined: 0, duplicates_dropped: 0, replaced: 0, corrections_pending: 0 }, memory_bytes: 92_000_000, assets: api.world.assets.length, streams: 1, checks: [], signals: api.world.signals.length, rate_per_s: 246, flow: { taken: 148_332_910, delivered: 120_110_402, unrouted: 28_222_411, late: 97, ahead: 0, duplicate: 0, forced: 0, faults: 0, skipped: 0, outputs: 310_221 }, config_origin: 'gemba.toml' })],
  ['GET', /^\/templates$/, ({ api }) => ({ items: ['pump', 'motor', 'fan', 'compressor', 'gearbox', 'cnc_spindle', 'conveyor', 'furnace', 'chiller', 'injection_press'].map((name) => ({ name, title: name.replaceAll('_', ' '), assets: api.world.assets.filter((asset) => asset.template === name).length, signals: [], failure_modes: [], limits: [] })) })],
  ['POST', /^\/query$/, runQuery],
  ['GET', /^\/query\/schema$/, () => TABLES],
  ['GET', /^\/formula\/export$/, ({ answer }) => answer(200, 'formula,time,value,quality\n', 'text/csv', { 'Content-Disposition': 'attachment; filename=export.csv' })],
  ['GET', /^\/export$/, ({ answer }) => answer(200, 'time,signal,value\n', 'text/csv', { 'Content-Disposition': 'attachment; filename=export.csv' })],
  ['GET', /^\/users$/, ({ api }) => ({ items: api.users })],
  ['POST', /^\/users$/, ({ api, body }) => { api.users.push({ name: body.name, role: body.role, has_password: true, created: iso(Date.now()) }); }],
  ['PUT', /^\/users\/([^/]+)$/, ({ api, body }, name) => { one(api.users, (u) => u.name === name, 'user').role = body.role; }],
  ['DELETE', /^\/users\/([^/]+)$/, ({ api }, name) => { api.users = api.users.filter((u) => u.name !== name); }],
  ['GET', /^\/tokens$/, ({ api }) => ({ items: api.tokens })],
  ['POST', /^\/tokens$/, ({ api, body }) => { const made = { ...body, id: api.tokens.length + 1, by: 'admin', expires: body.expires ?? iso(Date.now() + 3e10), created: iso(Date.now()) }; api.tokens.push(made); return { ...made, secret: 'gmb_dev_0123456789abcdef' }; }],
  ['DELETE', /^\/tokens\/([^/]+)$/, ({ api }, id) => { api.tokens = api.tokens.filter((t) => t.id !== Number(id)); }],
  ['GET', /^\/certificates$/, ({ api }) => api.certs],
  ['POST', /^\/certificates\/([^/]+)\/trust$/, ({ api }, print) => { const hit = one(api.certs.rejected, (c) => c.fingerprint === print, 'certificate'); api.certs.rejected = api.certs.rejected.filter((c) => c !== hit); api.certs.trusted.push(hit); }],
  ['DELETE', /^\/certificates\/([^/]+)$/, ({ api }, print) => { for (const list of ['trusted', 'rejected']) api.certs[list] = api.certs[list].filter((c) => c.fingerprint !== print); }],
  ['GET', /^\/audit$/, ({ api, q }) => { const at = Number(q.get('cursor') ?? 0); return { items: api.audit.slice(at, at + 25), next: at + 25 < api.audit.length ? String(at + 25) : null }; }],
];

function testSteps(config) {
  const where = config.endpoint ?? config.host ?? '';
  const bad = String(where).includes('bad');
  return { ok: !bad, steps: [
    { name: 'Reach the address', ok: true, detail: `TCP connection to ${where} in 4 ms`, cure: null },
    { name: 'Secure channel', ok: !bad, detail: bad ? 'the server refuses our certificate' : 'Basic256Sha256, signed and encrypted', cure: bad ? 'Trust the certificate with fingerprint a1:b2:c3:d4:e5:f6 in the server.' : null },
    ...(bad ? [] : [{ name: 'Read a value', ok: true, detail: 'Server_ServerStatus_CurrentTime, good', cure: null }]) ] };
}
