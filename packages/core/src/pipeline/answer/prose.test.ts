import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { proseOf } from './prose.js';

const read = (content: string): readonly (readonly [string, string])[] =>
  proseOf(content).map(({ start, end, heading }) => [heading, content.slice(start, end)]);

const texts = (content: string): readonly string[] => read(content).map(([, text]) => text);

describe('prose', () => {
  it('[PIP-18] of Markdown: paragraphs and items under their headings, without code, tables and links', () => {
    const content = [
      '# Ledgers',
      'The blue one\nwas chosen.',
      '',
      '- It is cheap.',
      '- It lasts.',
      '',
      '```sh',
      'rm all of it.',
      '```',
      '',
      '| colour | price |',
      '|--------|-------|',
      '| blue   | high  |',
      '',
      '[one](https://a.example/long) [two](https://b.example/long)',
      '',
      '## Why',
      'Because of water.',
      '',
      '## References',
      'A book about ledgers.',
    ].join('\n');
    expect(read(content)).toEqual([
      ['Ledgers', 'The blue one\nwas chosen.'],
      ['Ledgers', 'It is cheap.'],
      ['Ledgers', 'It lasts.'],
      ['Why', 'Because of water.'],
    ]);
  });

  it('[PIP-18] of reStructuredText: header fields, underlined headings, no literal blocks, comments, footnotes', () => {
    const content = [
      'PEP: 7',
      'Author: Ann Onym,',
      '        Bea Chord',
      '',
      'Abstract',
      '========',
      '',
      'Take this::',
      '',
      '    for x in y:',
      '        print(x)',
      '',
      'and be content with PEP',
      '310.  It says so.',
      '',
      '.. code-block:: python',
      '',
      '   x = 1',
      '',
      '.. [1] A footnote about it.',
      '',
      '* A term without a stop',
      '    Its explanation follows here.',
      '',
      '>>> 1 + 1',
      '2',
      '',
      'Copyright',
      '=========',
      'This document is in the public domain.',
    ].join('\n');
    expect(read(content)).toEqual([
      ['', 'PEP: 7'],
      ['', 'Author: Ann Onym,\n        Bea Chord'],
      ['Abstract', 'Take this::'],
      ['Abstract', 'and be content with PEP\n310.  It says so.'],
      ['Abstract', 'Its explanation follows here.'],
    ]);
  });

  it('[PIP-18] of old plain text: indented paragraphs under bare headings, without code', () => {
    const content =
      'Rationale\n\n    It was chosen because of\n    the water.\n\n    x = [a for a in b];\n    y = {};\n';
    expect(read(content)).toEqual([['Rationale', 'It was chosen because of\n    the water.']]);
  });

  it('[PIP-18] a dash or a number within a wrapped sentence begins no item', () => {
    expect(texts('As said in chapter\n12. It was\nnot so.')).toHaveLength(1);
    expect(texts('1. One thing.\n2. Another thing.')).toEqual(['One thing.', 'Another thing.']);
  });

  it('[PIP-18] blocks lie within the content, in order, and do not overlap, whatever the content', () => {
    const line = fc.oneof(
      fc.constantFrom(
        '',
        '====',
        '----',
        '```',
        '# x',
        '- a b c',
        '1. a b',
        '.. note::',
        '::',
        '    x = 1',
        'A: b',
        '| a | b |',
      ),
      fc.string({ maxLength: 40 }),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const content = lines.join('\n');
        let last = 0;
        for (const { start, end } of proseOf(content)) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(content.length);
          last = end;
        }
      }),
    );
  });
});
