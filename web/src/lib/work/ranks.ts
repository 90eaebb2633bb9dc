// Ranks of failure modes as a site gives them: for which machines, what holds where several fit, what that makes.

import type { GivenAt, ModeRanks, RankChange } from '../api/schema';
import type { RankKey } from './fmea';

export interface Scope {
  template: string | null;
  asset: string | null;
}
export type Three = Record<RankKey, number | null>;

const KEYS: RankKey[] = ['severity', 'occurrence', 'detection'];
const NONE: Three = { severity: null, occurrence: null, detection: null };

export const sameScope = (a: Scope, b: Scope): boolean => a.template === b.template && a.asset === b.asset;

/** For which machines ranks can be given from a machine's page: it alone, or its kind here, above, and everywhere. */
export function scopesOf(path: string, template: string | null): Scope[] {
  const parts = path.split('/');
  const above = parts.slice(0, -1).map((_, i) => parts.slice(0, parts.length - 1 - i).join('/'));
  const kinds = template ? [...above.map((asset) => ({ template, asset })), { template, asset: null }] : [];
  return [{ template: null, asset: path }, ...kinds];
}

/** The nearer goes before the wider, as the server has it: the longer place, then one for a template. */
function nearer(a: Scope, b: Scope): number {
  const [left, right] = [a.asset?.length ?? 0, b.asset?.length ?? 0];
  return left - right || Number(a.template !== null) - Number(b.template !== null);
}

const given = (ranks: ModeRanks | null, scope: Scope): GivenAt[] => (ranks?.given ?? []).filter((at) => sameScope(at, scope));

/** What is given for just these machines. */
export const givenAt = (ranks: ModeRanks | null, scope: Scope): Three => {
  const last = given(ranks, scope).at(-1);
  return last ? { severity: last.severity, occurrence: last.occurrence, detection: last.detection } : { ...NONE };
};

/** What holds for these machines without what is given for them: of wider scopes, in the end of the template. */
export function widerThan(ranks: ModeRanks | null, scope: Scope): Three {
  const known: Three = ranks?.template ? { ...ranks.template } : { ...NONE };
  for (const at of ranks?.given ?? []) {
    if (!sameScope(at, scope) && nearer(at, scope) <= 0) for (const key of KEYS) known[key] = at[key] ?? known[key];
  }
  return known;
}

/** Those that are nearer to the machine and give a rank that would be given here: they go before. */
export const before = (ranks: ModeRanks | null, scope: Scope, wanted: Three): GivenAt[] =>
  (ranks?.given ?? []).filter((at) => nearer(at, scope) > 0 && KEYS.some((key) => at[key] !== null && wanted[key] !== null));

/** What a change does, such as `occurrence 4 → 7`; a dash for what is as for more machines. */
export const stepOf = (change: RankChange): string =>
  KEYS.filter((key) => change.before[key] !== change.after[key]).map((key) => `${key} ${change.before[key] ?? '–'} → ${change.after[key] ?? '–'}`).join(', ');

/** Whether a change was about a machine. */
export const concerns = (change: RankChange, path: string, template: string | null): boolean =>
  (change.scope.template === null || change.scope.template === template) && (change.scope.asset === null || path === change.scope.asset || path.startsWith(`${change.scope.asset}/`));
