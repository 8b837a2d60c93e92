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
  /** By ordinal. */
  private positions = new Float64Array(1024);
  /** The newest document of all at the nearest position, by ordinal, −1 for none: seldom is it one that is not seen. */
  private previous = new Int32Array(1024).fill(-1);
  private next = new Int32Array(1024).fill(-1);
  private readonly collections = new Map<number, Slots>();

  /** Places a document; ordinals come in ascending order. */
  add(ordinal: number, collection: number, position: number): void {
    this.reserve(ordinal + 1);
    this.positions[ordinal] = position;
    let slots = this.collections.get(collection);
    if (slots === undefined) this.collections.set(collection, (slots = { positions: [], members: [] }));
    const at = lowerBound(slots.positions, position);
    if (slots.positions[at] === position) {
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
   * The neighbour before (`step` −1) or after (1) a document of a collection, −1 for none. Passing over what is not seen
   * costs little in all: whoever asks for neighbours is seen, so that nobody looks beyond the next one who does.
   * @param seen 1 for each document that the reader sees, by ordinal; those beyond its end are not
   */
  neighbour(ordinal: number, collection: number, step: -1 | 1, seen: Uint8Array): number {
    const nearest = (step < 0 ? this.previous : this.next)[ordinal] ?? -1;
    return nearest < 0 || seen[nearest] === 1 ? nearest : this.seenNeighbour(ordinal, collection, step, seen);
  }

  private seenNeighbour(ordinal: number, collection: number, step: -1 | 1, seen: Uint8Array): number {
    const slots = this.collections.get(collection);
    if (slots === undefined) return -1;
    for (let at = lowerBound(slots.positions, this.positions[ordinal] ?? 0) + step; ; at += step) {
      const members = slots.members[at];
      if (members === undefined) return -1;
      for (let i = members.length - 1; i >= 0; i--) if (seen[members[i] as number] === 1) return members[i] as number;
    }
  }

  private reserve(size: number): void {
    const known = this.positions.length;
    if (size <= known) return;
    const capacity = Math.max(size, known * 2);
    const { positions, previous, next } = this;
    this.positions = new Float64Array(capacity);
    this.previous = new Int32Array(capacity).fill(-1, known);
    this.next = new Int32Array(capacity).fill(-1, known);
    this.positions.set(positions);
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
