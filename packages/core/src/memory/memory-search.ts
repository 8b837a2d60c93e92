/** Search of the memory engine: the shared index and ranking, with the columns drawn up anew from the state. @module */
import { assertLimit } from '../ports/cursor.js';
import type { SearchHit, SearchPage, SearchRequest } from '../ports/search-reader.js';
import {
  DocColumns,
  LexicalIndex,
  maskConditions,
  openSearchCursor,
  passagePicker,
  searchCursorText,
  SearchRanker,
} from '../search/index.js';
import { headerOf } from './capsule-views.js';
import type { CapsuleState, MemoryState } from './memory-state.js';

export class MemorySearch {
  readonly #index = new LexicalIndex();
  /** By ordinal, which is the order of creation. */
  readonly #capsules: CapsuleState[] = [];
  /** Null after a change of the state. */
  #ranker: SearchRanker | null = null;

  /** Takes in what was committed: new texts now, everything else with the next search, if it is about capsules. */
  follow(state: MemoryState, aboutCapsules: boolean): void {
    for (const capsule of newest(state, this.#capsules.length)) {
      this.#index.add({ title: capsule.title ?? '', tags: capsule.tags.join(' '), body: capsule.content });
      this.#capsules.push(capsule);
    }
    if (aboutCapsules) this.#ranker = null;
  }

  /** `cutoff` is the ledger position of the filter's `asOf`. */
  search(state: MemoryState, request: SearchRequest, cutoff: number | null): SearchPage {
    assertLimit(request.limit, 100);
    this.#ranker ??= new SearchRanker(this.#index, columnsOf(state, this.#capsules));
    const page = this.#ranker.search({
      query: request.query,
      filter: maskConditions(request.filter, cutoff),
      limit: request.limit,
      cursor: openSearchCursor(request.cursor),
      explain: request.explain,
    });
    const passageOf = passagePicker(this.#index, request);
    return {
      items: page.hits.map(({ ordinal, score, explain }): SearchHit => {
        const capsule = this.#capsules[ordinal] as CapsuleState;
        return {
          capsule: headerOf(capsule),
          score,
          passage: passageOf(capsule.content),
          ...(explain === undefined ? {} : { explain }),
          ...(request.includeContent ? { content: capsule.content, metadata: structuredClone(capsule.metadata) } : {}),
        };
      }),
      nextCursor: searchCursorText(page.nextCursor),
      lag: 0,
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
