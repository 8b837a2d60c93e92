import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../metering/byte-writer.js';
import { collectInto } from './findings.js';
import { OVERLAY_LIMITS } from './module-limits.js';
import { ModuleRefused, type Refusal } from './module-refused.js';
import { readModule } from './read-module.js';
import { engineAccepts } from './web-assembly.js';

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
type Section = readonly [id: number, ...content: readonly number[]];

const moduleOf = (...sections: readonly Section[]): Uint8Array => {
  const writer = new ByteWriter().byte(...HEADER);
  for (const [id, ...content] of sections) writer.byte(id).sized(Uint8Array.from(content));
  return writer.bytes;
};

const TYPE: Section = [1, 1, 0x60, 0, 0];
const FUNCTION: Section = [3, 1, 0];
const TABLE: Section = [4, 1, 0x70, 0, 1];
const MEMORY: Section = [5, 1, 0, 1];

/** The code section of one function without locals. */
const code = (...instructions: readonly number[]): Section => {
  const body = Uint8Array.from([0, ...instructions, 0x0b]);
  return [10, ...new ByteWriter().u32(1).sized(body).bytes];
};

const withCode = (...instructions: readonly number[]) => moduleOf(TYPE, FUNCTION, TABLE, MEMORY, code(...instructions));

const refusal = (bytes: Uint8Array): ModuleRefused => {
  try {
    readModule(bytes, OVERLAY_LIMITS);
  } catch (error) {
    if (error instanceof ModuleRefused) return error;
    throw error;
  }
  throw new Error('The module was accepted.');
};

