/**
 * Idempotency keys: a claim per principal that holds the salted hash of what was asked and a reference to what came of
 * it. No event, no stored body.
 * @module
 */
import { DomainError } from '../errors.js';
import { CanonicalJsonError, assertCanonicalText } from '../ledger/canonical-json.js';
import { commit, commitmentMatches, newSalt } from '../ledger/commitment.js';
import type { Claim } from '../ports/commit-port.js';
import type { IdempotencyKey, RequestContext } from '../principal.js';

/** What became of one thing: the capsule version concerned, and in one word what happened to it. */
export interface Receipt {
  readonly id: string;
  readonly result: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_KEY_LENGTH = 255;
const SPACE = 'idempotency:';

interface Holder {
  readonly salt: string;
  readonly hash: string;
  readonly receipts: readonly (readonly [id: string, result: string])[];
}

/** @throws DomainError INVALID_INPUT for a key that is empty, longer than 255 characters or not proper text. */
export function idempotencyClaim(
  ctx: RequestContext,
  { key, request }: IdempotencyKey,
  receipts: readonly Receipt[],
): Claim {
  assertKey(key);
  const salt = newSalt();
  const holder: Holder = {
    salt: Buffer.from(salt).toString('hex'),
    hash: Buffer.from(commit(salt, request)).toString('hex'),
    receipts: receipts.map(({ id, result }) => [id, result]),
  };
  return { space: SPACE + ctx.principal.id, key, holder: JSON.stringify(holder), expiresAt: ctx.now() + DAY_MS };
}

export function isIdempotencyClaim(claim: { readonly space: string }): boolean {
  return claim.space.startsWith(SPACE);
}

/**
 * The receipts of the first run.
 * @throws DomainError IDEMPOTENCY_MISMATCH when the first run was asked for something else.
 */
export function earlierReceipts({ request }: IdempotencyKey, holderText: string): readonly Receipt[] {
  const holder = JSON.parse(holderText) as Holder;
  if (!commitmentMatches(Buffer.from(holder.salt, 'hex'), request, Buffer.from(holder.hash, 'hex'))) {
    throw new DomainError(
      'IDEMPOTENCY_MISMATCH',
      'This idempotency key was used for a different request in the last 24 hours. Use a new key for a new request.',
    );
  }
  return holder.receipts.map(([id, result]) => ({ id, result }));
}

function assertKey(key: string): void {
  let fit = key.length > 0 && key.length <= MAX_KEY_LENGTH;
  try {
    assertCanonicalText(key, 'Idempotency-Key');
  } catch (error) {
    if (!(error instanceof CanonicalJsonError)) throw error;
    fit = false;
  }
  if (!fit) {
    const message = `An idempotency key is 1 to ${MAX_KEY_LENGTH} characters of proper text, such as a UUID.`;
    throw new DomainError('INVALID_INPUT', message, { field: 'idempotency_key' });
  }
}
