/**
 * Answers list and search requests: mask and rank in memory, then read only the rows that are shown.
 * @module
 */
import {
  assertLimit,
  buildMask,
  decodeCursor,
  encodeCursor,
  instantOf,
  maskConditions,
  openSearchCursor,
  passagePicker,
  searchCursorText,
  SearchRanker,
  type CapsuleFilter,
  type CapsuleHeader,
  type Page,
  type SearchFilter,
  type SearchHit,
  type SearchPage,
  type SearchRequest,
} from '@forge-cascade/core/engine';
import type { CapsuleRows } from '../reader/read-capsules.js';
import type { LedgerRows } from '../reader/read-ledger.js';
import type { FollowedColumns } from './followed-columns.js';
import type { FollowedIndex } from './followed-index.js';

const LIST_LIMIT = 500;
const SEARCH_LIMIT = 100;

export class Finder {
  readonly #ranker: SearchRanker;
  #mask = new Uint8Array(0);

  constructor(
    private readonly followed: FollowedColumns,
    private readonly index: FollowedIndex,
    private readonly capsules: CapsuleRows,
    private readonly ledger: LedgerRows,
  ) {
    this.#ranker = new SearchRanker(index.index, followed.columns);
  }

  list(filter: CapsuleFilter, limit: number, cursor: string | null): Page<CapsuleHeader> {
    assertLimit(limit, LIST_LIMIT);
    const { columns, seqs } = this.followed;
    const before = cursor === null ? Infinity : Number(decodeCursor('list', cursor, ['number'])[0]);
    if (this.#mask.length < columns.size) this.#mask = new Uint8Array(columns.size * 2);
    buildMask(columns, this.#filter(filter), this.#mask);
    const found: number[] = [];
    for (let ordinal = columns.size - 1; ordinal >= 0 && found.length <= limit; ordinal--) {
      const seq = seqs[ordinal] as number;
      if (this.#mask[ordinal] === 1 && seq < before) found.push(seq);
    }
    const items = found.slice(0, limit).map((seq) => this.#header(seq));
    const last = items.at(-1);
    return { items, nextCursor: found.length > limit && last !== undefined ? encodeCursor('list', [last.seq]) : null };
  }

  search(request: SearchRequest): SearchPage {
    assertLimit(request.limit, SEARCH_LIMIT);
    this.index.catchUp(this.followed.seqs, Infinity);
    const page = this.#ranker.search({
      query: request.query,
      filter: this.#filter(request.filter),
      limit: request.limit,
      cursor: openSearchCursor(request.cursor),
      explain: request.explain,
    });
    const passageOf = passagePicker(this.index.index, request);
    return {
      items: page.hits.map(({ ordinal, score, explain }): SearchHit => {
        const seq = this.followed.seqs[ordinal] as number;
        const content = request.includeContent || request.includePassage !== false ? this.capsules.content(seq) : '';
        return {
          capsule: this.#header(seq),
          score,
          passage: passageOf(content),
          ...(explain === undefined ? {} : { explain }),
          ...(request.includeContent ? { content, metadata: this.capsules.metadata(seq) } : {}),
        };
      }),
      nextCursor: searchCursorText(page.nextCursor),
      lag: this.followed.seqs.length - this.index.index.size,
    };
  }

  #header(seq: number): CapsuleHeader {
    const header = this.capsules.headerBySeq(seq);
    if (header === null) throw new Error(`the search thread knows capsule ${seq}, the tables do not`);
    return header;
  }

  #filter(filter: CapsuleFilter): SearchFilter {
    const asOf = instantOf(filter.asOf, 'asOf');
    // Inclusive: what was recorded in that very millisecond was known.
    return maskConditions(filter, asOf === null ? null : this.ledger.lastBefore(asOf + 1));
  }
}
