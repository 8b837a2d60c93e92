import { isDomainError, type ErrorCode } from '../errors.js';
import type { CommitPort } from '../ports/commit-port.js';
import type { RequestContext } from '../principal.js';
import { commitDecision, type Decision } from './commit-decision.js';

/** Where nothing can be written reading goes on, and no other request could use the key. */
const UNWRITABLE: readonly ErrorCode[] = ['STORE_SEALED', 'STORE_FULL', 'STORE_READ_ONLY'];

const NOTHING: Decision = { events: [], expect: [], claims: [], followUps: [], receipts: [] };

/**
 * Holds the idempotency key of a request that was answered and changed nothing. A repeat is simply answered again.
 * @throws DomainError IDEMPOTENCY_MISMATCH when the key was used for something else; CONTENTION.
 */
export async function claimReading(port: CommitPort, ctx: RequestContext): Promise<void> {
  if (ctx.idempotency === null) return;
  try {
    await commitDecision(port, ctx, () => Promise.resolve(NOTHING));
  } catch (error) {
    if (!isDomainError(error) || !UNWRITABLE.includes(error.code)) throw error;
  }
}
