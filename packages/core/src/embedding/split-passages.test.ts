import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { embeddingText, MAX_PASSAGES, splitPassages } from './split-passages.js';

const pieces = (content: string, maxChars: number, title = ''): string[] =>
  splitPassages(title, content, maxChars).map(({ start, end }) => content.slice(start, end));

const line = fc.constantFrom(
  'The ledger is the truth. The graph is its image! Is it?',
  '# A heading',
  '- a bullet, which goes on for a while and then stops',
  '```',
  'x = 1;',
  '=====',
  '',
  '   ',
  '\u00a0',
  '😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀',
  'giant'.repeat(40),
  'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen',
  '永遠に続く文章。次の文。',
);
const documents = fc.oneof(
  fc.array(line, { maxLength: 60 }).map((lines) => lines.join('\n')),
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.constantFrom('', ' \n ', '😀'.repeat(900), 'x'.repeat(5_000), ' a'.repeat(3_000), '. '.repeat(2_000)),
);
const maxChars = fc.integer({ min: 2, max: 400 });

describe('splitPassages', () => {
  it('[EMB-9] gives exact, ordered, separate passages that leave out only white space', () => {
    fc.assert(
      fc.property(documents, maxChars, fc.string({ maxLength: 60 }), (content, most, title) => {
        const passages = splitPassages(title, content, most);
        let at = 0;
        for (const { start, end } of passages) {
          expect(content.slice(at, start)).toMatch(/^\s*$/);
          expect(start).toBeGreaterThanOrEqual(at);
          expect(end).toBeGreaterThanOrEqual(start);
          at = end;
        }
        expect(content.slice(at)).toMatch(/^\s*$/);
        if (content.isWellFormed())
          for (const { start, end } of passages) expect(content.slice(start, end).isWellFormed()).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('[EMB-10] keeps every passage and its title within what the model reads', () => {
    fc.assert(
      fc.property(
        documents,
        fc.integer({ min: 40, max: 400 }),
        fc.string({ maxLength: 900 }),
        (content, most, title) => {
          const passages = splitPassages(title, content, most);
          expect(passages.length).toBeGreaterThan(0);
          expect(passages.length).toBeLessThanOrEqual(MAX_PASSAGES);
          // A document of more than half the passages' room may need longer ones towards its end.
          if (content.length > (MAX_PASSAGES * most) / 4) return;
          for (const { start, end } of passages)
            expect(embeddingText(title, content.slice(start, end), most).length).toBeLessThanOrEqual(most);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('[EMB-10] leaves a short document whole and gives one without content the empty passage', () => {
    expect(splitPassages('Title', '  Short. Very short.\n', 100)).toEqual([{ start: 2, end: 20 }]);
    expect(splitPassages('Title', ' \n ', 100)).toEqual([{ start: 0, end: 0 }]);
  });

  it('[EMB-10] cuts a document of any size into at most 64 passages of about equal length', () => {
    const lengths = pieces('Sentence number one is here. '.repeat(40_000), 1_000).map(({ length }) => length);
    expect(lengths).toHaveLength(MAX_PASSAGES);
    expect(Math.max(...lengths) / Math.min(...lengths)).toBeLessThan(1.5);
  });

  it('[EMB-11] ends passages at paragraphs, else at sentences, else at words', () => {
    const paragraph = (word: string): string => `${word} is first. ${word} is second. ${word} is last.`;
    const paragraphs = ['Alpha', 'Beta', 'Gamma', 'Delta'].map(paragraph);
    expect(pieces(paragraphs.join('\n\n'), 60)).toEqual(paragraphs);
    expect(pieces('One is here now. Two is here now. Three is here now.', 40)).toEqual([
      'One is here now. Two is here now.',
      'Three is here now.',
    ]);
    for (const piece of pieces('word '.repeat(100), 64)) expect(piece).toMatch(/^(word )+word$/);
    expect(pieces(`# Lead\n${'word '.repeat(30)}`, 80)[0]).toMatch(/^# Lead\n(word )+word$/);
  });

  it('[EMB-12] opens the text for the model with the title, cut to half of what the model reads', () => {
    expect(embeddingText(' Journal ', 'We keep it.', 100)).toBe('Journal: We keep it.');
    expect(embeddingText('', 'We keep it.', 100)).toBe('We keep it.');
    expect(embeddingText('Journal', '', 100)).toBe('Journal');
    expect(embeddingText('x'.repeat(99), 'y', 20)).toBe(`${'x'.repeat(8)}: y`);
    expect(embeddingText('😀'.repeat(9), 'y', 16)).toBe('😀😀😀: y');
    expect(pieces('a b c d e f g h', 8, 'long title')).toEqual(['a b', 'c d', 'e f', 'g h']);
  });
});
