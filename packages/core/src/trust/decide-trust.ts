/** Changing a capsule's own trust by decision of a reviewer. Pure. @module */
import type { CapsuleRecord } from '../capsule/capsule.js';
import { DomainError } from '../errors.js';
import { event, type DomainEvent, type Operation, type TrustCause } from '../ledger/events.js';
import type { JsonObject } from '../ledger/json.js';
import type { Principal } from '../principal.js';
import { bandOf, DEFAULT_TRUST, isQuarantined, TRUST_BANDS } from './trust-level.js';

export interface SetTrustCommand {
  readonly principal: Principal;
  /** 0–100, whole. */
  readonly level: number;
  readonly reason: string;
  readonly evidence: JsonObject | null;
}

export interface QuarantineCommand {
  readonly principal: Principal;
  readonly lift: boolean;
  readonly reason: string;
}

/**
 * Into the QUARANTINE band it is a quarantine, out of it a release. No events: it is at that level already.
 * @throws DomainError REVIEWER_REQUIRED, STATE_CONFLICT for CORE on its way into QUARANTINE.
 */
export function decideSetTrust(capsule: CapsuleRecord, command: SetTrustCommand): readonly DomainEvent[] {
  assertReviewer(command.principal, 'set trust');
  return moved(capsule, command.level, command);
}

/**
 * To 0, remembering where from; lifting goes back there. No events: it is as wanted already.
 * @throws DomainError REVIEWER_REQUIRED, STATE_CONFLICT for CORE.
 */
export function decideQuarantine(capsule: CapsuleRecord, command: QuarantineCommand): readonly DomainEvent[] {
  assertReviewer(command.principal, 'quarantine a capsule or release it');
  const grounds = { reason: command.reason, evidence: null };
  if (!command.lift) return moved(capsule, TRUST_BANDS.QUARANTINE, grounds);
  return isQuarantined(capsule.trust) ? moved(capsule, capsule.trustBefore ?? DEFAULT_TRUST, grounds) : [];
}

function moved(
  capsule: CapsuleRecord,
  level: number,
  grounds: { readonly reason: string; readonly evidence: JsonObject | null },
): readonly DomainEvent[] {
  if (level === capsule.trust) return [];
  const { cause, operation } = crossing(capsule.trust, level);
  if (cause === 'quarantine' && bandOf(capsule.trust) === 'CORE') {
    throw new DomainError(
      'STATE_CONFLICT',
      'A CORE capsule is immune to quarantine. Lower its trust out of CORE first, or retract it.',
      { id: capsule.id, trust: capsule.trust },
    );
  }
  return [trustChanged(capsule, level, operation, { ...grounds, cause, signal: null })];
}

/** Moves within the QUARANTINE band are reviews: they must not overwrite what a release goes back to. */
function crossing(from: number, to: number): { readonly cause: TrustCause; readonly operation: Operation } {
  if (isQuarantined(from) === isQuarantined(to)) return { cause: 'review', operation: 'TRUST' };
  return isQuarantined(to)
    ? { cause: 'quarantine', operation: 'QUARANTINE' }
    : { cause: 'release', operation: 'RELEASE' };
}

export function trustChanged(
  capsule: CapsuleRecord,
  to: number,
  operation: Operation,
  why: {
    readonly cause: TrustCause;
    readonly signal: string | null;
    readonly reason: string | null;
    readonly evidence: JsonObject | null;
  },
): DomainEvent {
  return event(
    'capsule.trust_changed.v1',
    operation,
    { type: 'Capsule', id: capsule.id },
    {
      series_id: capsule.seriesId,
      from: capsule.trust,
      to,
      ...why,
    },
  );
}

function assertReviewer(principal: Principal, what: string): void {
  if (principal.reviewer) return;
  throw new DomainError('REVIEWER_REQUIRED', `Only a reviewer can ${what}. Send a signal instead, or ask a reviewer.`);
}
