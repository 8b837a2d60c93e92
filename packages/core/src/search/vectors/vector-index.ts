/**
 * Exact nearest neighbours by cosine among the vectors of one model. Vectors are kept as signed bytes and scanned, all of
 * them or only those that are permitted; how far each was rounded is kept too, so that a search which can look up the
 * original vectors knows which of them it needs to see.
 * @module
 */
import { DomainError } from '../../errors.js';
import { SegmentFormatError, type EncodedSegment, type SegmentRange } from '../segment.js';
import { DocumentRows, roomFor } from './document-rows.js';
import { BOUND_OFFSET, nearestByBound, type NearestPassage } from './nearest-by-bound.js';
import { BATCH_ROWS, RowMatrix, type Rounding } from './row-matrix.js';
import { encodeVectorBlob, openVectorBlob, type VectorBlob } from './vector-blob.js';

/** What a search asks for. */
export interface NearestRequest {
  /** How many documents; fewer come only when fewer are permitted. */
  readonly k: number;
  /** 1 for each permitted document, by ordinal; documents beyond its end are not. Absent: all are. */
  readonly mask?: Uint8Array;
  /** Documents from this ordinal on are left out. Absent: none. */
  readonly limit?: number;
  /**
   * A vector as it was set. With it scores and order are exact, not those of rounded vectors. It is called while the
   * search goes on, so it must not use the index.
   */
  readonly exact?: (ordinal: number, passage: number) => Float32Array;
  /** How many documents may be looked up in full at most; absent: 512, or sixteen for each asked for. */
  readonly budget?: number;
}

/** When fewer of the documents than this are permitted, their rows are picked out instead of scanning all. */
const NARROW_SHARE = 0.3;

/** Covers how 32-bit floats round a score and its bound. */
const FLOAT_ERROR = 2e-6;

const LARGEST_ORDINAL = 2 ** 31 - 2;

/** Vectors of documents, one for each passage. Documents are numbered as in DocColumns. */
export class VectorIndex {
  private readonly matrix: RowMatrix;
  private readonly table = new DocumentRows((from, to) => this.fillRow(from, to));
  /** By row: what turns a dot product into a cosine, and how far the cosine can be off. */
  private scales = new Float32Array(0);
  private errors = new Float32Array(0);

  /**
   * @param maxBytes bound on the vectors' memory; 4 GiB is what can be addressed
   * @throws DomainError INVALID_INPUT unless `dimensions` is a whole number from 1 to 16,384.
   */
  constructor(dimensions: number, maxBytes?: number) {
    this.matrix = new RowMatrix(dimensions, maxBytes);
  }

  get dimensions(): number {
    return this.matrix.dimensions;
  }

  /** Vectors held. */
  get rows(): number {
    return this.table.rows;
  }

  /** Documents that have vectors. */
  get documents(): number {
    return this.table.documents;
  }

  /** Memory held. */
  get byteLength(): number {
    return this.matrix.byteLength + this.table.byteLength + this.scales.byteLength + this.errors.byteLength;
  }

  has(ordinal: number): boolean {
    return this.table.firstOf(ordinal) >= 0;
  }

  /**
   * Sets a document's vectors, one for each passage, in place of those it had. Their length does not matter. Nothing
   * changes when one is refused.
   * @throws DomainError INVALID_INPUT for a vector of another dimension, not finite, or zero; STORE_FULL past 4 GiB.
   */
  set(ordinal: number, vectors: readonly Float32Array[]): void {
    if (!Number.isInteger(ordinal) || ordinal < 0 || ordinal > LARGEST_ORDINAL) {
      throw new DomainError('INVALID_INPUT', `${ordinal} is no document's ordinal`);
    }
    const count = vectors.length;
    const written = this.table.rows;
    this.reserve(written + count);
    try {
      vectors.forEach((vector, i) => {
        const { scale, error } = this.matrix.write(written + i, vector, `vector ${i} of document ${ordinal}`);
        this.scales[written + i] = scale;
        this.errors[written + i] = error;
      });
    } catch (error) {
      this.matrix.clear(written, count);
      throw error;
    }
    this.remove(ordinal);
    // The rows that went left a gap before those just written.
    const first = this.table.rows;
    if (first !== written) {
      this.matrix.copy(written, first, count);
      this.matrix.clear(first + count, written - first);
      this.scales.copyWithin(first, written, written + count);
      this.errors.copyWithin(first, written, written + count);
    }
    this.table.append(ordinal, count);
  }

  /** Forgets a document's vectors; no byte of them stays. Harmless when it has none. */
  remove(ordinal: number): void {
    this.table.remove(ordinal);
  }

