// Formulas of the trend explorer: kept in the URL, in lanes by numbers below zero (-1 is the first one).

import type { FormulaView } from '../api/schema';
import type { Signal } from '../api/types';
import type { Lanes } from './state';

export interface Formula {
  text: string;
  /** What a person calls its unit; empty: as the signals say. */
  unit: string;
}

export const FORMULAS_MAX = 6; // each is a walk through the samples

export function parseFormulas(text: string): Formula[] {
  const parts = text.split(';').map((part) => part.split('|'));
  return parts.flatMap(([of = '', unit = '']) => (of.trim() ? [{ text: of.trim(), unit: unit.trim() }] : [])).slice(0, FORMULAS_MAX);
}

/** Signs that part formulas in the URL are none of a formula. */
const plain = (text: string): string => text.replace(/[;|]/g, ' ').trim();
export const writeFormulas = (list: Formula[]): string => list.map(({ text, unit }) => (plain(unit) ? `${plain(text)}|${plain(unit)}` : plain(text))).join(';');

/** The number by which the formula at this place stands in lanes. */
export const idAt = (place: number): number => -1 - place;
export const placeOf = (id: number): number => -1 - id;
export const isFormula = (id: number): boolean => id < 0;

/** Lanes and formulas without one; those behind it move up. */
export function withoutFormula(lanes: Lanes, list: Formula[], id: number): { lanes: Lanes; list: Formula[] } {
  const moved = lanes.map((lane) => lane.filter((other) => other !== id).map((other) => (other < id ? other + 1 : other)));
  return { lanes: moved.filter((lane) => lane.length > 0), list: list.filter((_, place) => idAt(place) !== id) };
}

/** As people read it: of full names the last part. */
export const said = (text: string): string => text.replace(/"([^"]*)"/g, (_, name: string) => name.split('/').at(-1) ?? name);

/** A name as it is written in a formula. */
export const quoted = (full: string): string => `"${full}"`;

/** What a formula is to lanes, tables and charts: a gauge. */
export function asSignal(id: number, { text, unit }: Formula, reply: FormulaView | null): Signal {
  const symbol = unit || reply?.unit_symbol || '';
  return {
    id, asset: 0, name: said(text), full_name: text, kind: 'gauge', role: 'other', unit: unit || reply?.unit || '', unit_symbol: symbol, range: null, decimals: null,
    states: [], description: text, quiet_in: [], limits: null, limit_lines: [], bands: [], binding: null, computed: false, last: null,
  };
}
