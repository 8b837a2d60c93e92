/** Use cases of reviewers: setting trust, quarantining and releasing. @module */
import { loadCapsule } from '../capsule/access.js';
import type { CapsuleRecord } from '../capsule/capsule.js';
import { invalid } from '../capsule/validate-text.js';
import { seriesDecision } from '../capsule/version-decision.js';
import { readChangeOutcome, type ChangeOutcome } from '../capsule/write-outcomes.js';
import { commitDecision } from '../commit/index.js';
import type { DomainEvent } from '../ledger/events.js';
import type { JsonObject } from '../ledger/json.js';
import type { CapsuleReader } from '../ports/capsule-reader.js';
import type { CommitPort } from '../ports/commit-port.js';
import type { RequestContext } from '../principal.js';
import { decideQuarantine, decideSetTrust } from './decide-trust.js';
import { checkEvidence, requireReason } from './grounds.js';
import { taintNotices } from './taint-notice.js';

export interface SetTrustInput {
  /** 0–100, whole. */
  readonly level: number;
  readonly reason: string;
  readonly evidence?: JsonObject | null;
}

export interface LiftableInput {
  readonly reason: string;
  /** Undoes it. */
  readonly lift?: boolean;
}

/**
 * @param ref a version, or a series for its head.
 * @throws DomainError CAPSULE_NOT_FOUND, REVIEWER_REQUIRED, STATE_CONFLICT for CORE on its way into QUARANTINE,
 * INVALID_INPUT, IDEMPOTENCY_MISMATCH, CONTENTION.
 */
export async function setTrust(
  ports: CapsuleReader & CommitPort,
  ctx: RequestContext,
  ref: string,
  input: SetTrustInput,
): Promise<ChangeOutcome> {
  const { level } = input;
  if (!Number.isInteger(level) || level < 0 || level > 100) {
    throw invalid('level', 'level must be a whole number from 0 to 100.');
  }
  const command = {
    principal: ctx.principal,
    // The same number as 0, but not the same text.
    level: Object.is(level, -0) ? 0 : level,
    reason: requireReason(input.reason),
    evidence: checkEvidence(input.evidence),
  };
  return changeStanding(ports, ctx, ref, async (capsule) => decideSetTrust(capsule, command));
}

/**
 * @param ref a version, or a series for its head.
 * @throws DomainError CAPSULE_NOT_FOUND, REVIEWER_REQUIRED, STATE_CONFLICT for CORE, INVALID_INPUT,
 * IDEMPOTENCY_MISMATCH, CONTENTION.
 */
export async function quarantineCapsule(
  ports: CapsuleReader & CommitPort,
  ctx: RequestContext,
  ref: string,
  input: LiftableInput,
): Promise<ChangeOutcome> {
  const command = { principal: ctx.principal, lift: input.lift ?? false, reason: requireReason(input.reason) };
  return changeStanding(ports, ctx, ref, async (capsule) => decideQuarantine(capsule, command));
}

/** Commits a change of one version's standing together with the promise to tell the owners it reaches. */
export async function changeStanding(
  ports: CapsuleReader & CommitPort,
  ctx: RequestContext,
  ref: string,
  decide: (capsule: CapsuleRecord) => Promise<readonly DomainEvent[]>,
): Promise<ChangeOutcome> {
  const receipts = await commitDecision(ports, ctx, async () => {
    const capsule = await loadCapsule(ports, ref);
    const events = await decide(capsule);
    return { ...seriesDecision(capsule, events), followUps: taintNotices(capsule, events) };
  });
  return readChangeOutcome(ports, receipts);
}
