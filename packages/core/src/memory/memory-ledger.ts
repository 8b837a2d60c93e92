/** The ledger of the memory engine: entries with their payloads, the Merkle tree over them, signed checkpoints. @module */
import { DomainError } from '../errors.js';
import { formatCheckpoint, signCheckpoint, type CheckpointSigner } from '../ledger/checkpoint.js';
import { canonicalEnvelope, type Envelope } from '../ledger/envelope.js';
import { openPayload, type PrivateValue, type SealedEvent } from '../ledger/seal.js';
import { streamOf, type EventType } from '../ledger/events.js';
import type { JsonObject } from '../ledger/json.js';
import { consistencyProof, inclusionProof, leafHash, MerkleFrontier, type HashSource } from '../ledger/merkle.js';
import type { CommitRequest } from '../ports/commit-port.js';
import type { LedgerEntry, LedgerQuery } from '../ports/ledger-reader.js';
import { instantOf } from '../ports/instant.js';
import { assertLimit, assertPosition, decodeCursor, encodeCursor } from '../ports/cursor.js';
import { ledgerQuestion } from '../ports/ledger-reader.js';

/** Who asked for a commit, and under which request. */
export type CommitOrigin = Pick<CommitRequest, 'actor' | 'correlationId' | 'causationId'>;

/** An entry as stored. */
export interface StoredEntry {
  readonly envelope: Envelope;
  readonly stream: string;
  /** Milliseconds of the envelope's timestamp. */
  readonly at: number;
  readonly leafHash: Uint8Array;
  readonly salt: Uint8Array;
  readonly body: string;
  readonly privateValues: readonly PrivateValue[];
}

export class MemoryLedger implements HashSource {
  /** Entry `seq` is at index `seq - 1`. */
  readonly entries: StoredEntry[] = [];
  readonly #frontier = new MerkleFrontier();
  /** Roots of filled tiles by tile level; level 0 is in the entries. */
  readonly #tiles: Uint8Array[][] = [];
  #checkpoint = '';

  constructor(
    readonly origin: string,
    private readonly signer: CheckpointSigner,
  ) {}

  get size(): number {
    return this.entries.length;
  }

  /** The newest entry's time in milliseconds. */
  get lastAt(): number {
    return this.entries.at(-1)?.at ?? 0;
  }

  append(event: SealedEvent, request: CommitOrigin, at: number): StoredEntry {
    const envelope: Envelope = {
      seq: this.size + 1,
      id: event.id,
      type: event.type,
      entity_type: event.entityType,
      entity_id: event.entityId,
      actor: request.actor,
      operation: event.operation,
      correlation_id: request.correlationId,
      causation_id: request.causationId,
      timestamp: new Date(at).toISOString(),
      payload_commitment: Buffer.from(event.commitment).toString('hex'),
    };
    const entry: StoredEntry = {
      envelope,
      stream: streamOf(event.entityId, JSON.parse(event.body) as JsonObject),
      at,
      leafHash: leafHash(canonicalEnvelope(envelope)),
      salt: event.salt.slice(),
      body: event.body,
      // The caller keeps its event; what is stored must not change with it.
      privateValues: structuredClone(event.privateValues),
    };
    for (const { level, hash } of this.#frontier.append(entry.leafHash)) (this.#tiles[level] ??= []).push(hash);
    this.entries.push(entry);
    return entry;
  }

  sign(): void {
    const body = formatCheckpoint({ origin: this.origin, size: this.size, root: this.#frontier.root() });
    this.#checkpoint = signCheckpoint(body, this.signer);
  }

  checkpoint(): string {
    return this.#checkpoint;
  }

  nodes(tileLevel: number, start: number, count: number): readonly Uint8Array[] {
    const end = start + count;
    if (tileLevel === 0) return this.entries.slice(start, end).map((entry) => entry.leafHash);
    return (this.#tiles[tileLevel] ?? []).slice(start, end);
  }

  /** Roots of all filled tiles; levels from 1. */
  fullTiles(): { readonly level: number; readonly index: number; readonly hash: Uint8Array }[] {
    return this.#tiles.flatMap((hashes, level) => hashes.map((hash, index) => ({ level, index, hash })));
  }

  inclusionProof(seq: number, size: number): readonly Uint8Array[] {
    this.#assertTree(size);
    if (!Number.isSafeInteger(seq) || seq < 1 || seq > size) {
      throw new DomainError('INVALID_INPUT', `Entry ${seq} is not in the first ${size} entries of the ledger.`);
    }
    return inclusionProof(this, seq - 1, size);
  }

  consistencyProof(oldSize: number, newSize: number): readonly Uint8Array[] {
    this.#assertTree(newSize);
    if (!Number.isSafeInteger(oldSize) || oldSize < 1 || oldSize > newSize) {
      throw new DomainError('INVALID_INPUT', `There is no proof from size ${oldSize} to size ${newSize}.`);
    }
    return consistencyProof(this, oldSize, newSize);
  }

  /** Position of the newest entry not later than `ms`; 0 when all are later. */
  positionAt(ms: number): number {
    return this.entries.findLastIndex(({ at }) => at <= ms) + 1;
  }

  query(query: LedgerQuery): { readonly items: readonly LedgerEntry[]; readonly nextCursor: string | null } {
    assertLimit(query.limit, 1000);
    const from = instantOf(query.from, 'from');
    const to = instantOf(query.to, 'to');
    const newest = query.order === 'newest';
    let matching = this.entries
      .slice(assertPosition(query.after ?? 0))
      .filter(
        ({ envelope, stream, at }) =>
          (query.entityId === undefined || envelope.entity_id === query.entityId) &&
          (query.stream === undefined || stream === query.stream) &&
          (query.type === undefined || envelope.type === query.type) &&
          (query.actor === undefined || envelope.actor === query.actor) &&
          (query.correlationId === undefined || envelope.correlation_id === query.correlationId) &&
          (from === null || at >= from) &&
          (to === null || at < to),
      );
    if (newest) matching.reverse();
    if (query.cursor !== null) {
      const [seq] = decodeCursor('ledger', query.cursor, ['number'], ledgerQuestion(query)) as [number];
      matching = matching.filter(({ envelope }) => (newest ? envelope.seq < seq : envelope.seq > seq));
    }
    const items = matching.slice(0, query.limit);
    const last = items.at(-1);
    return {
      items: items.map((entry) => ({ envelope: { ...entry.envelope }, payload: payloadOf(entry) })),
      nextCursor:
        matching.length > items.length && last !== undefined
          ? encodeCursor('ledger', [last.envelope.seq], ledgerQuestion(query))
          : null,
    };
  }

  #assertTree(size: number): void {
    if (Number.isSafeInteger(size) && size >= 1 && size <= this.size) return;
    throw new DomainError('INVALID_INPUT', `The ledger has ${this.size} entries; there is no tree of size ${size}.`);
  }
}

/** The payload as it was decided, in new objects. */
export function payloadOf(entry: StoredEntry): JsonObject {
  const body = JSON.parse(entry.body) as JsonObject;
  const payload = openPayload(entry.envelope.type as EventType, body, structuredClone(entry.privateValues));
  return payload as unknown as JsonObject;
}
