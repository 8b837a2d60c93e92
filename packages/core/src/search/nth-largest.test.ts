import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nthLargest } from './nth-largest.js';

describe('the nth largest value', () => {
  it('is the one that sorting would put there', () => {
    const values = fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.double({ noNaN: true })), { maxLength: 60 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 70 }), (given, n) => {
        const sorted = [...given].sort((a, b) => b - a);
        expect(nthLargest(given, n)).toBe(sorted[n - 1] ?? -Infinity);
      }),
    );
  });
});
