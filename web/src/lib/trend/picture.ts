// The lanes as one picture: what is on the screen, with names and the range, for a report.

import { token } from '../charts/paint';

const PAD = 16;
const HEAD = 22;
const TITLE = 30;

/** Draws every lane of `host` below its head line; null when there is nothing to draw. */
export function pictureOf(host: HTMLElement, title: string): HTMLCanvasElement | null {
  const lanes = [...host.querySelectorAll<HTMLElement>('section.lane')].flatMap((lane) => {
    const canvas = lane.querySelector('canvas');
    const names = [...lane.querySelectorAll<HTMLElement>('.entry')].map((entry) => ({
      colour: getComputedStyle(entry.querySelector('.swatch') ?? entry).backgroundColor,
      text: [entry.title, entry.querySelector('.unit')?.textContent].filter(Boolean).join(' · '),
    }));
    return canvas ? [{ canvas, names }] : [];
  });
  if (lanes.length === 0) return null;
  const px = devicePixelRatio;
  const width = Math.max(...lanes.map((lane) => lane.canvas.width)) + 2 * PAD * px;
  const height = lanes.reduce((sum, lane) => sum + lane.canvas.height + HEAD * px, (TITLE + PAD) * px);
  const out = Object.assign(document.createElement('canvas'), { width, height });
  const pen = out.getContext('2d');
  if (!pen) return null;
  pen.fillStyle = token('--field');
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = token('--text');
  pen.font = `600 ${13 * px}px ${token('--font')}`;
  pen.fillText(title, PAD * px, 20 * px);
  let y = TITLE * px;
  pen.font = `${12 * px}px ${token('--font')}`;
  for (const lane of lanes) {
    let x = PAD * px;
    for (const name of lane.names) {
      pen.fillStyle = name.colour;
      pen.fillRect(x, y + 8 * px, 12 * px, 3 * px);
      pen.fillStyle = token('--text');
      pen.fillText(name.text, x + 18 * px, y + 14 * px);
      x += pen.measureText(name.text).width + 40 * px;
    }
    pen.drawImage(lane.canvas, PAD * px, y + HEAD * px);
    y += lane.canvas.height + HEAD * px;
  }
  return out;
}

export const blobOf = (canvas: HTMLCanvasElement): Promise<Blob | null> => new Promise((done) => canvas.toBlob(done, 'image/png'));
