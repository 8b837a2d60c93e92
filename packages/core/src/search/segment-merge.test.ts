import { describe, expect, it } from 'vitest';
import { LexicalIndex } from './lexical-index.js';
import { planMerge, type SegmentState } from './segment-merge.js';

function chain(counts: readonly number[], removed: readonly number[] = []): SegmentState[] {
  let first = 0;
  return counts.map((count, i) => {
    const state = { first, count, removed: removed[i] ?? 0 };
    first += count;
    return state;
  });
}

describe('merging', () => {
  it('[SEA-17] keeps the number of segments logarithmic while documents arrive', () => {
    let segments: SegmentState[] = [];
    for (let i = 0; i < 3000; i++) {
      segments.push({ first: i * 64, count: 64, removed: 0 });
      for (let plan = planMerge(segments); plan !== null; plan = planMerge(segments)) {
        const at = segments.findIndex(({ first }) => first === plan?.replaces[0]?.first);
        const count = plan.replaces.reduce((sum, range) => sum + range.count, 0);
        expect(count).toBeLessThanOrEqual(1 << 16);
        const merged = { first: segments[at]?.first ?? 0, count, removed: 0 };
        segments = [...segments.slice(0, at), merged, ...segments.slice(at + plan.replaces.length)];
      }
      expect(segments.length).toBeLessThan(40);
    }
    expect(segments.reduce((sum, { count }) => sum + count, 0)).toBe(3000 * 64);
  });

  it('[SEA-17] merges neighbours only', () => {
    for (const counts of [
      [9000, 1, 1, 1, 1, 1, 1, 1, 1],
      [1, 1, 1, 1, 9000, 1, 1, 1, 1, 1, 1, 1, 1],
    ]) {
      const segments = chain(counts);
      const replaced = planMerge(segments)?.replaces ?? [];
      expect(replaced.length).toBeGreaterThan(1);
      replaced.slice(1).forEach((range, i) => {
        expect(range.first).toBe((replaced[i]?.first ?? 0) + (replaced[i]?.count ?? 0));
      });
    }
    expect(planMerge(chain([1, 1, 9000, 1, 1]))).toBeNull();
  });

  it('[SEA-17] rewrites a segment by itself when a fifth of it was removed, or any of it when purging', () => {
    const segments = chain([100, 100, 100], [0, 21, 1]);
    expect(planMerge(segments)?.replaces).toEqual([{ first: 100, count: 100 }]);
    expect(planMerge(chain([100, 100], [0, 1]))).toBeNull();
    expect(planMerge(chain([100, 100], [0, 1]), { purge: true })?.replaces).toEqual([{ first: 100, count: 100 }]);
  });

  it('[SEA-17] refuses a plan made for another state of the index', () => {
    const index = new LexicalIndex();
    for (let i = 0; i < 2; i++) {
      index.add({ title: '', tags: '', body: 'zinc' });
      index.seal();
    }
    expect(() => index.merge({ replaces: [{ first: 0, count: 2 }] })).toThrow(RangeError);
    expect(() => index.merge({ replaces: [] })).toThrow(RangeError);
    expect(index.merge({ replaces: index.ranges }).replaces).toHaveLength(2);
    expect(index.ranges).toEqual([{ first: 0, count: 2 }]);
  });
});
