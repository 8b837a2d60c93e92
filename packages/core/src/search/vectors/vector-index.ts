/**
 * Exact nearest neighbours by cosine among the vectors of one model. Vectors are kept as signed bytes and scanned, all of
 * them or only those that are permitted; how far each was rounded is kept too, so that a search which can look up the
 * original vectors knows which of them it needs to see.
 * @module
 */
import type { EncodedSegment, SegmentRange } from '../segment.js';
import { BOUND_OFFSET, nearestByBound, type NearestPassage } from './nearest-by-bound.js';
import { RoundedVectors } from './rounded-vectors.js';
import { BATCH_ROWS, type Rounding } from './row-matrix.js';

/** What a search asks for. */
export interface NearestRequest {
  /** How many documents; fewer come only when fewer are permitted. */
  readonly k: number;
  /** 1 for each permitted document, by ordinal; documents beyond its end are not. Absent: all are. */
  readonly mask?: Uint8Array;
  /** Documents from this ordinal on are left out. Absent: none. */
  readonly limit?: number;
  /**
   * A vector as it was set, null when it is gone. With it scores and order are exact, not those of rounded vectors; these
   * stand in where it gives nothing usable. It is called while the search goes on, so it must not use the index.
   */
  readonly exact?: (ordinal: number, passage: number) => Float32Array | null;
  /** How many documents may be looked up in full at most; absent: 512, or sixteen for each asked for. */
  readonly budget?: number;
}

/** When fewer of the documents than this are permitted, their rows are picked out instead of scanning all. */
const NARROW_SHARE = 0.3;

/** Covers how 32-bit floats round a score and its bound. */
const FLOAT_ERROR = 2e-6;

/** Vectors of documents, one for each passage. Documents are numbered as in DocColumns. */
export class VectorIndex {
  private readonly vectors: RoundedVectors;
  /** By ordinal, for one search. */
  private bounds = new Float32Array(0);

  /**
   * @param maxBytes bound on the vectors' memory; 4 GiB is what can be addressed
   * @throws DomainError INVALID_INPUT unless `dimensions` is a whole number from 1 to 16,384.
   */
  constructor(dimensions: number, maxBytes?: number) {
    this.vectors = new RoundedVectors(dimensions, maxBytes);
  }

  get dimensions(): number {
    return this.vectors.matrix.dimensions;
  }

  /** Vectors held. */
  get rows(): number {
    return this.vectors.table.rows;
  }

  /** Documents that have vectors. */
  get documents(): number {
    return this.vectors.table.documents;
  }

  /** Memory held. */
  get byteLength(): number {
    return this.vectors.byteLength + this.bounds.byteLength;
  }

  has(ordinal: number): boolean {
    return this.vectors.table.firstOf(ordinal) >= 0;
  }

  /**
   * Sets a document's vectors, one for each passage, in place of those it had. Their length does not matter. Nothing
   * changes when one is refused.
   * @throws DomainError INVALID_INPUT for a vector of another dimension, not finite, or zero; STORE_FULL past 4 GiB.
   */
  set(ordinal: number, vectors: readonly Float32Array[]): void {
    this.vectors.set(ordinal, vectors);
  }

  /** Forgets a document's vectors; no byte of them stays. Harmless when it has none. */
  remove(ordinal: number): void {
    this.vectors.remove(ordinal);
  }

  /**
   * Writes the cosine of each permitted document's nearest passage to `out`, by ordinal; other places keep what they
   * hold. Cosines are those of rounded vectors: mostly within .001, for vectors with a few large numbers within .01.
   * @param mask 1 for each permitted document; those from `limit` or the mask's end on are not
   * @returns how many documents were scored
   * @throws DomainError INVALID_INPUT when the query is refused
   */
  scoreAll(query: Float32Array, mask: Uint8Array, limit: number, out: Float32Array): number {
    const { scale } = this.vectors.matrix.setQuery(query);
    const permitted = this.vectors.table.permitted(mask, limit);
    this.score(permitted, mask, { scale, slack: 0, offset: 0 }, out);
    return permitted.length;
  }

