/** Use case: the next version of a series. @module */
import { uuidv7 } from 'uuidv7';
import { commitDecision } from '../commit/index.js';
import type { CapsuleReader } from '../ports/capsule-reader.js';
import type { CommitPort } from '../ports/commit-port.js';
import type { RequestContext } from '../principal.js';
import { loadHead } from './access.js';
import { checkUpdate, decideUpdate } from './decide-update.js';
import { findParents } from './derivations.js';
import type { UpdateCapsuleInput, WriteOutcome } from './inputs.js';
import { versionDecision } from './version-decision.js';
import { readWriteOutcome } from './write-outcomes.js';

/**
 * @param ref the series, or the version that is its head.
 * @param ifMatch id of the head this change was made for; `*` for whatever it is.
 * @throws DomainError CAPSULE_NOT_FOUND, POLICY_DENIED, REVIEWER_REQUIRED, PRECONDITION_REQUIRED, VERSION_CONFLICT with
 * `details.head`, STATE_CONFLICT, INVALID_INPUT, TOO_LARGE, IDEMPOTENCY_MISMATCH, CONTENTION.
 */
export async function updateCapsule(
  ports: CapsuleReader & CommitPort,
  ctx: RequestContext,
  ref: string,
  ifMatch: string | null,
  input: UpdateCapsuleInput,
): Promise<WriteOutcome> {
  const checked = checkUpdate(input);
  const receipts = await commitDecision(ports, ctx, async () => {
    const [head, parents] = await Promise.all([loadHead(ports, ref), findParents(ports, [checked.derivations])]);
    const command = { ...checked, principal: ctx.principal, ref, ifMatch, newId: uuidv7() };
    return versionDecision(head, command.newId, decideUpdate({ head, parents }, command));
  });
  return readWriteOutcome(ports, receipts);
}
