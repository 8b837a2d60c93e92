/**
 * Who stands next to whom in a collection, as a reader sees it: at each position the newest document that they may see
 * stands for the position, and a document's neighbours are those of the nearest such positions before and after its own.
 * The result depends on which documents are seen, neither on the others nor on the order they came in.
 * @module
 */

interface Slots {
  /** Ascending. */
  readonly positions: number[];
  /** All ordinals at each position, ascending. */
  readonly members: number[][];
}

export class CollectionOrder {
  /** The next older document at the same position, by ordinal, −1 for none. */
  private older = new Int32Array(1024).fill(-1);
  /** The newest document of all at the nearest position, by ordinal, −1 for none: seldom is it one that is not seen. */
  private previous = new Int32Array(1024).fill(-1);
  private next = new Int32Array(1024).fill(-1);
  private readonly collections = new Map<number, Slots>();

  /** Places a document; ordinals come in ascending order. */
  add(ordinal: number, collection: number, position: number): void {
    this.reserve(ordinal + 1);
    let slots = this.collections.get(collection);
    if (slots === undefined) this.collections.set(collection, (slots = { positions: [], members: [] }));
    const at = lowerBound(slots.positions, position);
    if (slots.positions[at] === position) {
      this.older[ordinal] = slots.members[at]?.at(-1) ?? -1;
      slots.members[at]?.push(ordinal);
    } else {
      slots.positions.splice(at, 0, position);
      slots.members.splice(at, 0, [ordinal]);
    }
    const before = slots.members[at - 1] ?? [];
    const after = slots.members[at + 1] ?? [];
    this.previous[ordinal] = before.at(-1) ?? -1;
    this.next[ordinal] = after.at(-1) ?? -1;
    for (const member of before) this.next[member] = ordinal;
    for (const member of after) this.previous[member] = ordinal;
  }

  /**
   * The neighbour before (`step` −1) or after (1) a document, −1 for none. Passing over what is not seen costs little in
   * all: whoever asks for neighbours is seen, so that nobody looks beyond the next one who does.
   * @param seen 1 for each document that the reader sees, by ordinal; those beyond its end are not
   */
  neighbour(ordinal: number, step: -1 | 1, seen: Uint8Array): number {
    const beside = step < 0 ? this.previous : this.next;
    for (let newest = beside[ordinal] ?? -1; newest >= 0; newest = beside[newest] ?? -1) {
      for (let member = newest; member >= 0; member = this.older[member] ?? -1) if (seen[member] === 1) return member;
    }
    return -1;
  }

  private reserve(size: number): void {
    const known = this.older.length;
    if (size <= known) return;
    const capacity = Math.max(size, known * 2);
    const { older, previous, next } = this;
    this.older = new Int32Array(capacity).fill(-1, known);
    this.previous = new Int32Array(capacity).fill(-1, known);
    this.next = new Int32Array(capacity).fill(-1, known);
    this.older.set(older);
    this.previous.set(previous);
    this.next.set(next);
  }
}

function lowerBound(ascending: readonly number[], value: number): number {
  // Documents usually arrive in order.
  if (ascending.length === 0 || (ascending[ascending.length - 1] ?? 0) < value) return ascending.length;
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
