/**
 * Who stands next to whom in a collection. At each position the newest document stands for the position; a document's
 * neighbours are those of the nearest positions before and after its own. The result depends on which documents exist,
 * not on the order they came in.
 * @module
 */

interface Slots {
  /** Ascending. */
  readonly positions: number[];
  /** All ordinals at each position, ascending. */
  readonly members: number[][];
}

export class CollectionOrder {
  /** Neighbour's ordinal by ordinal, −1 for none. Replaced when they grow. */
  previous = new Int32Array(1024).fill(-1);
  next = new Int32Array(1024).fill(-1);
  private readonly collections = new Map<number, Slots>();

  /** Places a document; ordinals come in ascending order. */
  add(ordinal: number, collection: number, position: number): void {
    this.reserve(ordinal + 1);
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

  private reserve(size: number): void {
    if (size <= this.previous.length) return;
    const capacity = Math.max(size, this.previous.length * 2);
    const previous = new Int32Array(capacity).fill(-1);
    const next = new Int32Array(capacity).fill(-1);
    previous.set(this.previous);
    next.set(this.next);
    this.previous = previous;
    this.next = next;
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
