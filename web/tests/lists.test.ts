import { describe, expect, it } from 'vitest';
import type { Alarm, Asset } from '$lib/api/types';
import { sortAlarms } from '$lib/alarm/order';
import { selectRow } from '$lib/alarm/select';
import { treeOf, visibleNodes } from '$lib/asset';
import { csv } from '$lib/download';
import { groupsOf, rollUps, totals } from '$lib/overview';
import { chartable, offsetOf, placeOf, remembered, timeSeconds, wordEnd } from '$lib/sql/sql';
import { placeName, plant } from '$lib/plant.svelte';
import { guessRole } from '$lib/roles';

const state = (more: Partial<Asset['state']> = {}): Asset['state'] => ({ alarm: null, alarms: 0, findings: 0, quality: 'good', monitor: { state: 'watching', progress: 1, score: 0.2, since: null, drift: null }, ...more });
const asset = (id: number, path: string, more: Partial<Asset['state']> = {}): Asset => ({ id, path, name: '', level: 'asset', template: null, nameplate: {}, learning: null, parent: null, state: state(more) });
const PLANT = [asset(1, 'a/b/pump-10'), asset(2, 'a/b/pump-2', { alarm: 'low' }), asset(3, 'a/c/fan', { alarm: 'high', quality: 'bad', findings: 1 }), asset(4, 'a/b')];

describe('the plant rolled up', () => {
  it('groups machines by place, worst first, then by number', () => {
    expect(groupsOf(PLANT).map((g) => [g.path, g.assets.map((a) => a.id)])).toEqual([['a/b', [2, 1]], ['a/c', [3]]]);
  });
  it('shows the worst of what stands below, and not a neighbour with a longer name', () => {
    expect(rollUps(PLANT).get('a')).toEqual({ alarm: 'high', findings: 1, quality: 'bad' });
    expect(rollUps([...PLANT, asset(5, 'a/bb/x', { alarm: 'emergency' })]).get('a/b')?.alarm).toBe('low');
    expect(totals(PLANT)).toMatchObject({ machines: 3, abnormal: 2, findings: 1, watching: 3 });
  });
  it('makes a tree with the places that only paths name', () => {
    const nodes = treeOf(PLANT);
    expect(nodes.map((n) => n.path)).toEqual(['a', 'a/b', 'a/b/pump-2', 'a/b/pump-10', 'a/c', 'a/c/fan']);
    expect(nodes.map((n) => n.children)).toEqual([true, true, false, false, true, false]);
    expect(visibleNodes(nodes, new Set(['a/b']), '').map((n) => n.path)).toEqual(['a', 'a/b', 'a/c', 'a/c/fan']);
    expect(visibleNodes(nodes, new Set(['a']), 'FAN').map((n) => n.path)).toEqual(['a', 'a/c', 'a/c/fan']);
  });
});

describe('choosing rows', () => {
  const ids = [1, 2, 3, 4, 5];
  it('click, shift-click, ctrl-click', () => {
    expect([...selectRow(ids, new Set([1, 2]), 1, 4, { shift: false, add: false })]).toEqual([4]);
    expect([...selectRow(ids, new Set([2]), 2, 4, { shift: true, add: false })]).toEqual([2, 3, 4]);
    expect([...selectRow(ids, new Set([4]), 4, 2, { shift: true, add: false })]).toEqual([2, 3, 4]);
    expect([...selectRow(ids, new Set([1]), 3, 4, { shift: true, add: true })]).toEqual([1, 3, 4]);
    expect([...selectRow(ids, new Set([1, 2]), 1, 2, { shift: false, add: true })]).toEqual([1]);
    expect([...selectRow(ids, new Set(), 99, 2, { shift: true, add: false })]).toEqual([2]);
  });
  it('alarms that wait come first', () => {
    const alarm = (id: number, st: Alarm['state'], priority: Alarm['priority']) => ({ id, state: st, priority, since: 0 }) as unknown as Alarm;
    const list = [alarm(1, 'shelved', 'emergency'), alarm(2, 'acked_active', 'emergency'), alarm(3, 'unack_active', 'low'), alarm(4, 'unack_active', 'high'), alarm(5, 'rtn_unack', 'high')];
    expect(sortAlarms(list).map((a) => a.id)).toEqual([4, 3, 5, 2, 1]);
  });
});

describe('the SQL workbench', () => {
  it('finds the place of an error', () => {
    expect(placeOf('Expected: an SQL statement, found: SELEC at Line: 2, Column: 3')).toEqual({ line: 2, column: 3 });
    expect(placeOf('table not found')).toBeNull();
    const text = 'SELECT 1\n  FRM x';
    const at = offsetOf(text, { line: 2, column: 3 });
    expect(text.slice(at, wordEnd(text, at))).toBe('FRM');
    expect(offsetOf(text, { line: 99, column: 99 })).toBe(text.length);
  });
  it('charts numbers over time, else bars over names', () => {
    const col = (name: string, type: string) => ({ name, type });
    const base = { truncated: false, elapsed_ms: 1 };
    const timed = chartable({ ...base, columns: [col('time', 'Timestamp(Microsecond, Some("UTC"))'), col('v', 'Float64')], rows: [['2026-01-01T00:00:01Z', 2], ['2026-01-01T00:00:00Z', 1]] });
    expect(timed).toMatchObject({ kind: 'time', series: [{ name: 'v', values: [1, 2] }] });
    const bars = chartable({ ...base, columns: [col('name', 'Utf8'), col('n', 'integer')], rows: [['a', 1], ['b', 2]] });
    expect(bars).toMatchObject({ kind: 'bars', labels: ['a', 'b'] });
    expect(chartable({ ...base, columns: [col('name', 'Utf8')], rows: [['a'], ['b']] })).toBeNull();
  });
  it('reads times of every kind and remembers each statement once', () => {
    expect([1_767_225_600_000_000, 1_767_225_600_000, '2026-01-01 00:00:00', '2026-01-01T00:00:00Z'].map(timeSeconds)).toEqual(Array(4).fill(1_767_225_600));
    const item = (sql: string) => ({ sql, at: 0, rows: 0, ms: 0 });
    expect(remembered([item('a'), item('b')], item('b')).map((x) => x.sql)).toEqual(['b', 'a']);
  });
  it('writes CSV that a spreadsheet cannot run', () => {
    expect(csv(['a', 'b'], [['=1+1', 'x,"y"'], [null, -5]])).toBe('a,b\r\n\'=1+1,"x,""y"""\r\n,-5\r\n');
  });
});

it('proposes roles from names', () => {
  expect(['motor/current', 'BearingTemp_DE', 'suction_pressure', 'zz'].map(guessRole)).toEqual(['current', 'bearing_temperature', 'suction_pressure', 'other']);
});

describe('what an asset is called away from the tree', () => {
  it('is its own name, else as much of its path as says which it is', () => {
    plant.assets = ['works/press/1', 'works/press/2', 'works/saw/1', 'works/fan', 'b/fan'].map((path, i) => asset(i, path));
    expect(placeName('works/press/1', 'Big press')).toBe('Big press');
    expect(placeName('works/press/1', '1')).toBe('press/1');
    expect(placeName('works/press/2', '2')).toBe('press/2');
    expect(placeName('works/fan', 'fan')).toBe('works/fan');
    expect(placeName('works/saw/1', '')).toBe('saw/1');
    plant.assets = [];
  });
});
