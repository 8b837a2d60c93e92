/** The ledger's own rows: each entry against its hash, its payload and its place, all of them against the tree. @module */
import type { MemoryState } from '../memory/memory-state.js';
import { commitmentMatches, commitText, SALT_BYTES } from '../ledger/commitment.js';
import { canonicalEnvelope, type Envelope } from '../ledger/envelope.js';
import { streamOf, type EventType } from '../ledger/events.js';
import type { JsonObject } from '../ledger/json.js';
import { leafHash, MerkleFrontier } from '../ledger/merkle.js';
import { committedField, openPayload } from '../ledger/seal.js';
import { ChapterVerifier } from './verify-chapters.js';
import type { Findings } from './verify-findings.js';
import type { VerifyEntry } from './verify-source.js';

/** Whether something is known to have been erased: one private field, or with null the payload as a whole. */
export type ErasureTest = (seq: number, field: string | null) => boolean;

/** Entries whose hash does not fit, kept to see whether they fit elsewhere; more are not looked at again. */
const MISFIT_LIMIT = 300;

/** Roots of the tree at a size: over the envelopes as they are, and over the leaf hashes as they are stored. */
export interface Roots {
  readonly actual: Uint8Array;
  readonly stored: Uint8Array;
  /** The hashes of the growing edge, one behind the other, of either tree. */
  readonly edges: readonly Uint8Array[];
}

/** Takes entries in ascending order and replays them. */
export class EntryVerifier {
  readonly #roots = new Map<number, Roots>();
  /** Tile roots over what is there: one hash where envelopes and stored leaf hashes agree, else two. */
  readonly tiles = new Map<string, readonly Uint8Array[]>();
  /** Capsules by event, for events that move trust. */
  readonly trustEvents = new Map<number, string>();
  readonly chapters: ChapterVerifier;
  readonly #actual = new MerkleFrontier();
  /** Parts from the other at the first leaf hash that does not fit its envelope. */
  #stored: MerkleFrontier | null = null;
  readonly #misfits: VerifyEntry[] = [];
  #lastSeq = 0;
  #lastTimestamp = '';

  constructor(
    private readonly findings: Findings,
    private readonly state: MemoryState,
    private readonly isErased: ErasureTest,
    /** Sizes at which the roots are wanted. */
    private readonly sizes: ReadonlySet<number>,
  ) {
    this.chapters = new ChapterVerifier(findings);
    if (sizes.has(0)) this.#roots.set(0, this.#here());
  }

  /** Position of the newest entry seen. */
  get size(): number {
    return this.#lastSeq;
  }

  /** Roots at one of the sizes asked for or at the end; null when so many entries were never read. */
  rootsAt(size: number): Roots | null {
    return this.#roots.get(size) ?? (size === this.#actual.size ? this.#here() : null);
  }

  /** Lower-case hex of the root over all envelopes read. */
  rootText(): string {
    return hex(this.#actual.root());
  }

  take(entry: VerifyEntry): void {
    const { envelope } = entry;
    this.#checkPlace(envelope);
    const body = this.#checkPayload(entry);
    // Before the entry itself is in the tree.
    this.chapters.take(envelope, body, () => this.#actual.root());
    this.#checkLeaf(entry);
    this.#replay(entry, body);
  }

  /** Call once after the last entry. */
  finish(): void {
    const leaves = new Set(this.#misfits.map((entry) => hex(entry.leafHash)));
    const places = this.#misfits.map(({ envelope }) => envelope.seq);
    for (const { envelope } of this.#misfits) {
      const home = places.find((seq) => seq !== envelope.seq && leaves.has(hex(leafOf({ ...envelope, seq }))));
      if (home === undefined) {
        this.findings.add(
          'leaf-mismatch',
          `${named(envelope)} does not fit its hash: its envelope or the hash was changed.`,
          at(envelope),
        );
      } else {
        this.findings.add(
          'order-changed',
          `${named(envelope)} was written as entry ${home}: entries were reordered.`,
          at(envelope),
        );
      }
    }
  }

  #checkPlace(envelope: Envelope): void {
    const { seq, timestamp } = envelope;
    const expected = this.#lastSeq + 1;
    if (seq > expected) {
      const gone = seq - 1 === expected ? `Entry ${expected} is` : `Entries ${expected} to ${seq - 1} are`;
      this.findings.add('entry-missing', `${gone} missing from the ledger.`, { seq: expected });
    } else if (seq < expected) {
      this.findings.add('order-changed', `${named(envelope)} stands behind entry ${this.#lastSeq}.`, at(envelope));
    }
    if (timestamp < this.#lastTimestamp || !TIMESTAMP.test(timestamp)) {
      this.findings.add(
        'timestamp-changed',
        `${named(envelope)} is dated before the entry that precedes it, or not at all.`,
        {
          ...at(envelope),
          field: 'timestamp',
        },
      );
    } else {
      this.#lastTimestamp = timestamp;
    }
    this.#lastSeq = seq;
  }

  #checkLeaf(entry: VerifyEntry): void {
    const actual = leafOf(entry.envelope);
    if (!same(actual, entry.leafHash)) {
      this.#stored ??= this.#actual.clone();
      if (this.#misfits.length < MISFIT_LIMIT) this.#misfits.push(entry);
      else this.findings.add('leaf-mismatch', `${named(entry.envelope)} does not fit its hash.`, at(entry.envelope));
    }
    const stored = entry.leafHash.length === 32 ? entry.leafHash : actual;
    const other = this.#stored?.append(stored) ?? [];
    this.#actual.append(actual).forEach(({ level, index, hash }, i) => {
      const second = other[i];
      this.tiles.set(`${level}/${index}`, second === undefined ? [hash] : [hash, second.hash]);
    });
    const size = this.#actual.size;
    if (this.sizes.has(size)) this.#roots.set(size, this.#here());
  }

