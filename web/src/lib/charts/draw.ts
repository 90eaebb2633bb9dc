// Small drawings as SVG path text: sparklines, no library needed.

export interface Box {
  width: number;
  height: number;
}

/** A polyline through the points, broken where a value is missing. */
export function sparkPath(points: [number, number][], from: number, to: number, box: Box): string {
  const values = points.map((p) => p[1]).filter(Number.isFinite);
  if (values.length === 0 || to <= from) return '';
  const low = Math.min(...values);
  const span = Math.max(...values) - low;
  const y = (value: number) => (span === 0 ? box.height / 2 : box.height - 1.5 - ((value - low) / span) * (box.height - 3));
  let path = '';
  let pen = false;
  for (const [time, value] of points) {
    if (!Number.isFinite(value)) {
      pen = false;
      continue;
    }
    const x = ((time - from) / (to - from)) * box.width;
    if (x < -box.width * 0.1) continue;
    path += `${pen ? 'L' : 'M'}${x.toFixed(1)} ${y(value).toFixed(1)}`;
    pen = true;
  }
  return path;
}

/** A position 0–100 on a bar from `low` to `high`; null when it cannot be placed. */
export function share(value: number | null, low: number, high: number): number | null {
  if (value === null || !Number.isFinite(value) || high <= low) return null;
  return Math.min(100, Math.max(0, ((value - low) / (high - low)) * 100));
}

/** Round tick values covering the range, at most about `count`. */
export function ticks(low: number, high: number, count: number): number[] {
  const span = high - low;
  if (!(span > 0) || count < 1) return [low];
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough) ?? rough;
  const out: number[] = [];
  for (let v = Math.ceil(low / step) * step; v <= high + step * 1e-9; v += step) out.push(Number(v.toPrecision(12)));
  return out;
}
