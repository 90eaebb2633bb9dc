// The colours of both themes against WCAG 2.2 AA: 4.5:1 for text, 3:1 for what is drawn (1.4.3, 1.4.11).

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const CSS = readFileSync(new URL('../src/app.css', import.meta.url), 'utf8');

function tokens(from: string): Record<string, string> {
  const block = CSS.slice(CSS.indexOf(from)).split('}')[0] ?? '';
  return Object.fromEntries([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((m) => [m[1] ?? '', m[2] ?? '']));
}
const LIGHT = tokens(':root {');
const DARK = { ...LIGHT, ...tokens(":root[data-theme='dark'] {") };

/** Relative luminance of an sRGB colour. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => {
    const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a = '#000000', b = '#000000'): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const GROUNDS = ['bg', 'panel', 'field', 'hover'];
describe.each([['light', LIGHT], ['dark', DARK]])('%s', (_name, of) => {
  const weak = (fore: string[], grounds: string[], least: number) =>
    fore.flatMap((f) => grounds.map((g) => [f, g, Math.round(contrast(of[f], of[g]) * 100) / 100] as const)).filter(([, , ratio]) => ratio < least);
  it('text can be read on every ground', () => {
    expect(weak(['text', 'text-2', 'text-3', 'link'], GROUNDS, 4.5)).toEqual([]);
    expect(weak(['text', 'text-2'], ['chosen', 'track'], 4.5)).toEqual([]);
    expect(weak(['ink-text'], ['ink'], 4.5)).toEqual([]);
  });
  it('the number in a priority mark can be read', () => {
    expect(['p1', 'p2', 'p3', 'p4'].map((p) => [p, contrast(of[`${p}-text`], of[p]) >= 4.5])).toEqual(['p1', 'p2', 'p3', 'p4'].map((p) => [p, true]));
  });
  it('lines, borders of fields, and the focus ring can be seen', () => {
    expect(weak(['line-1', 'line-2', 'line-3', 'line-4', 'line-5', 'line-6'], ['field'], 3)).toEqual([]);
    expect(weak(['line-strong', 'focus', 'text-2'], GROUNDS, 3)).toEqual([]);
  });
});