  #here(): Roots {
    const trees = this.#stored === null ? [this.#actual] : [this.#actual, this.#stored];
    const actual = this.#actual.root();
    return {
      actual,
      stored: this.#stored?.root() ?? actual,
      edges: trees.map((tree) => Buffer.concat(tree.hashes())),
    };
  }

  /** The body as far as it can be read. */
  #checkPayload({ envelope, salt, body, stream, privateValues }: VerifyEntry): JsonObject | null {
    const { seq } = envelope;
    if (body === null || salt === null) {
      if (!this.isErased(seq, null))
        this.findings.add('payload-missing', `The payload of ${named(envelope)} is gone.`, at(envelope));
    } else if (salt.length !== SALT_BYTES || hex(commitText(salt, body)) !== envelope.payload_commitment) {
      this.findings.add(
        'payload-changed',
        `The payload of ${named(envelope)} is not the one the ledger commits to.`,
        at(envelope),
      );
    }
    const parsed = body === null ? null : parseObject(body);
    if (parsed === null) return null;
    if (stream !== streamOf(envelope.entity_id, parsed)) {
      this.findings.add(
        'stream-changed',
        `${named(envelope)} is filed under a stream that is not its own.`,
        at(envelope),
      );
    }
    const committed = Object.keys(parsed).filter((field) => committedField(parsed, field) !== null);
    for (const field of committed) {
      const values = privateValues.filter((value) => value.field === field);
      if (values.length === 0) {
        if (this.isErased(seq, field)) continue;
        this.findings.add('private-value-missing', `The ${field} of ${named(envelope)} is gone.`, {
          ...at(envelope),
          field,
        });
      }
      const commitment = Buffer.from(committedField(parsed, field) ?? '', 'hex');
      for (const { salt: own, value } of values) {
        if (commitmentMatches(own, value, commitment)) continue;
        const kind = field === 'content' ? 'content-changed' : 'private-value-changed';
        this.findings.add(kind, `The ${field} of ${named(envelope)} is not the one the ledger commits to.`, {
          ...at(envelope),
          field,
        });
      }
      if (values.length > 1) this.#reportAdded(envelope, field);
    }
    for (const { field } of privateValues) if (!committed.includes(field)) this.#reportAdded(envelope, field);
    return parsed;
  }

  #reportAdded(envelope: Envelope, field: string): void {
    const what = `${named(envelope)} has a value for ${field} that the ledger does not commit to.`;
    this.findings.add('private-value-added', what, { ...at(envelope), field });
  }

  #replay({ envelope, privateValues }: VerifyEntry, body: JsonObject | null): void {
    const { seq, type, timestamp, entity_id: entityId, operation } = envelope;
    if (TRUST_EVENTS.has(type)) this.trustEvents.set(seq, entityId);
    try {
      const payload =
        body === null ? null : (openPayload(type as EventType, body, privateValues) as unknown as JsonObject);
      this.state.apply({ seq, timestamp, type, entityId, operation, payload });
    } catch {
      // Only a payload that was changed has no meaning, and that was reported; what followed from it will be missed below.
    }
  }
}

const TRUST_EVENTS: ReadonlySet<string> = new Set([
  'capsule.trust_changed.v1',
  'capsule.retracted.v1',
  'capsule.reinstated.v1',
]);

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

function named(envelope: Envelope): string {
  return `Entry ${envelope.seq} (${envelope.type} of ${envelope.entity_id})`;
}

function at(envelope: Envelope): { readonly seq: number; readonly id: string } {
  return { seq: envelope.seq, id: envelope.entity_id };
}

function leafOf(envelope: Envelope): Uint8Array {
  return leafHash(canonicalEnvelope(envelope));
}

function parseObject(text: string): JsonObject | null {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
  } catch {
    return null;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
