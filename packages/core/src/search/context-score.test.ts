import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CollectionOrder } from './collection-order.js';
import {
  COLLECTION_HALF_SHARE,
  CONTEXT_WEIGHTS,
  lendContext,
  lentByItself,
  NEIGHBOUR_HALF_LENGTH,
  type Surroundings,
} from './context-score.js';

const none = (length: number) => new Int32Array(length).fill(-1);
const nobody = (): number => -1;
/** Neighbours by ordinal. */
const beside =
  (...neighbours: number[]) =>
  (ordinal: number) =>
    neighbours[ordinal] ?? -1;

describe('CollectionOrder', () => {
  const place = fc.record({
    collection: fc.nat(2),
    position: fc.integer({ min: -3, max: 6 }),
    seen: fc.boolean(),
  });

  it('[SEA-23] names the newest of the documents seen at the nearest positions, as if there were no others', () => {
    fc.assert(
      fc.property(fc.array(place, { maxLength: 40 }), (list) => {
        const order = new CollectionOrder();
        list.forEach(({ collection, position }, ordinal) => order.add(ordinal, collection, position));
        const seen = Uint8Array.from(list, (one) => (one.seen ? 1 : 0));
        list.forEach((own, ordinal) => {
          if (!own.seen) return;
          const peers = list
            .map((other, at) => ({ ...other, at }))
            .filter((other) => other.seen && other.collection === own.collection);
          const newestAt = (position: number | undefined) =>
            Math.max(-1, ...peers.filter((peer) => peer.position === position).map(({ at }) => at));
          const positions = [...new Set(peers.map(({ position }) => position))].sort((a, b) => a - b);
          const at = positions.indexOf(own.position);
          expect(order.neighbour(ordinal, -1, seen)).toBe(newestAt(positions[at - 1]));
          expect(order.neighbour(ordinal, 1, seen)).toBe(newestAt(positions[at + 1]));
        });
      }),
    );
  });

  it('[SEA-23] keeps neighbours while it grows, and knows none of a document without a position', () => {
    const order = new CollectionOrder();
    for (let i = 0; i < 3000; i++) if (i !== 1500) order.add(i, 0, i);
    const of = (ordinal: number) =>
      ([-1, 1] as const).map((step) => order.neighbour(ordinal, step, new Uint8Array(3000).fill(1)));
    expect([of(0), of(2999), of(1499), of(1500), of(4000)]).toEqual([
      [-1, 1],
      [2998, -1],
      [1498, 1501],
      [-1, -1],
      [-1, -1],
    ]);
  });
});

/** Documents without surroundings, and what differs from that. */
const standing = (length: number, places: Partial<Surroundings> = {}): Surroundings => ({
  previous: nobody,
  next: nobody,
  collection: none(length),
  home: places.collection ?? none(length),
  collections: 0,
  parent: none(length),
  lengths: new Uint16Array(length),
  ...places,
});
const noWords = (length: number) => ({ matched: new Uint32Array(length), words: [] });
const share = (members: number) => COLLECTION_HALF_SHARE / (COLLECTION_HALF_SHARE + members);

function lent(
  scores: Float32Array,
  hits: readonly number[],
  around: Surroundings,
  held: Parameters<typeof lendContext>[3] = noWords(scores.length),
): number[] {
  const out = new Float32Array(scores.length);
  lendContext(scores, Int32Array.from(hits), around, held, out);
  return [...out];
}

