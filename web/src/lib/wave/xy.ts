// Options of charts over seconds or frequencies: what lanes are for time.

import uPlot from 'uplot';
import { AXIS_PX } from '../charts/lane';
import { alpha, paintWord, token } from '../charts/paint';
import type { Shade } from './band';
import type { Interval, Stroke } from './state';

export interface XySetup {
  width: number;
  height: number;
  unitX: string;
  unitY: string;
  series: uPlot.Series[];
  bands?: uPlot.Band[];
  range: () => [number, number];
  /** Where the y axis begins and ends, from the extremes of what is drawn. */
  rangeY: (low: number | null, high: number | null) => [number, number];
  draw?: (plot: uPlot) => void;
  /** What lies under the lines. */
  below?: (plot: uPlot) => void;
  onBrush?: (from: number, to: number) => void;
  onClick?: (x: number, reach: number, shift: boolean) => void;
  onReset?: () => void;
}

const LOW_PX = 200; // a chart below this needs its marks nearer to each other
const BRUSH_LEAST_PX = 4;
const SNAP_PX = 5;
const ROW_PX = 11;

export function xyOptions(setup: XySetup): uPlot.Options {
  const stroke = token('--text-2');
  const grid = { stroke: token('--grid'), width: 1 };
  const font = `11px ${token('--font')}`;
  const ticks = { stroke: token('--grid'), width: 1, size: 4 };
  return {
    width: setup.width,
    height: setup.height,
    padding: [24, 10, 0, 0],
    legend: { show: false },
    scales: { x: { time: false, range: setup.range }, y: { range: (_plot, low, high) => setup.rangeY(low, high) } },
    axes: [
      { stroke, grid, ticks, font, size: 26, space: 60, label: setup.unitX, labelSize: 16, labelFont: font, labelGap: -2 },
      { stroke, grid, ticks, font, size: AXIS_PX, space: setup.height < LOW_PX ? 18 : 28, gap: 4, label: setup.unitY, labelSize: 16, labelFont: font },
    ],
    series: [{}, ...setup.series],
    ...(setup.bands ? { bands: setup.bands } : {}),
    cursor: {
      y: false,
      points: { size: 6 },
      drag: { x: Boolean(setup.onBrush), y: false, setScale: false },
      bind: { dblclick: () => () => (setup.onReset?.(), null) },
    },
    hooks: {
      init: [(plot) => plot.over.addEventListener('click', (event) => clicked(plot, event, setup))],
      drawClear: [(plot) => setup.below?.(plot)],
      draw: [(plot) => setup.draw?.(plot)],
      setSelect: [(plot) => brushed(plot, setup)],
    },
  };
}

function brushed(plot: uPlot, setup: XySetup): void {
  const { left, width } = plot.select;
  if (width < BRUSH_LEAST_PX) return;
  setup.onBrush?.(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
  plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
}

function clicked(plot: uPlot, event: MouseEvent, setup: XySetup): void {
  const left = plot.cursor.left ?? -1;
  if (left < 0 || plot.select.width >= BRUSH_LEAST_PX) return;
  const reach = plot.posToVal(left + SNAP_PX, 'x') - plot.posToVal(left, 'x');
  setup.onClick?.(plot.posToVal(left, 'x'), reach, event.shiftKey);
}

export interface Pen {
  colour: string;
  dash: number[];
  /** How far below the chart's top the labels stand, CSS px; negative is above it. */
  labels: number;
}

/** Upright lines over a chart: the main one strong, the others thin, with their labels at the head. */
export function paintStrokes(plot: uPlot, strokes: Stroke[], factor: number, { colour, dash, labels }: Pen): void {
  const { left, top, width, height } = plot.bbox;
  const { ctx } = plot;
  const px = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  ctx.font = `${10 * px}px ${token('--font')}`;
  ctx.textAlign = 'center';
  const taken = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]; // where the last label of each of two rows ends
  for (const line of strokes) {
    const x = Math.round(plot.valToPos(line.hz * factor, 'x', true));
    if (x < left || x > left + width) continue;
    ctx.lineWidth = (line.main ? 1.5 : 1) * px;
    ctx.globalAlpha = line.main ? 1 : 0.65;
    ctx.setLineDash(dash.map((d) => d * px));
    ctx.beginPath();
    ctx.moveTo(x, top);
    ctx.lineTo(x, top + height);
    ctx.stroke();
    ctx.globalAlpha = 1;
    const half = line.label ? ctx.measureText(line.label).width / 2 : 0;
    const row = taken.findIndex((end) => x - half >= end);
    if (half === 0 || row < 0) continue; // no room: left out rather than written over another
    ctx.fillText(line.label, x, top + (labels + row * ROW_PX) * px);
    taken[row] = x + half + 2 * px;
  }
  ctx.restore();
}

