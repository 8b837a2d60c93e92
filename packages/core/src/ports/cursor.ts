/** Cursors are opaque to callers: base64url of JSON that names the kind of walk and what was asked. @module */
import { DomainError } from '../errors.js';
import { sha256 } from '../ledger/sha256.js';

/** What decides which items a walk has, and in which order. */
export type Asked = Readonly<Record<string, unknown>>;

export function encodeCursor(kind: string, values: readonly (string | number)[], asked: Asked): string {
  return Buffer.from(JSON.stringify([kind, signOf(asked), ...values])).toString('base64url');
}

/**
 * The values of a cursor, one per entry of `types`.
 * @throws DomainError INVALID_INPUT for text that no walk of this kind returned, and for the cursor of another question:
 * going on with it would leave out items unseen.
 */
export function decodeCursor(
  kind: string,
  cursor: string,
  types: readonly ('string' | 'number')[],
  asked: Asked,
): readonly (string | number)[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    parsed = null;
  }
  const [found, sign, ...values] = Array.isArray(parsed) ? (parsed as unknown[]) : [];
  if (found !== kind || values.length !== types.length || !types.every((type, i) => typeof values[i] === type)) {
    throw new DomainError('INVALID_INPUT', 'The cursor is not one that this query returned; start again without it.', {
      field: 'cursor',
    });
  }
  if (sign !== signOf(asked)) {
    const message = 'The cursor belongs to another query, filter or order; start again without it.';
    throw new DomainError('INVALID_INPUT', message, { field: 'cursor' });
  }
  return values as (string | number)[];
}

/** Tells questions apart; no secret. What is undefined was not asked. */
function signOf(asked: Asked): string {
  const text = JSON.stringify(asked, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return Buffer.from(sha256(text).subarray(0, 6)).toString('base64url');
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
