import { describe, expect, it } from 'vitest';
import { VectorIndex } from './index.js';

const DIMENSIONS = 20;

/** Any vectors will do, as long as they differ. */
function vectorOf(seed: number): Float32Array {
  return Float32Array.from({ length: DIMENSIONS }, (_, i) => Math.sin((seed + 1) * (i + 1.3)));
}

function filled(documents: number, passages = 3): VectorIndex {
  const index = new VectorIndex(DIMENSIONS);
  for (let ordinal = 0; ordinal < documents; ordinal++) {
    // Set twice, so that rows are not in the order of documents.
    index.set(documents - 1 - ordinal, [vectorOf(ordinal)]);
  }
  for (let ordinal = 0; ordinal < documents; ordinal++) {
    index.set(
      ordinal,
      Array.from({ length: ordinal % (passages + 1) }, (_, i) => vectorOf(ordinal * 10 + i)),
    );
  }
  return index;
}

const everything = { k: 1000 };

describe('persisted vectors', () => {
  it('[VEC-15] load to the same answers, from any offset of a buffer and in any division', () => {
    const index = filled(100);
    const asked = vectorOf(33);
    const whole = new VectorIndex(DIMENSIONS);
    const { bytes } = index.encode({ first: 0, count: 100 });
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(whole.load(shifted.subarray(3))).toEqual({ first: 0, count: 100 });
    const divided = new VectorIndex(DIMENSIONS);
    for (const first of [64, 0, 32, 96]) divided.load(index.encode({ first, count: 32 }).bytes);
    for (const loaded of [whole, divided]) {
      expect([loaded.rows, loaded.documents]).toEqual([index.rows, index.documents]);
      expect(loaded.nearest(asked, everything)).toEqual(index.nearest(asked, everything));
      expect(loaded.encode({ first: 0, count: 100 }).bytes).toEqual(bytes);
    }
  });

  it('[VEC-15] take the place of the vectors that their documents had, and of no others', () => {
    const index = filled(10);
    const { bytes } = index.encode({ first: 5, count: 2 });
    for (const ordinal of [5, 7, 8]) index.set(ordinal, [vectorOf(500 + ordinal), vectorOf(600)]);
    index.remove(6);
    index.load(bytes);
    const expected = filled(10);
    for (const ordinal of [7, 8]) expected.set(ordinal, [vectorOf(500 + ordinal), vectorOf(600)]);
    expect(index.encode({ first: 0, count: 10 }).bytes).toEqual(expected.encode({ first: 0, count: 10 }).bytes);
  });

  it('[VEC-15] may be none', () => {
    const index = filled(5);
    const { bytes } = index.encode({ first: 50, count: 10 });
    const { rows } = index;
    expect(index.load(bytes)).toEqual({ first: 50, count: 10 });
    expect(index.rows).toBe(rows);
  });

  it('[VEC-16] are refused, each by its code, when damaged, of another version or of another dimension', () => {
    const { bytes } = filled(12).encode({ first: 0, count: 12 });
    const damaged = (change: (copy: Uint8Array) => Uint8Array) => change(bytes.slice());
    const withByte = (at: number) => (copy: Uint8Array) =>
      copy.fill((copy.at(at) ?? 0) ^ 1, at, at === -1 ? undefined : at + 1);
    const refusals: [Uint8Array, string][] = [
      [new Uint8Array(7), 'SEGMENT_CORRUPT'],
      [damaged(withByte(0)), 'SEGMENT_CORRUPT'],
      [damaged(withByte(4)), 'SEGMENT_VERSION'],
      [damaged(withByte(20)), 'SEGMENT_CORRUPT'],
      [damaged(withByte(60)), 'SEGMENT_CORRUPT'],
      [damaged(withByte(-1)), 'SEGMENT_CORRUPT'],
      [bytes.subarray(0, bytes.length - 4), 'SEGMENT_CORRUPT'],
    ];
    const index = filled(3);
    const before = index.encode({ first: 0, count: 3 }).bytes;
    for (const [blob, code] of refusals) {
      expect(() => index.load(blob)).toThrow(expect.objectContaining({ code }) as Error);
    }
    expect(() => new VectorIndex(DIMENSIONS + 1).load(bytes)).toThrow(
      expect.objectContaining({ code: 'SEGMENT_VERSION' }) as Error,
    );
    expect(index.encode({ first: 0, count: 3 }).bytes).toEqual(before);
  });

  it('[VEC-18] are refused as those of other documents, and change nothing', () => {
    const index = filled(40);
    const { bytes } = index.encode({ first: 10, count: 20 });
    for (const range of [
      { first: 0, count: 20 },
      { first: 10, count: 19 },
      { first: 30, count: 10 },
    ]) {
      const loaded = filled(3);
      const before = loaded.encode({ first: 0, count: 40 }).bytes;
      expect(() => loaded.load(bytes, range)).toThrow(expect.objectContaining({ code: 'SEGMENT_GAP' }) as Error);
      expect(loaded.encode({ first: 0, count: 40 }).bytes).toEqual(before);
    }
    const right = { first: 10, count: 20 };
    expect(new VectorIndex(DIMENSIONS).load(bytes, right)).toEqual(right);
  });
});
