// What the search box finds: machines, signals, findings, alarms, connections, pages, and a few things to do.

import { ROUTES } from '../../routes';
import * as api from '../api/endpoints';
import type { Alarm, Connection, Finding, Signal } from '../api/types';
import { assetLink, assetName, placeName, plant } from '../plant.svelte';
import { may } from '../session.svelte';

export interface Hit {
  name: string;
  detail: string;
  kind: string;
  to: string;
}

/** What is read once when the box opens. */
export interface Known {
  findings: Finding[];
  alarms: Alarm[];
  connections: Connection[];
}

const MOST = 6; // of a sort
const ADMIN_TABS: [string, string][] = [['users', 'Users and roles'], ['tokens', 'API tokens'], ['certificates', 'Certificates'], ['audit', 'Audit log']];
const DEEDS: Hit[] = [
  { name: 'Connect a machine', detail: 'PLC, broker, database or file', kind: 'Do', to: '/connections/new' },
  { name: 'Start a backtest', detail: 'on the stored past', kind: 'Do', to: '/backtests?start=1' },
];

function pages(): Hit[] {
  const plain = ROUTES.filter((r) => !/[:*]/.test(r.pattern) && (r.pattern !== '/admin' || may('admin'))).map((r) => ({ name: r.title, detail: '', kind: 'Page', to: r.pattern }));
  const admin = may('admin') ? ADMIN_TABS.map(([id, name]) => ({ name, detail: 'Admin', kind: 'Page', to: `/admin/${id}` })) : [];
  return [...plain, ...admin, ...(may('engineer') ? DEEDS : [])];
}

/** Reads what is worth a word: a list that fails is left out. */
export async function readKnown(): Promise<Known> {
  const none = { items: [] };
  const [findings, alarms, connections] = await Promise.all([
    api.findings({ state: 'active' }).catch(() => none),
    api.alarms({ state: 'open' }).catch(() => none),
    api.connections().catch(() => []),
  ]);
  return { findings: findings.items, alarms: alarms.items, connections };
}

/** Whether every word typed stands somewhere in the text. */
export const has = (typed: string, text: string): boolean => typed.toLowerCase().split(/\s+/).every((part) => text.toLowerCase().includes(part));

export function hitsOf(typed: string, signals: Signal[], known: Known): Hit[] {
  const few = <T>(list: T[], text: (item: T) => string, hit: (item: T) => Hit) => list.filter((item) => has(typed, text(item))).slice(0, MOST).map(hit);
  const places = pages().filter((hit) => has(typed, `${hit.name} ${hit.detail}`));
  if (!typed.trim()) return places;
  return [
    ...few(plant.assets, (a) => `${a.path} ${a.name}`, (a) => ({ name: assetName(a), detail: a.path, kind: 'Asset', to: assetLink(a.path) })),
    ...few(known.findings, (f) => `${f.title} ${f.asset_name}`, (f) => ({ name: f.title, detail: placeName(f.asset_path, f.asset_name), kind: 'Finding', to: `/findings/${f.id}` })),
    ...few(known.alarms, (a) => `${a.message} ${a.asset_name}`, (a) => ({ name: a.message, detail: placeName(a.asset_path, a.asset_name), kind: 'Alarm', to: `/alarms?alarm=${a.id}` })),
    ...signals.slice(0, MOST).map((s) => ({ name: s.name, detail: s.full_name, kind: 'Signal', to: s.kind === 'waveform' ? `/spectrum?s=${s.id}` : `/trends?s=${s.id}` })),
    ...few(known.connections, (c) => `${c.name} ${c.protocol}`, (c) => ({ name: c.name, detail: c.protocol, kind: 'Connection', to: `/connections/${encodeURIComponent(c.name)}` })),
    ...places,
  ];
}
