/**
 * Reading the ledger: the audit trail and what proofs are made of.
 * @module
 */
import type { Envelope } from '../ledger/envelope.js';
import type { JsonObject } from '../ledger/json.js';

/** One entry with what is left of its payload (erased private fields are null). */
export interface LedgerEntry {
  readonly envelope: Envelope;
  /** Null once the whole payload was erased. */
  readonly payload: JsonObject | null;
}

export interface LedgerQuery {
  readonly entityId?: string;
  /** All events of a stream, such as a capsule series. */
  readonly stream?: string;
  readonly type?: string;
  readonly actor?: string;
  readonly correlationId?: string;
  /** Later entries than the one with this number; 0 and up. */
  readonly after?: number;
  /** RFC 3339, inclusive / exclusive. */
  readonly from?: string;
  readonly to?: string;
  readonly order: 'newest' | 'oldest';
  /** 1–1,000. */
  readonly limit: number;
  readonly cursor: string | null;
}

/** What a cursor over entries goes with. */
export function ledgerQuestion({ limit: _limit, cursor: _cursor, ...question }: LedgerQuery) {
  return question;
}

export interface LedgerReader {
  entries(query: LedgerQuery): Promise<{ readonly items: readonly LedgerEntry[]; readonly nextCursor: string | null }>;
  /** The newest signed checkpoint, a C2SP signed note. Covers every acknowledged commit. */
  checkpoint(): Promise<string>;
  /** Hashes of an RFC 9162 inclusion proof of entry `seq` in the tree of the first `size` entries. */
  inclusionProof(seq: number, size: number): Promise<readonly Uint8Array[]>;
  /** Hashes of an RFC 9162 consistency proof between two sizes. */
  consistencyProof(oldSize: number, newSize: number): Promise<readonly Uint8Array[]>;
}