  /**
   * The nearest permitted documents, best first, the newest first among equals: as many as asked for or as there are.
   * @throws DomainError INVALID_INPUT when the query is refused
   */
  nearest(query: Float32Array, request: NearestRequest): NearestPassage[] {
    const { mask, exact } = request;
    const { scale, error } = this.vectors.matrix.setQuery(query);
    const permitted = this.vectors.table.permitted(mask, request.limit ?? Infinity);
    const k = Math.min(request.k, permitted.length);
    if (k <= 0) return [];
    const slack = exact === undefined ? 0 : 1 + error;
    const margin = FLOAT_ERROR + (exact === undefined ? 0 : error);
    const { table } = this.vectors;
    if (this.bounds.length < table.end) this.bounds = new Float32Array(table.end);
    const { bounds } = this;
    this.score(permitted, mask, { scale, slack, offset: BOUND_OFFSET + margin }, bounds);
    const budget = Math.max(k, request.budget ?? Math.max(512, 16 * k));
    if (exact === undefined) {
      return nearestByBound(bounds, permitted, k, budget, (ordinal) => this.nearestRow(ordinal, scale));
    }
    const cosine = exactCosine(query, exact);
    return nearestByBound(bounds, permitted, k, budget, (ordinal, least) =>
      this.nearestExactly(ordinal, least, { scale, slack, margin }, cosine),
    );
  }

  /** The document's passage nearest to the query, by rounded vectors; null when it has none. */
  bestPassage(query: Float32Array, ordinal: number): NearestPassage | null {
    return this.nearestRow(ordinal, this.vectors.matrix.setQuery(query).scale);
  }

  /** How many vectors a document has. */
  passages(ordinal: number): number {
    let count = 0;
    this.vectors.eachRow(ordinal, () => count++);
    return count;
  }

  /** The direction of a passage's vector as it was rounded; null when there is none. */
  rounded(ordinal: number, passage: number): Float32Array | null {
    const { table, matrix } = this.vectors;
    let found: Float32Array | null = null;
    this.vectors.eachRow(ordinal, (row) => {
      if (table.passageOf[row] !== passage) return;
      const bytes = matrix.rows(row, 1);
      found = Float32Array.from(new Int8Array(bytes.buffer, bytes.byteOffset, matrix.dimensions));
    });
    return found;
  }

  /** The vectors of documents with ordinals `first` to `first + count - 1`, to be persisted as one blob. */
  encode(range: SegmentRange): EncodedSegment {
    return this.vectors.encode(range);
  }

  /**
   * Sets the vectors of the documents in a blob, in place of those they had.
   * @param expected the range it is taken for
   * @returns the range it was encoded for
   * @throws SegmentFormatError when it is damaged, of another version, of another dimension or for another range; nothing
   * changes then.
   */
  load(bytes: Uint8Array, expected?: SegmentRange): SegmentRange {
    return this.vectors.load(bytes, expected);
  }

  /** Writes to `out` the best score among the rows of each permitted document. */
  private score(permitted: Int32Array, mask: Uint8Array | undefined, scoring: Scoring, out: Float32Array): void {
    for (let i = 0; i < permitted.length; i++) out[permitted[i]!] = -Infinity;
    if (permitted.length < NARROW_SHARE * this.vectors.table.documents) this.scorePicked(permitted, scoring, out);
    else this.scoreScanned(permitted[permitted.length - 1] ?? -1, mask, scoring, out);
  }

  private scorePicked(permitted: Int32Array, { scale, slack, offset }: Scoring, out: Float32Array): void {
    const { matrix, table, scales, errors } = this.vectors;
    const { list } = matrix;
    let count = 0;
    const flush = (): void => {
      const dots = matrix.scoreList(count);
      for (let i = 0; i < count; i++) {
        const row = list[i]!;
        const score = dots[i]! * scale * scales[row]! + slack * errors[row]! + offset;
        const ordinal = table.ordinalOf[row]!;
        if (score > out[ordinal]!) out[ordinal] = score;
      }
      count = 0;
    };
    for (let i = 0; i < permitted.length; i++) {
      for (let row = table.firstOf(permitted[i]!); row >= 0; row = table.nextOf(row)) {
        list[count++] = row;
        if (count === BATCH_ROWS) flush();
      }
    }
    flush();
  }

