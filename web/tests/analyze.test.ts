// The words of a report about a table.

import { expect, test } from 'vitest';
import { byChance, facts, missing } from '../src/lib/analyze/words';
import type { TableSignal } from '../src/lib/api/schema';

test('a chance and what is missing are not rounded to nothing or to all', () => {
  expect([byChance(0), byChance(0.0123), byChance(2e-5)]).toEqual(['p < 1e-12', 'p = 0.012', 'p = 2e-5']);
  expect([0.0001, 0.0123, 0.99975, 1].map(missing)).toEqual(['less than 0.1 % missing', '1.2 % missing', 'more than 99.9 % missing', '100.0 % missing']);
});

test('a kind that stands in its own column is not told twice', () => {
  const shift = { name: 'shift', kind: 'state', unit: '', range: null, states: ['early', 'late'], missing: 0 } as unknown as TableSignal;
  expect([facts(shift), facts(shift, false)]).toEqual(['states · early, late', 'early, late']);
});
