// Whether Gemba answers. What failed while it did not is read again by itself once it is back.

const PROBE_MS = 3_000;

/** `since` is when it fell silent, ms; null while it answers. */
export const reach = $state<{ since: number | null }>({ since: null });

const waiting = new Set<() => unknown>();
let timer: ReturnType<typeof setInterval> | null = null;

/** Runs `work` once when Gemba answers again. */
export function whenBack(work: () => unknown): void {
  waiting.add(work);
}

/** A request got no answer. */
export function fellSilent(): void {
  reach.since ??= Date.now();
  timer ??= setInterval(() => void probe(), PROBE_MS);
}

/** A request was answered, with whatever. */
export function answered(): void {
  if (reach.since === null) return;
  reach.since = null;
  if (timer) clearInterval(timer);
  timer = null;
  const list = [...waiting];
  waiting.clear();
  for (const work of list) void work();
}

const GATEWAY = [502, 504]; // what a proxy in front says when nobody is behind it

/** Whether an answer came from Gemba itself. */
export const isOwn = (status: number): boolean => !GATEWAY.includes(status);

/** Asks for a sign of life, whatever page is open. */
export async function probe(): Promise<boolean> {
  const reply = await fetch('/healthz', { cache: 'no-store' }).catch(() => null);
  const up = reply !== null && isOwn(reply.status);
  if (up) answered();
  else fellSilent();
  return up;
}
