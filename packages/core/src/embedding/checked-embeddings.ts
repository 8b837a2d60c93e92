/**
 * Holds a provider to its promise: what comes out is one finite unit vector of the right dimension per text, in time, or
 * an error with a reason from a closed list.
 * @module
 */
import { DomainError } from '../errors.js';
import { embeddingFailure, embeddingFailureReason } from './embedding-failure.js';
import type { EmbeddingProvider, EmbeddingPurpose } from './embedding-provider.js';

export interface CheckedEmbeddingsOptions {
  /** Milliseconds that one batch may take. Default 30,000. */
  readonly deadlineMs?: number;
  /** Texts per call of the provider. Default 64. */
  readonly batchSize?: number;
}

const DEFAULT_DEADLINE_MS = 30_000;
const DEFAULT_BATCH_SIZE = 64;
/** Longest wait that a timer can express. */
const MAX_DEADLINE_MS = 2_147_483_647;

/**
 * A provider whose `embed` calls `provider` batch by batch, one after the other, and checks each answer.
 *
 * @throws DomainError INVALID_INPUT when an option, or the provider's own dimension, is not a positive integer
 */
export function checkedEmbeddings(
  provider: EmbeddingProvider,
  options: CheckedEmbeddingsOptions = {},
): EmbeddingProvider {
  const deadlineMs = positive('deadlineMs', options.deadlineMs ?? DEFAULT_DEADLINE_MS, MAX_DEADLINE_MS);
  const batchSize = positive('batchSize', options.batchSize ?? DEFAULT_BATCH_SIZE);
  positive('dimensions', provider.dimensions);
  return {
    model: provider.model,
    dimensions: provider.dimensions,
    maxChars: provider.maxChars,
    ...(provider.ranks === undefined ? {} : { ranks: provider.ranks }),
    async embed(texts, purpose, signal) {
      const vectors: Float32Array[] = [];
      for (let from = 0; from < texts.length; from += batchSize) {
        signal?.throwIfAborted();
        const batch = texts.slice(from, from + batchSize);
        vectors.push(...checked(provider, batch, await answerInTime(provider, batch, purpose, deadlineMs, signal)));
      }
      return vectors;
    },
    close: async () => provider.close?.(),
  };
}

/**
 * Tells a text that means nothing to a model from a model that makes nothing of anything.
 * @throws DomainError UNAVAILABLE with a reason when it cannot read plain words either
 */
export async function readsPlainWords(
  checked: EmbeddingProvider,
  purpose: EmbeddingPurpose,
  signal: AbortSignal,
): Promise<void> {
  await checked.embed(['These are plain words.'], purpose, signal);
}

function positive(name: string, value: number, most = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && value > 0 && value <= most) return value;
  throw new DomainError('INVALID_INPUT', `${name} must be a positive integer.`, { field: name });
}

/** The provider's answer; its signal is aborted at the deadline, and an answer that comes later is dropped. */
async function answerInTime(
  provider: EmbeddingProvider,
  batch: readonly string[],
  purpose: EmbeddingPurpose,
  deadlineMs: number,
  signal: AbortSignal | undefined,
): Promise<readonly Float32Array[]> {
  const stop = new AbortController();
  let end: () => void = () => undefined;
  const interrupted = new Promise<never>((_, reject) => {
    const late = setTimeout(() => reject(embeddingFailure(provider.model, 'timeout')), deadlineMs);
    const cancelled = (): void => reject(reasonOf(signal));
    signal?.addEventListener('abort', cancelled, { once: true });
    end = () => {
      clearTimeout(late);
      signal?.removeEventListener('abort', cancelled);
    };
  });
  try {
    return await Promise.race([provider.embed(batch, purpose, stop.signal), interrupted]);
  } catch (error) {
    if (signal?.aborted === true) throw reasonOf(signal);
    if (embeddingFailureReason(error) !== null) throw error;
    // Not even the cause is handed on: a foreign error may hold the request, and the request holds the key.
    const kind = error instanceof Error ? error.name : typeof error;
    throw embeddingFailure(provider.model, 'unavailable', {
      message: `The embedding model ${provider.model} failed (${kind}).`,
    });
  } finally {
    end();
    stop.abort();
  }
}

function reasonOf(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new Error('Embedding was cancelled.');
}

function checked(
  { model, dimensions }: EmbeddingProvider,
  batch: readonly string[],
  answer: readonly Float32Array[],
): Float32Array[] {
  if (!Array.isArray(answer) || answer.length !== batch.length) {
    const count = Array.isArray(answer) ? answer.length : 'no list of';
    const message = `The embedding model ${model} answered ${batch.length} texts with ${count} vectors.`;
    throw embeddingFailure(model, 'wrong_count', { message });
  }
  return (answer as readonly Float32Array[]).map((vector) => {
    const length = vector instanceof Float32Array ? vector.length : 0;
    if (length !== dimensions) {
      const message = `The embedding model ${model} answered with a vector of ${length} dimensions, not ${dimensions}.`;
      throw embeddingFailure(model, 'wrong_dimensions', { message });
    }
    return unitVector(vector) ?? fail(model);
  });
}

function fail(model: string): never {
  throw embeddingFailure(model, 'not_finite');
}

/** `vector` at length 1, as a copy of its own; null when it has no direction. */
export function unitVector(vector: ArrayLike<number>): Float32Array | null {
  // Scaled by the greatest component first: squares of very large or small ones leave the range of numbers.
  let greatest = 0;
  for (let i = 0; i < vector.length; i++) {
    const size = Math.abs(vector[i]!);
    if (!(size <= greatest)) greatest = size;
    if (!Number.isFinite(size)) return null;
  }
  if (greatest === 0) return null;
  let squares = 0;
  for (let i = 0; i < vector.length; i++) squares += (vector[i]! / greatest) ** 2;
  const norm = Math.sqrt(squares);
  const unit = new Float32Array(vector.length);
  for (let i = 0; i < vector.length; i++) unit[i] = vector[i]! / greatest / norm;
  return unit;
}
