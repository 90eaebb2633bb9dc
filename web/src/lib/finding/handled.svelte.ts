// What people already do about findings: the open work orders and the cases in hand, by number of the finding.

import * as api from '../api/endpoints';
import type { CaseEntry, OrderView } from '../api/schema';
import { Loader } from '../loader.svelte';

export interface Handled {
  orders: Map<number, OrderView>;
  cases: Map<number, CaseEntry>;
}

/** Reads both lists; a page without them shows what Gemba advises instead. */
export const handled = new Loader<Handled>(async () => {
  const [orders, cases] = await Promise.all([api.orders(), api.cases()]);
  return {
    orders: new Map(orders.flatMap((order) => (order.finding === null ? [] : [[order.finding, order]]))),
    cases: new Map(cases.map((one) => [one.finding, one])),
  };
});
