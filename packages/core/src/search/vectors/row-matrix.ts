/**
 * Rows of signed bytes in WebAssembly memory, and the kernel that multiplies them with a query. The memory begins with
 * what one call needs (query, a vector as it came, results, row numbers); the rows follow without gaps.
 * @module
 */
import { DomainError } from '../../errors.js';
import { PAGE_BYTES, type KernelMemory } from '../web-assembly.js';
import { vectorKernel, type VectorKernel } from './vector-kernel.js';

/** Rows that one call of the kernel scores: few enough for the results to stay in the processor's cache. */
export const BATCH_ROWS = 4096;

/** More than any model makes; the room for one call stays small. */
export const MAX_DIMENSIONS = 16_384;

/** What WebAssembly can address; the last page stays free, so that no address past a row's end wraps around. */
const MAX_BYTES = 65_535 * PAGE_BYTES;

/** Shorter vectors have no direction that their numbers could tell. */
const LEAST_LENGTH = 1e-12;

/** How a vector was rounded: `byte × scale` is its direction's component, `error` the length of what rounding lost. */
export interface Rounding {
  readonly scale: number;
  readonly error: number;
}

/** A matrix of rows of one dimension. Which rows are in use is the caller's business. */
export class RowMatrix {
  /** Bytes of a row: the dimension, padded to whole SIMD registers. */
  readonly stride: number;
  private readonly memory: KernelMemory;
  private readonly kernel: VectorKernel;
  private readonly queryAt = 0;
  private readonly vectorAt: number;
  private readonly dotsAt: number;
  private readonly listAt: number;
  private readonly rowsAt: number;
  /** The query's largest 16-bit number: a sum of `stride` products with a byte must fit 32 bits. */
  private readonly querySteps: number;
  // Growing the memory detaches its views.
  private bytes!: Uint8Array;
  private vector!: Float32Array;
  private dots!: Float32Array;
  /** Where to write the row numbers for {@link scoreList}; replaced whenever the matrix grows. */
  list!: Uint32Array;

