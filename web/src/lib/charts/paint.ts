// Colours and marks that charts draw on canvases, read from the page's tokens.

import type uPlot from 'uplot';
import type { Stretch } from './m4';

export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Line colours that differ in lightness as well as hue; none of them is an alarm colour. */
export const LINE_TOKENS = ['--line-1', '--line-2', '--line-3', '--line-4', '--line-5', '--line-6'];
export const lineColour = (index: number): string => token(LINE_TOKENS[index % LINE_TOKENS.length] ?? '--line-1');

export const alpha = (colour: string, share: number): string =>
  `color-mix(in srgb, ${colour} ${Math.round(share * 100)}%, transparent)`;

const HATCH_PX = 7;

function hatch(ctx: CanvasRenderingContext2D, colour: string): CanvasPattern | string {
  const tile = document.createElement('canvas');
  const size = Math.round(HATCH_PX * devicePixelRatio);
  tile.width = size;
  tile.height = size;
  const pen = tile.getContext('2d');
  if (!pen) return colour;
  pen.strokeStyle = colour;
  pen.lineWidth = devicePixelRatio;
  pen.beginPath();
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, size);
    pen.lineTo(shift + size, 0);
  }
  pen.stroke();
  return ctx.createPattern(tile, 'repeat') ?? colour;
}

function fillX(plot: uPlot, from: number, to: number, style: CanvasPattern | string): void {
  const { left, top, width, height } = plot.bbox;
  const a = Math.max(left, plot.valToPos(from, 'x', true));
  const b = Math.min(left + width, plot.valToPos(to, 'x', true));
  if (b <= a) return;
  plot.ctx.fillStyle = style;
  plot.ctx.fillRect(a, top, Math.max(b - a, devicePixelRatio), height);
}

/** Overlapping stretches as one, so that shades do not add up. */
export function merged(list: Stretch[]): Stretch[] {
  const out: Stretch[] = [];
  for (const next of [...list].sort((a, b) => a.from - b.from)) {
    const last = out.at(-1);
    if (last && next.from <= last.to) last.to = Math.max(last.to, next.to);
    else out.push({ ...next });
  }
  return out;
}

/** Gaps are shaded, stretches that must not be used are hatched. */
export function paintStretches(plot: uPlot, gaps: Stretch[], bad: Stretch[]): void {
  plot.ctx.save();
  const shade = token('--gap-shade');
  for (const gap of merged(gaps)) fillX(plot, gap.from, gap.to, shade);
  const pattern = hatch(plot.ctx, token('--hatch'));
  for (const stretch of merged(bad)) fillX(plot, stretch.from, stretch.to, pattern);
  plot.ctx.restore();
}

/** A selected interval, with its two edges. */
export function paintSelection(plot: uPlot, from: number, to: number): void {
  const { left, top, width, height } = plot.bbox;
  plot.ctx.save();
  fillX(plot, from, to, token('--select'));
  plot.ctx.fillStyle = token('--focus');
  for (const at of [from, to]) {
    const x = Math.round(plot.valToPos(at, 'x', true));
    if (x >= left && x <= left + width) plot.ctx.fillRect(x, top, devicePixelRatio, height);
  }
  plot.ctx.restore();
}

const HALO_PX = 3;
/** A word on a chart, with a rim of the ground so that lines do not cross it. */
export function paintWord(ctx: CanvasRenderingContext2D, text: string, x: number, y: number): void {
  ctx.font = `${11 * devicePixelRatio}px ${token('--font')}`;
  ctx.setLineDash([]);
  ctx.lineJoin = 'round';
  ctx.lineWidth = HALO_PX * devicePixelRatio;
  ctx.strokeStyle = token('--field');
  ctx.strokeText(text, x, y);
  ctx.fillText(text, x, y);
}

/** An upright line at an instant, with a word at its head. */
export function paintMark(plot: uPlot, at: number, label: string, colour: string, dash: [number, number] = [4, 3]): void {
  const x = Math.round(plot.valToPos(at, 'x', true));
  const { left, top, width, height } = plot.bbox;
  if (x < left || x > left + width) return;
  const { ctx } = plot;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash(dash.map((px) => px * devicePixelRatio));
  ctx.beginPath();
  ctx.moveTo(x, top);
  ctx.lineTo(x, top + height);
  ctx.stroke();
  ctx.font = `${11 * devicePixelRatio}px ${token('--font')}`;
  const end = x + ctx.measureText(label).width + 6 * devicePixelRatio > left + width;
  ctx.textAlign = end ? 'right' : 'left';
  if (label) paintWord(ctx, label, x + (end ? -4 : 4) * devicePixelRatio, top + 12 * devicePixelRatio);
  ctx.restore();
}

/** A level line across the plot with its meaning at the right end. */
export function paintLevel(plot: uPlot, value: number, label: string, colour: string, scale = 'y'): void {
  const y = Math.round(plot.valToPos(value, scale, true));
  const { left, top, width, height } = plot.bbox;
  if (y < top || y > top + height) return;
  const { ctx } = plot;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.setLineDash([7 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(left, y);
  ctx.lineTo(left + width, y);
  ctx.stroke();
  ctx.textAlign = 'right';
  paintWord(ctx, label, left + width - 4 * devicePixelRatio, y - 5 * devicePixelRatio);
  ctx.restore();
}
