import { describe, expect, it } from 'vitest';
import { correlationIdOf, idempotencyKeyOf, ifMatchOf } from './read-headers.js';

const A = '0192d3c8-7c1e-7a50-9f7b-2f4f0d9f8a11';
const B = '0192d3c8-7c1e-7a50-9f7b-2f4f0d9f8a12';

describe('If-Match', () => {
  it.each([
    ['a tag', `"${A}"`, { any: false, ids: [A] }],
    ['a tag in capitals', `"${A.toUpperCase()}"`, { any: false, ids: [A] }],
    ['a bare id', A, { any: false, ids: [A] }],
    ['anything', ' * ', { any: true }],
    ['a list', `"${A}" , "${B}"`, { any: false, ids: [A, B] }],
    ['a weak tag, which matches nothing', `W/"${A}"`, { any: false, ids: [] }],
    ['a list with a weak tag', `W/"${A}", "${B}"`, { any: false, ids: [B] }],
  ])('reads %s', (_, header, wanted) => {
    expect(ifMatchOf({ 'if-match': header })).toEqual(wanted);
  });

  it.each(['', 'abc', '"a', '"a" "b"', '*, "a"'])('[API-6] refuses %j', (header) => {
    expect(() => ifMatchOf({ 'if-match': header })).toThrow(
      expect.objectContaining({ code: 'MALFORMED_REQUEST' }) as Error,
    );
  });

  it('tells a missing header', () => {
    expect(ifMatchOf({})).toBeNull();
  });
});

describe('the correlation id', () => {
  it('[API-12] is the client’s when that is a UUID, else a new one', () => {
    expect(correlationIdOf({ 'x-correlation-id': A.toUpperCase() })).toBe(A);
    for (const bad of [undefined, '', 'x', `${A}\n`, `${A}${A}`]) {
      expect(correlationIdOf({ 'x-correlation-id': bad })).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    }
  });
});

describe('the idempotency key', () => {
  it('[API-8] is printable ASCII of bounded length', () => {
    expect(idempotencyKeyOf({})).toBeNull();
    expect(idempotencyKeyOf({ 'idempotency-key': 'k'.repeat(255) })).toHaveLength(255);
    for (const bad of ['', ' ', 'a b', 'k'.repeat(256), 'é']) {
      expect(() => idempotencyKeyOf({ 'idempotency-key': bad })).toThrow(
        expect.objectContaining({ code: 'INVALID_INPUT' }) as Error,
      );
    }
  });
});
