import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { topK } from './top-k.js';

const entries = fc.array(fc.record({ score: fc.constantFrom(0, 0.25, 0.5, 0.75, 1), eligible: fc.boolean() }), {
  maxLength: 60,
});

const eligibleOf = (list: readonly { readonly eligible: boolean }[]) =>
  Int32Array.from([...list.keys()].filter((ordinal) => list[ordinal]?.eligible));

describe('topK', () => {
  it('[SEA-18] picks the best eligible documents, newest first among equals', () => {
    fc.assert(
      fc.property(entries, fc.nat(20), (list, k) => {
        const expected = list
          .map(({ score, eligible }, ordinal) => ({ score, ordinal, eligible }))
          .filter(({ score, eligible }) => eligible && score > 0)
          .sort((a, b) => b.score - a.score || b.ordinal - a.ordinal)
          .slice(0, k)
          .map(({ score, ordinal }) => ({ score, ordinal }));
        const scores = Float32Array.from(list, ({ score }) => score);
        const eligible = eligibleOf(list);
        expect(topK(scores, eligible, k)).toEqual(expected);
      }),
    );
  });

  it('[SEA-18] walks all of them page by page, each once', () => {
    fc.assert(
      fc.property(entries, fc.integer({ min: 1, max: 7 }), (list, k) => {
        const scores = Float32Array.from(list, ({ score }) => score);
        const eligible = eligibleOf(list);
        const walked: number[] = [];
        for (let page = topK(scores, eligible, k); page.length > 0;) {
          walked.push(...page.map(({ ordinal }) => ordinal));
          page = topK(scores, eligible, k, page.at(-1) ?? null);
        }
        expect(walked).toEqual(topK(scores, eligible, list.length).map(({ ordinal }) => ordinal));
      }),
    );
  });
});
