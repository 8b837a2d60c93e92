import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainScore, explainStanding } from './explain-hit.js';

const sharesOf = (lines: readonly string[]) => lines.map((line) => Number(/: (\d+) % of its score\.$/.exec(line)?.[1]));

describe('an explanation in words', () => {
  it('[SEA-55] names the parts of a score in the order of their share', () => {
    const parts = { body: 0.31, title: 0.1, prefix: 0, ngram: 0.01, context: 0.08, meaning: 0.25 };
    expect(explainScore(parts, 'all-MiniLM-L6-v2')).toEqual([
      'Words you asked for stand in its text: 42 % of its score.',
      'It means much the same (model all-MiniLM-L6-v2): 33 % of its score.',
      'Words you asked for stand in its title or tags: 13 % of its score.',
      'It stands beside other hits in its collection, or derives from one: 11 % of its score.',
      'It holds words spelt like yours, or nearly so: 1 % of its score.',
    ]);
    expect(explainScore({ prefix: 1 }, null)).toEqual([
      'It holds words that begin like the last one you typed: 100 % of its score.',
    ]);
  });

  it('[SEA-55] names a channel it has no words for', () => {
    expect(explainScore({ freshness: 1 }, null)).toEqual(['By the measure “freshness”: 100 % of its score.']);
  });

  it('[SEA-55] gives whole per cent that sum to 100, each within one of the exact share', () => {
    const channel = fc.constantFrom('body', 'title', 'prefix', 'ngram', 'context', 'meaning', 'other');
    const parts = fc.dictionary(channel, fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(parts, (given) => {
        const sum = Object.values(given).reduce((a, b) => a + b, 0);
        fc.pre(sum > 1e-6);
        const shares = sharesOf(explainScore(given, null));
        expect(shares.reduce((a, b) => a + b, 0)).toBe(100);
        expect([...shares].sort((a, b) => b - a)).toEqual(shares);
        const exact = Object.values(given)
          .map((part) => (part / sum) * 100)
          .sort((a, b) => b - a);
        exact.forEach((share, i) => expect(Math.abs((shares[i] ?? 0) - share)).toBeLessThan(1 + 1e-9));
      }),
    );
    expect(explainScore({ body: 0 }, null)).toEqual([]);
  });

  it('[SEA-56] states chain trust and what became of the lineage', () => {
    const sound = { trust: 60, chainTrust: 60, tainted: false, warned: false, retracted: false };
    expect(explainStanding(sound)).toEqual([
      'Its chain trust is 60 (STANDARD); nothing it rests on was retracted or quarantined.',
    ]);
    expect(explainStanding({ ...sound, trust: 80 })).toEqual([
      'Its own trust is 80 (TRUSTED), but its chain trust is 60 (STANDARD), for something it rests on has no more; nothing it rests on was retracted or quarantined.',
    ]);
    expect(explainStanding({ ...sound, warned: true })[0]).toContain('something it cites was retracted or quarantined');
    expect(explainStanding({ ...sound, tainted: true, warned: true, retracted: true })).toEqual([
      'Its chain trust is 60 (STANDARD); something it rests on was retracted or quarantined.',
      'It was itself retracted.',
    ]);
    expect(explainStanding({ ...sound, trust: 0, chainTrust: 0 })).toContain('It is itself quarantined.');
  });
});