  /** @throws DomainError INVALID_INPUT unless `dimensions` is a whole number from 1 to 16,384. */
  constructor(
    readonly dimensions: number,
    private readonly maxBytes = MAX_BYTES,
  ) {
    if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > MAX_DIMENSIONS) {
      throw new DomainError('INVALID_INPUT', `vectors have 1 to ${MAX_DIMENSIONS} dimensions, not ${dimensions}`);
    }
    this.stride = (dimensions + 15) & ~15;
    this.querySteps = Math.min(32_767, Math.floor((2 ** 31 - 1) / (127 * this.stride)));
    this.vectorAt = this.queryAt + 2 * this.stride;
    this.dotsAt = this.vectorAt + 4 * this.stride;
    this.listAt = this.dotsAt + 4 * BATCH_ROWS;
    this.rowsAt = this.listAt + 4 * BATCH_ROWS;
    const pages = Math.ceil(this.rowsAt / PAGE_BYTES);
    ({ kernel: this.kernel, memory: this.memory } = vectorKernel.instantiate(pages, MAX_BYTES / PAGE_BYTES));
    this.takeViews();
  }

  /** Bytes of memory held. */
  get byteLength(): number {
    return this.bytes.byteLength;
  }

  /** @throws DomainError STORE_FULL when `rows` rows do not fit. */
  reserve(rows: number): void {
    const needed = this.rowsAt + rows * this.stride;
    const held = this.bytes.byteLength;
    if (needed <= held) return;
    if (needed > this.maxBytes) throw this.full(rows);
    // An eighth more than is held, so that growing costs little however often it happens.
    const wanted = Math.min(this.maxBytes, Math.max(needed, held + held / 8));
    try {
      this.memory.grow(Math.ceil((wanted - held) / PAGE_BYTES));
    } catch (cause) {
      throw this.full(rows, cause);
    } finally {
      this.takeViews();
    }
  }

  /**
   * Rounds a vector's direction into a row that was reserved.
   * @param name how an error should call the vector
   * @throws DomainError INVALID_INPUT for another dimension, a number that is not finite, or no direction
   */
  write(row: number, vector: Float32Array, name: string): Rounding {
    const length = this.take(vector, name);
    const factor = Math.fround(127 / this.kernel.largestOf(this.vectorAt, this.stride));
    const lost = this.kernel.quantizeRow(this.vectorAt, this.stride, factor, this.addressOf(row));
    return { scale: 1 / (factor * length), error: lost / (factor * length) };
  }

  /** Sets the query for the calls that follow. Refuses like {@link write}. */
  setQuery(query: Float32Array): Rounding {
    const length = this.take(query, 'the query');
    const factor = Math.fround(this.querySteps / this.kernel.largestOf(this.vectorAt, this.stride));
    const lost = this.kernel.quantizeQuery(this.vectorAt, this.stride, factor, this.queryAt);
    return { scale: 1 / (factor * length), error: lost / (factor * length) };
  }

  /** Dot products of the query with `count` (at most {@link BATCH_ROWS}) rows; valid until the next call. */
  scoreRange(first: number, count: number): Float32Array {
    if (count > 0) this.kernel.scoreRange(this.queryAt, this.addressOf(first), this.stride, count, this.dotsAt);
    return this.dots;
  }

  /** Dot products of the query with the first `count` rows of {@link list}; valid until the next call. */
  scoreList(count: number): Float32Array {
    if (count > 0) this.kernel.scoreList(this.queryAt, this.rowsAt, this.stride, this.listAt, count, this.dotsAt);
    return this.dots;
  }

  /** Copies rows that were reserved, overlapping or not. */
  copy(from: number, to: number, count: number): void {
    this.bytes.copyWithin(this.addressOf(to), this.addressOf(from), this.addressOf(from + count));
  }

  /** Leaves nothing of rows, nor of the last vector written. */
  clear(first: number, count: number): void {
    this.bytes.fill(0, this.addressOf(first), this.addressOf(first + count));
    this.vector.fill(0);
  }

  /** The bytes of rows, in place. */
  rows(first: number, count: number): Uint8Array {
    return this.bytes.subarray(this.addressOf(first), this.addressOf(first + count));
  }

  /** Brings a vector before the kernel and returns its length. */
  private take(vector: Float32Array, name: string): number {
    if (vector.length !== this.dimensions) {
      throw new DomainError('INVALID_INPUT', `${name} has ${vector.length} dimensions, not ${this.dimensions}`);
    }
    this.vector.set(vector);
    const length = this.kernel.lengthOf(this.vectorAt, this.stride);
    if (!Number.isFinite(length)) throw new DomainError('INVALID_INPUT', `${name} holds a number that is not finite`);
    if (length < LEAST_LENGTH) throw new DomainError('INVALID_INPUT', `${name} is zero and so has no direction`);
    return length;
  }

  private addressOf(row: number): number {
    return this.rowsAt + row * this.stride;
  }

  private takeViews(): void {
    const { buffer } = this.memory;
    this.bytes = new Uint8Array(buffer);
    this.vector = new Float32Array(buffer, this.vectorAt, this.stride);
    this.dots = new Float32Array(buffer, this.dotsAt, BATCH_ROWS);
    this.list = new Uint32Array(buffer, this.listAt, BATCH_ROWS);
  }

  private full(rows: number, cause?: unknown): DomainError {
    const megabytes = Math.round((rows * this.stride) / 1e6);
    return new DomainError(
      'STORE_FULL',
      `${rows} vectors of ${this.dimensions} dimensions need ${megabytes} MB, more than the vector index can hold; ` +
        'use fewer or larger passages, or a model of fewer dimensions',
      { rows, dimensions: this.dimensions, maxBytes: this.maxBytes },
      { cause },
    );
  }
}
