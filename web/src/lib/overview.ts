// The plant rolled up: groups of machines, totals, the order of attention.

import type { Asset, Finding, Priority, QualityWord } from './api/types';
import { PRIORITIES, worst, worstQuality } from './words';

export interface Group {
  path: string;
  title: string;
  assets: Asset[];
}

/** Assets that nothing stands below of: the machines. */
export function leaves(assets: Asset[]): Asset[] {
  const parents = new Set(assets.map((asset) => parentPath(asset.path)));
  return assets.filter((asset) => !parents.has(asset.path));
}

export const parentPath = (path: string): string => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '');

function rank(asset: Asset): number {
  const alarm = asset.state.alarm ? PRIORITIES.indexOf(asset.state.alarm) : PRIORITIES.length;
  return alarm * 10 - Math.min(9, asset.state.findings);
}

/** Machines under the place they stand in; inside a group the worst first, then by name. */
export function groupsOf(assets: Asset[]): Group[] {
  const names = new Map(assets.map((asset) => [asset.path, asset.name]));
  const groups = new Map<string, Asset[]>();
  for (const asset of leaves(assets)) {
    const path = parentPath(asset.path);
    groups.set(path, [...(groups.get(path) ?? []), asset]);
  }
  return [...groups.entries()]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([path, list]) => ({
      path,
      title: titleOf(path, names),
      assets: list.sort((a, b) => rank(a) - rank(b) || a.path.localeCompare(b.path, undefined, { numeric: true })),
    }));
}

/** The last two levels by the names that people gave them. */
function titleOf(path: string, names: Map<string, string>): string {
  if (!path) return 'Plant';
  const up = parentPath(path);
  const own = (p: string) => names.get(p) || p.split('/').at(-1) || p;
  return up ? `${own(up)} › ${own(path)}` : own(path);
}

/** Active findings by what weighs most, how bad times how sure; then those that are over, newest first. */
export function byWeight(a: Finding, b: Finding): number {
  if (a.state !== b.state) return a.state === 'active' ? -1 : 1;
  if (a.state === 'cleared') return b.until.localeCompare(a.until);
  return b.severity * b.probability - a.severity * a.probability;
}

export interface Totals {
  machines: number;
  learning: number;
  watching: number;
  abnormal: number;
  findings: number;
  quality: Record<QualityWord, number>;
}

export function totals(assets: Asset[]): Totals {
  const out: Totals = {
    machines: 0, learning: 0, watching: 0, abnormal: 0, findings: 0,
    quality: { good: 0, uncertain: 0, stale: 0, bad: 0, none: 0 },
  };
  for (const { state } of leaves(assets)) {
    out.machines += 1;
    out.findings += state.findings;
    out.quality[state.quality] += 1;
    if (state.monitor?.state === 'learning') out.learning += 1;
    if (state.monitor?.state === 'watching') out.watching += 1;
    if (state.alarm || state.findings > 0) out.abnormal += 1;
  }
  return out;
}

export interface Rolled {
  alarm: Priority | null;
  findings: number;
  quality: QualityWord;
}

const NOTHING: Rolled = { alarm: null, findings: 0, quality: 'none' };

/** The state of every place: the worst of what stands below it, itself included. */
export function rollUps(assets: Asset[]): Map<string, Rolled> {
  const out = new Map<string, Rolled>();
  for (const { path, state } of assets) {
    for (let place = path; place; place = parentPath(place)) {
      const sum = out.get(place) ?? NOTHING;
      out.set(place, {
        alarm: worst([sum.alarm, state.alarm]),
        findings: sum.findings + state.findings,
        quality: worstQuality([sum.quality, state.quality]),
      });
    }
  }
  return out;
}
