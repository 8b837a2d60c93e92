import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyze, MAX_TERM_LENGTH, queryTerms } from './analyzer.js';
import { STOP_WORDS } from './stop-words.js';

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.string({ maxLength: 200 }),
  fc
    .array(fc.constantFrom('Policy', 'naïve', 'the', 'snake_case', '3.12', '東京都', "don't", 'Straße', '—', '\n', '.'))
    .map((w) => w.join(' ')),
);

describe('analyze', () => {
  it('[SEA-1] stems English words in the order of the text', () => {
    expect(analyze('Governing policies, governed by committees')).toEqual(['govern', 'polici', 'govern', 'committe']);
  });

  it('[SEA-1] gives the same terms for every Unicode form and case of a text', () => {
    fc.assert(
      fc.property(text, (value) => {
        const terms = analyze(value);
        expect(analyze(value.normalize('NFD'))).toEqual(analyze(value.normalize('NFC')));
        for (const term of terms) expect(term).toBe(term.toLowerCase());
      }),
    );
    expect(analyze('CAFÉ Naïve ＡＢＣ Straße Ørsted')).toEqual(analyze('cafe naive abc strasse orsted'));
    expect(analyze('ПОЛИТИКА')).toEqual(analyze('политика'));
  });

  it('[SEA-1] is a function of the text alone: white space around it and earlier calls change nothing', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const joined = analyze(`${a}\n${b}`, { stopWords: 'keep' });
        expect(joined).toEqual([...analyze(a, { stopWords: 'keep' }), ...analyze(b, { stopWords: 'keep' })]);
      }),
    );
  });

  it('[SEA-1] leaves a word that is its own stem alone, however often it is analyzed', () => {
    const words = fc.string({ unit: fc.constantFrom(...'bcdfghjklmnpqrtvwxz'), minLength: 3, maxLength: 12 });
    fc.assert(
      fc.property(words, (word) => {
        const once = analyze(word, { stopWords: 'keep' });
        expect(analyze(once.join(' '), { stopWords: 'keep' })).toEqual(once);
      }),
    );
  });

  it('[SEA-2] finds joined words by their parts, identifiers and versions whole as well', () => {
    expect(analyze('snake_case')).toEqual(['snake', 'case', 'snake_case']);
    expect(analyze('userName')).toEqual(['user', 'name', 'usernam']);
    expect(analyze('HTTPServer')).toEqual(['http', 'server', 'httpserver']);
    expect(analyze('Python 3.12.')).toEqual(['python', '3', '12', '3.12']);
    expect(analyze('pep-340')).toEqual(['pep', '340', 'pep-340']);
    expect(analyze('state-of-the-art')).toEqual(['state', 'art']);
    expect(analyze('iPhone miRNA McDonald HSCs')).toHaveLength(4);
  });

  it('[SEA-2] joins contractions and drops the possessive', () => {
    expect(analyze("Caroline's dog, O’Brien's cat")).toEqual(['carolin', 'dog', 'obrien', 'cat']);
    expect(analyze("don't you'll I've")).toEqual([]);
  });

  it('[SEA-2] reads Chinese and Japanese as overlapping pairs', () => {
    expect(analyze('東京都庁 in 京')).toEqual(['東京', '京都', '都庁', '京']);
    expect(analyze('API設計')).toEqual(['api', '設計']);
  });

  it('[SEA-3] never makes a term longer than 64 units, nor cuts a character in half', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '𝔸', '𠀀', 'é'), maxLength: 300 }), (word) => {
        for (const term of analyze(word)) {
          expect(term.length).toBeLessThanOrEqual(MAX_TERM_LENGTH);
          expect(term.isWellFormed()).toBe(true);
        }
      }),
    );
    expect(analyze('x'.repeat(500))).toEqual(['x'.repeat(64)]);
  });

  it('[SEA-4] drops stop words by default and keeps them on request', () => {
    expect(analyze('The cat and the hat')).toEqual(['cat', 'hat']);
    expect(analyze('The cat and the hat', { stopWords: 'keep' })).toEqual(['the', 'cat', 'and', 'the', 'hat']);
    for (const word of STOP_WORDS) expect(analyze(word)).toEqual([]);
  });

  it('[SEA-4] never stems another word to a stop word', () => {
    expect(analyze('ore ores one ones owner wills')).toEqual(['ore', 'ore', 'one', 'one', 'owner', 'wills']);
    fc.assert(
      fc.property(
        fc.constantFrom(...STOP_WORDS),
        fc.constantFrom('', 's', 'e', 'es', 'ed', 'ing', 'ly', 'al'),
        (word, ending) => {
          for (const term of analyze(word + ending)) expect(STOP_WORDS.has(term)).toBe(false);
        },
      ),
    );
  });
});

describe('queryTerms', () => {
  it('[SEA-4] keeps stop words only when the query has nothing else', () => {
    expect(queryTerms('to be or not to be').terms.map(({ term }) => term)).toEqual(['to', 'be', 'or', 'not']);
    expect(queryTerms('what is the plan').terms.map(({ term }) => term)).toEqual(['plan']);
    expect(queryTerms('   ').terms).toEqual([]);
  });

  it('[SEA-5] lets the last word go on unless something ends it', () => {
    const prefixes = (query: string) => queryTerms(query).terms.map(({ prefix }) => prefix);
    expect(prefixes('data governa')).toEqual([null, 'governa']);
    expect(prefixes('data governa ')).toEqual([null, null]);
    expect(prefixes('data governance?')).toEqual([null, null]);
    expect(prefixes('Café Gové')).toEqual([null, 'gove']);
    expect(prefixes('x')).toEqual([null]);
  });

  it('[SEA-5] gives each word once and quoted phrases as stems', () => {
    const { terms, phrases } = queryTerms('policy policies "data governance" “change log” "single" ');
    expect(terms.map(({ term }) => term)).toEqual(['polici', 'data', 'govern', 'chang', 'log', 'singl']);
    expect(phrases).toEqual([
      ['data', 'govern'],
      ['chang', 'log'],
    ]);
  });
});
