import { operations } from '@forge-cascade/api';
import { describe, expect, it } from 'vitest';
import { queryReader } from './read-query.js';

const read = queryReader(operations.searchCapsules.query);

describe('reading query strings', () => {
  it('gives values the types of the schema', () => {
    expect(read('q=a+b%20c&limit=5&explain=true&min_trust=60&type=code&tag=x&tag=y')).toEqual({
      q: 'a b c',
      limit: 5,
      explain: true,
      min_trust: 60,
      type: 'code',
      tag: ['x', 'y'],
    });
  });

  it('leaves a text that is no such value for the schema to refuse', () => {
    expect(read('limit=five&explain=1&min_trust=')).toEqual({ limit: 'five', explain: '1', min_trust: '' });
    expect(read('limit=0x10')).toEqual({ limit: '0x10' });
  });

  it('keeps a text that looks like a number where a text is wanted', () => {
    expect(read('q=42&owner=7')).toEqual({ q: '42', owner: '7' });
  });

  it.each([
    ['broken escapes', 'q=%zz', 'MALFORMED_REQUEST'],
    ['broken UTF-8', 'q=%ff', 'MALFORMED_REQUEST'],
    ['an encoded half pair', 'q=%ed%a0%80', 'MALFORMED_REQUEST'],
    ['U+0000', 'q=a%00', 'INVALID_INPUT'],
    ['a value given twice', 'q=a&q=b', 'INVALID_INPUT'],
  ])('[API-5] refuses %s', (_, raw, code) => {
    expect(() => read(raw)).toThrow(expect.objectContaining({ code }) as Error);
  });

  it('keeps names that objects inherit', () => {
    expect(Object.keys(read('toString=1&constructor=2'))).toEqual(['toString', 'constructor']);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(read('__proto__=polluted'))).toBe(Object.prototype);
  });
});
