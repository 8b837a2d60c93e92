import { createHash, type randomFillSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { canonicalize } from './canonical-json.js';
import { commit, commitmentMatches, commitText, newSalt } from './commitment.js';
import type { JsonValue } from './json.js';

const drawnFrom = vi.hoisted(() => ({ pools: new Set<Uint8Array>(), fills: 0 }));
vi.mock('node:crypto', async (importOriginal) => {
  const original = await importOriginal<{ randomFillSync: typeof randomFillSync }>();
  const watched = (pool: Uint8Array): Uint8Array => {
    drawnFrom.pools.add(pool);
    drawnFrom.fills += 1;
    return original.randomFillSync(pool);
  };
  return { ...original, randomFillSync: watched };
});

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const salt = new Uint8Array(32).map((_, i) => i);

describe('newSalt', () => {
  it('[LED-9] gives 32 fresh bytes each time, across refills of its pool', () => {
    const salts = Array.from({ length: 2_000 }, newSalt);
    expect(new Set(salts.map(hex)).size).toBe(2_000);
    expect(salts.every((bytes) => bytes.length === 32 && bytes.buffer.byteLength === 32)).toBe(true);
    expect(drawnFrom.fills).toBeGreaterThan(1);
    expect(drawnFrom.fills).toBeLessThan(20);
  });

  it('[LED-9] keeps no copy of a salt it gave out', () => {
    const given = Array.from({ length: 300 }, () => hex(newSalt()));
    const left = [...drawnFrom.pools].map(hex).join();
    expect(given.filter((bytes) => left.includes(bytes))).toEqual([]);
  });
});

describe('commit', () => {
  it('[LED-10] is sha256 over the salt and the canonical text', () => {
    const long = 'ü'.repeat(40_000);
    for (const value of [null, 'Zoë', { b: [1, 2], a: '😂' }, '', long] as const) {
      const expected = createHash('sha256').update(salt).update(canonicalize(value)).digest('hex');
      expect(hex(commit(salt, value))).toBe(expected);
      expect(hex(commitText(salt, canonicalize(value)))).toBe(expected);
    }
  });

  it('[LED-10] agrees with a reference for texts of any length around the size of its buffer', () => {
    fc.assert(
      fc.property(fc.constantFrom('a', 'ü', '€', '😂'), fc.nat({ max: 17_000 }), (unit, length) => {
        const text = unit.repeat(length);
        expect(hex(commitText(salt, text))).toBe(createHash('sha256').update(salt).update(text).digest('hex'));
      }),
      { numRuns: 40 },
    );
  });

  it('[LED-11] refuses a salt that is not 32 bytes', () => {
    for (const length of [0, 31, 33]) {
      expect(() => commit(new Uint8Array(length), 'x')).toThrow(RangeError);
      expect(commitmentMatches(new Uint8Array(length), 'x', commit(salt, 'x'))).toBe(false);
    }
  });
});

describe('commitmentMatches', () => {
  const value = { title: 'Protocol 7', tags: ['a', 'b'] };
  const commitment = commit(salt, value);

  it('[LED-12] holds for the same value in any key order', () => {
    expect(commitmentMatches(salt, { tags: ['a', 'b'], title: 'Protocol 7' }, commitment)).toBe(true);
  });

  it('[LED-12] fails for every flipped bit of salt or commitment', () => {
    for (let bit = 0; bit < 256; bit++) {
      expect(commitmentMatches(flip(salt, bit), value, commitment)).toBe(false);
      expect(commitmentMatches(salt, value, flip(commitment, bit))).toBe(false);
    }
  });

  it('[LED-12] is false, not an error, for another value, a short commitment or a value without canonical text', () => {
    const others: unknown[] = [null, { ...value, title: 'Protocol 8' }, '\ud800', Number.NaN];
    for (const other of others) expect(commitmentMatches(salt, other as JsonValue, commitment)).toBe(false);
    expect(commitmentMatches(salt, value, commitment.subarray(1))).toBe(false);
  });
});

function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice();
  copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
  return copy;
}
