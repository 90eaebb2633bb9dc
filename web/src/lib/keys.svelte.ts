// The keyboard map: `g` then a letter moves between pages, single keys act on the page.

import { prefs } from './prefs.svelte';

export interface Shortcut {
  keys: string;
  what: string;
  run: (event: KeyboardEvent) => void;
}

const CHORD_MS = 1200;
const layers: Shortcut[][] = [];
let chord = '';
let chordAt = 0;

/** What the help shows: page shortcuts first. */
export const shown = $state<{ list: Shortcut[] }>({ list: [] });

function refresh(): void {
  shown.list = [...layers].reverse().flat();
}

/** Adds shortcuts for as long as a page or dialog stands; hands back the way to remove them. */
export function useKeys(list: Shortcut[]): () => void {
  layers.push(list);
  refresh();
  return () => {
    layers.splice(layers.indexOf(list), 1);
    refresh();
  };
}

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  // a box that was ticked still has the focus, and takes no letters
  if (target instanceof HTMLInputElement && /^(checkbox|radio|button|range|file)$/.test(target.type)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

/** Keys that work what has the focus: on a link or a button they are not ours. */
const worksFocus = (event: KeyboardEvent): boolean =>
  (event.key === 'Enter' || event.key === ' ') && event.target instanceof Element && event.target.closest('a, button, summary, label, [role=option], input') !== null;

export function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey || !prefs.shortcuts || document.querySelector('dialog[open]')) return;
  const held = event.ctrlKey || event.metaKey;
  if ((!held && isTyping(event.target)) || worksFocus(event)) return;
  const now = event.timeStamp;
  const pressed = held ? `Ctrl ${event.key}` : chord && now - chordAt < CHORD_MS ? `${chord} ${event.key}` : event.key;
  chord = '';
  const hit = layers.findLast((layer) => layer.some((s) => s.keys === pressed))?.find((s) => s.keys === pressed);
  if (hit) {
    event.preventDefault();
    hit.run(event);
  } else if (event.key === 'g' && !held) {
    chord = 'g';
    chordAt = now;
  }
}
