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
  StoreSearch,
  type CapsuleFilter,
  type CapsuleHeader,
  type Page,
  type SearchFilter,
  type SearchPage,
  type SearchRequest,
  type SimilarPage,
  type SimilarRequest,
} from '@forge-cascade/core/engine';
import type { CapsuleRows } from '../reader/read-capsules.js';
import type { LedgerRows } from '../reader/read-ledger.js';
import type { FollowedColumns } from './followed-columns.js';
import type { FollowedIndex } from './followed-index.js';
import type { FollowedVectors } from './followed-vectors.js';

const LIST_LIMIT = 500;

/** What the search thread has of the folder. */
export interface FinderParts {
  readonly columns: FollowedColumns;
  readonly index: FollowedIndex;
  readonly vectors: FollowedVectors;
  readonly capsules: CapsuleRows;
  readonly ledger: LedgerRows;
}

export class Finder {
  readonly #search: StoreSearch;
  #mask = new Uint8Array(0);

  constructor(private readonly parts: FinderParts) {
    const { columns, index, vectors, capsules } = parts;
    const seqOf = (ordinal: number): number => columns.seqs[ordinal] as number;
    this.#search = new StoreSearch(index.index, columns.columns, {
      header: (ordinal) => this.#header(seqOf(ordinal)),
      content: (ordinal) => capsules.content(seqOf(ordinal)),
      metadata: (ordinal) => capsules.metadata(seqOf(ordinal)),
      ordinalOf: (id) => this.#ordinalOf(id),
      passage: (ordinal, passage) => vectors.passage(seqOf(ordinal), passage),
    });
  }

  list(filter: CapsuleFilter, limit: number, cursor: string | null): Page<CapsuleHeader> {
    assertLimit(limit, LIST_LIMIT);
    const { columns, seqs } = this.parts.columns;
    const before = cursor === null ? Infinity : Number(decodeCursor('list', cursor, ['number'], { filter })[0]);
    if (this.#mask.length < columns.size) this.#mask = new Uint8Array(columns.size * 2);
    buildMask(columns, this.#filter(filter), this.#mask);
    const found: number[] = [];
    for (let ordinal = columns.size - 1; ordinal >= 0 && found.length <= limit; ordinal--) {
      const seq = seqs[ordinal] as number;
      if (this.#mask[ordinal] === 1 && seq < before) found.push(seq);
    }
    const items = found.slice(0, limit).map((seq) => this.#header(seq));
    const last = items.at(-1);
    return {
      items,
      nextCursor: found.length > limit && last !== undefined ? encodeCursor('list', [last.seq], { filter }) : null,
    };
  }

  search(request: SearchRequest): SearchPage {
    this.#catchUp();
    return this.#search.search(request, this.#asOfSeq(request.filter), this.parts.vectors.served);
  }

  /** What a search that comes in a moment finds ready, but for its vector. */
  anticipate(request: SearchRequest): void {
    this.#catchUp();
    this.#search.anticipate(request, this.#asOfSeq(request.filter));
  }

  similar(request: SimilarRequest): SimilarPage | null {
    const ordinal = this.#ordinalOf(request.id);
    if (ordinal === null) return null;
    this.#catchUp();
    return this.#search.similar(ordinal, request, this.#asOfSeq(request.filter), this.parts.vectors.served);
  }

  #ordinalOf(id: string): number | null {
    const seq = this.parts.capsules.seqOf(id);
    return seq === null ? null : this.parts.columns.ordinalOf(seq);
  }

  /** A search indexes what is missing itself, so that it never lags behind what it sees. */
  #catchUp(): void {
    this.parts.index.catchUp(this.parts.columns.seqs, Infinity);
  }

  #header(seq: number): CapsuleHeader {
    const header = this.parts.capsules.headerBySeq(seq);
    if (header === null) throw new Error(`the search thread knows capsule ${seq}, the tables do not`);
    return header;
  }

  #filter(filter: CapsuleFilter): SearchFilter {
    return maskConditions(filter, this.#asOfSeq(filter));
  }

  #asOfSeq(filter: CapsuleFilter): number | null {
    const asOf = instantOf(filter.asOf, 'asOf');
    // Inclusive: what was recorded in that very millisecond was known.
    return asOf === null ? null : this.parts.ledger.lastBefore(asOf + 1);
  }
}
