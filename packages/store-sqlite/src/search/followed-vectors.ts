/**
 * The vectors that serve, as the search thread ranks by them: rounded, in memory, kept in step with the tables inside the
 * snapshot of each read. What is damaged there costs its own capsule its vectors, and no search.
 * @module
 */
import {
  isDomainError,
  SegmentFormatError,
  VectorIndex,
  vectorOf,
  type SegmentRange,
  type ServedVectors,
} from '@forge-cascade/core/engine';
import type { Database, Row, Statement } from '../driver.js';
import type { LostVectors, VectorSegments } from '../writer/vector-writer.js';
import type { FollowedColumns } from './followed-columns.js';

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
  /** Of the capsules whose vectors were made anew, how many were taken over. */
  refills: number;
  /** Ordinals by place in the ledger of the capsules whose rows are damaged or gone. */
  readonly lost: Map<number, number>;
}

export class FollowedVectors {
  readonly #serving: Statement;
  readonly #rows: Statement;
  readonly #one: Statement;
  readonly #segments: Statement;
  readonly #losses: Statement;
  readonly #refills: Statement;
  readonly #count: Statement;
  readonly #without: Statement;
  #served: Served | null = null;
  #damagedSegments: number[] = [];
  #unreported: number[] = [];

  constructor(
    db: Database,
    private readonly places: Pick<FollowedColumns, 'seqs' | 'ordinalOf'>,
  ) {
    this.#serving = db.prepare(
      'SELECT n, name, dimensions, up_to, passages, refills FROM vector_model WHERE serving = 1 AND dropped = 0',
    );
    this.#rows = db.prepare(
      `SELECT capsule, passage, bytes FROM vector WHERE model = ? AND capsule > ? AND capsule <= ?
        ORDER BY capsule, passage`,
    );
    this.#one = db.prepare(
      'SELECT start_at, end_at, bytes FROM vector WHERE model = ? AND capsule = ? AND passage = ?',
    );
    this.#segments = db.prepare('SELECT first, documents, bytes FROM vector_segment WHERE model = ? ORDER BY first');
    this.#losses = db.prepare('SELECT capsule FROM vector_loss WHERE model = ? AND refill IS NULL');
    this.#refills = db.prepare('SELECT capsule FROM vector_loss WHERE model = ? AND refill > ?');
    this.#count = db.prepare('SELECT count(*) AS passages FROM vector WHERE model = ?');
    this.#without = db.prepare(
      `SELECT seq FROM capsule WHERE seq <= ?
        AND NOT EXISTS (SELECT 1 FROM vector WHERE model = ? AND capsule = seq)`,
    );
  }

  /** Takes over what the current snapshot has, once the capsules were. */
  follow(): void {
    const serving = this.#serving.get();
    if (serving === undefined) {
      this.#served = null;
      return;
    }
    if (this.#served?.n !== Number(serving['n'])) this.#served = this.#load(serving);
    const served = this.#served;
    const [upTo, refills] = [Number(serving['up_to']), Number(serving['refills'])];
    if (refills > served.refills) this.#takeRefills(served, refills);
    if (upTo > served.upTo) this.#take(served, upTo);
  }

  get served(): ServedVectors | null {
    if (this.#served === null) return null;
    const { model, index, documents, lost } = this.#served;
    return { model, index, below: documents, lost: lost.size };
  }

  /** A passage that is in the index; null when its row is damaged or gone. */
  passage(seq: number, passage: number): { start: number; end: number; vector: Float32Array } | null {
    const served = this.#served;
    if (served === null) return null;
    const row = this.#one.get(served.n, seq, passage);
    const vector = row === undefined ? null : vectorOf(row['bytes'] as Uint8Array, served.index.dimensions);
    if (row === undefined || vector === null) {
      this.#lose(served, seq);
      return null;
    }
    return { start: Number(row['start_at']), end: Number(row['end_at']), vector };
  }

  /** What was found to be lost and not taken yet, or null. */
  takeLost(): LostVectors | null {
    if (this.#served === null || this.#unreported.length === 0) return null;
    const capsules = this.#unreported;
    this.#unreported = [];
    return { model: this.#served.n, capsules };
  }

  /** What is worth storing now, or null. */
  maintain(): VectorSegments | null {
    const served = this.#served;
    if (served === null) return null;
    const lost = [...served.lost.values()];
    const whole = (first: number): boolean => !lost.some((ordinal) => ordinal >= first && ordinal < first + SEGMENT);
    const add = [];
    for (; served.documents - served.saved >= SEGMENT && whole(served.saved); served.saved += SEGMENT) {
      const { bytes } = served.index.encode({ first: served.saved, count: SEGMENT });
      add.push({ first: served.saved, documents: SEGMENT, bytes });
    }
    if (add.length === 0 && this.#damagedSegments.length === 0) return null;
    const drop = this.#damagedSegments;
    this.#damagedSegments = [];
    return { model: served.n, drop, add };
  }

  #load(serving: Row): Served {
    const { seqs } = this.places;
    const n = Number(serving['n']);
    const modelUpTo = Number(serving['up_to']);
    const index = new VectorIndex(Number(serving['dimensions']));
    let saved = 0;
    this.#damagedSegments = [];
    this.#unreported = [];
    for (const row of this.#segments.all(n)) {
      const range = { first: Number(row['first']), count: Number(row['documents']) };
      const next = range.first === saved && (seqs[saved + range.count - 1] ?? Infinity) <= modelUpTo;
      if (next && this.#damagedSegments.length === 0 && loads(index, row['bytes'] as Uint8Array, range)) {
        saved += range.count;
      } else {
        // Read and rounded again from the rows, as all that follow it.
        this.#damagedSegments.push(range.first);
      }
    }
    const served: Served = {
      n,
      model: String(serving['name']),
      index,
      upTo: saved === 0 ? 0 : (seqs[saved - 1] ?? 0),
      documents: saved,
      saved,
      refills: Number(serving['refills']),
      lost: new Map(),
    };
    for (const row of this.#losses.all(n)) this.#isLost(served, Number(row['capsule']));
    // Capsules without passages are few: only when rows are gone they are worth trying again.
    if (Number(this.#count.get(n)?.['passages'] ?? 0) !== Number(serving['passages'])) {
      for (const row of this.#without.all(modelUpTo, n)) this.#lose(served, Number(row['seq']));
    }
    return served;
  }

  #take(served: Served, upTo: number): void {
    const { seqs } = this.places;
    for (const { seq, rows } of byCapsule(this.#rows.iterate(served.n, served.upTo, upTo)))
      this.#set(served, seq, rows);
    served.upTo = upTo;
    while (served.documents < seqs.length && (seqs[served.documents] as number) <= upTo) served.documents++;
  }

  #takeRefills(served: Served, refills: number): void {
    for (const row of this.#refills.all(served.n, served.refills)) {
      const seq = Number(row['capsule']);
      const ordinal = this.places.ordinalOf(seq);
      if (ordinal < 0) continue;
      served.lost.delete(seq);
      served.index.remove(ordinal);
      this.#set(served, seq, this.#rows.all(served.n, seq - 1, seq));
      // Its blob is made anew, and so are those after it.
      served.saved = Math.min(served.saved, ordinal - (ordinal % SEGMENT));
    }
    served.refills = refills;
  }

  /** A capsule of which any row is damaged or gone is left out: its passages are told apart by their number. */
  #set(served: Served, seq: number, rows: readonly Row[]): void {
    const ordinal = this.places.ordinalOf(seq);
    if (ordinal < 0) return;
    const vectors = rows.flatMap(({ passage, bytes }, i) => {
      const vector = passage === i ? vectorOf(bytes as Uint8Array, served.index.dimensions) : null;
      return vector === null ? [] : [vector];
    });
    if (vectors.length < rows.length || !sets(served.index, ordinal, vectors)) this.#lose(served, seq);
  }

  #lose(served: Served, seq: number): void {
    if (served.lost.has(seq) || !this.#isLost(served, seq)) return;
    this.#unreported.push(seq);
  }

  #isLost(served: Served, seq: number): boolean {
    const ordinal = this.places.ordinalOf(seq);
    if (ordinal >= 0) served.lost.set(seq, ordinal);
    return ordinal >= 0;
  }
}

function* byCapsule(rows: Iterable<Row>): Generator<{ seq: number; rows: Row[] }> {
  let own: Row[] = [];
  for (const row of rows) {
    if (own.length > 0 && own[0]?.['capsule'] !== row['capsule']) {
      yield { seq: Number(own[0]?.['capsule']), rows: own };
      own = [];
    }
    own.push(row);
  }
  if (own.length > 0) yield { seq: Number(own[0]?.['capsule']), rows: own };
}

function loads(index: VectorIndex, bytes: Uint8Array, range: SegmentRange): boolean {
  try {
    index.load(bytes, range);
    return true;
  } catch (error) {
    if (error instanceof SegmentFormatError) return false;
    throw error;
  }
}

/** False for vectors that no index takes, such as one without direction. */
function sets(index: VectorIndex, ordinal: number, vectors: readonly Float32Array[]): boolean {
  try {
    index.set(ordinal, vectors);
    return true;
  } catch (error) {
    if (isDomainError(error) && error.code === 'INVALID_INPUT') return false;
    throw error;
  }
}
