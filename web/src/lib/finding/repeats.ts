// One row for what is one thing to look at: what comes and goes on a machine, and what shows at the same time of one fault.

import * as api from '../api/endpoints';
import type { Finding } from '../api/types';
import { byWeight } from '../overview';
import { toMs } from '../time/parse';

export interface Repeat {
  /** The newest of them, or the one that is active. */
  finding: Finding;
  /** Those before it that are over, newest first. */
  before: Finding[];
  /** When the first of them began, ms. */
  first: number | null;
  /** What else holds of the same machine, worst first: a fault shows in more than one way. */
  signs: Finding[];
}

/** A row of one finding and nothing else. */
export const alone = (finding: Finding): Repeat => ({ finding, before: [], first: toMs(finding.since), signs: [] });

/** All that a row is about and that holds. */
export const ofRow = (row: Repeat): Finding[] => [row.finding, ...row.signs];

const begin = (finding: Finding): number => toMs(finding.since) ?? Number.POSITIVE_INFINITY;

/** What a title says apart from its figures: `18.0 times its usual` and `24.3 times` are one condition. */
const condition = (title: string): string => title.replace(/\d[\d.,]*/g, '#');

/** Findings of one machine and condition in one row. What is active is never hidden: a second active one has its own row. */
export function grouped(list: Finding[]): Repeat[] {
  const newest = new Map<string, Repeat>();
  const out: Repeat[] = [];
  for (const finding of [...list].sort((a, b) => b.id - a.id)) {
    const same = `${finding.asset} ${condition(finding.title)}`;
    const known = newest.get(same);
    if (known && finding.state === 'cleared') {
      known.before.push(finding);
      known.first = Math.min(known.first ?? Number.POSITIVE_INFINITY, begin(finding));
      continue;
    }
    const fresh = alone(finding);
    if (!known) newest.set(same, fresh);
    out.push(fresh);
  }
  return out.sort((a, b) => byWeight(a.finding, b.finding));
}

const LEADS = 0.5; // damage that is named leads what weighs up to twice as much: it says more than that a signal is off
const heavy = (finding: Finding): number => finding.severity * finding.probability;
const ofMachine = (finding: Finding): boolean => finding.kind !== 'sensor_fault' && finding.kind !== 'data_quality';

/** Rows of the same machine that hold at the same time as one: what leads, and its other signs. A faulty sensor is its own affair. */
export function concerns(rows: Repeat[]): Repeat[] {
  const machines = new Map<number, Repeat[]>();
  const out: Repeat[][] = [];
  for (const row of [...rows].sort((a, b) => byWeight(a.finding, b.finding))) {
    const { finding } = row;
    const open = finding.state === 'active' && ofMachine(finding);
    const known = open ? machines.get(finding.asset) : undefined;
    if (known) known.push(row);
    else {
      const fresh = [row];
      if (open) machines.set(finding.asset, fresh);
      out.push(fresh);
    }
  }
  return out.map(led);
}

/** Rows of one machine, the heaviest first, as one. */
function led(rows: Repeat[]): Repeat {
  const most = Math.max(...rows.map((row) => heavy(row.finding)));
  const named = rows.find((row) => row.finding.kind === 'degradation' && heavy(row.finding) >= LEADS * most);
  const lead = named ?? (rows[0] as Repeat);
  return { ...lead, signs: rows.filter((row) => row !== lead).map((row) => row.finding) };
}

/** How a row is told: as bad as its worst sign, since its first, with the shortest time left, and what to do by what names a failure. */
export function told(row: Repeat): { heaviest: Finding; since: number | null; soonest: Finding | null; adviser: Finding } {
  const all = ofRow(row);
  const begins = all.map((one) => toMs(one.since)).filter((at) => at !== null);
  const left = all.filter((one) => one.rul && one.state === 'active').sort((a, b) => (a.rul?.lo ?? 0) - (b.rul?.lo ?? 0));
  const most = Math.max(...all.map(heavy));
  return {
    adviser: all.find((one) => one.failure_mode && heavy(one) >= LEADS * most) ?? row.finding,
    heaviest: all.reduce((most, one) => (one.severity > most.severity ? one : most)),
    since: begins.length > 0 ? Math.min(...begins) : null,
    soonest: left[0] ?? null,
  };
}

const ACTIVE_MOST = 200; // more than a person can look at
const PAST_MOST = 40; // enough to tell what comes again and again
const PAST_MS = 60_000; // what is over changes seldom: read once a minute at most

let past: { at: number; items: Finding[] } = { at: 0, items: [] };

async function readPast(): Promise<Finding[]> {
  if (Date.now() - past.at > PAST_MS) past = { at: Date.now(), items: (await api.findings({ state: 'cleared', limit: PAST_MOST })).items };
  return past.items;
}

/** What is active and not muted, worst first, with how often it came before. */
export async function readActive(): Promise<Repeat[]> {
  const [active, over] = await Promise.all([api.findings({ state: 'active', muted: false, limit: ACTIVE_MOST }), readPast()]);
  const known = new Set(active.items.map((one) => one.id));
  return grouped([...active.items, ...over.filter((one) => !known.has(one.id))]).filter((one) => one.finding.state === 'active');
}
