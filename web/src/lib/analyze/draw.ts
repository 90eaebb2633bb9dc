// A series of a report as the path of a chart.

import type { TableSeries } from '../api/schema';

export const WIDTH = 1000;
export const HEIGHT = 120;

export interface Drawn {
  path: string;
  low: number;
  high: number;
  /** Where the limit lies, in the chart's own units; null without one. */
  limit: number | null;
}

/** Where a row lies, from the left. */
export const across = (row: number, rows: number): number => (WIDTH * row) / Math.max(1, rows);

/** A line from low to high of each point to the next, broken where there is no value. */
export function drawn(series: TableSeries, rows: number, limit: number | null): Drawn {
  const values = [...series.low, ...series.high, limit].filter((v): v is number => v !== null);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const range = high > low ? high - low : 1;
  const y = (value: number) => 4 + (HEIGHT - 8) * (1 - (value - low) / range);
  let path = '';
  let pen = 'M';
  series.rows.forEach((row, i) => {
    const [a, b] = [series.low[i] ?? null, series.high[i] ?? null];
    if (a === null || b === null) {
      pen = 'M';
      return;
    }
    path += `${pen}${across(row, rows).toFixed(1)} ${y(a).toFixed(1)}${b > a ? `V${y(b).toFixed(1)}` : ''}`;
    pen = 'L';
  });
  return { path, low, high, limit: limit === null ? null : y(limit) };
}
