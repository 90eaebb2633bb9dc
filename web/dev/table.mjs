// The fixture's look at a file: what a report has, from numbers that are counted here in the simplest way.

const LINES = 'application/x-ndjson';

function series(values) {
  const step = Math.max(1, Math.floor(values.length / 400));
  const out = { rows: [], low: [], high: [] };
  for (let i = 0; i < values.length; i += step) {
    const part = values.slice(i, i + step).filter(Number.isFinite);
    out.rows.push(i + Math.ceil(step / 2));
    out.low.push(part.length ? Math.min(...part) : null);
    out.high.push(part.length ? Math.max(...part) : null);
  }
  return out;
}

function reportOf(name, text) {
  const [head, ...lines] = text.trim().split(/\r?\n/).map((line) => line.split(/[,;]/));
  if (lines.length < 20) return { failed: { title: 'The table cannot be looked at', detail: `${name}: ${lines.length} rows are too few to learn from and to judge`, code: 'invalid', cure: 'give it 20 rows and more' } };
  const at = (row) => ({ row, time: /\d{4}-\d\d-\d\dT/.test(lines[row - 1]?.[0] ?? '') ? lines[row - 1][0] : null });
  const stretch = (from, to) => ({ from: at(from), to: at(to) });
  const [half, end] = [Math.floor(lines.length / 2), lines.length];
  const columns = head.slice(1).map((title, i) => {
    const values = lines.map((line) => Number(line[i + 1]));
    const [, bare, unit = ''] = /^(.*?)\s*(?:\[(.*)\])?$/.exec(title) ?? [];
    const sorted = [...values].sort((a, b) => a - b);
    return { name: bare, unit, kind: 'gauge', values: end, missing: 0, range: [sorted[0], sorted[half], sorted.at(-1)], states: [], series: series(values), raw: values };
  });
  const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;
  const first = columns[0];
  const healthy = first.raw.slice(0, half);
  const centre = mean(healthy);
  const spread = Math.sqrt(mean(healthy.map((v) => (v - centre) ** 2))) || 1;
  const score = first.raw.map((v) => Math.abs(v - centre) / (4 * spread));
  const odd = score.findIndex((s, i) => i >= half && s > 1);
  const anomalies = odd < 0 ? [] : [{ stretch: stretch(odd + 1, end), title: `${first.name} differs from normal`, explanation: `${first.name} is ${first.raw[odd]} where ${centre.toFixed(2)} is normal. Contribution, not cause.`, p_value: 0.0004, severity: 0.6, contributions: [[first.name, 0.9]], prescription: ['Compare with a second instrument.'], sensor: false }];
  const report = { name, rows: end, span: stretch(1, end), clock: { timed: at(1).time !== null, step_s: 1, unreadable: 0, backwards: 0, gaps: [] }, healthy: stretch(1, half), healthy_why: 'named', marked: [], wear: null, no_wear: 'the fixture looks for none', summary: [`${anomalies.length} deviation of the machine and 0 suspect sensors outside the healthy part.`], score: series(score), anomalies, changes: odd < 0 ? [] : [{ signal: first.name, at: at(odd + 1), before: centre, after: first.raw[odd], spreads: 6 }], relations: columns[1] ? [{ first: first.name, second: columns[1].name, correlation: 0.62, p_value: 3e-7, lag_rows: 0, lag_s: null }] : [], drifts: [{ signal: first.name, change: 0.4, slope: 0.1, p_value: 0.0001, ahead: 2, forecast: [4, 4.4, 4.8], leaves_band: [1.2, 5] }], signals: columns.map(({ raw, ...signal }) => signal), notes: [] };
  return { done: { told: 'text, comma between columns', report }, page: `<!doctype html><html><head><title>${name}</title></head><body><h1>${name}</h1></body></html>` };
}

export function analyze({ q, body, answer }) {
  const told = [{ doing: 'looking at the columns' }, { doing: 'learning and watching' }, reportOf(q.get('name') || 'table', body)];
  answer(200, told.map((line) => `${JSON.stringify(line)}\n`).join(''), LINES);
}
