/**
 * Answers list and search requests: mask and rank in memory, then read only the rows that are shown.
 * @module
 */
import {
  assertLimit,
  bestPassage,
  buildMask,
  decodeCursor,
  DomainError,
  encodeCursor,
  instantOf,
  queryTerms,
  SearchRanker,
  type CapsuleFilter,
  type CapsuleHeader,
  type Page,
  type SearchCursor,
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
      cursor: request.cursor === null ? null : readCursor(request.cursor),
      explain: request.explain,
    });
    const terms = queryTerms(request.query).terms.map(({ term }) => term);
    return {
      items: page.hits.map((hit) => {
        const seq = this.followed.seqs[hit.ordinal] as number;
        return this.#hit(seq, hit.score, hit.explain, terms, request.includeContent);
      }),
      nextCursor: page.nextCursor === null ? null : encodeCursor('search', [JSON.stringify(page.nextCursor)]),
      lag: this.followed.seqs.length - this.index.index.size,
    };
  }

  #hit(
    seq: number,
    score: number,
    explain: Readonly<Record<string, number>> | undefined,
    terms: readonly string[],
    includeContent: boolean,
  ): SearchHit {
    const content = this.capsules.content(seq);
    const passage = bestPassage(content, terms);
    const hit = {
      capsule: this.#header(seq),
      score,
      passage: { text: passage.text, start: passage.start, end: passage.end },
    };
    return {
      ...hit,
      ...(explain === undefined ? {} : { explain }),
      ...(includeContent ? { content, metadata: this.capsules.metadata(seq) } : {}),
    };
  }

  #header(seq: number): CapsuleHeader {
    const header = this.capsules.headerBySeq(seq);
    if (header === null) throw new Error(`the search thread knows capsule ${seq}, the tables do not`);
    return header;
  }

  #filter(filter: CapsuleFilter): SearchFilter {
    const { ownerId, asOf, validAt, createdFrom, createdTo, ...rest } = filter;
    const asOfMs = instantOf(asOf, 'asOf');
    return {
      ...rest,
      ...(ownerId === undefined ? {} : { owner: ownerId }),
      // Inclusive: what was recorded in that very millisecond was known.
      ...(asOfMs === null ? {} : { asOfSeq: this.ledger.lastBefore(asOfMs + 1) }),
      ...optional('validAt', instantOf(validAt, 'validAt')),
      ...optional('createdFrom', instantOf(createdFrom, 'createdFrom')),
      ...optional('createdTo', instantOf(createdTo, 'createdTo')),
    };
  }
}

function optional<K extends string>(key: K, value: number | null): { [P in K]?: number } {
  return value === null ? {} : ({ [key]: value } as { [P in K]: number });
}

function readCursor(text: string): SearchCursor {
  const [json] = decodeCursor('search', text, ['string']);
  const cursor = JSON.parse(String(json)) as Partial<SearchCursor>;
  const { score, ordinal, size, best } = cursor;
  if (
    typeof score !== 'number' ||
    typeof ordinal !== 'number' ||
    typeof size !== 'number' ||
    typeof best !== 'object'
  ) {
    throw new DomainError('INVALID_INPUT', 'The cursor is not one that this query returned; start again without it.', {
      field: 'cursor',
    });
  }
  return { score, ordinal, size, best };
}
