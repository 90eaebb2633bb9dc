// Which version watches and what waits: read once for all parts of a page, oftener while one is on its way into service.

import * as api from '../api/endpoints';
import type { ModelsView } from '../api/schema';
import { Loader } from '../loader.svelte';
import { attempt } from '../toasts.svelte';

const CALM_MS = 30_000;
const BUSY_MS = 1_000;

export const models = new Loader<ModelsView>(api.models);

/** Keeps `models` fresh until the function that it hands back is called. `changed` hears that a version has arrived. */
export function followModels(changed: () => void = () => undefined): () => void {
  let timer: ReturnType<typeof setTimeout>;
  let over = false;
  const look = async () => {
    const before = models.data?.in_service.id;
    if (!document.hidden || models.data === null) await models.load();
    if (over) return;
    if (before !== undefined && models.data?.in_service.id !== before) changed();
    timer = setTimeout(() => void look(), models.data?.switching ? BUSY_MS : CALM_MS);
  };
  void look();
  return () => {
    over = true;
    clearTimeout(timer);
  };
}

/** Does something about versions, says so, and looks again until it has come about. */
export async function change(what: () => Promise<ModelsView>, done: string, undo: (() => void) | null = null): Promise<void> {
  const before = models.data?.in_service.id;
  await attempt(async () => (models.data = await what()), done, undo);
  while (models.data?.switching && models.data.in_service.id === before) {
    await new Promise((again) => setTimeout(again, BUSY_MS));
    await models.load();
  }
  await models.load();
}
