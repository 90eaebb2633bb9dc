// The binary frame of /api/v1/stream, little-endian: u8 kind, u8 version, u16 0, u32 n, then columns
// n×u32 signal, n×f64 time (ms), n×f64 value (NaN = none), n×u8 quality.

export const SAMPLES = 1;
export const VERSION = 1;
const HEADER_BYTES = 8;
const ROW_BYTES = 4 + 8 + 8 + 1;

export interface Frame {
  signals: Uint32Array;
  times: Float64Array;
  values: Float64Array;
  qualities: Uint8Array;
}

/** Reads a frame; null when it is of another kind or version, or its length does not fit its header. */
export function decodeFrame(buffer: ArrayBuffer): Frame | null {
  if (buffer.byteLength < HEADER_BYTES) return null;
  const view = new DataView(buffer);
  if (view.getUint8(0) !== SAMPLES || view.getUint8(1) !== VERSION) return null;
  const n = view.getUint32(4, true);
  if (buffer.byteLength !== HEADER_BYTES + n * ROW_BYTES) return null;
  // The f64 columns are not 8-aligned for every n: copy each column into its own buffer.
  const signals = new Uint32Array(buffer.slice(HEADER_BYTES, HEADER_BYTES + n * 4));
  const t = HEADER_BYTES + n * 4;
  const times = new Float64Array(buffer.slice(t, t + n * 8));
  const values = new Float64Array(buffer.slice(t + n * 8, t + n * 16));
  const qualities = new Uint8Array(buffer.slice(t + n * 16, t + n * 17));
  return { signals, times, values, qualities };
}

/** Writes a frame: for the development server and the tests. */
export function encodeFrame(rows: { signal: number; time: number; value: number | null; quality: number }[]): ArrayBuffer {
  const n = rows.length;
  const buffer = new ArrayBuffer(HEADER_BYTES + n * ROW_BYTES);
  const view = new DataView(buffer);
  view.setUint8(0, SAMPLES);
  view.setUint8(1, VERSION);
  view.setUint32(4, n, true);
  rows.forEach((row, i) => {
    view.setUint32(HEADER_BYTES + i * 4, row.signal, true);
    view.setFloat64(HEADER_BYTES + n * 4 + i * 8, row.time, true);
    view.setFloat64(HEADER_BYTES + n * 12 + i * 8, row.value ?? Number.NaN, true);
    view.setUint8(HEADER_BYTES + n * 20 + i, row.quality);
  });
  return buffer;
}
