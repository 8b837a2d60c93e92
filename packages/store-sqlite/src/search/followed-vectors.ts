/**
 * The vectors that serve, as the search thread ranks by them: rounded, in memory, kept in step with the tables inside the
 * snapshot of each read.
 * @module
 */
import { SegmentFormatError, VectorIndex, type ServedVectors } from '@forge-cascade/core/engine';
import type { Database, Statement } from '../driver.js';
import { vectorOf } from '../vector-message.js';
import type { VectorSegments } from '../writer/vector-writer.js';

/** Documents whose rounded vectors are kept as one blob, so that opening need not read and round each of them. */
const SEGMENT = 8_192;

interface Served {
  /** The model's number. */
  readonly n: number;
  readonly model: string;
  readonly index: VectorIndex;
  /** Capsules up to this place in the ledger are in the index, those with an ordinal below `documents`. */
  upTo: number;
  documents: number;
  /** Documents whose blobs are stored, or handed over to be. */
  saved: number;
}

export class FollowedVectors {
  readonly #serving: Statement;
  readonly #rows: Statement;
  readonly #one: Statement;
  readonly #segments: Statement;
  #served: Served | null = null;
  #damaged: number[] = [];

  constructor(db: Database) {
    this.#serving = db.prepare('SELECT n, name, dimensions, up_to FROM vector_model WHERE serving = 1 AND dropped = 0');
    this.#rows = db.prepare(
      'SELECT capsule, bytes FROM vector WHERE model = ? AND capsule > ? AND capsule <= ? ORDER BY capsule, passage',
    );
    this.#one = db.prepare(
      'SELECT start_at, end_at, bytes FROM vector WHERE model = ? AND capsule = ? AND passage = ?',
    );
    this.#segments = db.prepare('SELECT first, documents, bytes FROM vector_segment WHERE model = ? ORDER BY first');
  }

  /** Takes over what the current snapshot has. `seqs` are the capsules' places in the ledger, by ordinal. */
  follow(seqs: readonly number[]): void {
    const serving = this.#serving.get();
    if (serving === undefined) {
      this.#served = null;
      return;
    }
    const n = Number(serving['n']);
    if (this.#served?.n !== n)
      this.#served = this.#load(n, String(serving['name']), Number(serving['dimensions']), seqs);
    const served = this.#served;
    const upTo = Number(serving['up_to']);
    if (upTo > served.upTo) this.#take(served, upTo, seqs);
  }

  get served(): ServedVectors | null {
    if (this.#served === null) return null;
    const { model, index, documents } = this.#served;
    return { model, index, below: documents };
  }

  /** A passage of a capsule of the model that serves. */
  passage(seq: number, passage: number): { start: number; end: number; vector: Float32Array } | null {
    const row = this.#served === null ? undefined : this.#one.get(this.#served.n, seq, passage);
    if (row === undefined) return null;
    return {
      start: Number(row['start_at']),
      end: Number(row['end_at']),
      vector: vectorOf(row['bytes'] as Uint8Array),
    };
  }

  /** What is worth storing now, or null. */
  maintain(): VectorSegments | null {
    const served = this.#served;
    if (served === null) return null;
    const add = [];
    for (; served.documents - served.saved >= SEGMENT; served.saved += SEGMENT) {
      const { bytes } = served.index.encode({ first: served.saved, count: SEGMENT });
      add.push({ first: served.saved, documents: SEGMENT, bytes });
    }
    if (add.length === 0 && this.#damaged.length === 0) return null;
    const drop = this.#damaged;
    this.#damaged = [];
    return { model: served.n, drop, add };
  }

  #load(n: number, model: string, dimensions: number, seqs: readonly number[]): Served {
    const index = new VectorIndex(dimensions);
    let saved = 0;
    this.#damaged = [];
    for (const row of this.#segments.all(n)) {
      const first = Number(row['first']);
      if (first === saved && this.#damaged.length === 0 && loads(index, row['bytes'] as Uint8Array)) {
        saved += Number(row['documents']);
      } else {
        // Read and rounded again from the rows, as all that follow it.
        this.#damaged.push(first);
      }
    }
    const upTo = saved === 0 ? 0 : (seqs[saved - 1] ?? 0);
    return { n, model, index, upTo, documents: saved, saved };
  }

  #take(served: Served, upTo: number, seqs: readonly number[]): void {
    let ordinal = served.documents;
    let vectors: Float32Array[] = [];
    const flush = (): void => {
      if (vectors.length > 0) served.index.set(ordinal, vectors);
      vectors = [];
    };
    for (const row of this.#rows.iterate(served.n, served.upTo, upTo)) {
      const seq = Number(row['capsule']);
      if (seqs[ordinal] !== seq) {
        flush();
        while (ordinal < seqs.length && seqs[ordinal] !== seq) ordinal++;
      }
      vectors.push(vectorOf(row['bytes'] as Uint8Array));
    }
    flush();
    served.upTo = upTo;
    while (served.documents < seqs.length && (seqs[served.documents] as number) <= upTo) served.documents++;
  }
}

function loads(index: VectorIndex, bytes: Uint8Array): boolean {
  try {
    index.load(bytes);
    return true;
  } catch (error) {
    if (error instanceof SegmentFormatError) return false;
    throw error;
  }
}
