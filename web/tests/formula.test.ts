import { describe, expect, it } from 'vitest';
import { asSignal, FORMULAS_MAX, idAt, isFormula, parseFormulas, placeOf, quoted, said, withoutFormula, writeFormulas } from '$lib/trend/formula';
import { parseLanes } from '$lib/trend/state';

describe('formulas in the URL', () => {
  it('are read back as they were written', () => {
    const list = [{ text: '"acme/p-1/power" / flow', unit: 'kWh/m3' }, { text: 'a - b', unit: '' }];
    expect(parseFormulas(writeFormulas(list))).toEqual(list);
    expect(writeFormulas([{ text: 'a | b; c', unit: 'x;y' }])).toBe('a   b  c|x y');
    expect(parseFormulas(' ; |kW;a')).toEqual([{ text: 'a', unit: '' }]);
    expect(parseFormulas(new Array(20).fill('a').join(';')).length).toBe(FORMULAS_MAX);
  });
  it('stand in lanes by numbers below zero, as many as there are', () => {
    expect([idAt(0), placeOf(-2), isFormula(-1), isFormula(0)]).toEqual([-1, 1, true, false]);
    expect(parseLanes('7,-1;-2;-3;-0', 2)).toEqual([[7, -1], [-2]]);
  });
  it('move up when one goes', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((text) => ({ text, unit: '' }));
    if (!a || !b || !c) throw new Error();
    expect(withoutFormula([[7, -1], [-2], [-3]], [a, b, c], -2)).toEqual({ lanes: [[7, -1], [-2]], list: [a, c] });
    expect(withoutFormula([[-1]], [a], -1)).toEqual({ lanes: [], list: [] });
  });
  it('are said shortly, and are gauges in their unit', () => {
    expect(said('"acme/p-1/power" / flow')).toBe('power / flow');
    expect(quoted('acme/p-1/power')).toBe('"acme/p-1/power"');
    expect(asSignal(-1, { text: 'a', unit: 'kWh' }, null)).toMatchObject({ id: -1, kind: 'gauge', unit: 'kWh', unit_symbol: 'kWh' });
  });
});