describe('readModule', () => {
  it.each([
    ['an index of a type in five bytes', [0x41, 0, 0x11, 0x80, 0x80, 0x80, 0x80, 0, 0]],
    ['an index of a table in five bytes', [0x41, 0, 0x11, 0, 0x80, 0x80, 0x80, 0x80, 0]],
    ['a call in three bytes', [0x10, 0x80, 0x80, 0]],
    ['a number after the prefix in four bytes', [0x43, 0, 0, 0, 0, 0xfc, 0x80, 0x80, 0x80, 0, 0x1a]],
    ['a constant in five bytes', [0x41, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x1a]],
    ['a constant in ten bytes', [0x42, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f, 0x1a]],
    ['a type of a block in two bytes', [0x02, 0x80, 0x00, 0x0b]],
  ])('[WSM-8] takes %s, as the engine does', (_, instructions) => {
    const bytes = withCode(...instructions);
    expect(engineAccepts(bytes)).toBe(true);
    expect(readModule(bytes, OVERLAY_LIMITS).bodies).toHaveLength(1);
  });

  it.each([
    ['an index in six bytes', [0x10, 0x80, 0x80, 0x80, 0x80, 0x80, 0]],
    ['an index beyond 32 bits', [0x10, 0x80, 0x80, 0x80, 0x80, 0x10]],
    ['a constant beyond 32 bits', [0x41, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x1a]],
    ['a constant beyond 64 bits', [0x42, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02, 0x1a]],
    ['an `else` without `if`', [0x05]],
    ['code after the end', [0x0b, 0x01]],
    ['a block that is not closed', [0x02, 0x40]],
  ])('[WSM-8] %s is malformed, with its offset', (_, instructions) => {
    const bytes = withCode(...instructions);
    expect(engineAccepts(bytes)).toBe(false);
    const { code: found, offset } = refusal(bytes);
    expect(found).toBe('malformed');
    expect(offset).toBeGreaterThan(HEADER.length);
    expect(offset).toBeLessThanOrEqual(bytes.length);
  });

  it.each([
    ['SIMD', [0xfd, 0x0c]],
    ['threads and atomics', [0xfe, 0x03, 0]],
    ['garbage collection', [0xfb, 0x00, 0]],
    ['exceptions', [0x06, 0x40, 0x0b]],
    ['exceptions', [0x08, 0]],
    ['exceptions', [0x1f, 0x40, 0, 0x0b]],
    ['tail calls', [0x12, 0]],
    ['tail calls', [0x13, 0, 0]],
    ['typed function references', [0x14, 0]],
    ['typed function references', [0xd5, 0]],
    ['no feature known here', [0x27]],
    ['no feature known here', [0xff]],
    ['no feature known here', [0xfc, 0x12, 0]],
    ['no feature known here', [0xfc, 0x80, 0x02]],
  ])(
    '[WSM-9] an instruction of %s is refused where it stands, even where it is never reached',
    (family, instructions) => {
      const bytes = withCode(0x00, ...instructions);
      expect(refusal(bytes)).toMatchObject({
        code: 'unsupported',
        offset: bytes.length - instructions.length - 1,
        message: expect.stringContaining(family) as string,
        advice: expect.stringContaining('Compile for') as string,
      });
    },
  );

  it.each<[string, Uint8Array, string, string]>([
    ['a memory of 64-bit addresses', moduleOf([5, 1, 4, 1]), 'unsupported', '64-bit'],
    ['a shared memory', moduleOf([5, 1, 3, 1, 1]), 'unsupported', 'shared'],
    ['two memories', moduleOf([5, 2, 0, 1, 0, 1]), 'unsupported', 'more than one memory'],
    ['a second memory in an access', withCode(0x41, 0, 0x28, 0x42, 0, 0, 0x1a), 'invalid', 'another memory'],
    ['a section of tags', moduleOf(TYPE, [13, 1, 0, 0]), 'unsupported', 'exceptions'],
    ['an unknown section', moduleOf([14, 0]), 'unsupported', 'section 14'],
    ['a section twice', moduleOf(TYPE, TYPE), 'malformed', 'twice'],
    ['sections out of order', moduleOf(MEMORY, TYPE), 'malformed', 'out of order'],
    ['a section with something left', moduleOf([5, 1, 0, 1, 0]), 'malformed', 'longer'],
    ['a vector as a parameter', moduleOf([1, 1, 0x60, 1, 0x7b, 0]), 'unsupported', 'SIMD'],
    ['a type of a struct', moduleOf([1, 1, 0x5f, 0]), 'unsupported', 'other than that of a function'],
    [
      'a computed constant',
      moduleOf([6, 1, 0x7f, 0, 0x41, 1, 0x41, 1, 0x6a, 0x0b]),
      'unsupported',
      'more than one plain',
    ],
    ['an imported tag', moduleOf(TYPE, [2, 1, 0, 0, 4, 0, 0]), 'unsupported', 'tag'],
    [
      'billions of locals',
      moduleOf(TYPE, FUNCTION, [10, 1, 8, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f, 0x0b]),
      'too_large',
      'locals',
    ],
    ['billions of functions', moduleOf(TYPE, [3, 0xff, 0xff, 0xff, 0xff, 0x0f]), 'malformed', 'too short'],
    [
      'billions of elements',
      moduleOf(TYPE, FUNCTION, TABLE, [9, 1, 1, 0, 0xff, 0xff, 0xff, 0xff, 0x0f]),
      'malformed',
      'longer',
    ],
    ['a table of billions', moduleOf([4, 1, 0x70, 0, 0xff, 0xff, 0xff, 0xff, 0x0f]), 'too_large', 'elements'],
    ['a memory of billions', moduleOf([5, 1, 0, 0xff, 0xff, 0xff, 0xff, 0x0f]), 'invalid', '65,536'],
    ['a name that is not UTF-8', moduleOf([0, 1, 0xff]), 'malformed', 'UTF-8'],
    [
      'many custom sections',
      moduleOf(...Array.from({ length: 101 }, (): Section => [0, 0])),
      'too_large',
      'custom sections',
    ],
    ['no module', Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]), 'malformed', 'no WebAssembly'],
    ['nothing', new Uint8Array(), 'malformed', 'middle'],
    ['a later version', Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 2, 0, 0, 0]), 'malformed', 'version 1'],
    ['deep nesting', withCode(...nested(1_001)), 'too_large', 'nested'],
    ['a large module', new Uint8Array((2 << 20) + 1), 'too_large', 'bytes, more than'],
  ])('[WSM-9] %s is refused by name', (_, bytes, expected, says) => {
    expect(refusal(bytes)).toMatchObject({ code: expected, message: expect.stringContaining(says) as string });
  });

  it('[WSM-10] tells all that is wrong where it can go on', () => {
    const refusals: Refusal[] = [];
    const bytes = moduleOf(
      TYPE,
      [3, 2, 0, 0],
      [5, 2, 0, 1, 0, 1],
      [7, 1, 7, ...Buffer.from('forge.x'), 0, 0],
      [10, 2, 5, 0, 0xfd, 0x0c, 0, 0x0b, 4, 0, 0x12, 0, 0x0b],
    );
    readModule(bytes, OVERLAY_LIMITS, collectInto(refusals, 100));
    expect(refusals.map(({ message }) => message)).toEqual([
      'There is more than one memory.',
      'The export forge.x has a reserved name.',
      expect.stringContaining('SIMD'),
      expect.stringContaining('tail calls'),
    ]);
  });
});

function nested(depth: number): number[] {
  return [...Array.from({ length: depth }, () => [0x02, 0x40]).flat(), ...Array.from({ length: depth }, () => 0x0b)];
}
