// The fixture's maintenance: orders, windows, parts, a plan, failures, and what people made of findings.

import { NOW0 } from './world.mjs';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const iso = (ms) => new Date(ms).toISOString();
/** So many days from today at an hour of the day, UTC. */
const on = (days, hour) => Math.floor(NOW0 / DAY) * DAY + days * DAY + hour * HOUR;
const next = (list) => Math.max(0, ...list.map((x) => x.id)) + 1;
const PUMP = 'acme/north/water/pump-1';
const SPINDLE = 'acme/north/press-shop/line-2/spindle-1';

export function makeWork() {
  const order = (id, asset, asset_path, title, more) => ({ id, asset, asset_path, finding: null, failure_mode: null, title, steps: [], parts: [], hours: 4, skill: 'mechanic', people: 1, cost: null, failure_cost: 18_000, priority: null, life: null, due: null, state: 'open', planned: null, worked: null, done_note: null, created: iso(NOW0 - 2 * HOUR), by: 'mia', ...more });
  const window = (id, name, days, hour, length, more) => ({ id, name, scope: null, from: iso(on(days, hour)), to: iso(on(days, hour) + length * HOUR), loss_per_hour: 0, crew_hours: { mechanic: 16, electrician: 8 }, ...more });
  const failure = (id, days, path, hours, more) => ({ id, kind: 'failure', asset_path: path, at: iso(NOW0 - days * DAY), repaired: hours === null ? null : iso(NOW0 - days * DAY + hours * HOUR), failure_mode: '', finding: null, note: '', ...more });
  const part = (number, name, price, lead_days, arrivals) => ({ number, name, price, lead_days, arrivals });
  return {
    orders: [
      order(7, 100, PUMP, 'Change the drive-end bearing', { finding: 41, failure_mode: 'bearing_wear', steps: ['Check lubrication of the drive-end bearing.', 'Listen at the drive end: expect a tone at 176 Hz.', 'Change the bearing, align, run for an hour.'], parts: [{ number: '6205-2RS', name: 'bearing', quantity: 2 }, { number: 'grease-lgmt2', name: 'grease cartridge', quantity: 1 }, { number: '', name: 'shaft seal', quantity: 1 }], priority: 'high', life: { lo_h: 528, median_h: 984, hi_h: 1800, level: 0.9 }, due: iso(NOW0 + 24 * DAY), people: 2 }),
      order(6, 104, SPINDLE, 'Look at the spindle drive', { finding: 42, hours: 2, skill: 'electrician', cost: 160, due: iso(NOW0 + 6 * DAY) }),
      order(5, 110, 'acme/north/utilities/furnace', 'Replace the stuck power meter', { finding: 43, hours: 1, skill: 'electrician', cost: 240, failure_cost: null, due: iso(NOW0 - 1 * DAY), parts: [{ number: 'pm-3200', name: 'power meter', quantity: 1 }] }),
      order(4, 106, 'acme/north/press-shop/line-2/conveyor', 'Tension the belt', { hours: 1.5, state: 'in_progress', planned: { from: iso(NOW0 - HOUR), to: iso(NOW0 + HOUR) }, cost: null, failure_cost: null }),
      order(3, 101, 'acme/north/water/pump-2', 'Change the seal', { state: 'done', planned: { from: iso(NOW0 - 9 * DAY), to: iso(NOW0 - 9 * DAY + 3 * HOUR) }, worked: { from: iso(NOW0 - 9 * DAY), to: iso(NOW0 - 9 * DAY + 2 * HOUR) }, done_note: 'seal changed, no leak after an hour', created: iso(NOW0 - 12 * DAY) }),
    ],
    windows: [window(1, 'Night shift', 2, 20, 8, { loss_per_hour: 90 }), window(2, 'Saturday', 5, 6, 10, {}), window(3, 'Line 2 set-up', 8, 12, 4, { scope: 'acme/north/press-shop/line-2', loss_per_hour: 40 }), window(4, 'Night shift', 9, 20, 8, { loss_per_hour: 90 }), window(5, 'Yearly stop', 19, 6, 60, { crew_hours: { mechanic: 80, electrician: 40 } })],
    parts: [part('6205-2RS', 'deep groove ball bearing', 34.5, 10, [{ at: null, quantity: 1 }]), part('grease-lgmt2', 'grease cartridge', 18, null, []), part('pm-3200', '', 210, 21, [{ at: null, quantity: 2 }])],
    imports: [],
    failures: [failure(1, 61, PUMP, 5, { failure_mode: 'cavitation', note: 'suction valve was half shut' }), failure(4, 40, PUMP, 2, { kind: 'replacement', failure_mode: 'seal_leak', note: 'yearly change of the seal' }), failure(2, 21, PUMP, 6, { failure_mode: 'bearing_wear', finding: 40, note: 'WO-20117' }), failure(3, 8, SPINDLE, null, { note: 'stopped by over-current' })],
    cases: [
      { finding: 40, state: 'validated', checks: [{ by: 'mia', at: iso(NOW0 - 20 * DAY), outcome: 'potential_failure', failure_mode: 'bearing_wear', component: 'drive-end bearing', resolved: true, note: 'Outer race pitted; bearing changed and aligned.' }], validation: { verdict: 'improved', healthy: true, signal: 'monitor/score', before: 1.62, after: 0.31, p_value: 0.00002, at: iso(NOW0 - 18 * DAY) }, label: 3, changed: iso(NOW0 - 18 * DAY) },
      { finding: 42, state: 'inspecting', checks: [], validation: null, label: null, changed: iso(NOW0 - HOUR) },
    ],
  };
}

