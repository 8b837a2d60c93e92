import { describe, expect, it } from 'vitest';
import type { QueryVector, SearchPage, SearchReader, SearchRequest } from '../ports/search-reader.js';
import { semanticSearch, type QueryReader } from './semantic-search.js';

const REQUEST: SearchRequest = {
  query: ' numbats ',
  filter: {},
  limit: 5,
  cursor: null,
  explain: false,
  includeContent: false,
};
const PAGE: SearchPage = { items: [], nextCursor: null, lag: 0, semantic: null };
const VECTOR: QueryVector = { model: 'm', values: new Float32Array([1]) };

/** What a store and a reader of questions are asked, in order. */
function asked(mustRead: boolean): { readonly search: SearchReader['search']; readonly log: string[] } {
  const log: string[] = [];
  const store: SearchReader = {
    anticipate: ({ query }) => void log.push(`anticipate${query}`),
    search: async ({ vector }) => {
      log.push(`search by ${vector?.model ?? 'words'}`);
      return PAGE;
    },
  };
  const queries: QueryReader = {
    mustRead: () => mustRead,
    vectorOf: async (question) => {
      await new Promise((resume) => setImmediate(resume));
      log.push(`read ${question}`);
      return VECTOR;
    },
    state: () => '',
  };
  return { search: (request) => semanticSearch(store, queries).search(request), log };
}

describe('semanticSearch', () => {
  it('[EMB-60] tells the store what is coming while the model reads the question', async () => {
    const { search, log } = asked(true);
    expect(await search(REQUEST)).toBe(PAGE);
    expect(log).toEqual(['anticipate numbats ', 'read numbats', 'search by m']);
  });

  it('[EMB-60] announces nothing where the vector is known, given or not wanted', async () => {
    const known = asked(false);
    await known.search(REQUEST);
    expect(known.log).toEqual(['read numbats', 'search by m']);
    const given = asked(true);
    await given.search({ ...REQUEST, vector: VECTOR });
    await given.search({ ...REQUEST, vector: null });
    expect(given.log).toEqual(['search by m', 'search by words']);
  });
});
