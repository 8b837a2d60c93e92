/**
 * Vectors as signed bytes in rows, by document and passage, with what rounding cost each. Rows are dense.
 * @module
 */
import { DomainError } from '../../errors.js';
import { SegmentFormatError, type EncodedSegment, type SegmentRange } from '../segment.js';
import { DocumentRows, roomFor } from './document-rows.js';
import { RowMatrix } from './row-matrix.js';
import { encodeVectorBlob, openVectorBlob, type VectorBlob } from './vector-blob.js';

const LARGEST_ORDINAL = 2 ** 31 - 2;

/** What {@link VectorIndex} searches. */
export class RoundedVectors {
  readonly matrix: RowMatrix;
  readonly table = new DocumentRows((from, to) => this.fillRow(from, to));
  /** By row: what turns a dot product into a cosine, and how far the cosine can be off. Replaced when they grow. */
  scales = new Float32Array(0);
  errors = new Float32Array(0);

  /** @throws DomainError INVALID_INPUT unless `dimensions` is a whole number from 1 to 16,384. */
  constructor(dimensions: number, maxBytes?: number) {
    this.matrix = new RowMatrix(dimensions, maxBytes);
  }

  /** Memory held. */
  get byteLength(): number {
    return this.matrix.byteLength + this.table.byteLength + this.scales.byteLength + this.errors.byteLength;
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
   * @param expected the range it is taken for
   * @returns the range it was encoded for
   * @throws SegmentFormatError when it is damaged, of another version, of another dimension or for another range; nothing
   * changes then.
   */
  load(bytes: Uint8Array, expected?: SegmentRange): SegmentRange {
    const blob = openVectorBlob(bytes, this.matrix.dimensions, this.matrix.stride);
    if (expected !== undefined && (blob.first !== expected.first || blob.count !== expected.count)) {
      const documents = `${blob.count} documents from ${blob.first}`;
      throw new SegmentFormatError(
        'SEGMENT_GAP',
        `the vectors are those of ${documents}, not ${expected.count} from ${expected.first}`,
      );
    }
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

  /** Visits a document's rows in the order of its passages. */
  eachRow(ordinal: number, visit: (row: number) => void): void {
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
