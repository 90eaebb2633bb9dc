// A heat map on a canvas: greys only, dark for much in the light theme, light for much in the dark one.

import { token } from '../charts/paint';

export interface Shade {
  low: number;
  high: number;
}

/** The range that the greys span: from the noise, which most cells are, to the highest. */
export function shadeOf(rows: number[][]): Shade {
  const all = rows.flat().filter(Number.isFinite).sort((a, b) => a - b);
  const at = (share: number) => all[Math.min(all.length - 1, Math.floor(all.length * share))] ?? 0;
  const low = at(0.35);
  return { low, high: Math.max(at(0.999), low + 1) };
}

type Rgb = [number, number, number];

function rgb(name: string): Rgb {
  const pen = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d');
  if (!pen) return [128, 128, 128];
  pen.fillStyle = token(name);
  pen.fillRect(0, 0, 1, 1);
  const [r = 0, g = 0, b = 0] = pen.getImageData(0, 0, 1, 1).data;
  return [r, g, b];
}

/** A function from a share 0–1 to a grey between the page's field and its text. */
export function greys(): (share: number) => Rgb {
  const [from, to] = [rgb('--field'), rgb('--text')];
  const mix = (share: number, i: 0 | 1 | 2) => Math.round(from[i] + (to[i] - from[i]) * share);
  return (share) => [mix(share, 0), mix(share, 1), mix(share, 2)];
}

/** Paints rows (first at the top) into a picture of one pixel a cell. */
export function picture(rows: number[][], columns: number, shade: Shade): HTMLCanvasElement {
  const canvas = Object.assign(document.createElement('canvas'), { width: Math.max(1, columns), height: Math.max(1, rows.length) });
  const pen = canvas.getContext('2d');
  if (!pen) return canvas;
  const image = pen.createImageData(canvas.width, canvas.height);
  const grey = greys();
  rows.forEach((row, y) => {
    for (let x = 0; x < columns; x += 1) {
      const share = Math.min(1, Math.max(0, ((row[x] ?? shade.low) - shade.low) / (shade.high - shade.low)));
      image.data.set([...grey(share), 255], (y * canvas.width + x) * 4);
    }
  });
  pen.putImageData(image, 0, 0);
  return canvas;
}

/** A canvas sized for its place and the screen's density, and a pen in CSS pixels. */
export function prepare(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | null {
  canvas.width = Math.round(width * devicePixelRatio);
  canvas.height = Math.round(height * devicePixelRatio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const pen = canvas.getContext('2d');
  pen?.scale(devicePixelRatio, devicePixelRatio);
  if (pen) pen.font = `11px ${token('--font')}`;
  return pen;
}
