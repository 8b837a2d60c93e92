import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { damerauWithin } from './edit-distance.js';

describe('damerauWithin', () => {
  it('[SEA-14] counts one slip for a letter added, lost, changed or swapped', () => {
    for (const [a, b] of [
      ['policy', 'polcy'],
      ['policy', 'poliicy'],
      ['policy', 'polizy'],
      ['receive', 'recieve'],
    ] as const) {
      expect(damerauWithin(a, b, 2)).toBe(1);
    }
    expect(damerauWithin('govern', 'goverment', 2)).toBe(3);
  });

  it('[SEA-14] is symmetric, zero for equals and never more than bound + 1', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
    fc.assert(
      fc.property(word, word, fc.nat(3), (a, b, bound) => {
        expect(damerauWithin(a, b, bound)).toBe(damerauWithin(b, a, bound));
        expect(damerauWithin(a, a, bound)).toBe(0);
        expect(damerauWithin(a, b, bound)).toBeLessThanOrEqual(bound + 1);
      }),
    );
  });
});
