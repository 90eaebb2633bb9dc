// Every page, its address and what loads it.

import type { Route } from './lib/router.svelte';

// One function for both addresses: the page stays when a person moves from one to the other.
const assets = () => import('./pages/Assets.svelte');
const admin = () => import('./pages/Admin.svelte');

export const ROUTES: Route[] = [
  { pattern: '/', title: 'Overview', load: () => import('./pages/Overview.svelte') },
  { pattern: '/assets', title: 'Assets', load: assets },
  { pattern: '/a/*path', title: 'Asset', load: assets },
  { pattern: '/live', title: 'Live values', load: () => import('./pages/Live.svelte') },
  { pattern: '/trends', title: 'Trends', load: () => import('./pages/Trends.svelte') },
  { pattern: '/spectrum', title: 'Spectrum', load: () => import('./pages/Spectrum.svelte') },
  { pattern: '/findings', title: 'Findings', load: () => import('./pages/Findings.svelte') },
  { pattern: '/findings/:id', title: 'Finding', load: () => import('./pages/Finding.svelte') },
  { pattern: '/cases', title: 'Cases', load: () => import('./pages/Cases.svelte') },
  { pattern: '/maintenance', title: 'Maintenance', load: () => import('./pages/Maintenance.svelte') },
  { pattern: '/maintenance/supply', title: 'Windows and parts', load: () => import('./pages/Supply.svelte') },
  { pattern: '/maintenance/failures', title: 'Failures and figures', load: () => import('./pages/Failures.svelte') },
  { pattern: '/maintenance/orders/:id', title: 'Work order', load: () => import('./pages/Order.svelte') },
  { pattern: '/analyze', title: 'Analyze a file', load: () => import('./pages/Analyze.svelte') },
  { pattern: '/backtests', title: 'Backtests', load: () => import('./pages/Backtests.svelte') },
  { pattern: '/backtests/:id', title: 'Backtest', load: () => import('./pages/Backtest.svelte') },
  { pattern: '/labels', title: 'Labels', load: () => import('./pages/Labels.svelte') },
  { pattern: '/patterns', title: 'Patterns', load: () => import('./pages/Patterns.svelte') },
  { pattern: '/alarms', title: 'Alarms', load: () => import('./pages/Alarms.svelte') },
  { pattern: '/alarms/rates', title: 'Alarm rates', load: () => import('./pages/AlarmRates.svelte') },
  { pattern: '/connections', title: 'Connections', load: () => import('./pages/Connections.svelte') },
  { pattern: '/connections/new', title: 'Connect', load: () => import('./pages/Connect.svelte') },
  { pattern: '/connections/:name', title: 'Connection', load: () => import('./pages/Connection.svelte') },
  { pattern: '/sql', title: 'SQL', load: () => import('./pages/Sql.svelte') },
  { pattern: '/data', title: 'Data and system', load: () => import('./pages/Data.svelte') },
  { pattern: '/admin', title: 'Admin', load: admin },
  { pattern: '/admin/:tab', title: 'Admin', load: admin },
];