  /**
   * Writes the cosine of each permitted document's nearest passage to `out`, by ordinal; other places keep what they
   * hold. Cosines are those of rounded vectors: mostly within .001, for vectors with a few large numbers within .01.
   * @param mask 1 for each permitted document; those from `limit` or the mask's end on are not
   * @returns how many documents were scored
   * @throws DomainError INVALID_INPUT when the query is refused
   */
  scoreAll(query: Float32Array, mask: Uint8Array, limit: number, out: Float32Array): number {
    const { scale } = this.matrix.setQuery(query);
    const permitted = this.permitted(mask, limit);
    this.score(permitted, mask, { scale, slack: 0, offset: 0 }, out);
    return permitted.length;
  }

  /**
   * The nearest permitted documents, best first, the newest first among equals: as many as asked for or as there are.
   * @throws DomainError INVALID_INPUT when the query is refused; STORE_CORRUPT when `exact` gives no usable vector
   */
  nearest(query: Float32Array, request: NearestRequest): NearestPassage[] {
    const { mask, exact } = request;
    const { scale, error } = this.matrix.setQuery(query);
    const permitted = this.permitted(mask, request.limit ?? Infinity);
    const k = Math.min(request.k, permitted.length);
    if (k <= 0) return [];
    const slack = exact === undefined ? 0 : 1 + error;
    const margin = FLOAT_ERROR + (exact === undefined ? 0 : error);
    const bounds = new Float32Array(permitted[permitted.length - 1]! + 1);
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
    return this.nearestRow(ordinal, this.matrix.setQuery(query).scale);
  }

  /** The vectors of documents with ordinals `first` to `first + count - 1`, to be persisted as one blob. */
  encode({ first, count }: SegmentRange): EncodedSegment {
    const rows: number[] = [];
    for (let ordinal = first; ordinal < Math.min(first + count, this.table.end); ordinal++) {
      this.eachRow(ordinal, (row) => rows.push(row));
    }
    const { dimensions, stride } = this.matrix;
    return encodeVectorBlob({ first, count }, { dimensions, stride, rows: rows.length }, (blob) => {
      rows.forEach((row, i) => {
        blob.ordinals[i] = this.table.ordinalOf[row]!;
        blob.scales[i] = this.scales[row]!;
        blob.errors[i] = this.errors[row]!;
        blob.matrix.set(this.matrix.rows(row, 1), i * stride);
      });
    });
  }

  /**
   * Sets the vectors of the documents in a blob, in place of those they had.
   * @returns the range it was encoded for
   * @throws SegmentFormatError when it is damaged, of another version, or of another dimension; nothing changes then.
   */
  load(bytes: Uint8Array): SegmentRange {
    const blob = openVectorBlob(bytes, this.matrix.dimensions, this.matrix.stride);
    const documents = documentsOf(blob);
    this.reserve(this.table.rows + blob.rows);
    for (const { ordinal } of documents) this.remove(ordinal);
    const at = this.table.rows;
    this.matrix.rows(at, blob.rows).set(blob.matrix);
    this.scales.set(blob.scales, at);
    this.errors.set(blob.errors, at);
    for (const { ordinal, passages } of documents) this.table.append(ordinal, passages);
    return { first: blob.first, count: blob.count };
  }

  /** Ascending ordinals of the documents that are permitted and have vectors. */
  private permitted(mask: Uint8Array | undefined, limit: number): Int32Array {
    const end = Math.max(0, Math.min(limit, this.table.end, mask?.length ?? Infinity));
    const permitted = new Int32Array(Math.min(end, this.table.documents));
    let count = 0;
    for (let ordinal = 0; ordinal < end; ordinal++) {
      if ((mask === undefined || mask[ordinal] === 1) && this.table.firstOf(ordinal) >= 0) permitted[count++] = ordinal;
    }
    return permitted.subarray(0, count);
  }

  /** Writes to `out` the best score among the rows of each permitted document. */
  private score(permitted: Int32Array, mask: Uint8Array | undefined, scoring: Scoring, out: Float32Array): void {
    for (let i = 0; i < permitted.length; i++) out[permitted[i]!] = -Infinity;
    if (permitted.length < NARROW_SHARE * this.table.documents) this.scorePicked(permitted, scoring, out);
    else this.scoreScanned(permitted[permitted.length - 1] ?? -1, mask, scoring, out);
  }

