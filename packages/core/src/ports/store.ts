/**
 * What an engine provides. Use cases never receive this whole: each names the ports it needs.
 * @module
 */
import type { CapsuleReader } from './capsule-reader.js';
import type { CommitPort } from './commit-port.js';
import type { LedgerReader } from './ledger-reader.js';
import type { LineageReader } from './lineage-reader.js';
import type { Sealing } from '../ledger/sealing.js';
import type { Outbox } from './outbox.js';
import type { OverlayStore } from './overlay-store.js';
import type { Replica } from './replica.js';
import type { SearchReader, SimilarReader } from './search-reader.js';
import type { Vectors } from './vector-store.js';

/** Singleton work runs under a lease; its token fences commits of a holder that lost it. */
export interface Leases {
  /** A token greater than every earlier one, or null while someone else holds the lease. Renewing keeps the token. */
  acquire(lease: string, holder: string, ttlMs: number): Promise<number | null>;
  release(lease: string, holder: string): Promise<void>;
}

export interface StoreStatus {
  readonly engine: string;
  /** Names this ledger; also the name of its signing key. */
  readonly origin: string;
  /** The owner written into the first entry. */
  readonly ownerId: string;
  readonly ledgerSize: number;
  /** Versions, and those of them that are heads. */
  readonly capsules: number;
  readonly heads: number;
  /** Capsules not yet in the search index. */
  readonly searchLag: number;
  /** Trust changes still on their way to descendants; readers already see their effect. */
  readonly trustPropagations: number;
  readonly maintenance: boolean;
  /** Where the ledger goes on, once the store is sealed: nothing is written here any more. */
  readonly sealed: Sealing | null;
}

export interface Store extends CommitPort, CapsuleReader, LineageReader, SearchReader, SimilarReader, LedgerReader {
  readonly outbox: Outbox;
  readonly leases: Leases;
  readonly vectors: Vectors;
  readonly overlays: OverlayStore;
  readonly replica: Replica;
  status(): Promise<StoreStatus>;
  /** Resolves once every trust change has reached all descendants. */
  settled(): Promise<void>;
  /** Finishes what is under way; later calls fail with STORE_CLOSED. */
  close(): Promise<void>;
}
