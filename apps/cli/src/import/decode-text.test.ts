import { describe, expect, it } from 'vitest';
import { decodeText, MAX_LINE_LENGTH } from './decode-text.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('decoding', () => {
  it('[IMP-11] gives text with line feeds and without a byte-order mark', () => {
    expect(decodeText(bytes('\ufeffa\r\nb\rc\n'))).toEqual({ ok: true, text: 'a\nb\nc\n' });
  });

  it.each([
    ['broken UTF-8', new Uint8Array([0x61, 0xff, 0x62]), 'not valid UTF-8'],
    ['a cut character', new Uint8Array([0xe2, 0x82]), 'not valid UTF-8'],
    ['an encoded surrogate', new Uint8Array([0xed, 0xa0, 0x80]), 'not valid UTF-8'],
    ['a NUL', bytes('one\ntwo\0'), 'contains a NUL character (line 2)'],
    [
      'a 10 MB line',
      bytes(`short\n${'x'.repeat(10 * 1024 * 1024)}\n`),
      `line 2 is longer than ${MAX_LINE_LENGTH} characters`,
    ],
  ])('[IMP-11] refuses %s with its reason', (_, given, reason) => {
    expect(decodeText(given)).toEqual({ ok: false, reason });
  });
});
