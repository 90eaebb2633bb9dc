// The fixture's formulas: enough of them to see pages work. The program reads them with its SQL parser.

import { series } from './range.mjs';
import { US } from './world.mjs';

const ALLOWED = /^[\d\s+\-*/().,\[\]v]*$/;

/** `{signals, at}`: whose values are taken, and what is made of them; a text that is no formula is told with a cure. */
function read(text, all, refuse) {
  const signals = [];
  const take = (name) => {
    const fits = all.filter((s) => s.full_name === name || s.name === name);
    const signal = fits.find((s) => s.full_name === name) ?? (fits.length === 1 ? fits[0] : null);
    if (fits.length > 1 && !signal) throw refuse(`reading the formula: more than one signal is called ${name}`, `write which: ${fits.slice(0, 3).map((s) => `"${s.full_name}"`).join(', ')}`);
    if (!signal) throw refuse(`reading the formula: there is no signal ${name}`, 'write its full name in double quotes, as "acme/pump-1/flow"');
    if (!signals.includes(signal)) signals.push(signal);
    return `v[${signals.indexOf(signal)}]`;
  };
  const known = { abs: 'Math.abs', sqrt: 'Math.sqrt', min: 'Math.min', max: 'Math.max' };
  let code = text.replace(/"([^"]*)"|([a-z_]\w*)(\s*\()?/gi, (_, quoted, word, call) => (quoted !== undefined ? take(quoted) : call && known[word] ? `(` : take(word)));
  if (!ALLOWED.test(code)) throw refuse('reading the formula: there is a sign that is not known here', 'write it like ("acme/pump-1/power" - 2.5) / flow');
  try {
    return { signals, at: new Function('v', `return (${code});`) };
  } catch {
    throw refuse('reading the formula: there should be an expression, but it ends', 'write it like ("acme/pump-1/power" - 2.5) / flow');
  }
}

export function formula(all, q, refuse) {
  const text = q.get('text');
  const { signals, at } = read(text, all, refuse);
  const lines = signals.map((s) => series(s, Number(q.get('from')) / US, Number(q.get('to')) / US, Number(q.get('width') ?? 800)));
  const out = { ...lines[0], quality: [], gaps: lines.flatMap((line) => line.gaps) };
  for (const key of ['min', 'max', 'first', 'last']) out[key] = [];
  lines[0].times.forEach((time, i) => {
    const places = lines.map((line) => line.times.indexOf(time));
    const quality = Math.max(...lines.map((line, k) => line.quality[places[k]] ?? 0));
    out.quality.push(quality);
    for (const key of ['min', 'max', 'first', 'last']) {
      const values = lines.map((line, k) => line[key][places[k]] ?? null);
      out[key].push(values.includes(null) ? null : at(values));
    }
  });
  const units = [...new Set(signals.map((s) => s.unit))];
  const unit = /[*/]/.test(text.replace(/"[^"]*"/g, '')) ? (units.length === 1 ? '1' : units.join('/')) : units.length === 1 ? units[0] : null;
  const { signal, ...line } = out;
  return { text, signals: signals.map((s) => s.id), unit, unit_symbol: unit === '1' ? '' : (unit ?? ''), ...line };
}