const HOUR_COST = 60;

/** What an order costs, with its formula. */
function costOf(work, order) {
  if (order.cost !== null) return { doing: order.cost, words: `${order.cost} EUR, as the order says`, missing: [] };
  const prices = order.parts.map((p) => ({ ...p, price: work.parts.find((x) => x.number === p.number)?.price ?? null }));
  const missing = prices.filter((p) => p.price === null).map((p) => `${p.number || p.name}: ${p.number ? 'its price' : 'which part it is, and its price'}, on the page of windows and parts`);
  const labour = order.hours * order.people * HOUR_COST;
  const doing = missing.length ? null : prices.reduce((s, p) => s + p.price * p.quantity, labour);
  const words = [`${order.hours} h × ${order.people === 1 ? '1 person' : `${order.people} people`} × ${HOUR_COST} EUR an hour`, ...prices.map((p) => `${p.quantity} ${p.number || p.name} × ${p.price === null ? 'its price' : `${p.price} EUR`}`)].join(' + ') + (doing === null ? '' : ` = ${doing.toFixed(0)} EUR`);
  return { doing, words, missing };
}

/** An order with where its parts are, and doing beside waiting. */
export function detail(work, order) {
  const { doing, words, missing } = costOf(work, order);
  const chance = order.life ? 1 / (1 + (order.life.median_h / 720) ** 4) : null;
  if (chance === null) missing.push('the remaining life: no finding of this order tells it');
  if (order.failure_cost === null) missing.push('what a failure costs: in the order, or failure_cost under [work] in gemba.toml');
  const waiting = chance === null || order.failure_cost === null ? null : chance * order.failure_cost;
  const risk = `${chance === null ? 'chance of failing' : `${(100 * chance).toFixed(1)} %`} within 30 days × ${order.failure_cost === null ? "a failure's cost" : `${order.failure_cost} EUR`}${waiting === null ? '' : ` = ${waiting.toFixed(0)} EUR`}`;
  const open = work.orders.filter((o) => o.id !== order.id && !['done', 'cancelled'].includes(o.state)).flatMap((o) => o.parts);
  const supply = order.parts.map((p) => {
    const kept = work.parts.find((x) => x.number === p.number);
    const others = open.filter((o) => p.number && o.number === p.number).reduce((s, o) => s + o.quantity, 0);
    const line = { number: p.number, name: p.name || kept?.name || '', wanted: p.quantity, on_hand: 0, others, state: 'unnumbered', short: 0, there_by: null, price: kept?.price ?? null };
    if (!p.number) return line;
    if (!kept?.arrivals.length) return { ...line, state: 'not_kept' };
    const sum = (list) => list.reduce((s, a) => s + a.quantity, 0);
    const on_hand = sum(kept.arrivals.filter((a) => !a.at || Date.parse(a.at) <= NOW0));
    const all = sum(kept.arrivals);
    if (on_hand >= p.quantity + others) return { ...line, on_hand, state: 'on_hand' };
    if (all >= p.quantity + others) return { ...line, on_hand, state: 'coming', there_by: kept.arrivals.at(-1).at };
    return { ...line, on_hand, state: 'missing', short: p.quantity + others - all, there_by: kept.lead_days === null ? null : iso(NOW0 + kept.lead_days * DAY) };
  });
  return { ...order, supply, worth: { doing, doing_words: words, waiting, waiting_words: risk, chance, wait_days: 30, missing } };
}

