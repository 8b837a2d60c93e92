/**
 * The one commit of a run: its event, the work that follows it, and the claim that makes a repeat the same run.
 * @module
 */
import { uuidv7 } from 'uuidv7';
import { earlierReceipts, idempotencyClaim, isIdempotencyClaim } from '../commit/index.js';
import { DomainError } from '../errors.js';
import { event } from '../ledger/events.js';
import { canonicalize } from '../ledger/canonical-json.js';
import type { JsonObject } from '../ledger/json.js';
import { sha256 } from '../ledger/sha256.js';
import type { ReceiptPayload } from '../overlay/receipt.js';
import { sealEvent } from '../ledger/seal.js';
import type { CommitPort, CommitResult, OutboxMessage } from '../ports/commit-port.js';
import type { RequestContext } from '../principal.js';
import type { AnswerMaker, AnswerSentence, ProvidedAnswer } from './answer/answer-provider.js';
import type { LeftWrites, TakenWrites } from './left-writes.js';
import type { ModelTier } from './answer/text-model.js';
import type { OptimizationHints } from './optimization.js';
import type { TimedPhase } from './phase.js';

/** Topics of the work that follows a run. */
export const METRICS_TOPIC = 'pipeline.metrics';
export const STORAGE_TOPIC = 'pipeline.storage';

export interface RunFacts {
  readonly query: string;
  readonly answer: ProvidedAnswer;
  readonly madeBy: AnswerMaker;
  readonly sentences: readonly AnswerSentence[];
  readonly cached: boolean;
  /** False for what was read out of an answer that broke off. */
  readonly complete: boolean;
  readonly hints: OptimizationHints;
  readonly timings: Readonly<Partial<Record<TimedPhase, number>>>;
  readonly receipts: readonly JsonObject[];
  readonly complexity: number | null;
  readonly saveAsCapsule: boolean;
}

/** Payload of {@link METRICS_TOPIC}: numbers and names only, nothing a person wrote. */
export interface RunMetrics {
  readonly correlation_id: string;
  readonly user_id: string;
  readonly provider: string;
  readonly model: string;
  /** Which of the provider's models was meant to answer. */
  readonly tier: ModelTier;
  readonly cached: boolean;
  /** Why the provider that was to answer could not; null when it did. */
  readonly fallback_reason: string | null;
  readonly phase_us: Readonly<Record<string, number>>;
  readonly complexity: number | null;
  readonly priority: string;
  readonly citations: number;
  readonly analysers: readonly JsonObject[];
}

/** Payload of {@link STORAGE_TOPIC}: where the answer stands in the ledger, never the answer itself. */
export interface StorageOrder {
  readonly correlation_id: string;
  readonly event_id: string;
  readonly owner_id: string;
  readonly save_as_capsule: boolean;
}

/** Commits the run and returns the correlation id it is known by, which for a repeat is that of the first run. */
export async function recordRun(
  port: CommitPort,
  ctx: RequestContext,
  facts: RunFacts,
  left: LeftWrites,
): Promise<string> {
  const { principal, correlationId, causationId, idempotency } = ctx;
  const phases = microseconds(facts.timings);
  const cited = [...new Set(facts.answer.citations.map(({ capsuleId }) => capsuleId))];
  const taken = left.take();
  const sealed = sealEvent(
    event(
      'pipeline.executed.v1',
      'PIPELINE_EXECUTE',
      { type: 'Interaction', id: correlationId },
      {
        capsules: cited,
        model: facts.madeBy.model,
        parameters: parametersOf(facts),
        phase_us: phases,
        overlays: facts.receipts,
        receipts: namedReceipts(taken),
        save_as_capsule: facts.saveAsCapsule,
        query: facts.query,
        answer: facts.answer.text,
      },
    ),
  );
  const metrics: RunMetrics = {
    correlation_id: correlationId,
    user_id: principal.id,
    provider: facts.madeBy.provider,
    model: facts.madeBy.model,
    tier: facts.hints.parameters.tier,
    cached: facts.cached,
    fallback_reason: facts.answer.fallback?.reason ?? null,
    phase_us: phases,
    complexity: facts.complexity,
    priority: facts.hints.priority,
    citations: cited.length,
    analysers: facts.receipts,
  };
  const order: StorageOrder = {
    correlation_id: correlationId,
    event_id: sealed.id,
    owner_id: principal.id,
    save_as_capsule: facts.saveAsCapsule,
  };
  const claims =
    idempotency === null ? [] : [idempotencyClaim(ctx, idempotency, [{ id: correlationId, result: 'answered' }])];
  let result: CommitResult | null = null;
  for (const writes of taken.attempts) {
    result = await port.commit({
      actor: principal.id,
      correlationId,
      causationId,
      expect: writes.expect,
      claims: [...claims, ...writes.claims],
      fence: null,
      events: [sealed, ...writes.events],
      outbox: [
        message(METRICS_TOPIC, metrics),
        ...(facts.saveAsCapsule ? [message(STORAGE_TOPIC, order)] : []),
        ...writes.outbox,
      ],
      completes: null,
    });
    if (result.outcome === 'committed') {
      await taken.committed();
      return correlationId;
    }
    if (result.outcome === 'claimed' && idempotency !== null && isIdempotencyClaim(result)) {
      const [first] = earlierReceipts(idempotency, result.holder);
      // This run answered nobody, but what its analysers did was done.
      left.giveBack(taken);
      if (first !== undefined) return first.id;
      break;
    }
  }
  throw new DomainError('CONTENTION', 'The run could not be recorded', { outcome: result?.outcome ?? null });
}

/** Binds the receipts, which are committed beside the run, to it. */
function namedReceipts({ left }: TakenWrites): readonly JsonObject[] {
  return left.flatMap(({ record }) =>
    record.flatMap(({ type, entityId, payload }) => {
      if (type !== 'overlay.executed.v1') return [];
      const receipt = payload as unknown as ReceiptPayload;
      const digest = Buffer.from(sha256(canonicalize(payload as unknown as JsonObject))).toString('hex');
      const { overlay_id, module_hash, fuel } = receipt;
      return [{ id: entityId, overlay_id, module_hash, fuel, sha256: digest }];
    }),
  );
}

/** How the answer was made: names and numbers only. */
function parametersOf({ hints, madeBy, answer, sentences, cached, complete }: RunFacts): JsonObject {
  return {
    temperature: hints.parameters.temperature,
    max_tokens: hints.parameters.maxTokens,
    tier: hints.parameters.tier,
    priority: hints.priority,
    provider: madeBy.provider,
    cached,
    complete,
    unsupported_sentences: sentences.filter(({ supported }) => !supported).length,
    fallback: answer.fallback === undefined ? null : { from: answer.fallback.from, reason: answer.fallback.reason },
  };
}

function message(topic: string, payload: RunMetrics | StorageOrder): OutboxMessage {
  return { id: uuidv7(), topic, payload: JSON.stringify(payload) };
}

function microseconds(timings: RunFacts['timings']): Record<string, number> {
  return Object.fromEntries(Object.entries(timings).map(([phase, ms]) => [phase, Math.round(ms * 1_000)]));
}
