// Machines and places to choose from, and their failure modes.

import * as api from '../api/endpoints';
import { assetName, byPath, levelWord, plant } from '../plant.svelte';

/** Machines first, each with its path and what people call it. */
export function machines(): { path: string; name: string }[] {
  const leaf = plant.assets.filter((a) => levelWord(a) === 'asset' || a.template);
  return (leaf.length > 0 ? leaf : plant.assets).map((a) => ({ path: a.path, name: assetName(a) })).sort((a, b) => a.name.localeCompare(b.name));
}

/** Every place, by path. */
export const places = (): string[] => plant.assets.map((a) => a.path).sort();

/** The failure modes of a machine's template; empty when it has none. */
export async function modesOf(path: string): Promise<{ id: string; name: string }[]> {
  const template = byPath(path)?.template;
  if (!template) return [];
  const all = await api.templates().catch(() => []);
  return all.find((t) => t.name === template)?.failure_modes ?? [];
}

/** A field of wall-clock time as RFC 3339; null when it is empty or unreadable. */
export const isoOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
