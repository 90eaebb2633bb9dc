// Shortcuts that work on every page.

import type { Shortcut } from '../keys.svelte';
import { go } from '../router.svelte';

const PLACES: [string, string, string][] = [
  ['o', 'Overview', '/'],
  ['a', 'Assets', '/assets'],
  ['l', 'Live values', '/live'],
  ['t', 'Trends', '/trends'],
  ['p', 'Spectrum', '/spectrum'],
  ['f', 'Findings', '/findings'],
  ['m', 'Alarms', '/alarms'],
  ['w', 'Maintenance work', '/maintenance'],
  ['y', 'Cases', '/cases'],
  ['x', 'Analyze a file', '/analyze'],
  ['b', 'Backtests', '/backtests'],
  ['c', 'Connections', '/connections'],
  ['s', 'SQL', '/sql'],
  ['d', 'Data and system', '/data'],
];

export function globalKeys(open: { help: () => void; search: () => void }): Shortcut[] {
  return [
    { keys: '/', what: 'Search machines, signals, findings, pages', run: open.search },
    { keys: 'Ctrl k', what: 'Search, also while typing', run: open.search },
    { keys: '?', what: 'This help', run: open.help },
    ...PLACES.map(([key, name, to]) => ({ keys: `g ${key}`, what: `Go to ${name}`, run: () => go(to) })),
  ];
}
