/** Search of the memory engine: the shared index and ranking, with the columns drawn up anew from the state. @module */
import { DomainError } from '../errors.js';
import type { CapsuleFilter } from '../ports/capsule-reader.js';
import type { SearchHit, SearchPage, SearchRequest } from '../ports/search-reader.js';
import {
  bestPassage,
  DocColumns,
  inverseDocumentFrequency,
  LexicalIndex,
  queryTerms,
  SearchRanker,
  type SearchCursor,
  type SearchFilter,
} from '../search/index.js';
import { instantOf } from '../ports/instant.js';
import { headerOf } from './capsule-views.js';
import { assertLimit, decodeCursor, encodeCursor } from '../ports/cursor.js';
import type { CapsuleState, MemoryState } from './memory-state.js';

export class MemorySearch {
  readonly #index = new LexicalIndex();
  /** By ordinal, which is the order of creation. */
  readonly #capsules: CapsuleState[] = [];
  /** Null after a change of the state. */
  #ranker: SearchRanker | null = null;

  /** Takes in what was committed: new texts now, everything else with the next search. */
  follow(state: MemoryState): void {
    for (const capsule of newest(state, this.#capsules.length)) {
      this.#index.add({ title: capsule.title ?? '', tags: capsule.tags.join(' '), body: capsule.content });
      this.#capsules.push(capsule);
    }
    this.#ranker = null;
  }

  /** `cutoff` is the ledger position of the filter's `asOf`. */
  search(state: MemoryState, request: SearchRequest, cutoff: number | null): SearchPage {
    assertLimit(request.limit, 100);
    this.#ranker ??= new SearchRanker(this.#index, columnsOf(state, this.#capsules));
    const page = this.#ranker.search({
      query: request.query,
      filter: maskOf(request.filter, cutoff),
      limit: request.limit,
      cursor: request.cursor === null ? null : openCursor(request.cursor),
      explain: request.explain,
    });
    const terms = queryTerms(request.query).terms.map(({ term }) => term);
    return {
      items: page.hits.map(({ ordinal, score, explain }): SearchHit => {
        const capsule = this.#capsules[ordinal] as CapsuleState;
        const passage = bestPassage(capsule.content, terms, { weightOf: (term) => this.#weightOf(term) });
        return {
          capsule: headerOf(capsule),
          score,
          passage: { text: passage.text, start: passage.start, end: passage.end },
          ...(explain === undefined ? {} : { explain }),
          ...(request.includeContent ? { content: capsule.content, metadata: structuredClone(capsule.metadata) } : {}),
        };
      }),
      nextCursor: page.nextCursor === null ? null : encodeCursor('search', [JSON.stringify(page.nextCursor)]),
      lag: 0,
    };
  }

  #weightOf(term: string): number {
    return inverseDocumentFrequency(this.#index.size, this.#index.documentFrequency(term));
  }
}

function newest(state: MemoryState, known: number): CapsuleState[] {
  return state.capsules.size === known ? [] : [...state.capsules.values()].slice(known);
}

function maskOf(filter: CapsuleFilter, cutoff: number | null): SearchFilter {
  const validAt = instantOf(filter.validAt, 'validAt');
  const createdFrom = instantOf(filter.createdFrom, 'createdFrom');
  const createdTo = instantOf(filter.createdTo, 'createdTo');
  return {
    ...(filter.minTrust === undefined ? {} : { minTrust: filter.minTrust }),
    ...(filter.types === undefined ? {} : { types: filter.types }),
    ...(filter.tags === undefined ? {} : { tags: filter.tags }),
    ...(filter.ownerId === undefined ? {} : { owner: filter.ownerId }),
    ...(filter.collection === undefined ? {} : { collection: filter.collection }),
    ...(filter.includeArchived === undefined ? {} : { includeArchived: filter.includeArchived }),
    ...(filter.includeRetracted === undefined ? {} : { includeRetracted: filter.includeRetracted }),
    ...(cutoff === null ? {} : { asOfSeq: cutoff }),
    ...(validAt === null ? {} : { validAt }),
    ...(createdFrom === null ? {} : { createdFrom }),
    ...(createdTo === null ? {} : { createdTo }),
  };
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

function openCursor(text: string): SearchCursor {
  const [json = ''] = decodeCursor('search', text, ['string']);
  let cursor: Partial<SearchCursor> | null;
  try {
    cursor = JSON.parse(String(json)) as Partial<SearchCursor> | null;
  } catch {
    cursor = null;
  }
  const { score, ordinal, size, best } = cursor ?? {};
  if (
    typeof score === 'number' &&
    typeof ordinal === 'number' &&
    typeof size === 'number' &&
    typeof best === 'object'
  ) {
    return { score, ordinal, size, best: best ?? {} };
  }
  throw new DomainError('INVALID_INPUT', 'The cursor is not one that this query returned; start again without it.', {
    field: 'cursor',
  });
}
