// Every page with an address that shows it filled, found through the API of whatever is tested.

async function ask(page, path) {
  return page.evaluate(async (p) => {
    const reply = await fetch(`/api/v1${p}`);
    return reply.ok ? (await reply.json()).items : [];
  }, path);
}

/** `[name, address]` for each page; `page` is signed in. */
export async function pagesOf(page) {
  const [assets, signals, findings, connections] = [await ask(page, '/assets'), await ask(page, '/signals?limit=50'), await ask(page, '/findings'), await ask(page, '/connections')];
  const owners = new Set(signals.map((s) => s.asset));
  const machine = assets.find((a) => a.state.findings > 0) ?? assets.find((a) => owners.has(a.id)) ?? assets[0];
  const lanes = signals.filter((s) => !['waveform', 'image'].includes(s.kind)).slice(0, 7).map((s) => s.id);
  const wave = signals.find((s) => s.kind === 'waveform') ?? (await ask(page, '/signals?kind=waveform&limit=1'))[0];
  const at = machine ? `/a/${machine.path}` : '/assets';
  const known = (await ask(page, '/labels')).find((label) => label.t_end > label.t_start);
  const backtests = await ask(page, '/backtests');
  const worst = [...findings].sort((a, b) => b.severity - a.severity)[0];
  const orders = await ask(page, '/maintenance/orders?all=true');
  return [
    ['overview', '/'], ['assets', '/assets'], ['asset-live', at], ['asset-trends', `${at}?tab=trends`], ['asset-health', `${at}?tab=health`], ['asset-report', `${at}?tab=report`], ['asset-findings', `${at}?tab=findings`],
    ['asset-alarms', `${at}?tab=alarms`], ['asset-config', `${at}?tab=config`], ['live', '/live'],
    ['trends', `/trends?t=now-1h..now&s=${lanes.slice(0, 2).join(',')};${lanes.slice(2, 3).join('')};${lanes.slice(6, 7).join('')}`],
    ['spectrum', wave ? `/spectrum?s=${wave.id}&f=100&cur=harmonic` : '/spectrum'],
    ['findings', '/findings'], ...(worst ? [['finding', `/findings/${worst.id}`]] : []), ['alarms', '/alarms'], ['alarm-rates', '/alarms/rates'],
    ['maintenance', '/maintenance'], ...(orders[0] ? [['order', `/maintenance/orders/${orders[0].id}`]] : []), ['supply', '/maintenance/supply'], ['failures', '/maintenance/failures'],
    ['cases', '/cases'], ...(worst ? [['cases-like', `/cases?like=${worst.id}`]] : []), ['analyze', '/analyze'],
    ['backtests', '/backtests'], ...(backtests[0] ? [['backtest', `/backtests/${backtests[0].id}`]] : []), ['labels', '/labels'], ['patterns', `/patterns?a=${machine?.id ?? 0}&t=now-1h..now`], ...(known ? [['similar', `/labels?like=${known.asset};${known.t_start}..${known.t_end}&of=${known.id}`]] : []),
    ['connections', '/connections'], ...(connections[0] ? [['connection', `/connections/${connections[0].name}`]] : []), ['connect', '/connections/new'],
    ['sql', '/sql'], ['data', '/data'], ['admin-users', '/admin/users'], ['admin-tokens', '/admin/tokens'], ['admin-certificates', '/admin/certificates'], ['admin-audit', '/admin/audit'],
  ];
}
