/** Use case: an old version becomes the next one. @module */
import { uuidv7 } from 'uuidv7';
import { commitDecision } from '../commit/index.js';
import { DomainError } from '../errors.js';
import type { DomainEvent } from '../ledger/events.js';
import type { CapsuleReader } from '../ports/capsule-reader.js';
import type { CommitPort } from '../ports/commit-port.js';
import type { Principal, RequestContext } from '../principal.js';
import { assertHead, assertMayWrite, assertNotArchived, loadCapsule, loadHead } from './access.js';
import type { CapsuleRecord } from './capsule.js';
import type { WriteOutcome } from './inputs.js';
import { bodyOf, changedFields } from './validate-body.js';
import { checkReason } from './validate-text.js';
import { versionDecision } from './version-decision.js';
import { inheritedTrust, versionedEvent } from './written-event.js';
import { readWriteOutcome } from './write-outcomes.js';

export interface RevertCapsuleInput {
  /**
   * Id or SemVer of the version to bring back. Absent: the version addressed, when that is not the head; otherwise
   * the one that the head replaced.
   */
  readonly to?: string | null;
  /** Id of the head the caller has seen; absent or null asks for nothing. */
  readonly ifMatch?: string | null;
  readonly reason?: string | null;
}

export interface RevertState {
  readonly head: CapsuleRecord;
  readonly target: CapsuleRecord;
}

export interface RevertCommand {
  readonly principal: Principal;
  readonly ifMatch: string | null;
  readonly reason: string | null;
  readonly newId: string;
}

/**
 * The version brought back is the primary parent. A reviewer's revert turns away from the superseded head as a
 * correction does; anyone else's still answers for it. No events: the head says the same already.
 * @throws DomainError POLICY_DENIED, VERSION_CONFLICT with `details.head`, STATE_CONFLICT.
 */
export function decideRevert({ head, target }: RevertState, command: RevertCommand): readonly DomainEvent[] {
  const { principal, ifMatch, reason, newId } = command;
  assertMayWrite(principal, head);
  if (ifMatch !== null) assertHead(head, ifMatch);
  assertNotArchived(head);
  const body = bodyOf(target);
  const changes = changedFields(bodyOf(head), body);
  if (changes.length === 0) return [];
  const edges = [
    { id: target.id, relation: 'version' as const, reason, changes: [] },
    { id: head.id, relation: principal.reviewer ? ('correction' as const) : ('version' as const), reason, changes },
  ];
  const trust = inheritedTrust(target, true, principal.reviewer);
  return [versionedEvent('REVERT', head, { newId, bump: 'minor', trust, body, edges })];
}

/**
 * @param ref the series or any of its versions.
 * @throws DomainError CAPSULE_NOT_FOUND, NOT_FOUND when `to` is no version of the series, POLICY_DENIED,
 * VERSION_CONFLICT with `details.head`, STATE_CONFLICT when there is nothing to go back to or the series is archived,
 * IDEMPOTENCY_MISMATCH, CONTENTION.
 */
export async function revertCapsule(
  ports: CapsuleReader & CommitPort,
  ctx: RequestContext,
  ref: string,
  input: RevertCapsuleInput,
): Promise<WriteOutcome> {
  const reason = checkReason(input.reason);
  const receipts = await commitDecision(ports, ctx, async () => {
    const head = await loadHead(ports, ref);
    const target = await loadCapsule(ports, await targetId(ports, head, ref, input.to ?? null));
    const command = { principal: ctx.principal, ifMatch: input.ifMatch ?? null, reason, newId: uuidv7() };
    return versionDecision(head, command.newId, decideRevert({ head, target }, command));
  });
  return readWriteOutcome(ports, receipts);
}

async function targetId(reader: CapsuleReader, head: CapsuleRecord, ref: string, to: string | null): Promise<string> {
  if (to === null && ref !== head.id && ref !== head.seriesId) return ref;
  const versions = await reader.versions(head.seriesId);
  if (to === null) {
    const former = versions.find(({ seq }) => seq < head.seq);
    if (former !== undefined) return former.id;
    throw new DomainError('STATE_CONFLICT', 'This series has one version only: there is nothing to go back to.', {
      id: head.id,
    });
  }
  const named = versions.find(({ id, version }) => id === to || version === to);
  if (named !== undefined) return named.id;
  const message =
    'The version to go back to is not one of this series. Name it by its id or its number, such as 1.0.0.';
  throw new DomainError('NOT_FOUND', message, { field: 'to' });
}
