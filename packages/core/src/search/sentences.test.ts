import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitSentences } from './sentences.js';

const texts = (text: string) => splitSentences(text).map((span) => span.text);

describe('splitSentences', () => {
  it('[SEA-30] gives exact, trimmed, ordered pieces that leave out only white space and rules', () => {
    const line = fc.constantFrom(
      'A sentence. Another one! A third?',
      '# Heading',
      'Title',
      '=====',
      '- bullet one',
      '  continued here',
      '```',
      'x = 1. y',
      '    indented code;',
      '',
      '.. note:: Remember.',
      '| a | b |',
      '東京です。はい。',
      'e.g. this, Dr. Who',
      '“Quoted.” He left…',
    );
    const text = fc.oneof(
      fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n')),
      fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\r\n')),
      fc.string({ unit: 'grapheme', maxLength: 120 }),
    );
    fc.assert(
      fc.property(text, (value) => {
        let end = 0;
        for (const span of splitSentences(value)) {
          expect(value.slice(span.start, span.end)).toBe(span.text);
          expect(span.text.trim()).toBe(span.text);
          expect(span.text).not.toBe('');
          expect(span.start).toBeGreaterThanOrEqual(end);
          const between = value.slice(end, span.start);
          expect(between).toMatch(/^(?:\s|```.*|~~~.*|([=\-~^"'`#*+.:_<>])\1{2,})*$/);
          end = span.end;
        }
      }),
    );
  });

  it('[SEA-31] ends a sentence at a mark that white space and a beginning follow', () => {
    expect(texts('It works. Does it? Yes! “Good.” (Fine.) Done')).toEqual([
      'It works.',
      'Does it?',
      'Yes!',
      '“Good.”',
      '(Fine.)',
      'Done',
    ]);
    expect(texts('Wait... what? no.')).toEqual(['Wait... what? no.']);
    expect(texts('これは東京です。はい。')).toEqual(['これは東京です。', 'はい。']);
  });

  it('[SEA-31] is not taken in by abbreviations, initials, decimals, versions or addresses', () => {
    for (const sentence of [
      'Dr. Smith met Mr. J. R. Jones at 3.12 St. Mary’s Rd. at noon.',
      'See Fig. 3 and Eq. 4, e.g. The one on p. 7.',
      'Python 3.12.1 is at https://www.python.example/3.12/index.html now.',
      'The U.S. Senate met at 5 p.m. on Monday.',
    ]) {
      expect(texts(sentence)).toEqual([sentence]);
    }
  });

  it('[SEA-32] keeps headings, list items, table rows and code apart from prose', () => {
    const markdown =
      '# Policy\nAll staff sign it.\nEvery year.\n\n1. Read it. Twice.\n2. Sign\n* done\n\n| a | b |\n| c | d |';
    expect(texts(markdown)).toEqual([
      '# Policy',
      'All staff sign it.',
      'Every year.',
      '1. Read it.',
      'Twice.',
      '2. Sign',
      '* done',
      '| a | b |',
      '| c | d |',
    ]);
    expect(texts('Title\n=====\n\nPEP: 8\n\nRun::\n\n    make all. Now\n    make test\n\nThen rest.')).toEqual([
      'Title',
      'PEP: 8',
      'Run::',
      'make all. Now',
      'make test',
      'Then rest.',
    ]);
    expect(texts('Before.\n```js\nconst a = 1. b\n```\nAfter.')).toEqual(['Before.', 'const a = 1. b', 'After.']);
  });

  it('[SEA-32] takes a role at the start of a line for part of its sentence, a field for a line of its own', () => {
    const roles =
      ':pep:`3107` added support for arbitrary annotations on parts of a\nfunction definition. It builds on\n:pep:`8` and others.';
    expect(texts(roles)).toEqual([
      ':pep:`3107` added support for arbitrary annotations on parts of a\nfunction definition.',
      'It builds on\n:pep:`8` and others.',
    ]);
    expect(texts(':author: Ann\n:status:\nIt holds.')).toEqual([':author: Ann', ':status:', 'It holds.']);
  });

  it('[SEA-32] joins the lines of a paragraph and of a list item', () => {
    expect(texts('One sentence on\ntwo lines. And\nanother.')).toEqual([
      'One sentence on\ntwo lines.',
      'And\nanother.',
    ]);
    expect(texts('- an item that\n  goes on\n- next')).toEqual(['- an item that\n  goes on', '- next']);
  });
});