/** Where a stretch of frequencies lies on the chart, canvas px; null when none of it is seen. */
function placeOf(plot: uPlot, [from, to]: Interval, factor: number): { x: number; width: number } | null {
  const { left, width } = plot.bbox;
  const [a, b] = [from, to].map((hz) => Math.min(left + width, Math.max(left, plot.valToPos(hz * factor, 'x', true))));
  return a !== undefined && b !== undefined && b > a ? { x: a, width: Math.max(b - a, devicePixelRatio) } : null;
}

/** A stretch that is being marked. */
export function paintMarking(plot: uPlot, mark: Interval, factor: number): void {
  const at = placeOf(plot, mark, factor);
  if (!at) return;
  plot.ctx.fillStyle = token('--select');
  plot.ctx.fillRect(at.x, plot.bbox.top, at.width, plot.bbox.height);
}

/** Marked bands under the lines: shaded, the more when a limit is passed. */
export function paintShades(plot: uPlot, shades: Shade[], factor: number): void {
  const { top, height } = plot.bbox;
  for (const shade of shades) {
    const at = placeOf(plot, shade.hz, factor);
    if (!at) continue;
    plot.ctx.fillStyle = alpha(token('--line-4'), shade.over ? 0.4 : 0.2);
    plot.ctx.fillRect(at.x, top, at.width, height);
  }
}

const NAME_ROWS = 3;

/** The names of marked bands and their limits, over the lines; `level` brings a limit to the axis. */
export function paintShadeNames(plot: uPlot, shades: Shade[], factor: number, level: (at: number) => number): void {
  const { top, height, left, width } = plot.bbox;
  const { ctx } = plot;
  const px = devicePixelRatio;
  const taken = new Array<number>(NAME_ROWS).fill(Number.NEGATIVE_INFINITY);
  ctx.save();
  for (const shade of shades) {
    const at = placeOf(plot, shade.hz, factor);
    if (!at) continue;
    ctx.strokeStyle = token('--text');
    ctx.lineWidth = 1.5 * px;
    ctx.setLineDash([5 * px, 3 * px]);
    for (const limit of shade.limits) {
      const y = Math.round(plot.valToPos(level(limit), 'y', true));
      if (y < top || y > top + height) continue;
      ctx.beginPath();
      ctx.moveTo(at.x, y);
      ctx.lineTo(at.x + at.width, y);
      ctx.stroke();
    }
    ctx.font = `11px ${token('--font')}`;
    const wide = ctx.measureText(shade.label).width * px;
    const x = Math.min(at.x + 3 * px, left + width - wide - 2 * px);
    const row = taken.findIndex((end) => x >= end);
    if (row < 0) continue; // no room: the table has it
    ctx.fillStyle = token('--text');
    ctx.textAlign = 'left';
    paintWord(ctx, shade.label, x, top + (12 + row * ROW_PX) * px);
    taken[row] = x + wide + 6 * px;
  }
  ctx.restore();
}
