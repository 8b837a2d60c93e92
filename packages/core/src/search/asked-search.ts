/**
 * Between what the search port asks and what the ranking takes: the same for every engine, so that their answers cannot
 * drift apart.
 * @module
 */
import { DomainError } from '../errors.js';
import type { CapsuleFilter } from '../ports/capsule-reader.js';
import { decodeCursor, encodeCursor } from '../ports/cursor.js';
import { instantOf } from '../ports/instant.js';
import type { Passage, SearchRequest } from '../ports/search-reader.js';
import type { SearchFilter } from './filter-mask.js';
import type { SearchCursor } from './search-ranker.js';

/**
 * The mask's conditions. `asOfSeq` is the ledger position of the filter's `asOf`.
 * @throws DomainError INVALID_INPUT for a time that is none.
 */
export function maskConditions(filter: CapsuleFilter, asOfSeq: number | null): SearchFilter {
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
    ...(asOfSeq === null ? {} : { asOfSeq }),
    ...(validAt === null ? {} : { validAt }),
    ...(createdFrom === null ? {} : { createdFrom }),
    ...(createdTo === null ? {} : { createdTo }),
  };
}

/** A ranking's cursor as opaque text. */
export function searchCursorText(cursor: SearchCursor | null, request: AskedSearch): string | null {
  return cursor === null ? null : encodeCursor('search', [JSON.stringify(cursor)], questionOf(request));
}

type AskedSearch = Pick<SearchRequest, 'query' | 'filter'>;

const questionOf = ({ query, filter }: AskedSearch) => ({ query, filter });

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** A request's cursor. @throws DomainError INVALID_INPUT for a text that no search for the same returned. */
export function openSearchCursor(request: AskedSearch & Pick<SearchRequest, 'cursor'>): SearchCursor | null {
  if (request.cursor === null) return null;
  const [json = ''] = decodeCursor('search', request.cursor, ['string'], questionOf(request));
  let cursor: Partial<SearchCursor> | null;
  try {
    cursor = JSON.parse(String(json)) as Partial<SearchCursor> | null;
  } catch {
    cursor = null;
  }
  const { score, ordinal, size, best, vectors } = cursor ?? {};
  if (
    typeof score === 'number' &&
    isCount(ordinal) &&
    isCount(size) &&
    typeof best === 'object' &&
    Object.values(best ?? {}).every((value) => Number.isFinite(value)) &&
    (vectors === undefined || (typeof vectors?.model === 'string' && isCount(vectors.below)))
  ) {
    return { score, ordinal, size, best: best ?? {}, ...(vectors === undefined ? {} : { vectors }) };
  }
  throw new DomainError('INVALID_INPUT', 'The cursor is not one that this query returned; start again without it.', {
    field: 'cursor',
  });
}

export const NO_PASSAGE: Passage = { text: '', start: 0, end: 0 };
