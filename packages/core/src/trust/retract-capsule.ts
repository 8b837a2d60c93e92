/** Use case: taking back a version, and standing by it again. @module */
import { assertMayWrite } from '../capsule/access.js';
import type { CapsuleRecord } from '../capsule/capsule.js';
import type { ChangeOutcome } from '../capsule/write-outcomes.js';
import { DomainError } from '../errors.js';
import { event, type DomainEvent } from '../ledger/events.js';
import type { CapsuleReader } from '../ports/capsule-reader.js';
import type { CommitPort } from '../ports/commit-port.js';
import type { LedgerReader } from '../ports/ledger-reader.js';
import type { Principal, RequestContext } from '../principal.js';
import { requireReason } from './grounds.js';
import { changeStanding, type LiftableInput } from './set-trust.js';

export interface RetractState {
  readonly capsule: CapsuleRecord;
  /** Who retracted it last; null when nobody did. */
  readonly retractedBy: string | null;
}

export interface RetractCommand {
  readonly principal: Principal;
  readonly lift: boolean;
  readonly reason: string;
}

/**
 * No events: it is as wanted already.
 * @throws DomainError POLICY_DENIED for anyone but owner and reviewers, and for an owner who wants to lift what a
 * reviewer retracted.
 */
export function decideRetract({ capsule, retractedBy }: RetractState, command: RetractCommand): readonly DomainEvent[] {
  const { principal, lift, reason } = command;
  assertMayWrite(principal, capsule);
  if (capsule.retracted !== lift) return [];
  const subject = { type: 'Capsule', id: capsule.id } as const;
  const payload = { series_id: capsule.seriesId, reason };
  if (!lift) return [event('capsule.retracted.v1', 'RETRACT', subject, payload)];
  if (!principal.reviewer && retractedBy !== principal.id) {
    throw new DomainError('POLICY_DENIED', 'A reviewer retracted this capsule; only a reviewer can reinstate it.', {
      id: capsule.id,
    });
  }
  return [event('capsule.reinstated.v1', 'REINSTATE', subject, payload)];
}

/**
 * @param ref a version, or a series for its head.
 * @throws DomainError CAPSULE_NOT_FOUND, POLICY_DENIED, INVALID_INPUT, IDEMPOTENCY_MISMATCH, CONTENTION.
 */
export async function retractCapsule(
  ports: CapsuleReader & LedgerReader & CommitPort,
  ctx: RequestContext,
  ref: string,
  input: LiftableInput,
): Promise<ChangeOutcome> {
  const command = { principal: ctx.principal, lift: input.lift ?? false, reason: requireReason(input.reason) };
  return changeStanding(ports, ctx, ref, async (capsule) => {
    const retractedBy = command.lift && capsule.retracted ? await lastRetractor(ports, capsule.id) : null;
    return decideRetract({ capsule, retractedBy }, command);
  });
}

async function lastRetractor(ledger: LedgerReader, id: string): Promise<string | null> {
  const { items } = await ledger.entries({
    entityId: id,
    type: 'capsule.retracted.v1',
    order: 'newest',
    limit: 1,
    cursor: null,
  });
  return items[0]?.envelope.actor ?? null;
}
