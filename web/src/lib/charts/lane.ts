// Options of one trend lane: lines with min/max bands, gaps, quality, a linked cursor, brushing.

import uPlot from 'uplot';
import type { Aligned } from './m4';
import { timeLabels } from '../time/format';
import { alpha, lineColour, paintLevel, paintMark, paintSelection, paintStretches, token } from './paint';

export interface LaneLine {
  label: string;
  colour: number;
  stepped: boolean;
  /** Lines of one unit share a scale; each other unit has its own. */
  unit: string;
  /** The same signal in the period before: drawn thin and dashed. */
  past: boolean;
  /** Texts of a state by their codes: they stand at its scale. */
  states?: string[];
}

export interface Mark {
  at: number; // s
  label: string;
  /** A dotted line without weight: something to see, not to look for. */
  thin?: boolean;
}

/** The same marks without their words: for lanes below the one that says them. */
export const nameless = (marks: Mark[]): Mark[] => marks.map((mark) => ({ ...mark, label: '' }));

/** A limit of a signal, drawn as a line across. */
export interface LaneLimit {
  at: number;
  unit: string;
  label: string;
}

/** What changes while a plot lives: read at every drawing. */
export interface LaneView {
  from: number; // s
  to: number; // s
  aligned: Aligned;
  marks: Mark[];
  limits: LaneLimit[];
  /** A selected interval, s. */
  selection: { from: number; to: number } | null;
}

/** What a plot is built for; a change means a new plot. */
export interface LaneSetup {
  width: number;
  height: number;
  zone: string;
  sync: string;
  showTime: boolean;
  lines: LaneLine[];
  /** Room for scales at the right, so that lanes below each other end at one place. */
  rightAxes: number;
  view: LaneView;
  onCursor(time: number | null): void;
  onBrush(from: number, to: number): void;
  onReset(): void;
}

export const AXIS_PX = 58;
export const TIME_AXIS_PX = 26;
/** Letters of a state's text that have room beside a scale. */
const STATE_LETTERS = 8;

/** The units of a lane, each once: the first has its scale at the left, the others at the right. */
export const unitsOf = (lines: LaneLine[]): string[] => [...new Set(lines.map((line) => line.unit))];

const scaleOf = (units: string[], line: LaneLine): string => `y${units.indexOf(line.unit)}`;

/** Columns in uPlot's order: time, then min, max, last for each line. */
export function columnsOf(aligned: Aligned): uPlot.AlignedData {
  const columns: unknown[] = [aligned.times];
  for (const line of aligned.lines) columns.push(line.min, line.max, line.last);
  return columns as uPlot.AlignedData;
}

function seriesOf(line: LaneLine, scale: string): uPlot.Series[] {
  const colour = line.past ? token('--text-3') : lineColour(line.colour);
  const stepped = line.stepped ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
  const edge: uPlot.Series = { scale, stroke: 'transparent', width: 0, points: { show: false } };
  const main: uPlot.Series = { scale, label: line.label, stroke: colour, width: line.past ? 1 : 1.5 };
  if (line.past) main.dash = [4, 3];
  if (stepped) {
    main.paths = stepped;
    edge.paths = stepped;
  }
  main.points = { size: 4, fill: colour };
  return [edge, { ...edge }, main];
}

/** A scale that only one state signal uses has its texts, a tick for each. */
function stateTicks(lines: LaneLine[]): Partial<uPlot.Axis> {
  const [first, ...others] = lines.map((line) => line.states ?? []);
  if (!first?.length || others.some((states) => states.join() !== first.join())) return {};
  const short = (text: string) => (text.length > STATE_LETTERS ? `${text.slice(0, STATE_LETTERS - 1)}…` : text);
  return { incrs: [1, 2, 5, 10, 20, 50, 100], values: (_plot, splits) => splits.map((code) => short(first[code] ?? '')) };
}

