import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyze } from './analyzer.js';
import { termShape, WordOpenings } from './term-shape.js';

const ENDINGS = [
  '',
  's',
  'es',
  'ed',
  'ing',
  'y',
  'ies',
  'ly',
  'ation',
  'ator',
  'ability',
  'ness',
  'ical',
  'ize',
  'izing',
];

/** Words of all kinds, some with the endings that stemming takes off. */
const word = fc.oneof(
  fc.tuple(fc.stringMatching(/^[a-z]{1,8}$/), fc.constantFrom(...ENDINGS)).map(([stem, ending]) => stem + ending),
  fc.constantFrom(
    'boy',
    'dying',
    'skies',
    'generators',
    'proceeds',
    'dry',
    'filing',
    'usability',
    "o'brien",
    "don't",
    'Caroline’s',
    'naïve',
    'snake_case',
    '3.12',
  ),
);

describe('termShape', () => {
  it('[SEA-46] never passes over a text that holds a word of the stems', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), fc.boolean(), (words, upper) => {
        const text = upper ? words.join(' ').toUpperCase() : words.join(' ');
        for (const stem of analyze(text, { stopWords: 'keep' })) expect(termShape([stem])(text)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('[SEA-46] passes over plain text that holds none', () => {
    expect(termShape(['govern'], ['340'])('Zinc prices rose in March.')).toBe(false);
    expect(termShape(['govern'], ['340'])('As PEP 340 says.')).toBe(true);
    expect(termShape([])('Anything.')).toBe(false);
  });
});

describe('WordOpenings', () => {
  it('[SEA-46] lets nothing that is looked for be passed over, in whatever case and compound', () => {
    const texts = fc.array(fc.tuple(word, fc.constantFrom(' ', '. ', '-', '_', '/')), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(texts, fc.constantFrom('as is', 'upper', 'camel'), (parts, written) => {
        const plain = parts.map(([text, joint]) => text + joint).join('');
        const camel = parts.map(([text]) => text.charAt(0).toUpperCase() + text.slice(1)).join('');
        const text = written === 'as is' ? plain : written === 'upper' ? plain.toUpperCase() : camel;
        const terms = analyze(text, { stopWords: 'keep' });
        for (const stem of new Set(terms)) {
          const found = analyze(text, { stopWords: 'keep', openings: new WordOpenings([stem]) });
          expect(found.filter((term) => term === stem)).toEqual(terms.filter((term) => term === stem));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
