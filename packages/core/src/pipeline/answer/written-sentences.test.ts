import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSentences, SentenceReader, type WrittenSentence } from './written-sentences.js';

function read(text: string): readonly (readonly [string, readonly number[]])[] {
  return readSentences(text).map(({ text: sentence, cites }) => [sentence, cites]);
}

describe('what a model wrote', () => {
  it.each([
    [
      'Wax was chosen [1]. It is old [2, 3].',
      [
        ['Wax was chosen.', [1]],
        ['It is old.', [2, 3]],
      ],
    ],
    [
      'Wax was chosen. [1][2] It is old.',
      [
        ['Wax was chosen.', [1, 2]],
        ['It is old.', []],
      ],
    ],
    ['Ranges [2-4] and names [Source 7] count.', [['Ranges and names count.', [2, 3, 4, 7]]]],
    ['[1] Wax was chosen.', [['Wax was chosen.', [1]]]],
    ['See [sic] and [12a], but not [1.5].', [['See [sic] and [12a], but not [1.5].', []]]],
    [
      '- Wax [1]\n- Ink [2]',
      [
        ['Wax', [1]],
        ['Ink', [2]],
      ],
    ],
    [
      '1. Wax is soft. [1]\n2. Ink dries. [2]',
      [
        ['Wax is soft.', [1]],
        ['Ink dries.', [2]],
      ],
    ],
    ['Dr. Wax et al. agreed [1].', [['Dr. Wax et al. agreed.', [1]]]],
    [
      '蠟を選んだ。[1] 古い。【2】',
      [
        ['蠟を選んだ。', [1]],
        ['古い。', [2]],
      ],
    ],
    [
      'Wax was chosen [1][unsupported]. It is old [-1]. [unsupported] It is soft.',
      [
        ['Wax was chosen.', [1]],
        ['It is old.', []],
        ['It is soft.', []],
      ],
    ],
    [' \n[1]\n***\n', []],
  ] as const)('[PIP-30] [PIP-71] %j becomes sentences with the numbers they name', (text, sentences) => {
    expect(read(text)).toEqual(sentences);
  });

  it('[PIP-30] a range that has no end in sight names no more than a few sources', () => {
    expect(readSentences('All of it [1-999].')[0]?.cites).toHaveLength(21);
  });

  it('[PIP-30] however the text is cut into pieces, the sentences are the same', () => {
    const parts = fc.constantFrom(
      'Wax was chosen',
      '. ',
      ' [1]',
      '[2]',
      ' [3, 4]',
      '\n',
      '\n\n',
      '- ',
      '1. ',
      'e.g. ',
      'Dr. Ink',
      '? ',
      '!',
      ' [',
      ']',
      'x',
      ' it dries ',
      '\ud83d\ude00',
      '。',
      '"',
      ') ',
      '...',
      ' Why',
      ' [12',
      '] ',
    );
    fc.assert(
      fc.property(
        fc.array(parts, { maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        (words, cuts) => {
          const text = words.join('');
          const reader = new SentenceReader();
          const found: WrittenSentence[] = [];
          for (let at = 0, turn = 0; at < text.length; turn++) {
            const size = cuts[turn % cuts.length] as number;
            found.push(...reader.push(text.slice(at, at + size)));
            at += size;
          }
          found.push(...reader.end());
          expect(found).toEqual(readSentences(text));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('[PIP-30] gives a sentence out as soon as the next one has begun', () => {
    const reader = new SentenceReader();
    expect(reader.push('Wax was chosen. [1')).toEqual([]);
    expect(reader.push('] ')).toEqual([]);
    expect(reader.push('I')).toMatchObject([{ text: 'Wax was chosen.', cites: [1] }]);
    expect(reader.push('t dries.\n')).toMatchObject([{ text: 'It dries.' }]);
  });

  it('[PIP-30] leaves out the half sentence that an exhausted allowance ends with', () => {
    const cut = (text: string): readonly string[] => {
      const reader = new SentenceReader();
      return [...reader.push(text), ...reader.end(true)].map((sentence) => sentence.text);
    };
    expect(cut('Wax was chosen. It was chosen beca')).toEqual(['Wax was chosen.']);
    expect(cut('Wax was chosen. It dries.')).toEqual(['Wax was chosen.', 'It dries.']);
  });

  it('[PIP-30] takes out what no record can hold', () => {
    expect(read('Wax\u0000 was \ud800chosen.')).toEqual([['Wax was chosen.', []]]);
  });
});
