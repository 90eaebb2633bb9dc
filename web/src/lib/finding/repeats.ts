// What comes and goes on a machine is one row: the newest finding, how often it came, since when, and each of them.

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
}

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
    const fresh = { finding, before: [], first: toMs(finding.since) };
    if (!known) newest.set(same, fresh);
    out.push(fresh);
  }
  return out.sort((a, b) => byWeight(a.finding, b.finding));
}

const ACTIVE_MOST = 200; // more than a person can look at
const PAST_MOST = 40; // enough to tell what comes again and again
const PAST_MS = 60_000; // what is over changes seldom: read once a minute at most

let past: { at: number; items: Finding[] } = { at: 0, items: [] };

async function readPast(): Promise<Finding[]> {
  if (Date.now() - past.at > PAST_MS) past = { at: Date.now(), items: (await api.findings({ state: 'cleared', limit: PAST_MOST })).items };
  return past.items;
}

/** What is active, worst first, with how often it came before. */
export async function readActive(): Promise<Repeat[]> {
  const [active, over] = await Promise.all([api.findings({ state: 'active', limit: ACTIVE_MOST }), readPast()]);
  const known = new Set(active.items.map((one) => one.id));
  return grouped([...active.items, ...over.filter((one) => !known.has(one.id))]).filter((one) => one.finding.state === 'active');
}
