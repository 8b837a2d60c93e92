import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyze, isStopTerm, queryTerms } from './analyzer.js';
import { headOfTitle, labelsOf, labelTerm } from './labels.js';
import { BM25F } from './bm25f.js';
import { rankingMemory } from './ranking/ranking-memory.js';
import { LexicalIndex } from './lexical-index.js';
import { EXPANSION } from './query-plan.js';
import { nameTerm, titleNames } from './title-names.js';
import type { IndexedText } from './mutable-segment.js';

const words = [
  'policy',
  'policies',
  'data',
  'governance',
  'review',
  'zinc',
  'the',
  'and',
  '3.12',
  'naïve',
  'snake_case',
  '東京都',
];
const prose = (max: number) => fc.array(fc.constantFrom(...words), { maxLength: max }).map((list) => list.join(' '));
const document: fc.Arbitrary<IndexedText> = fc.record({ title: prose(4), tags: prose(2), body: prose(30) });
const documents = fc.array(document, { minLength: 1, maxLength: 25 });
// A final mark closes the last word, so that no prefix takes part.
const query = prose(5).map((text) => `${text}.`);

/** BM25F straight from its definition, document by document. */
function naiveScores(texts: readonly IndexedText[], question: string): number[] {
  const fields = texts.map(({ title, tags, body }) => ({
    title: [
      ...analyze(title, { stopWords: 'keep' }),
      ...labelsOf(headOfTitle(title)).map(labelTerm),
      ...analyze(tags, { stopWords: 'keep' }),
    ],
    body: analyze(body, { stopWords: 'keep' }),
  }));
  const lengths = fields.map(({ title, body }) => {
    const t = title.filter((term) => !isStopTerm(term)).length;
    const b = body.filter((term) => !isStopTerm(term)).length;
    return { title: t, body: t + b === 0 && title.length + body.length > 0 ? 1 : b };
  });
  const used = lengths.filter(({ title, body }) => title + body > 0).length;
  const mean = (of: 'title' | 'body') => lengths.reduce((sum, length) => sum + length[of], 0) / Math.max(1, used);
  const averages = { title: mean('title'), body: mean('body') };
  const norm = (length: number, average: number, b: number, pivot: number) =>
    1 - b + (average > 0 ? (b * (pivot + length)) / (pivot + average) : 0);
  return fields.map((field, i) => {
    let score = 0;
    for (const term of [...queryTerms(question).terms.map((one) => one.term), ...labelsOf(question).map(labelTerm)]) {
      const frequency = fields.filter(({ title, body }) => title.includes(term) || body.includes(term)).length;
      const count = (of: 'title' | 'body') => Math.min(15, field[of].filter((other) => other === term).length);
      const x =
        (BM25F.titleWeight * count('title')) / norm(lengths[i]?.title ?? 0, averages.title, BM25F.titleB, 0) +
        count('body') / norm(lengths[i]?.body ?? 0, averages.body, BM25F.bodyB, BM25F.bodyPivot);
      score += Math.log(1 + (used - frequency + 0.5) / (frequency + 0.5)) * (x / (BM25F.k1 + x));
    }
    const called = texts.map(({ title }) => titleNames(title).some((name) => name === nameTerm(question)));
    if (called[i] === true) {
      const frequency = called.filter((yes) => yes).length;
      const x = BM25F.titleWeight / norm(lengths[i]?.title ?? 0, averages.title, BM25F.titleB, 0);
      const idf = Math.log(1 + (used - frequency + 0.5) / (frequency + 0.5));
      score += EXPANSION.nameWeight * idf * (x / (BM25F.k1 + x));
    }
    return score;
  });
}

function indexOf(texts: readonly IndexedText[], sealAfter: readonly number[] = []): LexicalIndex {
  const index = new LexicalIndex();
  texts.forEach((text, i) => {
    expect(index.add(text)).toBe(i);
    if (sealAfter.includes(i)) index.seal();
  });
  return index;
}

function scoresOf(index: LexicalIndex, question: string): number[] {
  const out = new Float32Array(index.size);
  index.score(question, out);
  return [...out];
}

/** All channels of all documents. */
function channelsOf(index: LexicalIndex, question: string): { lexical: number[]; ngram: number[] } {
  const { lexical, ngram } = index.accumulate(index.prepare(question), rankingMemory());
  return { lexical: [...lexical], ngram: [...ngram] };
}

function mergeAll(index: LexicalIndex): void {
  const ranges = index.ranges;
  if (ranges.length > 0) index.merge({ replaces: ranges });
}

