import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../ledger/json.js';
import { checkCreate } from './decide-create.js';
import type { CreateCapsuleInput } from './inputs.js';
import { checkMoment } from './validate-moment.js';
import { checkCollection } from './validate-text.js';

const create = (fields: Partial<CreateCapsuleInput>) => checkCreate({ content: 'text', type: 'knowledge', ...fields });
const refusal = (code: string, field: string) =>
  expect.objectContaining({ code, details: expect.objectContaining({ field }) });
const nested = (levels: number): JsonObject => {
  let value: JsonObject = {};
  for (let i = 1; i < levels; i++) value = { a: value };
  return value;
};

describe('what may be stored', () => {
  it.each<[string, Partial<CreateCapsuleInput>]>([
    ['title', { title: 'a\0b' }],
    ['content', { content: 'a\ud800b' }],
    ['key', { key: '\udc00' }],
    ['tags[1]', { tags: ['a', 'b\0'] }],
    ['collection', { collection: 'a/\0' }],
    ['metadata', { metadata: { deep: [{ x: '\ud800' }] } }],
    ['metadata', { metadata: { 'k\0': 1 } }],
    ['derived_from[0].reason', { derivedFrom: [{ id: 'x', relation: 'fork', reason: '\0' }] }],
    ['derived_from[0].id', { derivedFrom: [{ id: '\ud800', relation: 'fork' }] }],
  ])('[CAP-2] refuses text that cannot be stored in %s', (field, fields) => {
    expect(() => create(fields)).toThrow(refusal('INVALID_INPUT', field));
  });

  it('[CAP-2] says where in metadata the fault is', () => {
    expect(() => create({ metadata: { deep: [{ x: '\ud800' }] } })).toThrow('metadata.deep[0].x cannot be stored');
  });

  it.each<[string, string, Partial<CreateCapsuleInput>, Partial<CreateCapsuleInput>]>([
    ['title', 'INVALID_INPUT', { title: 'x'.repeat(500) }, { title: 'x'.repeat(501) }],
    ['content', 'TOO_LARGE', { content: 'ä'.repeat(1_000_000) }, { content: `${'ä'.repeat(1_000_000)}x` }],
    ['content', 'INVALID_INPUT', { content: 'x' }, { content: '' }],
    ['tags[0]', 'INVALID_INPUT', { tags: ['x'.repeat(100)] }, { tags: ['x'.repeat(101)] }],
    ['tags[0]', 'INVALID_INPUT', { tags: ['x'] }, { tags: [''] }],
    ['key', 'INVALID_INPUT', { key: 'x'.repeat(500) }, { key: 'x'.repeat(501) }],
    ['key', 'INVALID_INPUT', { key: 'x' }, { key: '' }],
    ['collection', 'INVALID_INPUT', { collection: 'x'.repeat(500) }, { collection: 'x'.repeat(501) }],
  ])('[CAP-3] bounds %s (%s)', (field, code, fits, exceeds) => {
    expect(() => create(fits)).not.toThrow();
    expect(() => create(exceeds)).toThrow(refusal(code, field));
  });

  it('[CAP-3] counts tags once each, keeps their order, and takes 64', () => {
    const many = Array.from({ length: 64 }, (_, i) => `t${i}`);
    expect(create({ tags: ['b', 'a', 'b'] }).patch.tags).toEqual(['b', 'a']);
    expect(create({ tags: [...many, ...many] }).patch.tags).toHaveLength(64);
    expect(() => create({ tags: [...many, 'one more'] })).toThrow(refusal('INVALID_INPUT', 'tags'));
  });

  it('[CAP-3] takes an empty title for none', () => {
    expect(create({ title: '' }).patch.title).toBeNull();
  });

  it.each(['', '/a', 'a/', 'a//b', '.', '..', 'a/./b', 'a/../b'])('[CAP-4] refuses the collection %j', (collection) => {
    expect(() => create({ collection })).toThrow(refusal('INVALID_INPUT', 'collection'));
  });

  it('[CAP-4] takes any path of proper names', () => {
    const name = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).filter((s) => !/^\.{1,2}$|[/\0]/.test(s));
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), (names) => {
        const path = names.join('/');
        fc.pre(path.length <= 500);
        expect(checkCollection(path)).toBe(path);
      }),
    );
  });

  it('[CAP-4] takes whole positions within a collection only', () => {
    for (const position of [0, -0, 7, 2 ** 53 - 1]) {
      expect(create({ collection: 'c', position }).patch.position).toBe(Math.abs(position));
    }
    for (const position of [-1, 1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => create({ collection: 'c', position })).toThrow(refusal('INVALID_INPUT', 'position'));
    }
    expect(() => create({ position: 1 })).toThrow(refusal('INVALID_INPUT', 'position'));
  });

  it('[CAP-5] bounds metadata in bytes and depth', () => {
    const frame = '{"a":""}'.length;
    expect(() => create({ metadata: { a: 'x'.repeat(256 * 1024 - frame) } })).not.toThrow();
    expect(() => create({ metadata: { a: 'x'.repeat(256 * 1024 - frame + 1) } })).toThrow(
      refusal('TOO_LARGE', 'metadata'),
    );
    expect(() => create({ metadata: nested(64) })).not.toThrow();
    expect(() => create({ metadata: nested(65) })).toThrow(refusal('INVALID_INPUT', 'metadata'));
    expect(() => create({ metadata: nested(100_000) })).toThrow(refusal('INVALID_INPUT', 'metadata'));
  });

  it('[CAP-5] refuses metadata that is no JSON object', () => {
    const cycle: Record<string, JsonObject> = {};
    cycle['self'] = cycle;
    const wide: Record<string, JsonObject> = {};
    wide['a'] = wide;
    wide['b'] = wide;
    const wrong: unknown[] = [[], 'text', 1, null, cycle, wide, { a: undefined }, { a: Number.NaN }, { a: 2 ** 53 }];
    for (const metadata of wrong) {
      expect(() => create({ metadata: metadata as JsonObject })).toThrow(refusal('INVALID_INPUT', 'metadata'));
    }
  });

  it.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31t12:00:00.123456z', '2026-01-31T12:00:00.123Z'],
    ['2026-01-31 12:00:00.5+02:30', '2026-01-31T09:30:00.500Z'],
    ['2024-02-29T23:59:59-23:59', '2024-03-01T23:58:59.000Z'],
  ])('[CAP-6] turns %s into UTC', (given, utc) => {
    expect(checkMoment(given, 'valid_from')).toBe(utc);
  });

  it.each([
    '2026-01-31',
    '2026-01-31T12:00:00',
    '2026-02-29T12:00:00Z',
    '2026-13-01T12:00:00Z',
    '2026-01-31T24:00:00Z',
    '2026-01-31T12:00:60Z',
    '9999-12-31T23:59:59-01:00',
    '0000-01-01T00:00:00+01:00',
    'yesterday',
    '',
  ])('[CAP-6] refuses %j', (given) => {
    expect(() => checkMoment(given, 'valid_from')).toThrow(refusal('INVALID_INPUT', 'valid_from'));
  });

  it('[CAP-6] asks for a validity that begins before it ends', () => {
    const validity = (validFrom: string, validTo: string) => create({ validFrom, validTo });
    expect(() => validity('2026-01-01T00:00:00Z', '2026-01-01T01:00:00+01:00')).toThrow(
      refusal('INVALID_INPUT', 'valid_to'),
    );
    expect(validity('2026-01-01T02:00:00+02:00', '2026-01-01T00:00:00.001Z').patch).toMatchObject({
      validFrom: '2026-01-01T00:00:00.000Z',
      validTo: '2026-01-01T00:00:00.001Z',
    });
  });

  it('[CAP-3] refuses types, relations and answers to a taken key that do not exist', () => {
    expect(() => create({ type: 'poem' as 'code' })).toThrow(refusal('INVALID_INPUT', 'type'));
    expect(() => create({ type: undefined as unknown as 'code' })).toThrow(refusal('INVALID_INPUT', 'type'));
    expect(() => create({ ifExists: 'replace' as 'fail' })).toThrow(refusal('INVALID_INPUT', 'if_exists'));
    const derivedFrom = [{ id: 'x', relation: 'likes' as 'fork' }];
    expect(() => create({ derivedFrom })).toThrow(refusal('INVALID_INPUT', 'derived_from[0]'));
  });
});
