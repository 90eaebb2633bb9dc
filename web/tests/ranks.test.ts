import { describe, expect, it } from 'vitest';
import type { ModeRanks } from '$lib/api/schema';
import { before, concerns, givenAt, scopesOf, widerThan } from '$lib/work/ranks';

const at = (template: string | null, asset: string | null, ranks: (number | null)[]) => ({ template, asset, machines: '', severity: ranks[0] ?? null, occurrence: ranks[1] ?? null, detection: ranks[2] ?? null });
const PUMP = 'acme/north/pump-1';
const ranks: ModeRanks = {
  mode: 'cavitation', template: { severity: 5, occurrence: 5, detection: 4 }, seen: null,
  given: [at(null, null, [2, 7, null]), at('pump', null, [null, 8, null]), at(null, PUMP, [9, null, null])],
};

describe('ranks of a site', () => {
  it('can be given for the machine alone and for its kind here and above', () => {
    expect(scopesOf(PUMP, 'pump')).toEqual([{ template: null, asset: PUMP }, { template: 'pump', asset: 'acme/north' }, { template: 'pump', asset: 'acme' }, { template: 'pump', asset: null }]);
    expect(scopesOf(PUMP, null)).toEqual([{ template: null, asset: PUMP }]);
  });
  it('hold from the wider to the nearer', () => {
    const [own, , , kind] = scopesOf(PUMP, 'pump');
    if (!own || !kind) throw new Error('scopes');
    expect(givenAt(ranks, kind)).toEqual({ severity: null, occurrence: 8, detection: null });
    expect(widerThan(ranks, kind)).toEqual({ severity: 2, occurrence: 7, detection: 4 });
    expect(widerThan(ranks, own)).toEqual({ severity: 2, occurrence: 8, detection: 4 });
    const wanted = { severity: 3, occurrence: null, detection: null };
    expect(before(ranks, kind, wanted).map((one) => one.asset)).toEqual([PUMP]);
    expect(before(ranks, own, wanted)).toEqual([]);
  });
  it('concern machines below their place that follow their template', () => {
    const change = (template: string | null, asset: string | null) => ({ id: 1, at: '', by: '', mode: '', scope: { template, asset }, before: at(null, null, []), after: at(null, null, []), note: '', machines: '', undoes: null });
    expect(concerns(change('pump', 'acme/north'), PUMP, 'pump')).toBe(true);
    expect(concerns(change('fan', null), PUMP, 'pump')).toBe(false);
    expect(concerns(change(null, 'acme/nor'), PUMP, 'pump')).toBe(false);
  });
});
