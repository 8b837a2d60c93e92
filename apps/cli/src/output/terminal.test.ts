import { describe, expect, it } from 'vitest';
import { inOneLine, painter, printable, widthOf, wrap } from './paint.js';
import { createProgress } from './progress.js';
import { renderTable } from './table.js';
import { createTerminal } from './terminal.js';

const stream = (isTTY: boolean, columns?: number) =>
  ({ isTTY, write: () => true, ...(columns !== undefined && { columns }) }) as unknown as NodeJS.WriteStream;

describe('terminals', () => {
  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
  ])('[CLI-7] colour on a terminal (%s) with %j: %s', (isTTY, env, colour) => {
    const terminal = createTerminal(stream(isTTY, 80), stream(isTTY), env);
    expect([terminal.colour, terminal.errorColour]).toEqual([colour, colour]);
    expect(painter(terminal.colour)('red', 'x') === 'x').toBe(!colour);
  });

  it('[CLI-7] prints stored text without what acts on a terminal', () => {
    expect(printable('a\u001b[2Jb\u0007\tc\r\u202ed\u2066e\nf')).toBe('a[2Jb    cde\nf');
  });

  it('[CLI-25] shows what overlays say in one line, controls and all', () => {
    expect(inOneLine('a\nb\r\nc\rd\te\u001b[2J\u202ef')).toBe('a⏎b⏎c\\u000dd    e\\u001b[2J\\u202ef');
  });

  it('[CLI-7] redraws a bar on a terminal, and prints a line now and then elsewhere, neither in the first second', () => {
    const drawn = (interactive: boolean): string => {
      let text = '';
      let at = 0;
      const terminal = {
        ...createTerminal(stream(interactive), stream(interactive), {}),
        err: (more: string) => void (text += more),
      };
      const progress = createProgress(terminal, () => at);
      progress.stage('Storing', 100);
      for (at = 0; at <= 12_000; at += 500) progress.advanceTo(at / 120);
      progress.end();
      return text;
    };
    expect(drawn(true)).toMatch(/\r\u001b\[KStoring █+░* \d+ %/);
    expect(drawn(true)).toMatch(/\r\u001b\[K$/);
    expect(drawn(false)).not.toContain('\u001b');
    expect(drawn(false).trim().split('\n')).toHaveLength(3);
  });
});

describe('layout', () => {
  it('[CLI-7] keeps lines within the width, wide characters counted twice', () => {
    const text = wrap('日本語の長い文 and words '.repeat(10), 40, '    ');
    for (const line of text.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(40);
    expect(text.startsWith('    ')).toBe(true);
  });

  it('[CLI-7] lets one column of a table give way', () => {
    const rows = [
      { a: 'one', b: 'x'.repeat(200) },
      { a: 'twenty\nlines', b: '\u001b[31mred' },
    ];
    const columns = [
      { head: 'a', of: (row: { a: string; b: string }) => row.a },
      { head: 'b', of: (row: { a: string; b: string }) => row.b, flexible: true as const },
    ];
    const lines = renderTable(rows, columns, 60, painter(false)).trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(60);
    expect(lines.join('')).not.toContain('\u001b');
    expect(renderTable([], columns, 60, painter(false))).toBe('');
  });
});