/** Takes a table with name, from, to over; a row without times is refused. */
export function importPlan(work, body) {
  const rows = body.text.trim().split(/\r?\n/).slice(1).map((row, i) => ({ line: i + 2, cells: row.split(',').map((c) => c.trim()) }));
  const good = rows.filter(({ cells }) => !Number.isNaN(Date.parse(cells[1])) && Date.parse(cells[2]) > Date.parse(cells[1]));
  const refused = rows.filter((row) => !good.includes(row)).map(({ line, cells }) => ({ line, what: `from "${cells[1] ?? ''}" is no time`, cure: "write 2026-12-03 22:00 in the site's time zone, or 2026-12-03T22:00:00+01:00" }));
  const windows = good.map(({ cells: [name, from, to] }) => ({ name, scope: body.scope ?? null, from: iso(Date.parse(from)), to: iso(Date.parse(to)), loss_per_hour: body.loss_per_hour ?? 0, crew_hours: body.crew_hours ?? {} }));
  const known = (w) => work.windows.some((x) => x.name === w.name && x.from === w.from);
  const told = windows.map((w) => ({ fate: known(w) ? 'kept' : 'added', ...w }));
  const added = windows.filter((w) => !known(w));
  let number = null;
  if (!body.dry_run && added.length > 0) {
    const ids = added.map((w) => { const id = next(work.windows); work.windows.push({ ...w, id }); return id; });
    work.windows.sort((a, b) => a.from.localeCompare(b.from));
    number = next(work.imports);
    work.imports.unshift({ id: number, at: iso(Date.now()), by: 'admin', source: body.source, ids });
  }
  return { import: number, added: added.length, changed: 0, kept: told.length - added.length, removed: 0, outside: 0, windows: told, refused };
}

export function undoImport(work, id) {
  const ids = work.imports.find((i) => i.id === id)?.ids ?? [];
  work.windows = work.windows.filter((w) => !ids.includes(w.id));
  work.imports = work.imports.filter((i) => i.id !== id);
}

/** A plan of the simplest sort: each open order into the first window that is open to it and has its parts and crew. */
export function planOf(work) {
  const open = work.orders.filter((o) => ['open', 'planned'].includes(o.state));
  const used = {};
  const there = (number, at) => { const part = work.parts.find((p) => p.number === number); return part?.arrivals.length ? part.arrivals.filter((a) => !a.at || Date.parse(a.at) <= at).reduce((s, a) => s + a.quantity, 0) : Infinity; };
  const chance = (o, at) => (o.life ? 1 / (1 + (o.life.median_h / Math.max(1, (at - NOW0) / HOUR)) ** 4) : null);
  const placements = open.map((o) => {
    const considered = work.windows.map((w, i) => {
      const at = Date.parse(w.from);
      const key = `${i} ${o.skill}`;
      const missing = o.parts.find((p) => there(p.number, at) < p.quantity);
      const obstacle = w.scope && !`${o.asset_path}/`.startsWith(`${w.scope}/`) ? { why: 'other_machines' } : missing ? { why: 'part_missing', number: missing.number } : (used[key] ?? 0) + o.hours * o.people > (w.crew_hours[o.skill] ?? Infinity) ? { why: 'crew_full', skill: o.skill } : null;
      const c = chance(o, at);
      return { window: i, doing: (costOf(work, o).doing ?? 0) + w.loss_per_hour * o.hours, waiting: (c ?? 0) * (o.failure_cost ?? 0), chance: c, late: Boolean(o.due) && at > Date.parse(o.due), obstacle };
    });
    const fits = considered.filter((c) => !c.obstacle).sort((a, b) => a.doing + a.waiting - b.doing - b.waiting);
    const best = fits.find((c) => !c.late) ?? fits[0] ?? null;
    if (!best) return { order: o.id, window: null, hours: null, why: 'There is no window.', considered };
    const w = work.windows[best.window];
    const key = `${best.window} ${o.skill}`;
    const from = Date.parse(w.from) + ((used[key] ?? 0) / Math.max(1, o.people)) * HOUR;
    used[key] = (used[key] ?? 0) + o.hours * o.people;
    const rival = fits.find((c) => c !== best);
    const why = `${w.name}: doing costs ${best.doing.toFixed(0)} EUR${best.chance === null ? '' : `; the chance of failing before it is ${(100 * best.chance).toFixed(1)} %, an expected loss of ${best.waiting.toFixed(0)} EUR`}${best.late ? '; after its due date: no earlier window can take it' : ''}. ${rival ? `Next best is ${work.windows[rival.window].name}, which costs ${(rival.doing + rival.waiting - best.doing - best.waiting).toFixed(0)} EUR more.` : 'No other window can take it.'}`;
    return { order: o.id, window: best.window, hours: { from: iso(from), to: iso(from + o.hours * HOUR) }, why, considered };
  });
  const sum = (of) => placements.reduce((s, p) => s + of(p), 0);
  const at = (p) => p.considered.find((c) => c.window === p.window);
  const last = (p) => p.considered.at(-1)?.waiting ?? 0;
  return { placements, windows: work.windows, cost: sum((p) => (at(p) ? at(p).doing + at(p).waiting : last(p))), cost_of_waiting: sum(last) * 1.3, cost_of_haste: sum((p) => (p.considered[0]?.doing ?? 0) + (p.considered[0]?.waiting ?? 0)), currency: 'EUR' };
}

