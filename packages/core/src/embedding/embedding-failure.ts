/**
 * Every way in which embedding can fail, as a closed list: the outbox decides by it whether to try again, `status` names it.
 * @module
 */
import { DomainError, isDomainError } from '../errors.js';

/** What is wrong, in words for a person. */
const MEANINGS = {
  timeout: 'did not answer in time',
  wrong_dimensions: 'answered with vectors of another dimension',
  wrong_count: 'answered with another number of vectors than texts',
  not_finite: 'answered with vectors that have no direction: zeros, infinities or no numbers at all',
  rate_limited: 'asks for fewer requests',
  quota: 'has no quota left',
  unauthorized: 'refuses the key',
  unavailable: 'cannot be used',
  model_missing: 'does not have the model',
  model_corrupt: 'has a damaged model',
  not_set_up: 'is not set up here',
} as const;

export type EmbeddingFailureReason = keyof typeof MEANINGS;

/** All reasons there are. */
export const EMBEDDING_FAILURE_REASONS = Object.keys(MEANINGS) as readonly EmbeddingFailureReason[];

/** Those that may pass by themselves; for the others somebody has to do something. */
const PASSING: ReadonlySet<EmbeddingFailureReason> = new Set(['timeout', 'rate_limited', 'unavailable']);

export interface EmbeddingFailureFacts {
  /** What exactly, as a sentence; never a key, a text that was embedded, or an answer's body. */
  readonly message?: string;
  /** When the provider is worth another try, in milliseconds from now. */
  readonly retryAfterMs?: number;
}

/** The error for `model`; its `details` are `reason`, `model` and, where known, `retry_after_ms`. */
export function embeddingFailure(
  model: string,
  reason: EmbeddingFailureReason,
  { message, retryAfterMs }: EmbeddingFailureFacts = {},
): DomainError {
  return new DomainError('UNAVAILABLE', message ?? `The embedding model ${model} ${MEANINGS[reason]}.`, {
    reason,
    model,
    ...(retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs }),
  });
}

/** The reason of an embedding failure, also of one that crossed a thread; null for any other error. */
export function embeddingFailureReason(error: unknown): EmbeddingFailureReason | null {
  if (!isDomainError(error) || error.code !== 'UNAVAILABLE') return null;
  const reason = error.details['reason'];
  return EMBEDDING_FAILURE_REASONS.find((known) => known === reason) ?? null;
}

/** True when waiting may be enough: the same texts are worth another try later. */
export function mayPass(reason: EmbeddingFailureReason): boolean {
  return PASSING.has(reason);
}