describe('LexicalIndex', () => {
  it('[SEA-6] scores every document exactly as BM25F is defined, sealed or not', () => {
    fc.assert(
      fc.property(documents, query, fc.array(fc.nat(24)), (texts, question, sealAfter) => {
        const expected = naiveScores(texts, question);
        const found = scoresOf(indexOf(texts, sealAfter), question);
        expected.forEach((score, i) => expect(found[i]).toBeCloseTo(score, 4));
      }),
    );
  });

  it('[SEA-6] counts a word in the title or a tag for more than one in the body', () => {
    const index = indexOf([
      { title: '', tags: '', body: 'zinc ore' },
      { title: 'zinc mine', tags: '', body: 'ore' },
      { title: '', tags: 'zinc mine', body: 'ore' },
      { title: '', tags: '', body: 'ore' },
    ]);
    const [body = 0, title = 0, tag = 0, none = 0] = scoresOf(index, 'zinc.');
    expect(title).toBeGreaterThan(body);
    expect(tag).toBe(title);
    expect(none).toBe(0);
  });

  it('[SEA-36] lets length count little among short bodies and much among long ones', () => {
    // Twice as long as the average, against half as long: what the shorter one earns more.
    const advantage = (length: number): number => {
      const bodyOf = (words: number) => ({ title: '', tags: '', body: `zinc${' ore'.repeat(words - 1)}` });
      const [long = 0, short = 0] = scoresOf(indexOf([bodyOf(2 * length), bodyOf(length / 2)]), 'zinc.');
      return short / long;
    };
    expect(advantage(8)).toBeGreaterThan(1);
    expect(advantage(8)).toBeLessThan(1.2);
    expect(advantage(400)).toBeGreaterThan(1.5);
  });

  it('[SEA-7] answers the same however its documents are divided into segments', () => {
    fc.assert(
      fc.property(documents, prose(4), fc.array(fc.nat(24)), (texts, question, sealAfter) => {
        const one = indexOf(texts);
        const many = indexOf(texts, sealAfter);
        expect(channelsOf(many, question)).toEqual(channelsOf(one, question));
        for (const word of words) {
          const [term = ''] = analyze(word, { stopWords: 'keep' });
          expect(many.documentFrequency(term)).toBe(one.documentFrequency(term));
        }
        mergeAll(many);
        expect(channelsOf(many, question)).toEqual(channelsOf(one, question));
      }),
    );
  });

  it('[SEA-8] answers the same after its segments were persisted and loaded', () => {
    fc.assert(
      fc.property(documents, prose(4), fc.nat(24), fc.nat(3), (texts, question, sealAt, offset) => {
        const index = new LexicalIndex();
        const blobs: Uint8Array[] = [];
        texts.forEach((text, i) => {
          index.add(text);
          if (i === sealAt || i === texts.length - 1) blobs.push(index.seal()?.bytes ?? new Uint8Array());
        });
        const loaded = new LexicalIndex();
        for (const blob of blobs) {
          // A blob may be a window of a larger buffer, at any offset.
          const shifted = new Uint8Array(blob.length + offset).subarray(offset);
          shifted.set(blob);
          loaded.load(shifted);
        }
        expect(loaded.size).toBe(index.size);
        expect(loaded.statistics()).toEqual(index.statistics());
        expect(channelsOf(loaded, question)).toEqual(channelsOf(index, question));
      }),
    );
  });

  it('[SEA-9] refuses damaged bytes, whichever byte is damaged and wherever they are cut', () => {
    const blob = indexOf([
      { title: 'zinc', tags: 'ore', body: 'policy data review governance' },
      { title: '', tags: '', body: 'naïve 東京都 data data' },
    ]).seal()?.bytes as Uint8Array;
    const refused = expect.objectContaining({ name: 'SegmentFormatError' }) as unknown as Error;
    for (let i = 0; i < blob.length; i++) {
      const damaged = blob.slice();
      damaged[i] = (damaged[i] ?? 0) ^ 0x10;
      expect(() => new LexicalIndex().load(damaged)).toThrow(refused);
      expect(() => new LexicalIndex().load(blob.slice(0, i))).toThrow(refused);
    }
    expect(() => new LexicalIndex().load(blob)).not.toThrow();
  });

  it('[SEA-9] tells bytes of another format or analyzer version from damaged ones', () => {
    const blob = indexOf([{ title: '', tags: '', body: 'zinc' }]).seal()?.bytes as Uint8Array;
    for (const word of [1, 2]) {
      const other = blob.slice();
      new Uint32Array(other.buffer)[word] = 999;
      expect(() => new LexicalIndex().load(other)).toThrow(
        expect.objectContaining({ code: 'SEGMENT_VERSION' }) as unknown as Error,
      );
    }
  });

  it('[SEA-9] takes only the next documents in line', () => {
    const index = indexOf([{ title: '', tags: '', body: 'zinc' }]);
    const first = index.seal()?.bytes as Uint8Array;
    index.add({ title: '', tags: '', body: 'ore' });
    const second = index.seal()?.bytes as Uint8Array;
    const gap = expect.objectContaining({ code: 'SEGMENT_GAP' }) as unknown as Error;
    expect(() => new LexicalIndex().load(second)).toThrow(gap);
    expect(() => index.load(first)).toThrow(gap);
    const unsealed = indexOf([{ title: '', tags: '', body: 'zinc' }]);
    expect(() => unsealed.load(second)).toThrow(gap);
  });

  it('[SEA-10] cannot reach a removed document from the moment it is removed', () => {
    fc.assert(
      fc.property(
        documents,
        prose(4),
        fc.nat(24),
        fc.nat(24),
        fc.boolean(),
        (texts, question, pick, sealAt, reload) => {
          const victim = pick % texts.length;
          const index = indexOf(texts, [sealAt]);
          const before = channelsOf(index, question);
          index.remove(victim);
          const after = channelsOf(index, question);
          expect(after.lexical[victim]).toBe(0);
          expect(after.ngram[victim]).toBe(0);
          expect(after.lexical.filter((_, i) => i !== victim)).toEqual(before.lexical.filter((_, i) => i !== victim));
          if (reload) index.seal();
          expect(channelsOf(index, question).lexical[victim]).toBe(0);
        },
      ),
    );
  });

  it('[SEA-11] has no trace of a removed document after sealing and a purging merge', () => {
    const secret = { title: 'xylographer', tags: 'quokkas', body: 'the zweihander was buried' };
    const other = { title: 'zinc', tags: '', body: 'ore' };
    for (const sealFirst of [true, false]) {
      const index = indexOf([other, secret, other], sealFirst ? [2] : []);
      index.remove(1);
      const blobs = new Map<number, Uint8Array>();
      const sealed = index.seal();
      if (sealed !== null) blobs.set(sealed.first, sealed.bytes);
      for (let plan = index.mergePlan({ purge: true }); plan !== null; plan = index.mergePlan({ purge: true })) {
        const merged = index.merge(plan);
        for (const { first } of merged.replaces) blobs.delete(first);
        blobs.set(merged.first, merged.bytes);
      }
      expect(blobs.size).toBe(1);
      const kept = Buffer.from([...blobs.values()][0] as Uint8Array).toString('latin1');
      for (const word of ['xylograph', 'quokka', 'zweihand', 'buri']) {
        expect(kept).not.toContain(word);
        expect(index.documentFrequency(word)).toBe(0);
      }
      expect(index.statistics()).toEqual(indexOf([other, other]).statistics());
      // Nothing is left to do, also after loading and removing again.
      const loaded = new LexicalIndex();
      for (const blob of blobs.values()) loaded.load(blob);
      loaded.remove(1);
      expect(loaded.mergePlan({ purge: true })).toBeNull();
      expect(loaded.size).toBe(3);
      expect(scoresOf(loaded, 'zinc.').map((score) => score > 0)).toEqual([true, false, true]);
    }
  });

  it('[SEA-11] also purges documents made of stop words alone', () => {
    const index = indexOf([{ title: '', tags: '', body: 'the' }], [0]);
    index.remove(0);
    expect(index.mergePlan({ purge: true })).not.toBeNull();
  });

  it('[SEA-63] prepares a question once, and anew after any change', () => {
    const note = (body: string): IndexedText => ({ title: '', tags: '', body });
    const index = indexOf([note('zinc ore'), note('zinc'), note('ore')], [0]);
    const changes: (() => unknown)[] = [
      () => index.add(note('zinc and zinc')),
      () => index.remove(1),
      () => index.seal(),
      () => index.merge({ replaces: index.ranges }),
      () =>
        index.load(
          indexOf(
            Array.from({ length: 6 }, () => note('zinc')),
            [3],
          ).seal()!.bytes,
        ),
    ];
    for (const change of changes) {
      const prepared = index.prepare('zinc');
      const scores = channelsOf(index, 'zinc');
      expect(index.prepare('zinc')).toBe(prepared);
      expect(channelsOf(index, 'zinc')).toEqual(scores);
      const { revision } = index;
      change();
      expect(index.revision).toBeGreaterThan(revision);
      const anew = channelsOf(index, 'zinc');
      channelsOf(index, 'ore');
      expect(anew).toEqual(channelsOf(index, 'zinc'));
      expect(index.prepare('zinc')).not.toBe(prepared);
    }
  });

  it('[SEA-12] ranks over the first documents as if later ones did not exist', () => {
    fc.assert(
      fc.property(documents, documents, prose(4), fc.array(fc.nat(49)), (early, late, question, sealAfter) => {
        const alone = indexOf(early);
        const both = indexOf([...early, ...late], sealAfter);
        const { lexical, ngram } = both.accumulate(both.prepare(question, early.length), rankingMemory());
        const scores = { lexical: [...lexical], ngram: [...ngram] };
        expect(scores).toEqual(channelsOf(alone, question));
      }),
    );
  });

  it('[SEA-13] finds continuations of the last word, for less than the word itself', () => {
    const index = indexOf([
      { title: '', tags: '', body: 'gover nothing' },
      { title: '', tags: '', body: 'governance of data' },
      { title: '', tags: '', body: 'zinc ore' },
    ]);
    const [word = 0, continued = 0, other = 0] = scoresOf(index, 'gover');
    expect(word).toBeGreaterThan(continued);
    expect(continued).toBeGreaterThan(0);
    expect(other).toBe(0);
    expect(scoresOf(index, 'gover ')[1]).toBe(0);
  });

  it('[SEA-13] takes at most 32 continuations, the commonest', () => {
    const texts = Array.from({ length: 60 }, (_, i) => ({
      title: '',
      tags: '',
      body: `pre${i}x${i < 30 ? ' precommon' : ''}`,
    }));
    const terms = indexOf(texts)
      .prepare('pre')
      .terms.filter(({ role }) => role === 'prefix');
    expect(terms).toHaveLength(32);
    expect(terms[0]?.term).toBe('precommon');
  });

  it('[SEA-14] finds what a misspelt word was meant to be, but never makes a hit of mere resemblance', () => {
    const index = indexOf([
      { title: '', tags: '', body: 'we receive parcels' },
      { title: '', tags: '', body: 'the number of parcels' },
      { title: '', tags: '', body: 'governance policy' },
    ]);
    expect(channelsOf(index, 'recieve.').lexical.map((score) => score > 0)).toEqual([true, false, false]);
    expect(channelsOf(index, 'goverance.').lexical.map((score) => score > 0)).toEqual([false, false, true]);
    expect(channelsOf(index, 'numbat.').lexical.map((score) => score > 0)).toEqual([false, false, false]);
    expect(channelsOf(index, 'numbat.').ngram[1]).toBeGreaterThan(0);
  });

  it('[SEA-14] does not take one number for another', () => {
    const index = indexOf([{ title: '', tags: '', body: 'the budget of 2023' }]);
    expect(channelsOf(index, '2022.')).toEqual({ lexical: [0], ngram: [0] });
  });

  it('[SEA-37] says which of the query’s words a document holds, with what continues or stands in for them', () => {
    const index = indexOf([
      { title: 'zinc', tags: '', body: 'we receive parcels' },
      { title: '', tags: '', body: 'governance of zinc' },
      { title: '', tags: '', body: 'ore' },
    ]);
    const matchedBy = (question: string): number[] => {
      const query = index.prepare(question);
      const { matched } = index.accumulate(query, rankingMemory());
      expect(query.words.every((worth) => worth > 0)).toBe(true);
      return [...matched];
    };
    expect(matchedBy('zinc gover')).toEqual([0b01, 0b11, 0]);
    expect(matchedBy('recieve zinc.')).toEqual([0b11, 0b10, 0]);
    index.remove(1);
    expect(matchedBy('zinc gover')).toEqual([0b01, 0, 0]);
    index.seal();
    expect(matchedBy('recieve zinc.')).toEqual([0b11, 0, 0]);
  });

  it('[SEA-37] tells at most 32 words apart, and scores the rest all the same', () => {
    const many = Array.from({ length: 40 }, (_, i) => `word${String.fromCharCode(97 + (i % 26))}${i}`);
    const index = indexOf([{ title: '', tags: '', body: many.join(' ') }]);
    const query = index.prepare(`${many.join(' ')}.`);
    expect(query.words).toHaveLength(32);
    expect(query.terms.filter(({ role, word }) => role === 'exact' && word === 0)).toHaveLength(8);
    expect(query.terms.every(({ lexical, role }) => role !== 'exact' || lexical > 0)).toBe(true);
  });

  it('[SEA-15] takes scores apart into parts that sum to them', () => {
    fc.assert(
      fc.property(documents, prose(4), fc.array(fc.nat(24)), (texts, question, sealAfter) => {
        const index = indexOf(texts, sealAfter);
        const prepared = index.prepare(question);
        const { lexical, ngram } = channelsOf(index, question);
        const parts = index.explain(prepared, [...lexical.keys()]);
        parts.forEach((part, i) => {
          expect(part.body + part.title + part.prefix + part.standIn).toBeCloseTo(lexical[i] ?? 0, 3);
          expect(part.ngram).toBeCloseTo(ngram[i] ?? 0, 2);
        });
      }),
    );
  });

  it('[SEA-16] finds a query of stop words alone', () => {
    const index = indexOf([
      { title: '', tags: '', body: 'To be, or not to be: that is the question' },
      { title: '', tags: '', body: 'zinc ore' },
    ]);
    expect(scoresOf(index, 'to be or not to be').map((score) => score > 0)).toEqual([true, false]);
  });
});
