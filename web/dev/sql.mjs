// Canned SQL for the fixture: enough to see tables, charts and errors; no SQL engine.

const col = (name, type) => ({ name, type });
// Columns that the API names otherwise.
const FIELD = { signal_id: 'id', signal: 'full_name', asset_id: 'id', asset: 'path', finding: 'id', alarm: 'id' };
export const TABLES = { tables: [
  { name: 'samples', columns: [col('signal', 'text'), col('signal_id', 'integer'), col('asset', 'text'), col('time', 'time'), col('value', 'number'), col('quality', 'text')] },
  { name: 'signals', columns: [col('signal_id', 'integer'), col('signal', 'text'), col('role', 'text'), col('unit', 'text')] },
  { name: 'assets', columns: [col('asset_id', 'integer'), col('asset', 'text'), col('name', 'text')] },
  { name: 'findings', columns: [col('finding', 'integer'), col('title', 'text'), col('severity', 'number')] },
  { name: 'alarms', columns: [col('alarm', 'integer'), col('state', 'text'), col('message', 'text')] },
  { name: 'gaps', columns: [col('connection', 'text'), col('reason', 'text')] },
] };

export function runQuery({ api, body, answer, accept }) {
  const sql = String(body.sql);
  const table = /from\s+(\w+)/i.exec(sql)?.[1] ?? '';
  if (/selec\b|frm\b/i.test(sql) || !table) {
    const at = Math.max(0, sql.search(/selec\b|frm\b/i));
    throw Object.assign(new Error(`SQL error: expected an SQL statement, found: ${sql.slice(at, at + 5)} at Line: ${sql.slice(0, at).split('\n').length}, Column: ${at - sql.lastIndexOf('\n', at)}`), { status: 400, title: 'The SQL cannot be read', code: 'sql_syntax', cure: 'Correct the statement at the marked place.' });
  }
  const reply = answerFor(api, table, Number(body.limit ?? 1000));
  if (accept.includes('text/csv')) return answer(200, [reply.columns.map((c) => c.name), ...reply.rows].map((r) => r.join(',')).join('\n'), 'text/csv');
  return { ...reply, truncated: reply.rows.length >= Number(body.limit ?? 1000), elapsed_ms: 12.4 };
}

function answerFor(api, table, limit) {
  if (table === 'samples') {
    const rows = Array.from({ length: Math.min(limit, 2000) }, (_, i) => ['acme/north/water/pump-1/vibration', 1, 'acme/north/water/pump-1', new Date(Date.now() - (2000 - i) * 1000).toISOString(), Number((1.8 + Math.sin(i / 90)).toFixed(3)), 'good']);
    return { columns: TABLES.tables[0].columns, rows };
  }
  const info = TABLES.tables.find((t) => t.name === table) ?? TABLES.tables[2];
  const source = { signals: api.world.signals, assets: api.world.assets, findings: api.findings, alarms: api.alarms, gaps: [] }[info.name] ?? [];
  return { columns: info.columns, rows: source.slice(0, limit).map((item) => info.columns.map((c) => item[FIELD[c.name] ?? c.name])) };
}
