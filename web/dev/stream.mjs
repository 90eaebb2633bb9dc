// The fixture's live stream: binary frames of all signals twice a second.

import { WebSocketServer } from 'ws';
import { inGap, qualityNow, valueOf } from './world.mjs';

const EVERY_MS = Number(process.env.MOCK_EVERY_MS) || 500; // 100 is the contract's fastest

export function encode(rows) {
  const n = rows.length;
  const view = new DataView(new ArrayBuffer(8 + n * 21));
  view.setUint8(0, 1);
  view.setUint8(1, 1);
  view.setUint32(4, n, true);
  rows.forEach((row, i) => {
    view.setUint32(8 + i * 4, row.signal, true);
    view.setFloat64(8 + n * 4 + i * 8, row.time, true);
    view.setFloat64(8 + n * 12 + i * 8, row.value ?? Number.NaN, true);
    view.setUint8(8 + n * 20 + i, row.quality);
  });
  return view.buffer;
}

export function serveStream(server, api) {
  const wss = new WebSocketServer({ server, path: '/api/v1/stream' });
  const timer = setInterval(() => {
    const now = Date.now();
    const fresh = api.world.signals.filter((s) => s.kind !== 'waveform' && qualityNow(s) !== 2 && !inGap(s, now));
    const frame = encode(fresh.map((s) => ({ signal: s.id, time: now - 120, value: qualityNow(s) === 3 ? null : valueOf(s, now), quality: qualityNow(s) })));
    for (const socket of wss.clients) if (socket.readyState === socket.OPEN) socket.send(frame);
  }, EVERY_MS);
  api.emit = (event, data) => {
    for (const socket of wss.clients) if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ event, data }));
  };
  return () => {
    clearInterval(timer);
    for (const socket of wss.clients) socket.terminate();
    wss.close();
  };
}
