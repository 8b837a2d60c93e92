/**
 * Search by what a query means, as far as there is a model to read it.
 * @module
 */
import type { QueryVector, SearchReader, SearchRequest } from '../ports/search-reader.js';

/** Reads questions; never fails: without a vector words alone decide. */
export interface QueryReader {
  vectorOf(question: string): Promise<QueryVector | null>;
  /** Whether the model has to be asked first. */
  mustRead(question: string): boolean;
  /** Changes with whatever could make the same question find something else by its meaning. */
  state(): string;
}

/** For stores without a model. */
export const WORDS_ALONE: QueryReader = {
  vectorOf: async () => null,
  mustRead: () => false,
  state: () => '',
};

/** A search that has its query read first, unless the request says by what vector, or by none, to go. */
export function semanticSearch(store: SearchReader, queries: QueryReader): SearchReader {
  return {
    async search(request: SearchRequest) {
      if (request.vector !== undefined) return store.search(request);
      const question = request.query.trim();
      const vector = queries.vectorOf(question);
      // Reading takes longer than ranking by words, which need not wait for it.
      if (queries.mustRead(question)) store.anticipate?.(request);
      return store.search({ ...request, vector: await vector });
    },
  };
}
