import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CollectionOrder } from './collection-order.js';
import { COLLECTION_HALF_SHARE, CONTEXT_WEIGHTS, lendContext } from './context-score.js';

const none = (length: number) => new Int32Array(length).fill(-1);

describe('CollectionOrder', () => {
  it('[SEA-23] names the newest documents of the nearest positions, in whatever order they came', () => {
    const places = fc.array(fc.record({ collection: fc.nat(2), position: fc.integer({ min: -3, max: 6 }) }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(places, (list) => {
        const order = new CollectionOrder();
        list.forEach(({ collection, position }, ordinal) => order.add(ordinal, collection, position));
        list.forEach((own, ordinal) => {
          const peers = list
            .map((place, other) => ({ ...place, other }))
            .filter(({ collection }) => collection === own.collection);
          const newestAt = (position: number | undefined) =>
            Math.max(-1, ...peers.filter((peer) => peer.position === position).map(({ other }) => other));
          const positions = [...new Set(peers.map(({ position }) => position))].sort((a, b) => a - b);
          const at = positions.indexOf(own.position);
          expect(order.previous[ordinal]).toBe(newestAt(positions[at - 1]));
          expect(order.next[ordinal]).toBe(newestAt(positions[at + 1]));
        });
      }),
    );
  });

  it('[SEA-23] keeps neighbours while it grows', () => {
    const order = new CollectionOrder();
    for (let i = 0; i < 3000; i++) order.add(i, 0, i);
    expect([order.previous[0], order.next[0], order.previous[2999], order.next[2999]]).toEqual([-1, 1, 2998, -1]);
  });
});

describe('lendContext', () => {
  it('[SEA-24] lends shares of the neighbours, the one before the previous, and the parent', () => {
    const scores = Float32Array.from([1, 0.5, 0.25, 0.125]);
    const out = new Float32Array(4);
    const around = {
      previous: Int32Array.from([-1, 0, 1, -1]),
      next: Int32Array.from([1, 2, -1, -1]),
      collection: none(4),
      collections: 0,
      parent: Int32Array.from([-1, -1, -1, 0]),
    };
    lendContext(scores, Int32Array.from([0, 1, 2, 3]), around, out);
    const { previous, secondPrevious, next, parent } = CONTEXT_WEIGHTS;
    [next * 0.5, previous + next * 0.25, previous * 0.5 + secondPrevious, parent].forEach((lent, i) =>
      expect(out[i]).toBeCloseTo(lent, 6),
    );
  });

  it('[SEA-24] lends a share of a collection’s best member, the less the more members match', () => {
    const members = 3 * COLLECTION_HALF_SHARE;
    const around = {
      previous: none(members + 1),
      next: none(members + 1),
      collection: new Int32Array(members + 1),
      collections: 1,
      parent: none(members + 1),
    };
    around.collection[members] = -1;
    const out = new Float32Array(members + 1);
    const few = new Float32Array(members + 1);
    few.set([0.5, 1]);
    lendContext(few, Int32Array.from([0, 1]), around, out);
    const share = (matching: number) =>
      (CONTEXT_WEIGHTS.collection * COLLECTION_HALF_SHARE) / (COLLECTION_HALF_SHARE + matching);
    expect(out[0]).toBeCloseTo(share(2), 6);
    const all = Int32Array.from({ length: members + 1 }, (_, i) => i);
    lendContext(new Float32Array(members + 1).fill(1), all, around, out);
    expect(out[0]).toBeCloseTo(share(members), 6);
    expect(out[members]).toBe(0);
  });

  it('[SEA-24] lends to hits only, and nothing from beyond the ranked documents', () => {
    const around = {
      previous: Int32Array.from([2, 0, -1]),
      next: none(3),
      collection: new Int32Array(3),
      collections: 1,
      parent: none(3),
    };
    const out = new Float32Array(3);
    lendContext(Float32Array.from([0.5, 0]), Int32Array.from([0]), around, out);
    expect(out[0]).toBeCloseTo(
      (CONTEXT_WEIGHTS.collection * 0.5 * COLLECTION_HALF_SHARE) / (COLLECTION_HALF_SHARE + 1),
      6,
    );
    expect(out[1]).toBe(0);
  });
});
