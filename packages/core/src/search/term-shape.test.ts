import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyze } from './analyzer.js';
import { termShape } from './term-shape.js';

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

describe('termShape', () => {
  it('[SEA-46] never passes over a text that holds a word of the stems', () => {
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
