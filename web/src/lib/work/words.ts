// The words and sums of maintenance work.

import type { Considered, Obstacle, OrderState, OrderView, PlacementView, PlanView } from '../api/schema';
import { session } from '../session.svelte';
import { number, toTheMinute } from '../time/format';
import { toMs } from '../time/parse';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

export const ORDER_STATE: Record<OrderState, { word: string; hint: string }> = {
  open: { word: 'Open', hint: 'written; nobody has said when' },
  planned: { word: 'Planned', hint: 'it has its hours' },
  in_progress: { word: 'In progress', hint: 'somebody is at it' },
  done: { word: 'Done', hint: 'it was done' },
  cancelled: { word: 'Cancelled', hint: 'it is not to be done' },
};

export const isOver = (order: OrderView): boolean => order.state === 'done' || order.state === 'cancelled';

/** An amount in the site's currency; what nobody gave is not made up. */
export const money = (value: number | null | undefined): string => (value === null || value === undefined ? 'not known' : `${number(value, 0)} ${session.current?.currency ?? ''}`.trim());

/** Hours as people say them: `45 min`, `3.5 h`, `12 days`. */
export function hours(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (value >= 72) return `${number(Number((value / 24).toFixed(value < 240 ? 1 : 0)))} days`;
  return value < 1 ? `${Math.round(value * 60)} min` : `${number(value)} h`;
}

export function obstacle(why: Obstacle): string {
  switch (why.why) {
    case 'other_machines': return 'for other machines';
    case 'past': return 'has begun';
    case 'too_short': return 'too short for what is in it';
    case 'part_missing': return `part ${why.number} is not there by then`;
    case 'crew_full': return `${why.skill || 'the crew'} has no hours left`;
  }
}

/** When work that ended `to` may have begun: as long ago as it was to take, but not before the order was written. */
export const worked = (order: OrderView, to: number): number => Math.min(Math.max(to - order.hours * HOUR_MS, toMs(order.created) ?? 0), to - MINUTE_MS);

/** What doing an order costs where the plan has put it; an order of which no cost is known costs not nothing. */
export const doing = (order: OrderView, at: Considered | null | undefined): number | null => (at && at.doing > 0 ? at.doing : order.cost);

/** Whether anything says how likely a failure is while an order waits. */
export const weighed = (plan: PlanView): boolean => plan.placements.some((p) => p.considered.some((c) => c.chance !== null));

export const total = (c: Considered): number => c.doing + c.waiting;

/** What the plan says of an order, with the window it chose. */
export function placed(plan: PlanView | null, id: number): { placement: PlacementView; at: Considered | null } | null {
  const placement = plan?.placements.find((p) => p.order === id);
  return placement ? { placement, at: placement.considered.find((c) => c.window === placement.window) ?? null } : null;
}

/** Orders whose hours the plan would change. */
export function changes(plan: PlanView, orders: OrderView[]): number {
  const differs = (p: PlacementView): boolean => {
    const now = orders.find((o) => o.id === p.order)?.planned ?? null;
    return toMs(now?.from) !== toMs(p.hours?.from) || toMs(now?.to) !== toMs(p.hours?.to);
  };
  return plan.placements.filter(differs).length;
}

/** Hours of work by skill that orders take of a window: those of the plan, else those that are written. */
export function usedHours(plan: PlanView, orders: OrderView[], window: number): Record<string, number> {
  const used: Record<string, number> = {};
  for (const p of plan.placements.filter((q) => q.window === window)) {
    const order = orders.find((o) => o.id === p.order);
    if (order) used[order.skill] = (used[order.skill] ?? 0) + order.hours * order.people;
  }
  return used;
}

export interface Need {
  wanted: number;
  onHand: number;
  coming: number;
}

/** Of a part: how many open orders want, how many are there, and how many come in. */
export function need(number: string, orders: OrderView[], arrivals: { at?: string | null; quantity: number }[], now: number): Need {
  const wanted = orders.filter((o) => !isOver(o)).flatMap((o) => o.parts).filter((p) => p.number === number);
  const there = (a: { at?: string | null }) => !a.at || (toMs(a.at) ?? 0) <= now;
  const sum = (list: { quantity: number }[]) => list.reduce((s, a) => s + a.quantity, 0);
  return { wanted: sum(wanted), onHand: sum(arrivals.filter(there)), coming: sum(arrivals.filter((a) => !there(a))) };
}

/** A moment to the minute: nobody plans seconds. */
export const minute = (when: string | null | undefined, zone: string): string => toTheMinute(toMs(when), zone);

export interface Stay {
  left: number;
  width: number;
}

/** Where a stretch lies on an axis, per cent; null when it lies outside. */
export function stay(span: { from: string; to: string } | null, from: number, to: number): Stay | null {
  const [a, b] = [toMs(span?.from), toMs(span?.to)];
  if (a === null || b === null || b <= from || a >= to) return null;
  const at = (ms: number) => (100 * (Math.min(to, Math.max(from, ms)) - from)) / (to - from);
  return { left: at(a), width: at(b) - at(a) };
}

/** Hours between two times of day. */
export const between = (span: { from: string; to: string }): number => ((toMs(span.to) ?? 0) - (toMs(span.from) ?? 0)) / HOUR_MS;
