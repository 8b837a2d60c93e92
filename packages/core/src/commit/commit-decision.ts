/**
 * The one loop between deciding and committing: decide on what is stored now, seal, commit once; when the store has
 * moved on in between, read and decide again.
 * @module
 */
import { uuidv7 } from 'uuidv7';
import { DomainError, isDomainError } from '../errors.js';
import type { DomainEvent } from '../ledger/events.js';
import type { JsonObject } from '../ledger/json.js';
import { sealEvent } from '../ledger/seal.js';
import type { Claim, CommitPort, CommitRequest, CommitResult, Expectation } from '../ports/commit-port.js';
import type { RequestContext } from '../principal.js';
import { earlierReceipts, idempotencyClaim, isIdempotencyClaim, type Receipt } from './idempotency.js';

/** Work that must follow; the ids that tie it to its cause are added when it is committed. */
export interface FollowUp {
  readonly topic: string;
  readonly payload: JsonObject;
}

/** What a use case decided. No events: nothing to change. */
export interface Decision {
  readonly events: readonly DomainEvent[];
  readonly expect: readonly Expectation[];
  readonly claims: readonly Claim[];
  readonly followUps: readonly FollowUp[];
  /** What became of each thing asked for: enough to answer this request, and a repeat of it. */
  readonly receipts: readonly Receipt[];
}

/** Every round lets at least one commit through, so this many rivals for one stream all get their turn. */
const MAX_ROUNDS = 64;

/**
 * Commits what `decide` decides. `decide` is called again with fresh reads each time the store refuses because a stream
 * moved or a key was taken; it ends the loop by throwing.
 * @throws DomainError from `decide`; IDEMPOTENCY_MISMATCH; CONTENTION after 64 lost rounds.
 */
export async function commitDecision(
  port: CommitPort,
  ctx: RequestContext,
  decide: () => Promise<Decision>,
): Promise<readonly Receipt[]> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    let decision: Decision;
    try {
      decision = await decide();
    } catch (error) {
      // The first run of this very request may be what now stands in its way.
      const earlier = isDomainError(error) ? await probeEarlierRun(port, ctx) : null;
      if (earlier !== null) return earlier;
      throw error;
    }
    if (decision.events.length === 0 && ctx.idempotency === null) return decision.receipts;
    const result = await port.commit(commitRequest(ctx, decision));
    switch (result.outcome) {
      case 'committed':
        return decision.receipts;
      case 'claimed':
        if (ctx.idempotency !== null && isIdempotencyClaim(result)) {
          return earlierReceipts(ctx.idempotency, result.holder);
        }
        break;
      case 'stale':
        break;
      case 'fenced':
      case 'completed-before':
        throw new Error(`a commit without fence and outbox message was refused as ${result.outcome}`);
    }
  }
  throw new DomainError('CONTENTION', 'Too many writers want to change this at the same time. Try again in a moment.');
}

function commitRequest(ctx: RequestContext, decision: Decision): CommitRequest {
  const events = decision.events.map(sealEvent);
  const causation = events[0]?.id ?? null;
  return {
    ...unchanging(ctx),
    expect: decision.expect,
    // The request's own claim first: a repeat must learn of its first run, not of that run's effect.
    claims: [
      ...(ctx.idempotency === null ? [] : [idempotencyClaim(ctx, ctx.idempotency, decision.receipts)]),
      ...decision.claims,
    ],
    events,
    outbox: decision.followUps.map(({ topic, payload }) => ({
      id: uuidv7(),
      topic,
      payload: JSON.stringify({ ...payload, correlation_id: ctx.correlationId, causation_id: causation }),
    })),
  };
}

/** Asks for the request's claim in a commit that can never be written: its one expectation never holds. */
async function probeEarlierRun(port: CommitPort, ctx: RequestContext): Promise<readonly Receipt[] | null> {
  if (ctx.idempotency === null) return null;
  const result: CommitResult = await port.commit({
    ...unchanging(ctx),
    expect: [{ stream: `idempotency:${ctx.principal.id}`, revision: -1 }],
    claims: [idempotencyClaim(ctx, ctx.idempotency, [])],
    events: [],
    outbox: [],
  });
  return result.outcome === 'claimed' ? earlierReceipts(ctx.idempotency, result.holder) : null;
}

function unchanging(ctx: RequestContext) {
  return {
    actor: ctx.principal.id,
    correlationId: ctx.correlationId,
    causationId: ctx.causationId,
    fence: null,
    completes: null,
  };
}
