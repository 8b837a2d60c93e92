/**
 * What search needs to know of each document besides its text, one typed array per property, indexed by ordinal.
 * Engines keep it in step with what they commit; all of it is derived data.
 * @module
 */
import { CollectionOrder } from './collection-order.js';

/** Bits of {@link DocColumns.flags}. Only heads carry `archived`. */
export const DOC_FLAG = { head: 1, archived: 2, retracted: 4, tainted: 8, warned: 16, erased: 32 } as const;

export type DocFlag = keyof typeof DOC_FLAG;

/** A document when it is added. */
export interface DocFacts {
  readonly seriesId: string;
  readonly ownerId: string;
  readonly type: string;
  /** Slash-separated path. */
  readonly collection: string | null;
  readonly position: number | null;
  readonly tags: readonly string[];
  readonly chainTrust: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** World validity in milliseconds since 1970, from (inclusive) and to (exclusive); null is unbounded. */
  readonly validFrom: number | null;
  readonly validTo: number | null;
  /** Ledger position that recorded it. */
  readonly recordedFrom: number;
  /** Ordinal of its primary parent; null when it has none. */
  readonly parent: number | null;
}

/** Strings as small numbers, in order of first appearance. */
export class Interner {
  private readonly ids = new Map<string, number>();
  readonly values: string[] = [];

  idOf(value: string): number {
    let id = this.ids.get(value);
    if (id === undefined) {
      id = this.values.length;
      this.ids.set(value, id);
      this.values.push(value);
    }
    return id;
  }

  find(value: string): number | undefined {
    return this.ids.get(value);
  }
}

/** Ledger positions during which a series was archived; `to` is Infinity while it is. */
export interface ArchiveSpan {
  readonly from: number;
  readonly to: number;
}

const INITIAL_CAPACITY = 1024;

/** Grows by doubling; `size` is the number of documents. Arrays are replaced when they grow: do not hold on to them. */
export class DocColumns {
  size = 0;
  chainTrust = new Uint8Array(INITIAL_CAPACITY);
  flags = new Uint8Array(INITIAL_CAPACITY);
  typeId = new Uint8Array(INITIAL_CAPACITY);
  ownerId = new Uint32Array(INITIAL_CAPACITY);
  /** −1 for none. */
  collectionId = new Int32Array(INITIAL_CAPACITY);
  /** As the collection, but of a document that was cut into sections: their collection. */
  homeId = new Int32Array(INITIAL_CAPACITY);
  seriesId = new Uint32Array(INITIAL_CAPACITY);
  createdAt = new Float64Array(INITIAL_CAPACITY);
  validFrom = new Float64Array(INITIAL_CAPACITY);
  validTo = new Float64Array(INITIAL_CAPACITY);
  recordedFrom = new Float64Array(INITIAL_CAPACITY);
  /** Infinity while the document is its series' head. */
  recordedTo = new Float64Array(INITIAL_CAPACITY);
  /** Ordinal of the primary parent, −1 for none. */
  parent = new Int32Array(INITIAL_CAPACITY);
  readonly types = new Interner();
  readonly owners = new Interner();
  readonly collections = new Interner();
  readonly series = new Interner();
  readonly order = new CollectionOrder();
  /** Newest version by series id. */
  private readonly heads: number[] = [];
  /** By series: the collection of its sections. */
  private readonly sectionsOf = new Map<number, number>();
  private readonly sectioned = new Set<number>();
  private readonly tags = new Map<string, number[]>();
  private readonly archives = new Map<number, ArchiveSpan[]>();

  /**
   * Adds the next document and returns its ordinal. It becomes its series' head; the head before it is current no
   * longer from `recordedFrom` on. A new version of an archived series is archived too.
   */
  add(facts: DocFacts): number {
    const ordinal = this.size++;
    this.reserve(this.size);
    const series = this.series.idOf(facts.seriesId);
    const former = this.heads[series];
    if (former !== undefined) {
      this.setFlag(former, 'head', false);
      this.recordedTo[former] = facts.recordedFrom;
    }
    this.heads[series] = ordinal;
    this.chainTrust[ordinal] = facts.chainTrust;
    this.flags[ordinal] = DOC_FLAG.head | (this.archives.get(series)?.at(-1)?.to === Infinity ? DOC_FLAG.archived : 0);
    this.typeId[ordinal] = this.types.idOf(facts.type);
    this.ownerId[ordinal] = this.owners.idOf(facts.ownerId);
    this.seriesId[ordinal] = series;
    this.createdAt[ordinal] = facts.createdAt;
    this.validFrom[ordinal] = facts.validFrom ?? -Infinity;
    this.validTo[ordinal] = facts.validTo ?? Infinity;
    this.recordedFrom[ordinal] = facts.recordedFrom;
    this.recordedTo[ordinal] = Infinity;
    this.parent[ordinal] = facts.parent ?? -1;
    const collection = facts.collection === null ? -1 : this.collections.idOf(facts.collection);
    this.collectionId[ordinal] = collection;
    if (collection >= 0 && facts.position !== null) this.order.add(ordinal, collection, facts.position);
    this.homeId[ordinal] = this.sectionsOf.get(series) ?? collection;
    if (former === undefined && facts.position !== null) this.noteSection(collection, facts.parent);
    for (const tag of new Set(facts.tags)) {
      const ordinals = this.tags.get(tag);
      if (ordinals === undefined) this.tags.set(tag, [ordinal]);
      else ordinals.push(ordinal);
    }
    return ordinal;
  }

