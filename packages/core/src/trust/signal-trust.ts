/** Use case: what readers experience moves trust, in small steps and within narrow bounds. @module */
import type { CapsuleRecord } from '../capsule/capsule.js';
import { checkReason, invalid } from '../capsule/validate-text.js';
import type { ChangeOutcome } from '../capsule/write-outcomes.js';
import { DomainError } from '../errors.js';
import type { DomainEvent } from '../ledger/events.js';
import type { JsonObject } from '../ledger/json.js';
import type { CapsuleReader } from '../ports/capsule-reader.js';
import type { CommitPort } from '../ports/commit-port.js';
import type { LedgerEntry, LedgerReader } from '../ports/ledger-reader.js';
import type { RequestContext } from '../principal.js';
import { trustChanged } from './decide-trust.js';
import { checkEvidence } from './grounds.js';
import { changeStanding } from './set-trust.js';
import { bandOf, isQuarantined, QUARANTINE_CEILING, TRUST_BANDS } from './trust-level.js';

/** How far one signal moves trust at most. */
export const SIGNAL_STEPS = { helpful: 1, unhelpful: -1, confirmed: 2, disputed: -2 } as const;

export type TrustSignal = keyof typeof SIGNAL_STEPS;

/** Signals of one UTC day move a capsule at most this far up or down, all taken together. */
export const DAILY_SIGNAL_BOUND = 5;

export interface SignalTrustInput {
  readonly signal: TrustSignal;
  readonly reason?: string | null;
  readonly evidence?: JsonObject | null;
}

export interface SignalState {
  readonly capsule: CapsuleRecord;
  /** Where today's signals have moved it so far, −5 … 5. */
  readonly movedToday: number;
}

export interface SignalCommand {
  readonly signal: TrustSignal;
  readonly reason: string | null;
  readonly evidence: JsonObject | null;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const PAGE = 1_000;

/**
 * A step that the bounds leave room for in part is taken in part. When they leave none, that is a refusal rather than
 * silence: whoever sends a signal learns that it did not count.
 * @throws DomainError STATE_CONFLICT
 */
export function decideSignal({ capsule, movedToday }: SignalState, command: SignalCommand): readonly DomainEvent[] {
  const { trust } = capsule;
  const band = bandOf(trust);
  if (band === 'CORE' || isQuarantined(trust)) {
    throw refused(capsule, `Signals do not move a capsule in ${band}: only a reviewer does.`);
  }
  const step = SIGNAL_STEPS[command.signal];
  const lowest = Math.max(QUARANTINE_CEILING, trust - movedToday - DAILY_SIGNAL_BOUND);
  const highest = Math.min(TRUST_BANDS.CORE - 1, trust - movedToday + DAILY_SIGNAL_BOUND);
  // Clamped to where it is: an up never lowers and a down never raises, whatever is missing from the day's entries.
  const to =
    step > 0 ? Math.max(trust, Math.min(trust + step, highest)) : Math.min(trust, Math.max(trust + step, lowest));
  if (to === trust) {
    const direction = step > 0 ? 'up' : 'down';
    throw refused(
      capsule,
      Math.abs(movedToday + Math.sign(step)) > DAILY_SIGNAL_BOUND
        ? `Signals have moved this capsule ${direction} by ${DAILY_SIGNAL_BOUND} today, which is the most a day allows. Try again after midnight UTC, or ask a reviewer.`
        : `Signals never move a capsule into ${step > 0 ? 'CORE' : 'QUARANTINE'}: only a reviewer does.`,
    );
  }
  return [trustChanged(capsule, to, 'TRUST', { cause: 'signal', ...command })];
}

/**
 * @param ref a version, or a series for its head.
 * @throws DomainError CAPSULE_NOT_FOUND, STATE_CONFLICT when the bounds leave nothing to change, INVALID_INPUT,
 * IDEMPOTENCY_MISMATCH, CONTENTION.
 */
export async function signalTrust(
  ports: CapsuleReader & LedgerReader & CommitPort,
  ctx: RequestContext,
  ref: string,
  input: SignalTrustInput,
): Promise<ChangeOutcome> {
  if (!Object.hasOwn(SIGNAL_STEPS, input.signal)) {
    throw invalid('signal', `signal must be one of ${Object.keys(SIGNAL_STEPS).join(', ')}.`);
  }
  const command = { signal: input.signal, reason: checkReason(input.reason), evidence: checkEvidence(input.evidence) };
  return changeStanding(ports, ctx, ref, async (capsule) => {
    return decideSignal({ capsule, movedToday: await movedToday(ports, capsule.id, ctx.now()) }, command);
  });
}

/** Where signals have moved a capsule on the UTC day of `now`. */
export function movedToday(ledger: LedgerReader, id: string, now: number): Promise<number> {
  return movedSince(ledger, id, startOfDay(now));
}

/** The sum of all steps that signals made from a moment on. Erased entries count as nothing. */
async function movedSince(ledger: LedgerReader, id: string, from: string): Promise<number> {
  let moved = 0;
  let cursor: string | null = null;
  do {
    const page: { readonly items: readonly LedgerEntry[]; readonly nextCursor: string | null } = await ledger.entries({
      entityId: id,
      type: 'capsule.trust_changed.v1',
      from,
      order: 'oldest',
      limit: PAGE,
      cursor,
    });
    for (const { payload } of page.items) {
      if (payload?.['cause'] === 'signal') moved += Number(payload['to']) - Number(payload['from']);
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  return moved;
}

function startOfDay(now: number): string {
  return new Date(Math.floor(now / DAY_MS) * DAY_MS).toISOString();
}

function refused({ id, trust }: CapsuleRecord, message: string): DomainError {
  return new DomainError('STATE_CONFLICT', message, { id, trust, daily_bound: DAILY_SIGNAL_BOUND });
}
