import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NESTING, jsonFault } from './json-text.js';

/** The text lies amid other bytes, as in a guest's memory. */
function accepted(text: string): boolean {
  const bytes = Buffer.from(text);
  const memory = Buffer.concat([Buffer.from('[1,"'), bytes, Buffer.from('"}]0null')]);
  return jsonFault(memory, 4, 4 + bytes.length) < 0;
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const PIECES = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '"a"',
  '"\\u00e9"',
  '"\\x"',
  '\\',
  'u12',
  '0',
  '01',
  '-',
  '1.5',
  '.',
  'e',
].concat([
  'E+',
  '9',
  'true',
  'nul',
  'null',
  'false',
  ' ',
  '\n',
  '\t',
  '\u00a0',
  '\u0000',
  '\u001f',
  '\ufeff',
  'é',
  '😀',
]);

describe('JSON in a memory', () => {
  it('[THR-24] accepts every value, however it is spaced', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(3), (value, indent) => {
        expect(accepted(JSON.stringify(value, null, indent))).toBe(true);
      }),
      { numRuns: 2_000, seed: 1 },
    );
  });

  it('[THR-24] accepts exactly what JSON.parse does, of any pieces', () => {
    const pieces = fc.array(fc.constantFrom(...PIECES), { maxLength: 9 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(pieces, (text) => accepted(text) === parses(text)),
      { numRuns: 30_000, seed: 2 },
    );
  });

  it('[THR-24] accepts exactly what JSON.parse does, of values that were damaged', () => {
    const damaged = fc
      .tuple(fc.json({ maxDepth: 4 }), fc.nat(), fc.nat(2), fc.constantFrom(...PIECES))
      .map(([text, at, without, piece]) => {
        const from = at % (text.length + 1);
        return text.slice(0, from) + piece + text.slice(from + without);
      });
    fc.assert(
      // A half of a pair becomes another character on its way into bytes, which changes nothing about the answer.
      fc.property(damaged, (text) => accepted(text) === parses(text)),
      { numRuns: 20_000, seed: 3 },
    );
  });

  it('[THR-24] says where a text stops being JSON', () => {
    const at = (text: string): number => jsonFault(Buffer.from(text), 0, Buffer.byteLength(text));
    expect([at('{"a":1,}'), at('[1 2]'), at('"a\n"'), at(''), at('1 1'), at('{"a" 1}')]).toEqual([7, 3, 2, 0, 2, 5]);
  });

  it('[THR-24] takes nesting up to a bound', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(accepted(nested(NESTING))).toBe(true);
    expect(accepted(nested(NESTING + 1))).toBe(false);
    expect(accepted('{"a":'.repeat(NESTING) + '1' + '}'.repeat(NESTING))).toBe(true);
  });
});