function axes(setup: LaneSetup, units: string[]): uPlot.Axis[] {
  const stroke = token('--text-2');
  const grid = { stroke: token('--grid'), width: 1 };
  const font = `11px ${token('--font')}`;
  const ticks = { stroke: token('--grid'), width: 1, size: 4 };
  return [
    setup.showTime
      ? { stroke, grid, ticks, font, size: TIME_AXIS_PX, space: 84, values: (_plot, splits, _axis, _space, step) => timeLabels(splits, step, setup.zone) }
      : { stroke, grid, ticks: { show: false }, font, size: 0, space: 84, values: () => [] },
    ...units.map((unit, i): uPlot.Axis => {
      // With several scales each has the colour of its first line.
      const own = setup.lines.find((line) => line.unit === unit);
      return {
        scale: `y${i}`, side: i === 0 ? 3 : 1, stroke: units.length > 1 && own ? lineColour(own.colour) : stroke,
        grid: i === 0 ? grid : { show: false }, ticks, font, size: AXIS_PX, space: 24, gap: 4, ...stateTicks(setup.lines.filter((line) => line.unit === unit)),
      };
    }),
  ];
}

/** Room above and below; a constant line gets some of its own size. */
export function padded(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  const pad = high > low ? (high - low) * 0.08 : Math.abs(high) * 0.05 || 0.5;
  return [low - pad, high + pad];
}

/** A limit that is not farther from the line than the line itself spans is brought into view. */
export function reaching(low: number | null, high: number | null, limits: LaneLimit[]): [number | null, number | null] {
  if (low === null || high === null || !(high > low)) return [low, high];
  const span = high - low;
  const near = limits.map((limit) => limit.at).filter((at) => at >= low - span && at <= high + span);
  return [Math.min(low, ...near), Math.max(high, ...near)];
}

export function laneOptions(setup: LaneSetup): uPlot.Options {
  const { view } = setup;
  const units = unitsOf(setup.lines);
  const room = Math.max(0, setup.rightAxes - units.length + 1) * AXIS_PX;
  const scales = Object.fromEntries(units.map((unit, i) => [`y${i}`, { range: (_plot: uPlot, low: number | null, high: number | null) => padded(...reaching(low, high, view.limits.filter((limit) => limit.unit === unit))) }]));
  const bands = setup.lines.map((line, i) => ({
    series: [i * 3 + 2, i * 3 + 1] as [number, number],
    fill: alpha(line.past ? token('--text-3') : lineColour(line.colour), 0.22),
  }));
  const below = (plot: uPlot) => {
    const own = view.aligned.lines.filter((_, i) => !setup.lines[i]?.past);
    paintStretches(plot, own.flatMap((line) => line.gaps), own.flatMap((line) => line.bad));
    if (view.selection) paintSelection(plot, view.selection.from, view.selection.to);
  };
  const above = (plot: uPlot) => {
    for (const limit of view.limits) paintLevel(plot, limit.at, limit.label, token('--text-2'), `y${Math.max(0, units.indexOf(limit.unit))}`);
    for (const mark of view.marks) paintMark(plot, mark.at, mark.label, token(mark.thin ? '--text-3' : '--text-2'), mark.thin ? [1, 3] : [4, 3]);
  };
  return {
    width: setup.width,
    height: setup.height,
    padding: [6, 8 + room, setup.showTime ? 0 : 6, 0],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), setup.zone),
    legend: { show: false },
    scales: { x: { time: true, range: () => [view.from, view.to] }, ...scales },
    axes: axes(setup, units),
    series: [{}, ...setup.lines.flatMap((line) => seriesOf(line, scaleOf(units, line)))],
    bands,
    cursor: {
      sync: { key: setup.sync, setSeries: false },
      drag: { x: true, y: false, setScale: false },
      bind: { dblclick: () => () => (setup.onReset(), null) },
      points: { size: 6 },
      y: false,
    },
    hooks: {
      drawClear: [below],
      draw: [above],
      setCursor: [(plot) => setup.onCursor(cursorTime(plot))],
      setSelect: [(plot) => brushed(plot, setup)],
    },
  };
}

function cursorTime(plot: uPlot): number | null {
  const left = plot.cursor.left ?? -1;
  return left < 0 ? null : plot.posToVal(left, 'x');
}

function brushed(plot: uPlot, setup: LaneSetup): void {
  const { left, width } = plot.select;
  if (width < 4) return;
  setup.onBrush(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
  plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
}
