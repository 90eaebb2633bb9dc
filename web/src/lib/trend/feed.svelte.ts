// Reads what the lanes show: signals' names once, ranges whenever the range, the width or the clock moves.

import * as api from '../api/endpoints';
import { ApiError, asProblem } from '../api/client';
import type { RangeSeries, Signal } from '../api/types';
import { reach, whenBack } from '../reach.svelte';
import type { Span } from '../time/parse';
import { asSignal, isFormula, placeOf, type Formula } from './formula';

const names = $state<Record<number, Signal | null>>({});

const NO_SUCH = 404;
const REFUSED = 400;

/** A signal by number; asked for once, null when there is none of that number. */
export function signalOf(id: number): Signal | null | undefined {
  return names[id];
}

/** What a signal is drawn in; signals of one unit share a scale. */
export const unitOf = (id: number): string => names[id]?.unit ?? '';

/** How many scales stand at the right of the lane that needs most. */
export const rightAxesOf = (lanes: number[][]): number => Math.max(0, ...lanes.map((lane) => new Set(lane.map(unitOf)).size - 1));

export async function learnNames(ids: number[]): Promise<void> {
  const missing = ids.filter((id) => !isFormula(id) && !(id in names));
  await Promise.all(
    missing.map(async (id) => {
      try {
        names[id] = await api.signal(id);
      } catch (error) {
        if (error instanceof ApiError && error.status === NO_SUCH) names[id] = null;
        else whenBack(() => learnNames([id]));
      }
    }),
  );
}

export function rememberSignals(list: Signal[]): void {
  for (const signal of list) names[signal.id] = signal;
}

/** What is compared with: which of the lanes, over which time. */
export interface Past {
  ids: number[];
  span: Span;
}

export class Feed {
  series = $state.raw<Map<number, RangeSeries>>(new Map());
  past = $state.raw<Map<number, RangeSeries>>(new Map());
  span = $state.raw<Span>({ from: 0, to: 1 });
  problem = $state<ApiError | null>(null);
  busy = $state(false);
  loaded = $state(false);
  /** Formulas that cannot be had, and why. */
  wrong = $state.raw<Map<number, ApiError>>(new Map());
  private turn = 0;

  /** Reads `ids` over `span`, and those of `past` over another one to compare with. Numbers below zero are formulas. */
  async read(ids: number[], span: Span, width: number, past: Past | null, formulas: Formula[] = []): Promise<void> {
    this.turn += 1;
    const mine = this.turn;
    this.busy = true;
    try {
      const wrong = new Map<number, ApiError>();
      const ask = async (all: number[], over: Span) => {
        const stored = all.filter((id) => !isFormula(id));
        const px = Math.max(1, Math.round((width * (over.to - over.from)) / (span.to - span.from)));
        const made = await Promise.all(all.filter(isFormula).map((id) => this.compute(id, formulas[placeOf(id)], over, px, wrong)));
        return [...(stored.length > 0 ? (await api.range(stored, over.from, over.to, px)).series : []), ...made.filter((one) => one !== null)];
      };
      const [now, before] = await Promise.all([ask(ids, span), past && past.span.to > past.span.from ? ask(past.ids, past.span) : []]);
      if (mine !== this.turn) return;
      this.series = new Map(now.map((s) => [s.signal, s]));
      this.past = new Map(before.map((s) => [s.signal, s]));
      this.wrong = wrong;
      this.span = span;
      this.problem = null;
      this.loaded = true;
    } catch (error) {
      if (mine !== this.turn) return;
      this.problem = asProblem(error);
      if (reach.since !== null) whenBack(() => mine === this.turn && this.read(ids, span, width, past, formulas));
    }
    this.busy = false;
  }

  /** A formula's values; one that cannot be had keeps no other lane from being seen. */
  private async compute(id: number, formula: Formula | undefined, span: Span, width: number, wrong: Map<number, ApiError>): Promise<RangeSeries | null> {
    if (!formula) return null;
    try {
      const reply = await api.formula(formula.text, span.from, span.to, width);
      names[id] = asSignal(id, formula, reply);
      return { ...reply, signal: id };
    } catch (error) {
      names[id] = asSignal(id, formula, null);
      const problem = asProblem(error);
      if (problem.status < REFUSED) throw error; // no answer at all
      wrong.set(id, problem);
      return null;
    }
  }
}

const FASTEST_MS = 1_000;
const SLOWEST_MS = 60_000;

/** How often a moving range is read again: about once per pixel of movement. */
export const refreshMs = (span: Span): number => Math.min(SLOWEST_MS, Math.max(FASTEST_MS, (span.to - span.from) / 900));
