/**
 * Which row belongs to which passage of which document. Rows are dense: the last one fills the place of a row that goes.
 * @module
 */

const NONE = -1;

/** The rows of a document form a list in the order of its passages. */
export class DocumentRows {
  /** Rows in use: 0 to `rows - 1`. */
  rows = 0;
  /** Documents that have rows. */
  documents = 0;
  /** By row. Replaced when they grow. */
  ordinalOf = new Int32Array(0);
  passageOf = new Int32Array(0);
  private next = new Int32Array(0);
  /** By ordinal. */
  private first = new Int32Array(0);
  private found = new Int32Array(0);
  private readonly fill: (from: number, to: number) => void;

  /** @param fill called when a row takes the number of one that went; equal numbers when the last row goes. */
  constructor(fill: (from: number, to: number) => void) {
    this.fill = fill;
  }

  get byteLength(): number {
    return 4 * (3 * this.next.length + this.first.length + this.found.length);
  }

  /** Ordinals below this may have rows. */
  get end(): number {
    return this.first.length;
  }

  /** The document's first row, −1 for none. */
  firstOf(ordinal: number): number {
    return this.first[ordinal] ?? NONE;
  }

  /** The row of the same document's next passage, −1 after the last. */
  nextOf(row: number): number {
    return this.next[row] ?? NONE;
  }

  /**
   * Ascending ordinals of the documents that have rows, are below `limit` and, when there is a mask, have 1 in it; valid
   * until the next call.
   */
  permitted(mask: Uint8Array | undefined, limit: number): Int32Array {
    const { first } = this;
    const end = Math.max(0, Math.min(limit, first.length, mask?.length ?? Infinity));
    // Kept from call to call: the system takes longer to hand out fresh memory than the loop to fill it.
    if (this.found.length < this.documents) this.found = new Int32Array(this.next.length);
    const permitted = this.found;
    let count = 0;
    for (let ordinal = 0; ordinal < end; ordinal++) {
      if (first[ordinal]! >= 0 && (mask === undefined || mask[ordinal] === 1)) permitted[count++] = ordinal;
    }
    return permitted.subarray(0, count);
  }

  /** Gives the next `passages` rows to a document that has none. */
  append(ordinal: number, passages: number): void {
    if (passages === 0) return;
    this.reserve(this.rows + passages, ordinal + 1);
    this.first[ordinal] = this.rows;
    this.documents++;
    for (let passage = 0; passage < passages; passage++) {
      const row = this.rows++;
      this.ordinalOf[row] = ordinal;
      this.passageOf[row] = passage;
      this.next[row] = passage === passages - 1 ? NONE : row + 1;
    }
  }

  /** Takes a document's rows away. */
  remove(ordinal: number): void {
    if (this.firstOf(ordinal) === NONE) return;
    this.documents--;
    for (let row = this.firstOf(ordinal); row !== NONE; row = this.firstOf(ordinal)) {
      this.first[ordinal] = this.nextOf(row);
      const last = --this.rows;
      if (row !== last) this.renumber(last, row);
      this.fill(last, row);
    }
  }

  private renumber(from: number, to: number): void {
    const ordinal = this.ordinalOf[from]!;
    let before = this.first[ordinal]!;
    if (before === from) {
      this.first[ordinal] = to;
    } else {
      while (this.next[before] !== from) before = this.next[before]!;
      this.next[before] = to;
    }
    this.ordinalOf[to] = ordinal;
    this.passageOf[to] = this.passageOf[from]!;
    this.next[to] = this.next[from]!;
  }

  private reserve(rows: number, ordinals: number): void {
    if (rows > this.next.length) {
      const capacity = roomFor(rows, this.next.length);
      this.ordinalOf = grown(this.ordinalOf, capacity);
      this.passageOf = grown(this.passageOf, capacity);
      this.next = grown(this.next, capacity);
    }
    if (ordinals > this.first.length) {
      const known = this.first.length;
      this.first = grown(this.first, roomFor(ordinals, known)).fill(NONE, known);
    }
  }
}

/** Half as much again, so that growing costs little however often it happens. */
export function roomFor(needed: number, held: number): number {
  return Math.max(needed, 256, Math.ceil(held * 1.5));
}

function grown(from: Int32Array, capacity: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(capacity);
  to.set(from);
  return to;
}