  private scorePicked(permitted: Int32Array, { scale, slack, offset }: Scoring, out: Float32Array): void {
    const { list } = this.matrix;
    const { ordinalOf } = this.table;
    let count = 0;
    const flush = (): void => {
      const dots = this.matrix.scoreList(count);
      for (let i = 0; i < count; i++) {
        const row = list[i]!;
        const score = dots[i]! * scale * this.scales[row]! + slack * this.errors[row]! + offset;
        const ordinal = ordinalOf[row]!;
        if (score > out[ordinal]!) out[ordinal] = score;
      }
      count = 0;
    };
    for (let i = 0; i < permitted.length; i++) {
      for (let row = this.table.firstOf(permitted[i]!); row >= 0; row = this.table.nextOf(row)) {
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
    const { ordinalOf, rows } = this.table;
    const { scales, errors } = this;
    for (let first = 0; first < rows; first += BATCH_ROWS) {
      const count = Math.min(BATCH_ROWS, rows - first);
      const dots = this.matrix.scoreRange(first, count);
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
    cosine: (ordinal: number, passage: number) => number,
  ): NearestPassage | null {
    let best: NearestPassage | null = null;
    const passages = this.passageScores(ordinal, scale)
      .map(({ passage, score, error }) => ({ passage, bound: score + slack * error + margin }))
      .sort((a, b) => b.bound - a.bound || a.passage - b.passage);
    for (const { passage, bound } of passages) {
      if (bound < Math.max(least, best?.score ?? -Infinity)) break;
      const score = cosine(ordinal, passage);
      if (best === null || score > best.score) best = { ordinal, passage, score };
    }
    return best;
  }

  private passageScores(ordinal: number, scale: number): { passage: number; score: number; error: number }[] {
    const rows: number[] = [];
    this.eachRow(ordinal, (row) => rows.push(row));
    const scores = [];
    for (let first = 0; first < rows.length; first += BATCH_ROWS) {
      const batch = rows.slice(first, first + BATCH_ROWS);
      this.matrix.list.set(batch);
      const dots = this.matrix.scoreList(batch.length);
      for (const [i, row] of batch.entries()) {
        const score = clamped(dots[i]! * scale * this.scales[row]!);
        scores.push({ passage: this.table.passageOf[row]!, score, error: this.errors[row]! });
      }
    }
    return scores;
  }

  private eachRow(ordinal: number, visit: (row: number) => void): void {
    for (let row = this.table.firstOf(ordinal); row >= 0; row = this.table.nextOf(row)) visit(row);
  }

  private fillRow(from: number, to: number): void {
    if (from !== to) {
      this.matrix.copy(from, to, 1);
      this.scales[to] = this.scales[from]!;
      this.errors[to] = this.errors[from]!;
    }
    this.matrix.clear(from, 1);
    this.scales[from] = 0;
    this.errors[from] = 0;
  }

  private reserve(rows: number): void {
    this.matrix.reserve(rows);
    if (rows <= this.scales.length) return;
    const capacity = roomFor(rows, this.scales.length);
    const { scales, errors } = this;
    this.scales = new Float32Array(capacity);
    this.errors = new Float32Array(capacity);
    this.scales.set(scales);
    this.errors.set(errors);
  }
}

/** How a dot product becomes what is written: times `scale` and the row's own, `slack` times its error, and `offset`. */
interface Scoring extends Pick<Rounding, 'scale'> {
  readonly slack: number;
  readonly offset: number;
}

function documentsOf({ first, count, ordinals }: VectorBlob): { ordinal: number; passages: number }[] {
  const documents: { ordinal: number; passages: number }[] = [];
  for (const ordinal of ordinals) {
    const last = documents.at(-1);
    if (last?.ordinal === ordinal) last.passages++;
    else if (ordinal > (last?.ordinal ?? first - 1) && ordinal < first + count)
      documents.push({ ordinal, passages: 1 });
    else throw new SegmentFormatError('SEGMENT_CORRUPT', 'the vectors do not ascend within their range');
  }
  return documents;
}

function exactCosine(
  query: Float32Array,
  exact: (ordinal: number, passage: number) => Float32Array,
): (ordinal: number, passage: number) => number {
  const queryLength = Math.sqrt(query.reduce((sum, value) => sum + value * value, 0));
  return (ordinal, passage) => {
    const vector = exact(ordinal, passage);
    let dot = 0;
    let squares = 0;
    for (let i = 0; i < vector.length; i++) {
      dot += vector[i]! * query[i]!;
      squares += vector[i]! * vector[i]!;
    }
    const score = dot / (Math.sqrt(squares) * queryLength);
    if (Number.isFinite(score) && vector.length === query.length) return clamped(score);
    throw new DomainError(
      'STORE_CORRUPT',
      `the stored vector ${passage} of document ${ordinal} is not the one indexed`,
    );
  };
}

function clamped(cosine: number): number {
  return Math.max(-1, Math.min(1, cosine));
}