const STEPS = { schedule: ['planned', ['open', 'planned']], unschedule: ['open', ['planned']], begin: ['in_progress', ['open', 'planned']], finish: ['done', ['open', 'planned', 'in_progress']], cancel: ['cancelled', ['open', 'planned', 'in_progress']] };

export function stepOrder(order, body, refuse) {
  const [to, from] = STEPS[body.step];
  if (!from.includes(order.state)) throw refuse(`work order ${order.id}: it cannot do this while it is ${order.state}`, 'look at where it stands and try again');
  order.state = to;
  if (body.step === 'schedule') order.planned = body.window;
  if (body.step === 'unschedule') order.planned = null;
  if (body.step === 'finish') Object.assign(order, { worked: body.worked, done_note: body.note ?? '' });
  return order;
}

export function writeOrder(api, body) {
  const { work } = api;
  const finding = api.findings.find((f) => f.id === body.finding);
  const asset = api.world.assets.find((a) => a.path === (finding?.asset_path ?? body.asset_path));
  const given = Object.fromEntries(Object.entries(body).filter(([, v]) => v !== null && v !== undefined));
  const order = { ...makeWork().orders[3], id: next(work.orders), asset: asset.id, asset_path: asset.path, finding: null, failure_mode: finding?.failure_mode ?? null, title: finding?.title ?? '', steps: finding?.prescription ?? [], hours: 4, skill: '', state: 'open', planned: null, due: iso(NOW0 + 20 * DAY), created: iso(Date.now()), by: 'admin', ...given };
  work.orders.unshift(order);
  return order;
}

/** Machines have had data for so many days; the second had a gap. */
const WATCHED_DAYS = 75;

function figuresOf(work, from, count, failures) {
  const span = Math.min((NOW0 - from) / HOUR, WATCHED_DAYS * 24) * count;
  const repairs = failures.filter((f) => f.repaired).map((f) => (Date.parse(f.repaired) - Date.parse(f.at)) / HOUR);
  const seen = failures.filter((f) => Date.parse(f.at) >= NOW0 - WATCHED_DAYS * DAY);
  const checked = work.cases.filter((c) => c.checks.length > 0);
  const right = checked.filter((c) => c.state !== 'rejected').length;
  const down = repairs.reduce((a, b) => a + b, 0);
  const mtbf_h = seen.length ? (span - down) / seen.length : null;
  const mttr_h = repairs.length ? down / repairs.length : null;
  return { machines: count, watched_h: span, gaps_h: count > 1 ? 5.4 : 0, findings: 4, checked: checked.length, precision: checked.length ? right / checked.length : null, false_alarms_per_machine_month: ((checked.length - right) * 720) / span, failures: failures.length, unwatched: failures.length - seen.length, missed: seen.filter((f) => f.finding === null).length, lead_time_h: seen.some((f) => f.finding !== null) ? 74 : null, mtbf_h, mttr_h, availability: mtbf_h !== null && mttr_h !== null ? mtbf_h / (mtbf_h + mttr_h) : null, downtime_h: down };
}

