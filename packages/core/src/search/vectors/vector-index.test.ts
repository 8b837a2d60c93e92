import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VectorIndex, type NearestPassage } from './index.js';
import type { RoundedVectors } from './rounded-vectors.js';

const DIMENSIONS = 100;
const ZERO = Float32Array.of(0, 0);

function randomness(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}

/** Two independent normal numbers make the sums of a mixture. */
function normals(random: () => number, count: number): Float32Array {
  return Float32Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random()),
  );
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** A mixture of Gaussians: `documents` documents of one to `passages` passages near one of `clusters` centres. */
function mixture(seed: number, documents: number, passages = 1, dimensions = DIMENSIONS, clusters = 40) {
  const random = randomness(seed);
  const centres = Array.from({ length: clusters }, () => normals(random, dimensions));
  const near = (): Float32Array => {
    const centre = centres[Math.floor(random() * clusters)]!;
    return unit(normals(random, dimensions).map((value, i) => centre[i]! + 0.6 * value));
  };
  const vectors = Array.from({ length: documents }, () =>
    Array.from({ length: 1 + Math.floor(random() * passages) }, near),
  );
  return { vectors, query: near, random };
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, squaresA, squaresB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    squaresA += a[i]! * a[i]!;
    squaresB += b[i]! * b[i]!;
  }
  return dot / Math.sqrt(squaresA * squaresB);
}

/** What the index promises, without any of its means. */
function bruteForce(vectors: readonly (readonly Float32Array[])[], query: Float32Array, mask?: Uint8Array) {
  const found: NearestPassage[] = [];
  vectors.forEach((passages, ordinal) => {
    if (passages.length === 0 || (mask !== undefined && mask[ordinal] !== 1)) return;
    const scores = passages.map((vector) => cosine(vector, query));
    const score = Math.max(...scores);
    found.push({ ordinal, passage: scores.indexOf(score), score });
  });
  return found.sort((a, b) => b.score - a.score || b.ordinal - a.ordinal);
}

function indexOf(vectors: readonly (readonly Float32Array[])[], dimensions = DIMENSIONS): VectorIndex {
  const index = new VectorIndex(dimensions);
  vectors.forEach((passages, ordinal) => index.set(ordinal, passages));
  return index;
}

const places = (found: readonly NearestPassage[]) => found.map(({ ordinal, passage }) => [ordinal, passage]);
const maskOf = (length: number, permits: (ordinal: number) => boolean) =>
  Uint8Array.from({ length }, (_, ordinal) => (permits(ordinal) ? 1 : 0));

const FILTERS: [string, (ordinal: number) => boolean][] = [
  ['none', () => true],
  ['half', (ordinal) => ordinal % 2 === 0],
  ['a quarter', (ordinal) => ordinal % 4 === 1],
  ['1 %', (ordinal) => ordinal % 100 === 37],
  ['one document', (ordinal) => ordinal === 1234],
];

