import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { meanQuality, percentile, qualityOf, type Quality } from './metrics.js';

interface ReferenceCase {
  readonly judged: Readonly<Record<string, number>>;
  readonly found: readonly string[];
  readonly expected: Quality;
}

const judged = (relevance: Readonly<Record<string, number>>): Map<string, number> => new Map(Object.entries(relevance));

describe('quality of a ranking', () => {
  it('[EVA-1] is what one works out by hand', () => {
    // Gains 0, 3, 0, 1 against the best order 3, 1: (3/log2 3 + 1/log2 5) / (3 + 1/log2 3).
    const quality = qualityOf(judged({ a: 2, b: 1 }), ['x', 'a', 'y', 'b']);
    expect(quality.ndcg10).toBeCloseTo((3 / Math.log2(3) + 1 / Math.log2(5)) / (3 + 1 / Math.log2(3)), 12);
    expect(quality).toMatchObject({ recall5: 1, recall10: 1, mrr10: 0.5 });
  });

  it('[EVA-1] counts the first five and the first ten, and nothing below', () => {
    const found = ['1', '2', '3', '4', '5', 'a', '7', '8', '9', 'b', 'c'];
    const quality = qualityOf(judged({ a: 1, b: 1, c: 1, d: 1 }), found);
    expect(quality).toMatchObject({ recall5: 0, recall10: 0.5, mrr10: 1 / 6 });
    expect(qualityOf(judged({ c: 1 }), found)).toEqual({ ndcg10: 0, recall5: 0, recall10: 0, mrr10: 0 });
  });

  it('[EVA-1] counts a repeated document once, and nothing found as 0', () => {
    expect(qualityOf(judged({ a: 1, b: 1 }), ['a', 'a', 'a', 'a', 'a', 'b'])).toMatchObject({ recall5: 1, mrr10: 1 });
    expect(qualityOf(judged({ a: 1 }), [])).toEqual({ ndcg10: 0, recall5: 0, recall10: 0, mrr10: 0 });
  });

  it('[EVA-1] equals what the reference script says of the same rankings', () => {
    const file = new URL('./testdata/reference-scores.json', import.meta.url);
    const cases = JSON.parse(readFileSync(file, 'utf8')) as readonly ReferenceCase[];
    expect(cases).toHaveLength(40);
    for (const { judged: relevance, found, expected } of cases) {
      const quality = qualityOf(judged(relevance), found);
      for (const name of ['ndcg10', 'recall5', 'recall10', 'mrr10'] as const) {
        expect(quality[name], `${name} of ${found.join(' ')}`).toBeCloseTo(expected[name], 12);
      }
    }
  });

  it('[EVA-1] is averaged over questions', () => {
    const [whole, none] = [qualityOf(judged({ a: 1 }), ['a']), qualityOf(judged({ a: 1 }), [])];
    expect(meanQuality([whole, none, none, whole])).toEqual({ ndcg10: 0.5, recall5: 0.5, recall10: 0.5, mrr10: 0.5 });
    expect(meanQuality([])).toBeNull();
  });
});

describe('percentiles', () => {
  it('[EVA-8] are samples, the greatest for few of them', () => {
    const samples = [5, 1, 4, 2, 3];
    expect([percentile(samples, 0.5), percentile(samples, 0.95), percentile([7], 0.95)]).toEqual([3, 5, 7]);
    expect(percentile([], 0.5)).toBeNull();
    expect(samples).toEqual([5, 1, 4, 2, 3]);
  });
});
