import { describe, expect, it } from 'vitest';
import { changedSearch, match } from '$lib/router.svelte';
import { compareShift, joined, parseLanes, SIGNALS_MAX, split, withSignal, without, writeLanes } from '$lib/trend/state';

describe('routes', () => {
  it('match whole paths with named parts', () => {
    expect(match('/', '/')).toEqual({});
    expect(match('/', '/x')).toBeNull();
    expect(match('/findings/:id', '/findings/41')).toEqual({ id: '41' });
    expect(match('/findings/:id', '/findings')).toBeNull();
    expect(match('/findings/:id', '/findings/41/x')).toBeNull();
    expect(match('/connections/:name', '/connections/a%20b')).toEqual({ name: 'a b' });
    expect(match('/connections/:name', '/connections/%')).toEqual({ name: '%' });
  });

  it('take the rest of a path', () => {
    expect(match('/a/*path', '/a/acme/north/pump-1')).toEqual({ path: 'acme/north/pump-1' });
    expect(match('/a/*path', '/a')).toBeNull();
  });
});

describe('the URL as state', () => {
  it('changes what is named and leaves the rest, readable', () => {
    expect(changedSearch('?t=now-1h..now&s=1,2;3', { s: '1;3' })).toBe('?t=now-1h..now&s=1;3');
    expect(changedSearch('?t=x&q=', { t: null, q: null })).toBe('');
    expect(changedSearch('', { q: 'a&b=c' })).toBe('?q=a%26b%3Dc');
  });

  it('reads lanes and survives nonsense', () => {
    expect(parseLanes('1,2;3')).toEqual([[1, 2], [3]]);
    expect(parseLanes('1,1;1;x,-4;;2.5,7')).toEqual([[1], [7]]);
    expect(parseLanes('')).toEqual([]);
    expect(parseLanes(Array.from({ length: 99 }, (_, i) => i).join(',')).flat().length).toBe(SIGNALS_MAX);
    expect(writeLanes(parseLanes('1,2;3'))).toBe('1,2;3');
  });

  it('moves signals between lanes without losing or doubling any', () => {
    expect(withSignal([[1], [2]], 3)).toEqual([[1], [2], [3]]);
    expect(withSignal([[1], [2]], 2)).toEqual([[1], [2]]);
    expect(withSignal([[1], [2]], 2, 0)).toEqual([[1, 2]]);
    expect(without([[1, 2], [3]], 3)).toEqual([[1, 2]]);
    expect(joined([[1], [2], [3]], 1)).toEqual([[1, 2], [3]]);
    expect(joined([[1]], 0)).toEqual([[1]]);
    expect(split([[1, 2], [3]], 0)).toEqual([[1], [2], [3]]);
  });

  it('knows how far back a comparison lies', () => {
    expect(compareShift('span', { from: 10, to: 30 })).toBe(20);
    expect(compareShift('1d', { from: 0, to: 1 })).toBe(86_400_000);
    expect(compareShift('nonsense', { from: 0, to: 1 })).toBe(0);
  });
});
