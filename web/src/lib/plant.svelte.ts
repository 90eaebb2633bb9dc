// The asset tree that every page shares: read once, read again when the server says that it changed.

import * as api from './api/endpoints';
import { asProblem, type ApiError } from './api/client';
import type { Asset } from './api/types';
import { onEvent } from './live/live.svelte';
import { gather } from './loader.svelte';

const SETTLE_MS = 400; // bursts of events end in one read
const REFRESH_MS = 30_000; // learning progress moves without an event

export const plant = $state<{ assets: Asset[]; loaded: boolean; problem: ApiError | null }>({
  assets: [],
  loaded: false,
  problem: null,
});

export async function readPlant(): Promise<void> {
  try {
    plant.assets = await api.assets();
    plant.problem = null;
  } catch (error) {
    plant.problem = asProblem(error);
  }
  plant.loaded = true;
}

export const readPlantSoon = gather(SETTLE_MS, readPlant);

/** Starts following the plant; hands back the way to stop. */
export function followPlant(): () => void {
  void readPlant();
  const stops = ['catalogue', 'alarm', 'finding'].map((name) => onEvent(name, readPlantSoon));
  const tick = setInterval(readPlantSoon, REFRESH_MS);
  return () => {
    clearInterval(tick);
    for (const stop of stops) stop();
  };
}

export const assetName = (asset: Asset): string => asset.name || asset.path.split('/').at(-1) || asset.path;
let seen: { of: Asset[]; times: Map<string, number> } = { of: [], times: new Map() };

/** How many assets end in these last parts of a path. */
function ending(tail: string): number {
  if (seen.of !== plant.assets) {
    const times = new Map<string, number>();
    for (const { path } of plant.assets) {
      const parts = path.split('/');
      for (let i = 1; i <= parts.length; i += 1) {
        const end = parts.slice(-i).join('/');
        times.set(end, (times.get(end) ?? 0) + 1);
      }
    }
    seen = { of: plant.assets, times };
  }
  return seen.times.get(tail) ?? 0;
}

/**
 * What an asset is called away from the tree: the name that people gave it, else as much of the end of its path as says which it is,
 * and never a bare number.
 */
export function placeName(path: string, name: string): string {
  const parts = path.split('/');
  const last = parts.at(-1) ?? path;
  if (name && name !== last) return name;
  for (let i = 1; i < parts.length; i += 1) {
    const tail = parts.slice(-i).join('/');
    if (/[a-z]{2}/i.test(tail) && ending(tail) <= 1) return tail;
  }
  return path || name;
}

export const byId = (id: number): Asset | undefined => plant.assets.find((asset) => asset.id === id);
export const byPath = (path: string): Asset | undefined => plant.assets.find((asset) => asset.path === path);
/** What people call the asset at a path; the path itself when it is not known. */
export const nameAt = (path: string): string => {
  const asset = byPath(path);
  return asset ? assetName(asset) : path;
};
export const levelWord = (asset: Asset): string => (typeof asset.level === 'string' ? asset.level : asset.level.other);

/** The link to an asset's page. */
export const assetLink = (path: string, tab = ''): string => `/a/${path}${tab ? `?tab=${tab}` : ''}`;
