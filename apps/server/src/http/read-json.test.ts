import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_NESTING, readJson } from './read-json.js';

const read = (text: string): unknown => readJson(Buffer.from(text));
const codeOf = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return 'no refusal';
};

describe('reading JSON from strangers', () => {
  it('reads whatever JSON.parse reads, when nothing is wrong with it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        if (/__proto__|constructor|\\u|[eE]|\d{16}/.test(text)) return;
        expect(read(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('takes no body for no value', () => {
    expect(readJson(new Uint8Array())).toBeUndefined();
  });

  it.each([
    ['broken JSON', Buffer.from('{"a":'), 'MALFORMED_REQUEST'],
    ['two values', Buffer.from('1 2'), 'MALFORMED_REQUEST'],
    ['an overlong encoding', Buffer.from([0x22, 0xc0, 0xaf, 0x22]), 'MALFORMED_REQUEST'],
    ['a cut-off character', Buffer.from([0x22, 0xe2, 0x82, 0x22]), 'MALFORMED_REQUEST'],
    ['an encoded half pair', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'MALFORMED_REQUEST'],
    ['a byte order mark', Buffer.from('\ufeff{}'), 'MALFORMED_REQUEST'],
    ['a bare U+0000', Buffer.from('"\0"'), 'MALFORMED_REQUEST'],
    ['an escaped U+0000', Buffer.from('{"a":"x\\u0000"}'), 'INVALID_INPUT'],
    ['U+0000 in a key', Buffer.from('{"a\\u0000":1}'), 'INVALID_INPUT'],
    ['an escaped half pair', Buffer.from('["\\ud800"]'), 'INVALID_INPUT'],
    ['a half pair in a key', Buffer.from('{"\\udc00":1}'), 'INVALID_INPUT'],
    ['a key for the prototype', Buffer.from('{"a":{"__proto__":{"b":1}}}'), 'INVALID_INPUT'],
    ['an escaped key for the prototype', Buffer.from('{"\\u005f_proto__":1}'), 'INVALID_INPUT'],
    ['a constructor with a prototype', Buffer.from('{"constructor":{"prototype":{}}}'), 'INVALID_INPUT'],
    ['infinity', Buffer.from('[1e999]'), 'INVALID_INPUT'],
    ['an integer that loses digits', Buffer.from('{"n":9007199254740993}'), 'INVALID_INPUT'],
  ])('[API-5] refuses %s', (_, bytes, code) => {
    expect(codeOf(() => readJson(bytes))).toBe(code);
  });

  it('[API-5] bounds nesting before anything recursive runs', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(codeOf(() => read(nested(MAX_NESTING)))).toBe('no refusal');
    expect(codeOf(() => read(nested(MAX_NESTING + 1)))).toBe('MALFORMED_REQUEST');
    expect(codeOf(() => read('{"a":'.repeat(MAX_NESTING + 1)))).toBe('MALFORMED_REQUEST');
    expect(codeOf(() => read('['.repeat(2_000_000)))).toBe('MALFORMED_REQUEST');
  });

  it('does not count brackets inside strings', () => {
    const text = JSON.stringify(['['.repeat(1_000), '\\"[[[', '\\'.repeat(7) + '"{'.repeat(500)]);
    expect(read(text)).toEqual(JSON.parse(text));
  });

  it('accepts whole surrogate pairs and a constructor that is a word', () => {
    expect(read('{"a":"\\ud83d\\ude00","constructor":"Ada"}')).toEqual({ a: '😀', constructor: 'Ada' });
  });

  it('[API-3] names the place and never quotes the value', () => {
    try {
      read('{"items":[{"metadata":{"a b":["ok","secret\\u0000"]}}]}');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ details: { errors: [{ in: 'body', field: 'items[0].metadata.a b[1]' }] } });
      expect(String(error)).not.toContain('secret');
    }
  });
});
