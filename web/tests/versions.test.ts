import { describe, expect, it } from 'vitest';
import type { ModelsView } from '$lib/api/schema';
import { shifted } from '$lib/proof/words';
import { CHANGED, chosenAtFirst, sidesOf, variantsOf } from '$lib/proof/versions';

const version = (digest: string) => ({ digest, settings: {}, operators: [] });
const release = (id: number, digest: string) => ({ id, at: '2026-03-01T08:00:00Z', by: 'ann', reason: 'proved', version: version(digest), whole: true, program: '0.1.0', backtest: null });
const models = { in_service: release(3, 'aaaaaaaaaaaa'), candidate: { version: version('cccccccccccc'), changes: [], backtest: null, hindrance: null }, history: [release(3, 'aaaaaaaaaaaa'), release(2, 'bbbbbbbbbbbb'), release(1, 'aaaaaaaaaaaa')] } as unknown as ModelsView;

describe('versions side by side', () => {
  const sides = sidesOf(models, 'UTC');
  it('are each told once, the newest first', () => {
    expect(sides.map((side) => side.key)).toEqual(['aaaaaaaaaaaa', 'cccccccccccc', 'bbbbbbbbbbbb', CHANGED]);
    expect(chosenAtFirst(sides)).toEqual(['aaaaaaaaaaaa', 'cccccccccccc']);
  });
  it('are asked for by name, and what the server compares by itself is not', () => {
    expect(variantsOf(sides, chosenAtFirst(sides), {})).toEqual([]);
    expect(variantsOf(sides, ['aaaaaaaaaaaa', 'bbbbbbbbbbbb', CHANGED], { normal: { learn_s: 60 } })).toEqual([
      { name: 'running', version: 'aaaaaaaaaaaa' },
      { name: 'former bbbbbb', version: 'bbbbbbbbbbbb' },
      { name: CHANGED, maintenance: { normal: { learn_s: 60 } } },
    ]);
  });
});

describe('what is asked of a machine', () => {
  it('is told by a number only where it is another operation', () => {
    expect([null, 0, 0.18].map(shifted)).toEqual(['', '', '']);
    expect(shifted(1.06)).toContain('1.06');
  });
});
