// What a person chose for this browser: theme, time zone, shortcuts, pinned signals. Kept in localStorage.

import { session } from './session.svelte';

export interface Prefs {
  theme: 'auto' | 'light' | 'dark';
  zone: 'site' | 'utc' | 'browser';
  shortcuts: boolean;
  pins: number[];
  narrowNav: boolean;
}

const KEY = 'gemba.prefs';
const START: Prefs = { theme: 'auto', zone: 'site', shortcuts: true, pins: [], narrowNav: false };

export function readStored<T>(key: string, fallback: T): T {
  try {
    const text = localStorage.getItem(key);
    return text ? (JSON.parse(text) as T) : fallback;
  } catch {
    return fallback; // storage may be off or hold something else's words
  }
}

export function writeStored(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // a full or forbidden storage costs the memory of a choice, nothing more
  }
}

export const prefs: Prefs = $state({ ...START, ...readStored<Partial<Prefs>>(KEY, {}) });

export function choose(changes: Partial<Prefs>): void {
  Object.assign(prefs, changes);
  writeStored(KEY, $state.snapshot(prefs));
  applyTheme();
}

export function applyTheme(): void {
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  document.documentElement.dataset.theme = prefs.theme === 'auto' ? system : prefs.theme;
  theme.version += 1;
}

/** Grows whenever colours change: canvases read it to draw again. */
export const theme = $state({ version: 0 });

const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The IANA name of the zone that clocks are shown in. */
export function zone(): string {
  if (prefs.zone === 'utc') return 'UTC';
  if (prefs.zone === 'browser') return browserZone;
  return session.current?.time_zone || 'UTC';
}
