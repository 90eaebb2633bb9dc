// The fixture's ranks of failure modes: of the template, given for some machines, changed with a history.

import { NOW0 } from './world.mjs';

const DAY = 86_400_000;
const KEYS = ['severity', 'occurrence', 'detection'];
const iso = (ms) => new Date(ms).toISOString();
const three = (from) => Object.fromEntries(KEYS.map((key) => [key, from[key] ?? null]));
const same = (a, b) => a.template === b.template && a.asset === b.asset;
const words = ({ template, asset }) => `every ${(template ?? 'machine').replaceAll('_', ' ')}${asset ? ` at or below ${asset}` : ''}`;
const TEMPLATE = { bearing_wear: [7, 4, 3], cavitation: [6, 5, 4], seal_leak: [5, 4, 4] };
const pump = { template: 'pump', asset: null };

export function makeRanks() {
  const given = three({ severity: 8 });
  return { given: [{ mode: 'bearing_wear', ...pump, ...given }], changes: [{ id: 1, at: iso(NOW0 - 9 * DAY), by: 'tom', mode: 'bearing_wear', scope: pump, before: three({}), after: given, note: 'the line stands for a shift', machines: words(pump), undoes: null }] };
}

const near = (a) => (a.asset?.length ?? 0) * 2 + (a.template === null ? 0 : 1);
const fits = (at, asset) => (at.template === null || at.template === asset.template) && (at.asset === null || asset.path === at.asset || asset.path.startsWith(`${at.asset}/`));
const givenFor = (ranks, mode, asset) => ranks.given.filter((at) => at.mode === mode && fits(at, asset)).sort((a, b) => near(a) - near(b));

/** The ranks that hold on a machine. */
export function ranksOn(ranks, mode, asset) {
  const [severity, occurrence, detection] = TEMPLATE[mode];
  const own = givenFor(ranks, mode, asset);
  const held = own.reduce((held, at) => Object.fromEntries(KEYS.map((key) => [key, at[key] ?? held[key]])), { severity, occurrence, detection });
  return { ...held, ranked_by: own.length > 0 ? 'site' : 'template', own: own.some((at) => at.detection !== null) };
}

export function ranksOf(ranks, asset) {
  const seen = { failure_mode: 'cavitation', failures: 6, machines: 3, machine_hours: 21_400, mtbf_h: 3567, rank: 4, range: [4, 5] };
  return Object.entries(TEMPLATE).map(([mode, [severity, occurrence, detection]]) => ({
    mode, template: { severity, occurrence, detection }, seen: mode === 'cavitation' ? seen : null,
    given: givenFor(ranks, mode, asset).map((at) => ({ template: at.template, asset: at.asset, machines: words(at), ...three(at) })),
  }));
}

function write(ranks, mode, scope, after, more, invalid) {
  const at = ranks.given.find((one) => one.mode === mode && same(one, scope));
  const before = three(at ?? {});
  if (JSON.stringify(before) === JSON.stringify(after)) throw invalid('nothing would change', 'give other ranks');
  ranks.given = [...ranks.given.filter((one) => one !== at), { mode, ...scope, ...after }].filter((one) => KEYS.some((key) => one[key] !== null));
  const change = { id: ranks.changes[0].id + 1, at: iso(Date.now()), by: 'admin', mode, scope, before, after, note: '', machines: words(scope), undoes: null, ...more };
  ranks.changes.unshift(change);
  return change;
}

export const putRanks = (ranks, body, invalid) => write(ranks, body.mode, { template: body.template ?? null, asset: body.asset ?? null }, three(body), { note: body.note ?? '' }, invalid);

export function undoRanks(ranks, id, invalid) {
  const change = ranks.changes.find((one) => one.id === id);
  const now = three(ranks.given.find((one) => one.mode === change.mode && same(one, change.scope)) ?? {});
  if (JSON.stringify(now) !== JSON.stringify(change.after)) throw invalid(`the ranks of ${change.mode} have been changed since change ${id}`, 'take the later change back first, or give the ranks anew');
  return write(ranks, change.mode, change.scope, change.before, { undoes: id }, invalid);
}