describe('VectorIndex', () => {
  it.each(FILTERS)('[VEC-1] finds exactly what brute force finds, by original vectors; filter: %s', (_, permits) => {
    for (const seed of [1, 2, 3]) {
      const { vectors, query } = mixture(seed, 3000, 3);
      const index = indexOf(vectors);
      const mask = maskOf(vectors.length, permits);
      for (let i = 0; i < 10; i++) {
        const asked = query();
        const found = index.nearest(asked, { k: 10, mask, exact: (ordinal, passage) => vectors[ordinal]![passage]! });
        const expected = bruteForce(vectors, asked, mask).slice(0, 10);
        expect(places(found)).toEqual(places(expected));
        found.forEach(({ score }, place) => expect(score).toBeCloseTo(expected[place]!.score, 6));
      }
    }
  });

  it('[VEC-1] picks and scans more rows than the kernel takes at once', () => {
    const { vectors, query } = mixture(15, 20_000, 1, 16);
    const index = indexOf(vectors, 16);
    for (const [, permits] of FILTERS) {
      const mask = maskOf(vectors.length, permits);
      const asked = query();
      const found = index.nearest(asked, { k: 10, mask, exact: (ordinal, passage) => vectors[ordinal]![passage]! });
      expect(places(found)).toEqual(places(bruteForce(vectors, asked, mask).slice(0, 10)));
    }
  });

  it('[VEC-2] keeps cosines within .01 by rounded vectors, and nearly all of the ten nearest', () => {
    const { vectors, query } = mixture(4, 3000);
    const index = indexOf(vectors);
    const mask = new Uint8Array(vectors.length).fill(1);
    const out = new Float32Array(vectors.length);
    let kept = 0;
    let worst = 0;
    for (let i = 0; i < 50; i++) {
      const asked = query();
      expect(index.scoreAll(asked, mask, vectors.length, out)).toBe(vectors.length);
      const expected = bruteForce(vectors, asked);
      for (const { ordinal, score } of expected) worst = Math.max(worst, Math.abs(out[ordinal]! - score));
      const best = new Set(expected.slice(0, 10).map(({ ordinal }) => ordinal));
      kept += index.nearest(asked, { k: 10 }).filter(({ ordinal }) => best.has(ordinal)).length;
    }
    expect(worst).toBeLessThan(0.01);
    expect(kept / 500).toBeGreaterThan(0.95);
  });

  it('[VEC-2] keeps the cosines of vectors with a few large numbers within .01', () => {
    const random = randomness(5);
    const sparse = () => {
      const vector = new Float32Array(DIMENSIONS);
      for (let i = 0; i < 6; i++) vector[Math.floor(random() * DIMENSIONS)]! += random() < 0.5 ? -1 : 1 + random();
      vector[0] = 0.3;
      return vector;
    };
    const vectors = Array.from({ length: 500 }, () => [sparse()]);
    const index = indexOf(vectors);
    const out = new Float32Array(500);
    const asked = sparse();
    index.scoreAll(asked, new Uint8Array(500).fill(1), 500, out);
    for (const { ordinal, score } of bruteForce(vectors, asked))
      expect(Math.abs(out[ordinal]! - score)).toBeLessThan(0.01);
  });

  it('[VEC-3] returns as many documents as asked for, or as are permitted', () => {
    const { vectors, query } = mixture(6, 400, 4);
    const index = indexOf(vectors);
    const exact = (ordinal: number, passage: number) => vectors[ordinal]![passage]!;
    for (const permittedCount of [0, 1, 7, 39, 200, 400]) {
      const mask = maskOf(400, (ordinal) => (ordinal * 7) % 400 < permittedCount);
      for (const k of [0, 1, 10, 300, 1000]) {
        for (const request of [
          { k, mask },
          { k, mask, exact },
          { k, mask, exact, budget: 1 },
        ]) {
          const found = index.nearest(query(), request);
          expect(found).toHaveLength(Math.min(k, permittedCount));
          expect(new Set(found.map(({ ordinal }) => ordinal)).size).toBe(found.length);
        }
      }
    }
  });

  it('[VEC-4] never shows a forbidden document, nor lets one change the score of another', () => {
    const { vectors, query } = mixture(7, 600, 3);
    const all = indexOf(vectors);
    for (const [, permits] of FILTERS) {
      const alone = new VectorIndex(DIMENSIONS);
      vectors.forEach((passages, ordinal) => permits(ordinal) && alone.set(ordinal, passages));
      const mask = maskOf(600, permits);
      const asked = query();
      const found = all.nearest(asked, { k: 600, mask });
      expect(found.every(({ ordinal }) => permits(ordinal))).toBe(true);
      expect(found).toEqual(alone.nearest(asked, { k: 600 }));
      const scores = new Float32Array(600);
      const aloneScores = new Float32Array(600);
      all.scoreAll(asked, mask, 600, scores);
      alone.scoreAll(asked, mask, 600, aloneScores);
      expect(scores).toEqual(aloneScores);
    }
  });

  it('[VEC-4] leaves out documents from the limit and from the end of the mask on, and what stood in their places', () => {
    const { vectors, query } = mixture(8, 100);
    const index = indexOf(vectors);
    const out = new Float32Array(100).fill(-9);
    expect(index.scoreAll(query(), new Uint8Array(100).fill(1), 60, out)).toBe(60);
    expect(out.subarray(60)).toEqual(new Float32Array(40).fill(-9));
    expect(index.scoreAll(query(), new Uint8Array(20).fill(1), 100, out)).toBe(20);
    expect(index.nearest(query(), { k: 100, limit: 30 }).every(({ ordinal }) => ordinal < 30)).toBe(true);
  });

  it('[VEC-5] scores a document by its nearest passage and names it', () => {
    const { vectors, query } = mixture(9, 200, 8);
    const index = indexOf(vectors);
    const asked = query();
    for (const { ordinal, score } of bruteForce(vectors, asked)) {
      const best = index.bestPassage(asked, ordinal)!;
      expect(best.ordinal).toBe(ordinal);
      expect(cosine(vectors[ordinal]![best.passage]!, asked)).toBeGreaterThan(score - 0.01);
      expect(Math.abs(best.score - score)).toBeLessThan(0.01);
    }
    expect(index.bestPassage(asked, 200)).toBeNull();
  });

  it('[VEC-5] handles a document of more passages than the kernel takes at once', () => {
    const { vectors, query } = mixture(10, 9000, 1, 16);
    const passages = vectors.map(([vector]) => vector!);
    const index = new VectorIndex(16);
    index.set(3, passages);
    const asked = query();
    const [expected] = bruteForce([passages], asked);
    const [found] = index.nearest(asked, { k: 1, exact: (_, passage) => passages[passage]! });
    expect(found).toMatchObject({ ordinal: 3, passage: expected!.passage });
    index.remove(3);
    expect(index.rows).toBe(0);
  });

  it('[VEC-6] forgets replaced and removed vectors at once, down to the last byte', () => {
    const { vectors, query } = mixture(11, 300, 3);
    const index = indexOf(vectors);
    const asked = query();
    const first = index.nearest(asked, { k: 1 })[0]!.ordinal;
    index.remove(first);
    index.remove(first);
    expect(index.has(first)).toBe(false);
    expect(index.bestPassage(asked, first)).toBeNull();
    expect(index.nearest(asked, { k: 300 }).some(({ ordinal }) => ordinal === first)).toBe(false);
    index.set(7, [asked]);
    expect(index.nearest(asked, { k: 1 })[0]).toMatchObject({ ordinal: 7, passage: 0 });
    index.set(7, []);
    for (let ordinal = 0; ordinal < 300; ordinal++) index.remove(ordinal);
    expect([index.rows, index.documents]).toEqual([0, 0]);
    // What a later vector finds in the rows it takes.
    const { matrix } = (index as unknown as { vectors: RoundedVectors }).vectors;
    expect(matrix.rows(0, 600).every((byte) => byte === 0)).toBe(true);
  });

  it('[VEC-7] refuses vectors it cannot compare, says which, and changes nothing', () => {
    const index = new VectorIndex(2);
    const good = Float32Array.of(1, 0);
    index.set(4, [good, Float32Array.of(0, 1)]);
    const refused: [Float32Array, RegExp][] = [
      [Float32Array.of(1), /vector 1 of document 4 has 1 dimensions, not 2/],
      [Float32Array.of(1, 2, 3), /has 3 dimensions, not 2/],
      [Float32Array.of(NaN, 1), /vector 1 of document 4 holds a number that is not finite/],
      [Float32Array.of(1, Infinity), /not finite/],
      [Float32Array.of(-Infinity, 1), /not finite/],
      [ZERO, /vector 1 of document 4 is zero/],
      [Float32Array.of(1e-30, 0), /zero/],
    ];
    const before = index.encode({ first: 0, count: 10 }).bytes;
    const code = 'INVALID_INPUT';
    for (const [vector, message] of refused) {
      const refusal = expect.objectContaining({ code, message: expect.stringMatching(message) as unknown });
      expect(() => index.set(4, [good, vector])).toThrow(refusal as Error);
      expect(() => index.nearest(vector, { k: 1 })).toThrow(expect.objectContaining({ code }) as Error);
    }
    for (const ordinal of [-1, 0.5, NaN, 2 ** 31]) {
      expect(() => index.set(ordinal, [good])).toThrow(expect.objectContaining({ code }) as Error);
    }
    for (const dimensions of [0, -1, 1.5, NaN, 16_385]) {
      expect(() => new VectorIndex(dimensions)).toThrow(expect.objectContaining({ code }) as Error);
    }
    expect(index.encode({ first: 0, count: 10 }).bytes).toEqual(before);
    expect([index.rows, index.documents]).toEqual([2, 1]);
  });

  it('[VEC-17] goes by the rounded vector where an original is gone or cannot be the one indexed', () => {
    const vectors = [[Float32Array.of(1, 0)], [Float32Array.of(3, 1), Float32Array.of(0, 1)], [Float32Array.of(1, 1)]];
    const index = indexOf(vectors, 2);
    const query = Float32Array.of(1, 0.2);
    const whole = index.nearest(query, { k: 3, exact: (ordinal, passage) => vectors[ordinal]![passage]! });
    expect(whole.map(({ ordinal }) => ordinal)).toEqual([1, 0, 2]);
    for (const stored of [null, Float32Array.of(1), Float32Array.of(NaN, 0), ZERO]) {
      const exact = (ordinal: number, passage: number) => (ordinal === 1 ? stored : vectors[ordinal]![passage]!);
      const found = index.nearest(query, { k: 3, exact });
      expect(found.map(({ ordinal, passage }) => [ordinal, passage])).toEqual([
        [1, 0],
        [0, 0],
        [2, 0],
      ]);
      found.forEach(({ score }, i) => expect(score).toBeCloseTo(whole[i]!.score, 2));
      expect(found[1]).toEqual(whole[1]);
    }
  });

  it('[VEC-17] gives the direction of a passage as it was rounded', () => {
    const { vectors } = mixture(5, 30, 3, 40);
    const index = indexOf(vectors, 40);
    vectors.forEach((passages, ordinal) => {
      expect(index.passages(ordinal)).toBe(passages.length);
      passages.forEach((vector, passage) => {
        const rounded = index.rounded(ordinal, passage)!;
        expect(cosine(rounded, vector)).toBeGreaterThan(0.999);
      });
      expect(index.rounded(ordinal, passages.length)).toBe(null);
    });
    expect(index.passages(30)).toBe(0);
  });

  it.each([1, 2, 3, 15, 16, 17, 31, 33, 127, 384, 1000])(
    '[VEC-8] takes vectors of %i dimensions and any length',
    (dimensions) => {
      const { vectors, query, random } = mixture(12, 50, 2, dimensions);
      const stretched = vectors.map((passages) => {
        return passages.map((vector) => {
          const by = 10 ** (random() * 30 - 10);
          return vector.map((value) => value * by);
        });
      });
      const index = indexOf(stretched, dimensions);
      const asked = query();
      const out = new Float32Array(50);
      index.scoreAll(
        asked.map((value) => value * 1e9),
        new Uint8Array(50).fill(1),
        50,
        out,
      );
      for (const { ordinal, score } of bruteForce(vectors, asked))
        expect(Math.abs(out[ordinal]! - score)).toBeLessThan(0.01);
    },
  );

  it.each([1536, 4096, 16_384])('[VEC-8] sums the largest products of %i dimensions without overflow', (dimensions) => {
    const flat = new Float32Array(dimensions).fill(1);
    const half = flat.map((_, i) => (i % 2 === 0 ? 1 : 0));
    const index = indexOf([[flat], [flat.map((value) => -value)], [half]], dimensions);
    const found = index.nearest(flat, { k: 3 });
    expect(found.map(({ ordinal }) => ordinal)).toEqual([0, 2, 1]);
    [1, Math.SQRT1_2, -1].forEach((score, place) => expect(found[place]!.score).toBeCloseTo(score, 3));
  });

  it('[VEC-9] answers from an empty index', () => {
    const index = new VectorIndex(3);
    const asked = Float32Array.of(1, 2, 3);
    expect(index.nearest(asked, { k: 5 })).toEqual([]);
    expect(index.scoreAll(asked, new Uint8Array(9).fill(1), 9, new Float32Array(9))).toBe(0);
    expect(index.bestPassage(asked, 0)).toBeNull();
    expect([index.rows, index.documents]).toEqual([0, 0]);
  });

  it('[VEC-10] behaves like a list of vectors through any changes', () => {
    const vector = fc.tuple(
      fc.integer({ min: -5, max: 5 }),
      fc.integer({ min: -5, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
    );
    const change = fc.record({
      ordinal: fc.nat(12),
      passages: fc.array(vector, { maxLength: 4 }),
      reload: fc.boolean(),
    });
    const property = fc.property(
      fc.array(change, { maxLength: 30 }),
      fc.array(fc.boolean(), { maxLength: 14 }),
      vector,
      (changes, permits, asked) => {
        let index = new VectorIndex(3);
        const model: Float32Array[][] = Array.from({ length: 13 }, () => []);
        for (const { ordinal, passages, reload } of changes) {
          model[ordinal] = passages.map((passage) => Float32Array.from(passage));
          index.set(ordinal, model[ordinal]);
          if (!reload) continue;
          const { bytes } = index.encode({ first: 0, count: 13 });
          index = new VectorIndex(3);
          index.load(bytes);
        }
        const mask = Uint8Array.from(permits, Number);
        const query = Float32Array.from(asked);
        const found = index.nearest(query, { k: 5, mask, exact: (ordinal, passage) => model[ordinal]![passage]! });
        expect(index.rows).toBe(model.flat().length);
        expect(index.documents).toBe(model.filter(({ length }) => length > 0).length);
        const expected = bruteForce(model, query, mask).slice(0, 5);
        expect(found.length).toBe(expected.length);
        // Equal cosines of different vectors differ in their last digits: only scores can be compared.
        found.forEach(({ ordinal, passage, score }, place) => {
          expect(score).toBeCloseTo(expected[place]!.score, 6);
          expect(cosine(model[ordinal]![passage]!, query)).toBeCloseTo(score, 6);
        });
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  it('[VEC-11] orders equals newest first, however it looks them up', () => {
    const same = Float32Array.of(1, 2, 3);
    const index = indexOf(
      Array.from({ length: 2000 }, () => [same, same]),
      3,
    );
    const expected = [1999, 1998, 1997].map((ordinal) => [ordinal, 0]);
    expect(places(index.nearest(same, { k: 3 }))).toEqual(expected);
    expect(places(index.nearest(same, { k: 3, exact: () => same }))).toEqual(expected);
  });

  it('[VEC-12] looks up few originals, and no more documents than the budget', () => {
    const { vectors, query } = mixture(13, 5000);
    const index = indexOf(vectors);
    const same = indexOf(vectors.map(() => vectors[0]!));
    const lookUps = (from: VectorIndex, budget?: number) => {
      let count = 0;
      const exact = (ordinal: number) => {
        count++;
        return from === same ? vectors[0]![0]! : vectors[ordinal]![0]!;
      };
      from.nearest(query(), { k: 10, exact, ...(budget === undefined ? {} : { budget }) });
      return count;
    };
    expect(lookUps(index)).toBeLessThan(512);
    expect(lookUps(same)).toBe(512);
    expect(lookUps(same, 25)).toBe(25);
    expect(lookUps(same, 3)).toBe(10);
  });

  it('[VEC-13] holds little beside a byte for each dimension, and keeps its content when it grows', () => {
    const { vectors, query } = mixture(14, 20_000, 1, 64);
    const index = indexOf(vectors.slice(0, 10), 64);
    const asked = query();
    const before = index.nearest(asked, { k: 10 });
    vectors.slice(10).forEach((passages, i) => index.set(i + 10, passages));
    expect(index.nearest(asked, { k: 10, limit: 10 })).toEqual(before);
    // A quarter in reserve, ordinals, scales and errors, and the kernel's own pages.
    expect(index.byteLength).toBeLessThan(20_000 * (64 * 1.25 + 28 * 1.5) + 300_000);
  });

  it('[VEC-14] refuses what does not fit its memory and goes on with what it has', () => {
    const index = new VectorIndex(1024, 1_000_000);
    const vector = new Float32Array(1024).fill(1);
    let held = 0;
    const fillUp = () => {
      for (; held < 2000; held++) index.set(held, [vector]);
    };
    expect(fillUp).toThrow(expect.objectContaining({ code: 'STORE_FULL' }) as Error);
    expect(held).toBeGreaterThan(800);
    expect([index.rows, index.documents]).toEqual([held, held]);
    expect(index.nearest(vector, { k: 1 })).toHaveLength(1);
    index.remove(0);
    index.set(held, [vector]);
    expect(index.has(held)).toBe(true);
  });
});
