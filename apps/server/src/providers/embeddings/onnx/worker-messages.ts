/**
 * What the main thread and the model's thread say to each other.
 * @module
 */
import type { EmbeddingFailureReason, EmbeddingPurpose } from '@forge-cascade/core';

export type ToWorker =
  | {
      readonly type: 'embed';
      readonly id: number;
      readonly texts: readonly string[];
      readonly purpose: EmbeddingPurpose;
    }
  /** Whatever is left of it need not be done; it is not answered. */
  | { readonly type: 'cancel'; readonly id: number }
  /** Ends the thread once what is running has ended. */
  | { readonly type: 'close' };

/** An error, taken apart for the way. */
export interface WorkerFailure {
  readonly reason: EmbeddingFailureReason;
  readonly message: string;
}

export type FromWorker =
  /** The first word, unless loading failed. */
  | { readonly type: 'opened'; readonly dimensions: number }
  /** The first word and the last. */
  | { readonly type: 'closed'; readonly failure: WorkerFailure }
  | { readonly type: 'embedded'; readonly id: number; readonly vectors: readonly Float32Array[] }
  | { readonly type: 'failed'; readonly id: number; readonly failure: WorkerFailure };