/** The machines of a scope, with their failures. */
function scoped({ work, world }, q) {
  const place = world.assets.find((a) => a.id === Number(q.get('asset')))?.path ?? '';
  const owners = new Set(world.signals.map((s) => s.asset));
  const asked = world.assets.filter((a) => owners.has(a.id) && (!place || `${a.path}/`.startsWith(`${place}/`)) && (!q.get('template') || a.template === q.get('template')));
  const from = Number(q.get('from')) / 1000;
  return { from, asked, failures: work.failures.filter((f) => f.kind === 'failure' && Date.parse(f.at) >= from && asked.some((a) => a.path === f.asset_path)) };
}

export function figures(api, q) {
  const { from, asked, failures } = scoped(api, q);
  return { from: iso(from), to: iso(NOW0), ...figuresOf(api.work, from, asked.length, failures) };
}

export function figuresByMachine(api, q) {
  const { from, asked, failures } = scoped(api, q);
  const one = (a) => ({ asset: a.id, asset_path: a.path, asset_name: a.name, since: iso(NOW0 - WATCHED_DAYS * DAY), ...figuresOf(api.work, from, 1, failures.filter((f) => f.asset_path === a.path)) });
  return asked.map(one).sort((a, b) => b.downtime_h - a.downtime_h || b.failures - a.failures);
}

const pending = (finding) => ({ finding, state: 'pending', checks: [], validation: null, label: null, changed: null });
export const caseOf = (api, finding) => api.work.cases.find((c) => c.finding === finding) ?? pending(finding);

/** Changes a case: `inspect`, `check`, `reopen`, `validate`. */
export function changeCase(api, finding, what, body, refuse) {
  let told = caseOf(api, finding.id);
  if (!api.work.cases.includes(told)) api.work.cases.push(told);
  const closed = ['rejected', 'resolved', 'validated'].includes(told.state);
  if (what === 'inspect') told.state = 'inspecting';
  if (what === 'check') {
    if (closed || !body.note?.trim()) throw refuse(`finding ${finding.id}: it cannot be checked again while it is ${told.state}`, 'look at where it stands and try again');
    told.checks.push({ by: 'admin', at: iso(Date.now()), failure_mode: '', component: '', resolved: false, ...body });
    told.label = next(api.labels);
    api.labels.unshift({ id: told.label, asset: finding.asset, asset_path: finding.asset_path, asset_name: finding.asset_name, t_start: finding.since, t_end: finding.until, label: { no_fault: 'normal', potential_failure: 'fault', functional_failure: 'fault', asset_replacement: 'maintenance' }[body.outcome] ?? 'other', failure_mode: body.failure_mode || null, component: body.component || null, confidence: 1, source: 'human', user: 'admin', note: body.note, created: iso(Date.now()) });
  }
  if (what === 'reopen') {
    if (told.checks.length === 0) throw refuse(`finding ${finding.id}: nobody has checked it, so there is nothing to take back`, 'record a check first');
    told.checks.pop();
    api.labels = api.labels.filter((l) => l.id !== told.label);
    Object.assign(told, { label: null, validation: null });
  }
  if (what === 'check' || what === 'reopen') {
    const last = told.checks.at(-1);
    told.state = !last ? 'inspecting' : last.outcome === 'no_fault' ? 'rejected' : last.resolved ? 'resolved' : 'confirmed';
  }
  if (what === 'validate') Object.assign(told, { state: 'validated', validation: { verdict: 'improved', healthy: true, signal: 'monitor/score', before: 1.4, after: 0.4, p_value: 0.001, at: iso(Date.now()) } });
  told.changed = iso(Date.now());
  return told;
}

const about = (f) => ({ asset: f.asset, asset_path: f.asset_path, asset_name: f.asset_name, kind: f.kind, title: f.title, failure_mode: f.failure_mode, since: f.since, until: f.until });
const findingOf = (api, id) => api.findings.find((f) => f.id === id);

export const library = (api) => api.work.cases.filter((c) => findingOf(api, c.finding)).map((c) => ({ ...c, ...about(findingOf(api, c.finding)) }));

export const similar = (api, id) => library(api).filter((c) => c.finding !== id && c.checks.length > 0).map((c, i) => ({ ...c, similarity: 0.93 - i * 0.1, compared: [{ what: 'vibration', here: 0.54, there: 0.61 }, { what: 'bearing_temperature', here: 0.28, there: 0.22 }, { what: 'current', here: 0.12, there: 0.04 }, { what: 'flow', here: 0.03, there: -0.08 }] }));
