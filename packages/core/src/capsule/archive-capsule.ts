/** Use cases: hiding a series from search, and bringing it back. Lineage shows it either way. @module */
import { commitDecision } from '../commit/index.js';
import { event, type DomainEvent } from '../ledger/events.js';
import type { CapsuleReader } from '../ports/capsule-reader.js';
import type { CommitPort } from '../ports/commit-port.js';
import type { Principal, RequestContext } from '../principal.js';
import { assertMayWrite, loadHead } from './access.js';
import type { CapsuleRecord } from './capsule.js';
import { unarchivedEvent } from './decide-create.js';
import { checkReason } from './validate-text.js';
import { seriesDecision } from './version-decision.js';
import { readChangeOutcome, type ChangeOutcome } from './write-outcomes.js';

export interface ReasonInput {
  readonly reason?: string | null;
}

export interface ArchiveCommand {
  readonly principal: Principal;
  readonly archived: boolean;
  readonly reason: string | null;
}

/**
 * No events: it is as wanted already.
 * @throws DomainError POLICY_DENIED
 */
export function decideArchived(
  head: CapsuleRecord,
  { principal, archived, reason }: ArchiveCommand,
): readonly DomainEvent[] {
  assertMayWrite(principal, head);
  if (head.archived === archived) return [];
  if (!archived) return [unarchivedEvent(head, reason)];
  return [
    event('capsule.archived.v1', 'ARCHIVE', { type: 'Capsule', id: head.id }, { series_id: head.seriesId, reason }),
  ];
}

/**
 * @param ref the series or any of its versions; the outcome's capsule is the head.
 * @throws DomainError CAPSULE_NOT_FOUND, POLICY_DENIED, INVALID_INPUT, IDEMPOTENCY_MISMATCH, CONTENTION.
 */
export async function archiveCapsule(
  ports: CapsuleReader & CommitPort,
  ctx: RequestContext,
  ref: string,
  input: ReasonInput = {},
): Promise<ChangeOutcome> {
  return setArchived(ports, ctx, ref, true, input);
}

/** As {@link archiveCapsule}, the other way. */
export async function unarchiveCapsule(
  ports: CapsuleReader & CommitPort,
  ctx: RequestContext,
  ref: string,
  input: ReasonInput = {},
): Promise<ChangeOutcome> {
  return setArchived(ports, ctx, ref, false, input);
}

async function setArchived(
  ports: CapsuleReader & CommitPort,
  ctx: RequestContext,
  ref: string,
  archived: boolean,
  input: ReasonInput,
): Promise<ChangeOutcome> {
  const command = { principal: ctx.principal, archived, reason: checkReason(input.reason) };
  const receipts = await commitDecision(ports, ctx, async () => {
    const head = await loadHead(ports, ref);
    return seriesDecision(head, decideArchived(head, command));
  });
  return readChangeOutcome(ports, receipts);
}
