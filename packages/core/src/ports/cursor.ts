/** Cursors are opaque to callers: base64url of JSON that names the kind of walk. @module */
import { DomainError } from '../errors.js';

export function encodeCursor(kind: string, values: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([kind, ...values])).toString('base64url');
}

/**
 * The values of a cursor, one per entry of `types`.
 * @throws DomainError INVALID_INPUT for text that no walk of this kind returned.
 */
export function decodeCursor(
  kind: string,
  cursor: string,
  types: readonly ('string' | 'number')[],
): readonly (string | number)[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    parsed = null;
  }
  const [found, ...values] = Array.isArray(parsed) ? (parsed as unknown[]) : [];
  if (found !== kind || values.length !== types.length || !types.every((type, i) => typeof values[i] === type)) {
    throw new DomainError('INVALID_INPUT', 'The cursor is not one that this query returned; start again without it.', {
      field: 'cursor',
    });
  }
  return values as (string | number)[];
}

/** @throws DomainError INVALID_INPUT unless `limit` is an integer from 1 to `most`. */
export function assertLimit(limit: number, most: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return;
  throw new DomainError('INVALID_INPUT', `The limit must be a whole number from 1 to ${most}.`, { field: 'limit' });
}

/** @returns the position. @throws DomainError INVALID_INPUT unless it is a whole number from 0 on. */
export function assertPosition(after: number): number {
  if (Number.isSafeInteger(after) && after >= 0) return after;
  throw new DomainError('INVALID_INPUT', 'Entries come after a whole number from 0 on.', { field: 'after' });
}