  /** The first version of a section rests on the document that was cut into sections; that lies in another collection. */
  private noteSection(collection: number, parent: number | null): void {
    if (collection < 0 || parent === null || this.sectioned.has(collection) || this.collectionId[parent] === collection)
      return;
    const series = this.seriesId[parent]!;
    this.sectioned.add(collection);
    if (this.sectionsOf.has(series)) return;
    this.sectionsOf.set(series, collection);
    this.homeId[parent] = collection;
    const head = this.heads[series];
    if (head !== undefined) this.homeId[head] = collection;
  }

  /** The newest version of a series, or null. */
  headOf(seriesId: string): number | null {
    const id = this.series.find(seriesId);
    return id === undefined ? null : (this.heads[id] ?? null);
  }

  setFlag(ordinal: number, flag: DocFlag, on: boolean): void {
    const bit = DOC_FLAG[flag];
    const flags = this.flags[ordinal] ?? 0;
    this.flags[ordinal] = on ? flags | bit : flags & ~bit;
  }

  hasFlag(ordinal: number, flag: DocFlag): boolean {
    return ((this.flags[ordinal] ?? 0) & DOC_FLAG[flag]) !== 0;
  }

  setChainTrust(ordinal: number, chainTrust: number): void {
    this.chainTrust[ordinal] = chainTrust;
  }

  setOwner(ordinal: number, ownerId: string): void {
    this.ownerId[ordinal] = this.owners.idOf(ownerId);
  }

  /** Archives a series from ledger position `seq` on. Harmless when it is archived. */
  archive(seriesId: string, seq: number): void {
    const id = this.series.idOf(seriesId);
    const spans = this.archives.get(id) ?? [];
    if (spans.at(-1)?.to === Infinity) return;
    this.archives.set(id, [...spans, { from: seq, to: Infinity }]);
    const head = this.heads[id];
    if (head !== undefined) this.setFlag(head, 'archived', true);
  }

  /** Undoes {@link archive} at ledger position `seq`. Harmless when the series is not archived. */
  unarchive(seriesId: string, seq: number): void {
    const id = this.series.idOf(seriesId);
    const spans = this.archives.get(id) ?? [];
    const last = spans.at(-1);
    if (last?.to !== Infinity) return;
    this.archives.set(id, [...spans.slice(0, -1), { from: last.from, to: seq }]);
    const head = this.heads[id];
    if (head !== undefined) this.setFlag(head, 'archived', false);
  }

  /** Whether the document's series was archived at ledger position `seq`. */
  wasArchived(ordinal: number, seq: number): boolean {
    const spans = this.archives.get(this.seriesId[ordinal] ?? 0);
    return spans !== undefined && spans.some(({ from, to }) => from <= seq && seq < to);
  }

  /** True when any series was ever archived, so that as-of reads can skip the question. */
  get everArchived(): boolean {
    return this.archives.size > 0;
  }

  /** Ordinals that carry a tag, ascending. */
  ordinalsOf(tag: string): readonly number[] {
    return this.tags.get(tag) ?? [];
  }

  /** How many documents carry each tag. */
  tagCounts(): Map<string, number> {
    return new Map([...this.tags].map(([tag, ordinals]) => [tag, ordinals.length]));
  }

  /** Makes a document ineligible for ever and forgets its tags. Interned names stay while the process lives. */
  erase(ordinal: number): void {
    this.setFlag(ordinal, 'erased', true);
    for (const [tag, ordinals] of this.tags) {
      const at = ordinals.indexOf(ordinal);
      if (at < 0) continue;
      if (ordinals.length === 1) this.tags.delete(tag);
      else ordinals.splice(at, 1);
    }
  }

  private reserve(size: number): void {
    if (size <= this.flags.length) return;
    const capacity = Math.max(size, this.flags.length * 2);
    this.chainTrust = grown(this.chainTrust, new Uint8Array(capacity));
    this.flags = grown(this.flags, new Uint8Array(capacity));
    this.typeId = grown(this.typeId, new Uint8Array(capacity));
    this.ownerId = grown(this.ownerId, new Uint32Array(capacity));
    this.collectionId = grown(this.collectionId, new Int32Array(capacity));
    this.homeId = grown(this.homeId, new Int32Array(capacity));
    this.seriesId = grown(this.seriesId, new Uint32Array(capacity));
    this.createdAt = grown(this.createdAt, new Float64Array(capacity));
    this.validFrom = grown(this.validFrom, new Float64Array(capacity));
    this.validTo = grown(this.validTo, new Float64Array(capacity));
    this.recordedFrom = grown(this.recordedFrom, new Float64Array(capacity));
    this.recordedTo = grown(this.recordedTo, new Float64Array(capacity));
    this.parent = grown(this.parent, new Int32Array(capacity));
  }
}

function grown<T extends { set(source: ArrayLike<number>): void }>(from: ArrayLike<number>, to: T): T {
  to.set(from);
  return to;
}
