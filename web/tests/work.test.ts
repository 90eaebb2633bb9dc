import { describe, expect, it } from 'vitest';
import { lines } from '../src/lib/api/follow';
import { drawn } from '../src/lib/analyze/draw';
import type { OrderView, PlanView } from '../src/lib/api/schema';
import { RANK, rankWord } from '../src/lib/work/fmea';
import { changes, doing, hours, need, stay, usedHours, weighed, worked } from '../src/lib/work/words';

const order = (more: Partial<OrderView>): OrderView => ({ id: 1, asset: 1, asset_path: 'a', finding: null, failure_mode: null, title: 't', steps: [], parts: [], hours: 2, skill: 'm', people: 2, cost: null, failure_cost: null, priority: null, life: null, due: null, state: 'open', planned: null, worked: null, done_note: null, created: '', by: '', ...more });
const plan = (hoursOf: { from: string; to: string } | null): PlanView => ({ placements: [{ order: 1, window: hoursOf ? 0 : null, hours: hoursOf, why: '', considered: [] }], windows: [], cost: 0, cost_of_waiting: 0, cost_of_haste: 0, currency: 'EUR' });
const SPAN = { from: '2026-01-01T22:00:00Z', to: '2026-01-02T00:00:00Z' };

describe('maintenance', () => {
  it('counts what a plan would change', () => {
    expect(changes(plan(SPAN), [order({})])).toBe(1);
    expect(changes(plan(SPAN), [order({ planned: { from: '2026-01-01T22:00:00.000Z', to: SPAN.to } })])).toBe(0);
    expect(changes(plan(null), [order({ planned: SPAN })])).toBe(1);
    expect(changes(plan(null), [order({})])).toBe(0);
    expect(usedHours(plan(SPAN), [order({})], 0)).toEqual({ m: 4 });
  });
  it('makes up no cost, no risk and no work before the order', () => {
    const at = (more: object) => ({ window: 0, doing: 0, waiting: 0, chance: null, late: false, obstacle: null, ...more });
    expect([doing(order({}), at({})), doing(order({ cost: 0 }), at({})), doing(order({}), at({ doing: 720 })), doing(order({ cost: 40 }), null)]).toEqual([null, 0, 720, 40]);
    const told = plan(SPAN);
    expect(weighed(told)).toBe(false);
    expect(weighed({ ...told, placements: told.placements.map((p) => ({ ...p, considered: [at({ chance: 0 })] })) })).toBe(true);
    const now = Date.parse('2026-01-01T12:00:00Z');
    expect([worked(order({ created: '2026-01-01T11:30:00Z' }), now), worked(order({ created: '2025-12-01T00:00:00Z' }), now), worked(order({ created: '2026-01-01T12:00:00Z' }), now)].map((ms) => (now - ms) / 60_000)).toEqual([30, 120, 1]);
  });
  it('knows what is there of a part', () => {
    const arrivals = [{ at: null, quantity: 1 }, { at: '2026-01-01T00:00:00Z', quantity: 2 }, { at: '2026-02-01T00:00:00Z', quantity: 4 }];
    const orders = [order({ parts: [{ number: 'x', quantity: 3 }] }), order({ state: 'done', parts: [{ number: 'x', quantity: 9 }] })];
    expect(need('x', orders, arrivals, Date.parse('2026-01-15T00:00:00Z'))).toEqual({ wanted: 3, onHand: 3, coming: 4 });
  });
  it('places a stretch on an axis and cuts it at the ends', () => {
    const [from, to] = [Date.parse('2026-01-01T00:00:00Z'), Date.parse('2026-01-02T00:00:00Z')];
    expect(stay(SPAN, from, to)?.left).toBeCloseTo(91.67, 1);
    expect(stay({ from: '2025-12-31T12:00:00Z', to: '2026-01-01T12:00:00Z' }, from, to)).toEqual({ left: 0, width: 50 });
    expect(stay({ from: '2026-01-03T00:00:00Z', to: '2026-01-04T00:00:00Z' }, from, to)).toBeNull();
    expect([hours(0.5), hours(3.5), hours(96), hours(null)]).toEqual(['30 min', '3.5 h', '4 days', '–']);
  });
});

describe('a report on its way', () => {
  it('reads lines however they are cut', async () => {
    const bytes = new TextEncoder().encode('{"doing":"°"}\n{"a":1}\nrest');
    const stream = new ReadableStream<Uint8Array>({
      start(to) {
        for (let i = 0; i < bytes.length; i += 5) to.enqueue(bytes.slice(i, i + 5));
        to.close();
      },
    });
    const got: string[] = [];
    for await (const line of lines(stream)) got.push(line);
    expect(got).toEqual(['{"doing":"°"}', '{"a":1}', 'rest']);
  });
  it('breaks the line where there is no value', () => {
    const d = drawn({ rows: [1, 2, 3, 4], low: [0, null, 1, 1], high: [0, null, 2, 1] }, 4, 1);
    expect(d.path.match(/M/g)).toHaveLength(2);
    expect([d.low, d.high]).toEqual([0, 2]);
    expect(d.limit).toBe(60);
  });
});

describe('FMEA words', () => {
  it('say what a rank stands for', () => {
    expect(rankWord('severity', 10)).toBe('severity 10: a danger to people');
    expect(rankWord('severity', 5)).toBe('severity 5: the line stops for less, or makes waste');
    expect(rankWord('occurrence', 3)).toBe('occurrence 3: once a year');
    expect(rankWord('detection', 3)).toBe('detection 3: a monitor names it');
    for (const { key } of RANK) for (let rank = 1; rank <= 10; rank += 1) expect(rankWord(key, rank)).not.toMatch(/: $/);
  });
});
