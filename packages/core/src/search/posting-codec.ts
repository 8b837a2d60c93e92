/**
 * Postings of one term: for each document in ordinal order a varint of `(gap << 1) | counted`, followed, when `counted`,
 * by one byte holding the title count (high four bits) and the body count (low four bits), each capped at 15.
 * The commonest posting, once in the body and not in the title, has no count byte. Gaps start at the segment's first
 * ordinal minus one, so every gap is at least 1. Ordinals stay below 2^30.
 * @module
 */

/** The packed count of a term that appears once in the body. */
export const ONCE_IN_BODY = 1;

/** Title and body counts in one byte. */
export function packCounts(title: number, body: number): number {
  return ((title > 15 ? 15 : title) << 4) | (body > 15 ? 15 : body);
}

/** A growing run of bytes. */
export class ByteSink {
  private buffer: Uint8Array;
  length = 0;

  constructor(capacity = 1 << 12) {
    this.buffer = new Uint8Array(capacity);
  }

  /** Appends one posting; returns nothing, the caller keeps the previous ordinal. */
  posting(gap: number, counts: number): void {
    if (this.length + 7 > this.buffer.length) this.grow();
    const counted = counts === ONCE_IN_BODY ? 0 : 1;
    let value = ((gap << 1) | counted) >>> 0;
    const buffer = this.buffer;
    let at = this.length;
    while (value > 127) {
      buffer[at++] = (value & 127) | 128;
      value >>>= 7;
    }
    buffer[at++] = value;
    if (counted === 1) buffer[at++] = counts;
    this.length = at;
  }

  /** The bytes written so far, not copied: valid until the next write. */
  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  private grow(): void {
    const larger = new Uint8Array(this.buffer.length * 2);
    larger.set(this.buffer);
    this.buffer = larger;
  }
}

/** Calls `visit(ordinal, counts)` for each posting in `bytes[from, to)`. */
export function forEachPosting(
  bytes: Uint8Array,
  from: number,
  to: number,
  firstOrdinal: number,
  visit: (ordinal: number, counts: number) => void,
): void {
  let ordinal = firstOrdinal - 1;
  let at = from;
  while (at < to) {
    let byte = bytes[at++] ?? 0;
    let value = byte & 127;
    let shift = 7;
    while (byte > 127) {
      byte = bytes[at++] ?? 0;
      value |= (byte & 127) << shift;
      shift += 7;
    }
    ordinal += value >>> 1;
    visit(ordinal, (value & 1) === 1 ? (bytes[at++] ?? 0) : ONCE_IN_BODY);
  }
}

/** How many postings in `bytes[from, to)` have an ordinal below `limit`. */
export function countPostingsBelow(
  bytes: Uint8Array,
  from: number,
  to: number,
  firstOrdinal: number,
  limit: number,
): number {
  let count = 0;
  forEachPosting(bytes, from, to, firstOrdinal, (ordinal) => {
    if (ordinal < limit) count++;
  });
  return count;
}