describe('lendContext', () => {
  const { previous, secondPrevious, next, parent, collection, neighbourWords, collectionWords } = CONTEXT_WEIGHTS;

  it('[SEA-24] lends shares of the neighbours, the one before the previous, and the parent', () => {
    const places = {
      previous: beside(-1, 0, 1, -1),
      next: beside(1, 2, -1, -1),
      collection: new Int32Array(4),
      collections: 1,
      parent: Int32Array.from([-1, -1, -1, 0]),
    };
    const scores = Float32Array.from([1, 0.5, 0.25, 0.125]);
    const placed = lent(scores, [0, 1, 2, 3], standing(4, places));
    const apart = lent(scores, [0, 1, 2, 3], standing(4, { collection: places.collection, collections: 1 }));
    [next * 0.5, previous + next * 0.25, previous * 0.5 + secondPrevious, parent].forEach((added, i) =>
      expect(placed[i]! - apart[i]!).toBeCloseTo(added, 6),
    );
  });

  it('[SEA-24] lends a share of a collection’s best member, the less the more members match', () => {
    const members = 3 * COLLECTION_HALF_SHARE;
    const around = standing(members, { collection: new Int32Array(members), collections: 1 });
    const few = new Float32Array(members);
    few.set([0.5, 1]);
    expect(lent(few, [0, 1], around)[0]).toBeCloseTo(collection * share(2), 6);
    const all = Array.from({ length: members }, (_, i) => i);
    expect(lent(new Float32Array(members).fill(1), all, around)[0]).toBeCloseTo(collection * share(members), 6);
  });

  it('[SEA-24] lends to hits only, and nothing from beyond the ranked documents', () => {
    const around = standing(3, {
      previous: beside(2, 0, -1),
      collection: new Int32Array(3),
      collections: 1,
    });
    const out = lent(Float32Array.from([0.5, 0]), [0], around);
    expect(out[0]).toBeCloseTo(collection * 0.5 * share(1), 6);
    expect(out[1]).toBe(0);
  });

  it('[SEA-42] lends less of the neighbours the longer the body, and all of the collection', () => {
    const half = NEIGHBOUR_HALF_LENGTH;
    const around = standing(4, {
      previous: beside(-1, 0, -1, 2),
      collection: Int32Array.from([0, 0, 1, 1]),
      collections: 2,
      lengths: Uint16Array.from([0, 0, 0, half]),
    });
    const held = { matched: Uint32Array.from([0b10, 0b01, 0b10, 0b01]), words: [1, 1] };
    const out = lent(Float32Array.from([1, 1, 1, 1]), [0, 1, 2, 3], around, held);
    const fromCollection = (collection + collectionWords) * share(2);
    const near = previous + neighbourWords / 2;
    expect(out[1]).toBeCloseTo(fromCollection + near, 6);
    expect(out[3]).toBeCloseTo(fromCollection + near / 2, 6);
  });

  it('[SEA-37] lends for the words that neighbours add to a document’s own, not for those it has', () => {
    const around = standing(4, { previous: beside(-1, 0, -1, 2) });
    const scores = Float32Array.from([1, 1, 1, 1]);
    const matched = Uint32Array.from([0b10, 0b01, 0b01, 0b01]);
    const [, adding = 0, , repeating = 0] = lent(scores, [0, 1, 2, 3], around, { matched, words: [3, 1] });
    expect(adding - repeating).toBeCloseTo((neighbourWords * 1) / 4, 6);
  });

  it('[SEA-37] lends for the words that a collection holds together, those of its hits only', () => {
    const around = standing(4, { collection: Int32Array.from([0, 0, 1, 1]), collections: 2 });
    const scores = Float32Array.from([1, 1, 1, 0]);
    const matched = Uint32Array.from([0b001, 0b010, 0b001, 0b110]);
    const out = lent(scores, [0, 1, 2], around, { matched, words: [1, 2, 1] });
    expect(out[0]).toBeCloseTo((collection + (collectionWords * 3) / 4) * share(2), 6);
    // The fourth document is no hit: it may be one that the reader must not see.
    expect(out[2]).toBeCloseTo((collection + (collectionWords * 1) / 4) * share(1), 6);
  });

  it('[SEA-37] lends no words of a neighbour that is no hit', () => {
    const around = standing(2, { previous: beside(1, -1) });
    const held = { matched: Uint32Array.from([0b01, 0b10]), words: [1, 1] };
    const [seen] = lent(Float32Array.from([1, 0]), [0], around, held);
    const [alone] = lent(Float32Array.from([1, 0]), [0], standing(2), held);
    expect(seen).toBe(alone);
  });

  it('[SEA-38] lends a document without a collection as much as a collection of one would', () => {
    const around = standing(3, { collection: Int32Array.from([0, -1, -1]), collections: 1 });
    const held = { matched: Uint32Array.from([0b11, 0b11, 0b01]), words: [1, 1] };
    const out = lent(Float32Array.from([2, 2, 1]), [0, 1, 2], around, held);
    expect(out[1]).toBeCloseTo(out[0]!, 6);
    // In proportion to its score, so that documents without a collection keep their order among themselves.
    expect(out[2]).toBeCloseTo(out[1]! / 2, 6);
  });
});

describe('lentByItself', () => {
  it('[SEA-58] is what a hit lends with its own score, as if it were the best, and with the words that it holds itself', () => {
    const around = standing(4, { collection: Int32Array.from([0, 0, -1, 1]), collections: 2 });
    const scores = [0.125, 0.5, 1, 0.25];
    const held = { matched: Uint32Array.from([0b01, 0b10, 0b11, 0b00]), words: [1, 3] };
    const own = lentByItself([3, 1, 0, 2], scores, Int32Array.of(0, 1, 2, 3), around, held, 0.7);
    const { collection, collectionWords } = CONTEXT_WEIGHTS;
    expect(own).toEqual([
      share(1) * collection * 0.125,
      share(2) * (collection * 0.5 + (collectionWords * 3) / 4),
      share(2) * (collection + collectionWords / 4),
      0.7 * 0.25,
    ]);
  });

  it('[SEA-58] is never more than was lent, and all of it where nobody else is a hit', () => {
    const hit = fc.record({ score: fc.integer({ min: 1, max: 8 }), collection: fc.integer({ min: -1, max: 3 }) });
    fc.assert(
      fc.property(fc.array(fc.record({ place: hit, words: fc.nat(7) }), { minLength: 1, maxLength: 20 }), (list) => {
        const scores = Float32Array.from(list, ({ place }) => place.score / 8);
        const collection = Int32Array.from(list, ({ place }) => place.collection);
        const around = standing(list.length, { collection, collections: 4 });
        const held = { matched: Uint32Array.from(list, ({ words }) => words), words: [1, 2, 4] };
        const hits = Int32Array.from(list.keys());
        const out = new Float32Array(list.length);
        const alone = lendContext(scores, hits, around, held, out);
        lentByItself([...hits], [...scores], hits, around, held, alone).forEach((own, ordinal) => {
          expect(own).toBeLessThanOrEqual(out[ordinal]! + 1e-6);
          const at = collection[ordinal]!;
          if (at < 0 || collection.filter((other) => other === at).length === 1)
            expect(own).toBeCloseTo(out[ordinal]!, 6);
        });
      }),
    );
  });
});
