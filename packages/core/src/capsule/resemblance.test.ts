import { describe, expect, it } from 'vitest';
import { resemblance } from './resemblance.js';

/** Words that follow from a seed, so that a failure can be repeated. */
function wordsOf(seed: number, count: number): string[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return `w${(state >>> 8) % 50_000}`;
  });
}

describe('resemblance', () => {
  it('[CAP-60] ignores case, white space, punctuation and Unicode form, and does not depend on the order of its texts', () => {
    const plain = 'Café society keeps audit records for ten years';
    for (const same of [
      plain,
      'CAFÉ  society\n\tkeeps "audit-records"; for ten years!',
      'Cafe\u0301 society keeps audit records (for ten years).',
    ]) {
      expect(resemblance(plain, same)).toMatchObject({ jaccard: 1, containment: 1 });
    }
    for (const [a, b] of [
      ['one two three four five', 'zero one two three four'],
      ['a b', 'c a b d'],
      ['', 'a'],
      [wordsOf(1, 30_000).join(' '), wordsOf(1, 20_000).join(' ')],
    ] as const) {
      const { ofFirst, ofSecond, ...rest } = resemblance(a, b);
      expect(resemblance(b, a)).toEqual({ ...rest, ofFirst: ofSecond, ofSecond: ofFirst });
    }
  });

  it('[CAP-60] counts the runs of three words that both have', () => {
    // 1 2 3, 2 3 4, 3 4 5 and 2 3 4, 3 4 5, 4 5 6.
    expect(resemblance('one two three four five', 'two three four five six')).toEqual({
      jaccard: 2 / 4,
      containment: 2 / 3,
      ofFirst: 2 / 3,
      ofSecond: 2 / 3,
      runs: 3,
    });
    expect(resemblance('zero one two three four five', 'one two three four')).toMatchObject({
      jaccard: 2 / 4,
      containment: 1,
      ofFirst: 2 / 4,
      ofSecond: 1,
    });
    expect(resemblance('one two three', 'three two one')).toMatchObject({ jaccard: 0, containment: 0 });
  });

  it('[CAP-61] takes shorter runs of shorter texts, and bare text where there are no words', () => {
    expect(resemblance('zinc', 'Zinc.')).toMatchObject({ jaccard: 1, containment: 1 });
    expect(resemblance('zinc ore', 'the zinc ore')).toMatchObject({ jaccard: 1 / 2, containment: 1, runs: 1 });
    expect(resemblance('zinc', 'lead')).toMatchObject({ jaccard: 0 });
    expect(resemblance('?!', ' ?! ')).toMatchObject({ jaccard: 1 });
    expect(resemblance('?!', '!?')).toMatchObject({ jaccard: 0 });
    expect(resemblance('', 'zinc')).toMatchObject({ jaccard: 0, containment: 0 });
    expect(resemblance('', '')).toMatchObject({ jaccard: 1 });
  });

  it('[CAP-61] reads each character of scripts without spaces as a word, and keeps emoji apart', () => {
    const { jaccard } = resemblance('監査記録は十年間保存する', '監査記録は七年間保存する');
    expect(jaccard).toBeGreaterThan(0.3);
    expect(jaccard).toBeLessThan(1);
    expect(resemblance('ok 🧪 ok', 'ok 🔥 ok').jaccard).toBe(0);
  });

  it('[CAP-65] calls only the same words in the same order 1, and no estimate', () => {
    expect(resemblance('zinc '.repeat(3), 'zinc '.repeat(4)).jaccard).toBeLessThan(1);
    const long = wordsOf(5, 60_000);
    const added = `${long.join(' ')} Indeed not.`;
    for (const { jaccard, ofFirst, ofSecond } of [resemblance(long.join(' '), added)]) {
      for (const one of [jaccard, ofFirst, ofSecond]) expect(one).toBeLessThan(1);
    }
    expect(resemblance(added, added)).toMatchObject({ jaccard: 1, ofFirst: 1, ofSecond: 1 });
  });

  it('[CAP-62] estimates long texts from a sample within some hundredths', () => {
    const words = wordsOf(7, 60_000);
    for (const shared of [0, 0.25, 0.5, 0.9]) {
      const kept = words.slice(0, words.length * shared);
      const other = [...kept, ...wordsOf(11, words.length - kept.length)].join(' ');
      const { jaccard, containment } = resemblance(words.join(' '), other);
      expect(Math.abs(containment - shared)).toBeLessThan(0.05);
      expect(Math.abs(jaccard - shared / (2 - shared))).toBeLessThan(0.05);
    }
  });

  it('[CAP-62] judges texts of 10 MB by their beginnings', () => {
    const page = wordsOf(3, 20_000).join(' ');
    const long = `${page} ${'x'.repeat(10_000_000)}`;
    const { jaccard, containment } = resemblance(long, long.replace('w', 'changed '));
    expect(jaccard).toBeGreaterThan(0.95);
    expect(containment).toBeGreaterThan(0.95);
    expect(resemblance(page, long).jaccard).toBeLessThan(0.2);
    expect(resemblance(page, long).containment).toBeGreaterThan(0.95);
  });
});
