/** Search of the memory engine: the shared index and ranking, with the columns drawn up anew from the state. @module */
import type { JsonObject } from '../ledger/json.js';
import type { SearchPage, SearchRequest, SimilarPage, SimilarRequest } from '../ports/search-reader.js';
import { DocColumns, LexicalIndex, StoreSearch, type SearchRows, type ServedVectors } from '../search/index.js';
import { headerOf } from './capsule-views.js';
import type { CapsuleState, MemoryState } from './memory-state.js';
import type { MemoryVectors } from './memory-vectors.js';

export class MemorySearch {
  readonly #index = new LexicalIndex();
  /** By ordinal, which is the order of creation. */
  readonly #capsules: CapsuleState[] = [];
  readonly #ordinals = new Map<number, number>();
  /** Null after a change of the state. */
  #search: StoreSearch | null = null;

  constructor(private readonly vectors: MemoryVectors) {}

  /** Takes in what was committed: new texts now, everything else with the next search, if it is about capsules. */
  follow(state: MemoryState, aboutCapsules: boolean): void {
    for (const capsule of newest(state, this.#capsules.length)) {
      this.#index.add({ title: capsule.title ?? '', tags: capsule.tags.join(' '), body: capsule.content });
      this.#ordinals.set(capsule.seq, this.#capsules.length);
      this.#capsules.push(capsule);
    }
    if (aboutCapsules) this.#search = null;
  }

  /** `cutoff` is the ledger position of the filter's `asOf`. */
  search(state: MemoryState, request: SearchRequest, cutoff: number | null): SearchPage {
    return this.#drawn(state).search(request, cutoff, this.#served());
  }

  similar(state: MemoryState, request: SimilarRequest, cutoff: number | null): SimilarPage | null {
    const ordinal = this.#ordinalOf(state, request.id);
    return ordinal === null ? null : this.#drawn(state).similar(ordinal, request, cutoff, this.#served());
  }

  #drawn(state: MemoryState): StoreSearch {
    this.#search ??= new StoreSearch(this.#index, columnsOf(state, this.#capsules), this.#rows(state));
    return this.#search;
  }

  #ordinalOf(state: MemoryState, id: string): number | null {
    return this.#ordinals.get(state.capsules.get(id)?.seq ?? 0) ?? null;
  }

  #served(): ServedVectors | null {
    return this.vectors.served((seq) => this.#ordinals.get(seq) as number);
  }

  #rows(state: MemoryState): SearchRows {
    const at = (ordinal: number): CapsuleState => this.#capsules[ordinal] as CapsuleState;
    return {
      header: (ordinal) => headerOf(at(ordinal)),
      content: (ordinal) => at(ordinal).content,
      metadata: (ordinal) => structuredClone(at(ordinal).metadata) as JsonObject,
      ordinalOf: (id) => this.#ordinalOf(state, id),
      passage: (ordinal, passage) => this.vectors.passage(at(ordinal).seq, passage),
    };
  }
}

function newest(state: MemoryState, known: number): CapsuleState[] {
  return state.capsules.size === known ? [] : [...state.capsules.values()].slice(known);
}

function columnsOf(state: MemoryState, capsules: readonly CapsuleState[]): DocColumns {
  const columns = new DocColumns();
  const ordinals = new Map(capsules.map((capsule, ordinal) => [capsule, ordinal]));
  for (const capsule of capsules) {
    const primary = capsule.parents[0]?.parent;
    const ordinal = columns.add({
      seriesId: capsule.series.id,
      ownerId: capsule.ownerId,
      type: capsule.type,
      collection: capsule.collection,
      position: capsule.position,
      tags: capsule.tags,
      chainTrust: capsule.chainTrust,
      createdAt: Date.parse(capsule.createdAt),
      validFrom: capsule.validFrom === null ? null : Date.parse(capsule.validFrom),
      validTo: capsule.validTo === null ? null : Date.parse(capsule.validTo),
      recordedFrom: capsule.seq,
      parent: primary === undefined ? null : (ordinals.get(primary) ?? null),
    });
    columns.setFlag(ordinal, 'retracted', capsule.retracted);
    columns.setFlag(ordinal, 'tainted', capsule.tainted);
    columns.setFlag(ordinal, 'warned', capsule.warned);
  }
  for (const { id, archiveSpans } of state.series.values()) {
    for (const { from, to } of archiveSpans) {
      columns.archive(id, from);
      if (to !== null) columns.unarchive(id, to);
    }
  }
  return columns;
}
