// The trend explorer's state is its URL: `t` the range, `s` the lanes (`1,2;3`), `cmp` the comparison,
// `sel` a selected interval, `fx` the formulas (`power/flow|kWh;…`), which stand in lanes as -1, -2 … These functions read
// and write it.

export type Lanes = number[][];

export const COMPARES: [string, string][] = [
  ['', 'No comparison'],
  ['span', 'Period before'],
  ['1d', 'Day before'],
  ['7d', 'Week before'],
];

export const LANES_MAX = 12; // more cannot be read, and each is a canvas
export const SIGNALS_MAX = 32; // one request's worth

export function parseLanes(text: string, formulas = 0): Lanes {
  const seen = new Set<number>();
  const lanes: Lanes = [];
  for (const part of text.split(';')) {
    const lane: number[] = [];
    for (const piece of part.split(',')) {
      const id = Number(piece);
      if (!piece || !Number.isInteger(id) || id < -formulas || Object.is(id, -0) || seen.has(id) || seen.size >= SIGNALS_MAX) continue;
      seen.add(id);
      lane.push(id);
    }
    if (lane.length > 0 && lanes.length < LANES_MAX) lanes.push(lane);
  }
  return lanes;
}

export const writeLanes = (lanes: Lanes): string => lanes.filter((lane) => lane.length > 0).map((lane) => lane.join(',')).join(';');

export const without = (lanes: Lanes, id: number): Lanes =>
  lanes.map((lane) => lane.filter((other) => other !== id)).filter((lane) => lane.length > 0);

/** Adds a signal as a lane of its own, or to the lane `at`. A signal stands in one lane only. */
export function withSignal(lanes: Lanes, id: number, at: number | null = null): Lanes {
  if (at === null) return lanes.some((lane) => lane.includes(id)) ? lanes : [...lanes, [id]];
  const target = lanes[at];
  return lanes
    .map((lane) => (lane === target ? [...lane.filter((other) => other !== id), id] : lane.filter((other) => other !== id)))
    .filter((lane) => lane.length > 0);
}

/** Puts lane `at` into the lane above it. */
export function joined(lanes: Lanes, at: number): Lanes {
  const above = lanes[at - 1];
  const lane = lanes[at];
  if (!above || !lane) return lanes;
  return lanes.flatMap((other, i) => (i === at - 1 ? [[...above, ...lane]] : i === at ? [] : [other]));
}

/** Gives every signal of lane `at` a lane of its own. */
export function split(lanes: Lanes, at: number): Lanes {
  return lanes.flatMap((lane, i) => (i === at ? lane.map((id) => [id]) : [lane]));
}

const GOLDEN = /^golden-(\d+)$/;

/** The label of the golden run that is compared with; null for none. */
export const goldenOf = (word: string): number | null => Number(GOLDEN.exec(word)?.[1] ?? 0) || null;
export const goldenWord = (label: number): string => `golden-${label}`;

/** How far back the comparison lies, in ms; zero for none. */
export function compareShift(word: string, span: { from: number; to: number }): number {
  const DAY = 86_400_000;
  if (word === 'span') return span.to - span.from;
  if (word === '1d') return DAY;
  return word === '7d' ? 7 * DAY : 0;
}
