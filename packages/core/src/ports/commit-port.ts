/**
 * The one way to change anything. A use case reads, decides in pure code and commits exactly once.
 *
 * Ordering: entries get consecutive `seq` in the order of acknowledgement, timestamps never go back.
 * Isolation: expectations, claims and the fence are checked under the same lock that assigns `seq`; of any number of
 * racing commits with the same expectation or claim exactly one is written.
 * Atomicity: all events, claims and outbox rows of one commit, or none. A loser never disturbs its neighbours in a group.
 * Durability: when the promise resolves as `committed`, the commit survives a crash of the process.
 * @module
 */
import type { SealedEvent } from '../ledger/seal.js';

/** The revision of a stream is the `seq` of its newest event; 0 while it does not exist. */
export interface Expectation {
  readonly stream: string;
  readonly revision: number;
}

/** Uniqueness: one holder per key of a space. */
export interface Claim {
  readonly space: string;
  readonly key: string;
  /** Opaque text, given back to whoever finds the claim taken. */
  readonly holder: string;
  /** Milliseconds since the epoch; null holds for ever. An expired claim counts as free. */
  readonly expiresAt: number | null;
}

/** Proof of holding a lease: a token that a later holder has outgrown loses. */
export interface Fence {
  readonly lease: string;
  readonly token: number;
}

/** Work that must follow the commit, at least once, also after a crash. */
export interface OutboxMessage {
  readonly id: string;
  readonly topic: string;
  /** JSON text. */
  readonly payload: string;
}

export interface CommitRequest {
  readonly actor: string;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly expect: readonly Expectation[];
  readonly claims: readonly Claim[];
  readonly fence: Fence | null;
  readonly events: readonly SealedEvent[];
  readonly outbox: readonly OutboxMessage[];
  /** Outbox message that this commit carries out; the commit loses when it was carried out before. */
  readonly completes: string | null;
}

export type CommitResult =
  | { readonly outcome: 'committed'; readonly firstSeq: number; readonly lastSeq: number; readonly timestamp: string }
  | { readonly outcome: 'stale'; readonly stream: string; readonly revision: number }
  | { readonly outcome: 'claimed'; readonly space: string; readonly key: string; readonly holder: string }
  | { readonly outcome: 'fenced'; readonly lease: string; readonly token: number }
  | { readonly outcome: 'completed-before' };

export interface CommitPort {
  commit(request: CommitRequest): Promise<CommitResult>;
}
