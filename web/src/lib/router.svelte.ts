// A router of its own: the History API, a table of patterns, the query as state. No hashes.

import type { Component } from 'svelte';

/** A page module: its component takes the parameters of its address, or nothing. */
export interface Page {
  default: Component<any>;
}

export interface Route {
  pattern: string;
  title: string;
  /** Pages are loaded when first opened. */
  load: () => Promise<Page>;
}

/** The parameters of `path` under `pattern`: `:name` is one segment, a trailing `*name` is the rest. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const want = pattern.split('/').filter(Boolean);
  const have = path.split('/').filter(Boolean).map(decode);
  const params: Record<string, string> = {};
  for (let i = 0; i < want.length; i += 1) {
    const part = want[i] ?? '';
    if (part.startsWith('*')) {
      params[part.slice(1)] = have.slice(i).join('/');
      return have.length > i ? params : null;
    }
    const got = have[i];
    if (got === undefined) return null;
    if (part.startsWith(':')) params[part.slice(1)] = got;
    else if (part !== got) return null;
  }
  return have.length === want.length ? params : null;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

const here = () => (typeof location === 'undefined' ? { path: '/', search: '' } : { path: location.pathname, search: location.search });

/** Where the page stands; reactive. */
export const place = $state(here());

function sync(): void {
  Object.assign(place, here());
}

export function go(to: string, replace = false): void {
  if (to === place.path + place.search) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', to);
  const moved = to.split('?')[0] !== place.path;
  sync();
  if (moved) scrollTo(0, 0);
}

/** One parameter of the query; the empty text when it is not there. */
export function param(name: string): string {
  return new URLSearchParams(place.search).get(name) ?? '';
}

/** Changes parameters and leaves the rest; null or empty removes one. Pushes history unless told to replace. */
export function setParams(changes: Record<string, string | null>, replace = false): void {
  go(place.path + changedSearch(place.search, changes), replace);
}

export function changedSearch(search: string, changes: Record<string, string | null>): string {
  const params = new URLSearchParams(search);
  for (const [key, value] of Object.entries(changes)) {
    if (value) params.set(key, value);
    else params.delete(key);
  }
  // Commas, colons and dots are legal in a query and make links readable.
  const text = params.toString().replaceAll('%2C', ',').replaceAll('%3A', ':').replaceAll('%3B', ';');
  return text ? `?${text}` : '';
}

function onClick(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
  if (/^\/(api|auth|metrics|healthz|readyz)(\/|$)/.test(link.pathname) || link.getAttribute('href')?.startsWith('#')) return;
  event.preventDefault();
  go(link.pathname + link.search);
}

export function startRouter(): () => void {
  addEventListener('popstate', sync);
  document.addEventListener('click', onClick);
  return () => {
    removeEventListener('popstate', sync);
    document.removeEventListener('click', onClick);
  };
}
