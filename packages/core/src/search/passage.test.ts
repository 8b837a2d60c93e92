import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { queryTerms } from './analyzer.js';
import { bestPassage, summary } from './passage.js';

const sentence = fc.constantFrom(
  'The policy was reviewed in March.',
  'Zinc prices rose.',
  'Nobody objected!',
  '# Heading',
  '',
  '- a bullet about governance',
  `A very long sentence ${'that goes on and on '.repeat(20)}about zinc.`,
  '東京都の政策です。',
  'x'.repeat(400),
  '😀'.repeat(200),
);
const content = fc.oneof(
  fc.array(sentence, { maxLength: 10 }).map((list) => list.join('\n')),
  fc.array(sentence, { maxLength: 10 }).map((list) => list.join(' ')),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
);
const stems = (query: string) => queryTerms(query).terms.map(({ term }) => term);

describe('bestPassage', () => {
  it('[SEA-33] is an exact piece of the content, never longer than asked and never half a character', () => {
    fc.assert(
      fc.property(
        content,
        fc.constantFrom('zinc policy', 'governance', 'unknown', ''),
        fc.integer({ min: 20, max: 300 }),
        (text, query, maxChars) => {
          const passage = bestPassage(text, stems(query), { maxChars });
          expect(text.slice(passage.start, passage.end)).toBe(passage.text);
          expect(passage.text.length).toBeLessThanOrEqual(maxChars);
          if (text.isWellFormed()) expect(passage.text.isWellFormed()).toBe(true);
          expect(passage.coverage).toBeGreaterThanOrEqual(0);
          expect(passage.coverage).toBeLessThanOrEqual(1);
          if (text.trim() !== '') expect(passage.text.trim()).not.toBe('');
        },
      ),
    );
  });

  it('[SEA-34] shows the sentences that cover the query best, the tightest of equals', () => {
    const text = 'Alpha beta. Gamma delta. Nothing here. Gamma and beta in one. Alpha again.';
    const passage = bestPassage(text, ['gamma', 'beta'], { maxChars: 30 });
    expect(passage).toEqual({ text: 'Gamma and beta in one.', start: 39, end: 61, coverage: 1 });
  });

  it('[SEA-34] weighs terms, finds inflected ones and begins at the beginning when nothing matches', () => {
    const text = 'Common words all over. Common words again. A rare numbat governs.';
    const weightOf = (term: string) => (term === 'numbat' ? 5 : 1);
    expect(bestPassage(text, stems('common words numbat'), { maxChars: 25, weightOf }).text).toBe(
      'A rare numbat governs.',
    );
    expect(bestPassage(text, stems('governance.'), { maxChars: 25 }).text).toBe('A rare numbat governs.');
    expect(bestPassage(text, ['absent'], { maxChars: 25 })).toMatchObject({ start: 0, coverage: 0 });
    expect(bestPassage('', ['absent'])).toEqual({ text: '', start: 0, end: 0, coverage: 0 });
  });
});

describe('summary', () => {
  it('[SEA-35] is an exact piece of the content of at most 200 units, empty only for blank content', () => {
    fc.assert(
      fc.property(content, (text) => {
        const piece = summary(text);
        expect(text).toContain(piece);
        expect(piece.length).toBeLessThanOrEqual(200);
        if (text.isWellFormed()) expect(piece.isWellFormed()).toBe(true);
      }),
    );
  });

  it('[SEA-35] passes over headings, fields and list items to the first prose, and stays in its paragraph', () => {
    const text =
      'PEP: 8\nTitle\n=====\n\n:Author: Ann\n\n- a list item.\n\nThis document gives coding conventions. It is old.\n\nNext paragraph.';
    expect(summary(text)).toBe('This document gives coding conventions. It is old.');
    expect(summary('# Only a heading')).toBe('# Only a heading');
    expect(summary('  ')).toBe('');
  });
});