  private scoreScanned(
    last: number,
    mask: Uint8Array | undefined,
    { scale, slack, offset }: Scoring,
    out: Float32Array,
  ): void {
    const { matrix, table, scales, errors } = this.vectors;
    const { ordinalOf, rows } = table;
    for (let first = 0; first < rows; first += BATCH_ROWS) {
      const count = Math.min(BATCH_ROWS, rows - first);
      const dots = matrix.scoreRange(first, count);
      for (let i = 0; i < count; i++) {
        const row = first + i;
        const ordinal = ordinalOf[row]!;
        if (ordinal > last || (mask !== undefined && mask[ordinal] !== 1)) continue;
        const score = dots[i]! * scale * scales[row]! + slack * errors[row]! + offset;
        if (score > out[ordinal]!) out[ordinal] = score;
      }
    }
  }

  private nearestRow(ordinal: number, scale: number): NearestPassage | null {
    let best: NearestPassage | null = null;
    for (const { passage, score } of this.passageScores(ordinal, scale)) {
      if (best === null || score > best.score) best = { ordinal, passage, score };
    }
    return best;
  }

  /** Looks passages up in full, the likeliest first, as long as one can still be the document's best and reach `least`. */
  private nearestExactly(
    ordinal: number,
    least: number,
    { scale, slack, margin }: { scale: number; slack: number; margin: number },
    cosine: (ordinal: number, passage: number) => number | null,
  ): NearestPassage | null {
    let best: NearestPassage | null = null;
    const passages = this.passageScores(ordinal, scale)
      .map(({ passage, score, error }) => ({ passage, rounded: score, bound: score + slack * error + margin }))
      .sort((a, b) => b.bound - a.bound || a.passage - b.passage);
    for (const { passage, rounded, bound } of passages) {
      if (bound < Math.max(least, best?.score ?? -Infinity)) break;
      const score = cosine(ordinal, passage) ?? rounded;
      if (best === null || score > best.score) best = { ordinal, passage, score };
    }
    return best;
  }

  private passageScores(ordinal: number, scale: number): { passage: number; score: number; error: number }[] {
    const { matrix, table, scales, errors } = this.vectors;
    const rows: number[] = [];
    this.vectors.eachRow(ordinal, (row) => rows.push(row));
    const scores = [];
    for (let first = 0; first < rows.length; first += BATCH_ROWS) {
      const batch = rows.slice(first, first + BATCH_ROWS);
      matrix.list.set(batch);
      const dots = matrix.scoreList(batch.length);
      for (const [i, row] of batch.entries()) {
        const score = clamped(dots[i]! * scale * scales[row]!);
        scores.push({ passage: table.passageOf[row]!, score, error: errors[row]! });
      }
    }
    return scores;
  }
}

/** How a dot product becomes what is written: times `scale` and the row's own, `slack` times its error, and `offset`. */
interface Scoring extends Pick<Rounding, 'scale'> {
  readonly slack: number;
  readonly offset: number;
}

/** Null where `exact` gives nothing that can be the vector indexed. */
function exactCosine(
  query: Float32Array,
  exact: (ordinal: number, passage: number) => Float32Array | null,
): (ordinal: number, passage: number) => number | null {
  const queryLength = Math.sqrt(query.reduce((sum, value) => sum + value * value, 0));
  return (ordinal, passage) => {
    const vector = exact(ordinal, passage);
    if (vector?.length !== query.length) return null;
    let dot = 0;
    let squares = 0;
    for (let i = 0; i < vector.length; i++) {
      dot += vector[i]! * query[i]!;
      squares += vector[i]! * vector[i]!;
    }
    const score = dot / (Math.sqrt(squares) * queryLength);
    return Number.isFinite(score) ? clamped(score) : null;
  };
}

function clamped(cosine: number): number {
  return Math.max(-1, Math.min(1, cosine));
}
