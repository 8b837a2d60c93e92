/**
 * Taking a store elsewhere: everything it keeps, in an order in which another engine can take it in again. The ledger goes
 * byte for byte, so that every proof about it holds there too; what no event speaks of goes as rows.
 * @module
 */
import type { Envelope } from '../ledger/envelope.js';
import type { PrivateValue } from '../ledger/seal.js';
import type { Claim } from './commit-port.js';
import type { DueMessage } from './outbox.js';
import type { CapsuleVectors } from './vector-store.js';

/** An entry with all that its proofs rest on. */
export interface KeptEntry {
  readonly envelope: Envelope;
  /** Null where it is gone. */
  readonly salt: Uint8Array | null;
  /** Null where it is gone. */
  readonly body: string | null;
  /** Those still there, content among them. */
  readonly privateValues: readonly PrivateValue[];
}

export type KeptWork =
  | ({ readonly kind: 'claim' } & Claim)
  | {
      readonly kind: 'lease';
      readonly lease: string;
      readonly holder: string;
      readonly token: number;
      /** Milliseconds since the epoch. */
      readonly expiresAt: number;
    }
  | ({ readonly kind: 'message'; readonly nextAttemptAt: number } & DueMessage);

export const KINDS_OF_WORK = ['claim', 'lease', 'message'] as const satisfies readonly KeptWork['kind'][];

/** Under which name a ledger goes on once it has arrived. */
export interface Successor {
  readonly origin: string;
  readonly verifierKey: string;
  /** Part of it is there from an earlier run. */
  readonly begun: boolean;
}

export interface Replica {
  /** Null unless the store was opened to receive and has not been given its whole ledger yet. */
  readonly successor: Successor | null;
  /** Entries behind position `after`, ascending. `limit` 1–1,000. */
  history(after: number, limit: number): Promise<readonly KeptEntry[]>;
  /** What is promised, claimed and leased, in a fixed order while nobody writes; messages in the order of promising. */
  work(kind: KeptWork['kind'], skip: number, limit: number): Promise<readonly KeptWork[]>;
  /** Capsules behind position `after` that the model has dealt with, ascending; none from the first one on whose vectors were lost. */
  vectors(model: string, after: number, limit: number): Promise<readonly CapsuleVectors[]>;
  /**
   * Writes entries that follow those there, all or none, and signs them under the successor's name. The successor's own
   * opening is the last of them: with it the store is open to writers.
   * @throws DomainError STATE_CONFLICT when they do not follow, or the store does not receive.
   */
  append(entries: readonly KeptEntry[]): Promise<void>;
  /** Forgets all claims, leases and messages. */
  dropWork(): Promise<void>;
  putWork(work: readonly KeptWork[]): Promise<void>;
}

/** Opens a store for another one's ledger. */
export interface ReceiveOptions {
  /** The name under which the ledger goes on; null: a new one, or the one that an interrupted run chose. */
  readonly origin: string | null;
  /** The secret that signs, as text; it is used under the successor's name. */
  readonly ledgerKey: string;
}
