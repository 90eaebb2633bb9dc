import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame } from '$lib/live/frame';
import { Ring } from '$lib/live/ring';
import { parseEvent, pauseMs } from '$lib/live/socket';

describe('live frames', () => {
  const rows = [
    { signal: 7, time: 1_700_000_000_123.5, value: -1.25, quality: 0 },
    { signal: 4_000_000_000, time: 1_700_000_000_999, value: null, quality: 3 },
    { signal: 1, time: 0, value: 1e300, quality: 2 },
  ];

  it.each([0, 1, 2, 3])('reads back %i rows bit for bit, whatever the alignment', (n) => {
    const frame = decodeFrame(encodeFrame(rows.slice(0, n)));
    expect(frame && [...frame.signals]).toEqual(rows.slice(0, n).map((r) => r.signal));
    expect(frame && [...frame.times]).toEqual(rows.slice(0, n).map((r) => r.time));
    expect(frame && [...frame.values]).toEqual(rows.slice(0, n).map((r) => r.value ?? Number.NaN));
    expect(frame && [...frame.qualities]).toEqual(rows.slice(0, n).map((r) => r.quality));
  });

  it('lies byte for byte as the contract says', () => {
    const bytes = new Uint8Array(encodeFrame([{ signal: 258, time: 1, value: 2, quality: 1 }]));
    expect([...bytes.slice(0, 12)]).toEqual([1, 1, 0, 0, 1, 0, 0, 0, 2, 1, 0, 0]);
    expect(bytes.length).toBe(8 + 21);
    expect(bytes.at(-1)).toBe(1);
  });

  it('refuses what it does not know', () => {
    const good = encodeFrame(rows);
    expect(decodeFrame(good.slice(0, -1))).toBeNull();
    expect(decodeFrame(new ArrayBuffer(3))).toBeNull();
    const other = good.slice(0);
    new Uint8Array(other)[1] = 9;
    expect(decodeFrame(other)).toBeNull();
  });

  it('takes events and drops other text', () => {
    expect(parseEvent('{"event":"alarm","data":{"id":1}}')).toEqual({ event: 'alarm', data: { id: 1 } });
    expect(parseEvent('{"event":"alarm"}')).toEqual({ event: 'alarm', data: null });
    expect(parseEvent('[1]')).toBeNull();
    expect(parseEvent('{')).toBeNull();
  });

  it('waits longer after each failure, with jitter, up to a limit', () => {
    expect(pauseMs(0, 0)).toBe(250);
    expect(pauseMs(0, 1)).toBe(500);
    expect(pauseMs(3, 1)).toBe(4000);
    expect(pauseMs(50, 1)).toBe(15_000);
  });
});

describe('ring', () => {
  it('keeps the newest and takes history in front', () => {
    const ring = new Ring(4);
    for (let i = 10; i < 13; i += 1) ring.push(i, i * 10);
    ring.prepend([8, 9, 10], [1, 2, 3]);
    expect(ring.points()).toEqual([[9, 2], [10, 100], [11, 110], [12, 120]]);
    ring.push(12, 7);
    expect(ring.points().at(-1)).toEqual([12, 7]);
    expect(ring.length).toBe(4);
  });
});
