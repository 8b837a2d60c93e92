/**
 * Search as the ports promise it, for every engine: an engine brings an index, columns, vectors and the rows to show;
 * what is asked, ranked and answered is the same, so that engines cannot drift apart.
 * @module
 */
import type { CapsuleHeader } from '../capsule/capsule.js';
import { DomainError } from '../errors.js';
import type { JsonObject } from '../ledger/json.js';
import { assertLimit } from '../ports/cursor.js';
import type {
  Passage,
  SearchHit,
  SearchPage,
  SearchRequest,
  SimilarCapsule,
  SimilarPage,
  SimilarRequest,
  WhyNot,
} from '../ports/search-reader.js';
import { maskConditions, NO_PASSAGE, openSearchCursor, searchCursorText } from './asked-search.js';
import type { DocColumns } from './doc-columns.js';
import { buildMask, type SearchFilter } from './filter-mask.js';
import type { LexicalIndex } from './lexical-index.js';
import { meaningChannel, type QueriedVectors, type ServedVectors } from './meaning-channel.js';
import { bestPassage } from './passage.js';
import { QueryPassages } from './query-passages.js';
import { ShownSentences } from './shown-sentences.js';
import { SearchRanker, type SearchCursor, type SearchPage as RankedPage } from './search-ranker.js';
import { tellingTerms } from './telling-terms.js';
import { whyNot } from './why-not.js';

const SEARCH_LIMIT = 100;
/** Passages of a capsule that look for similar ones; later ones of a very long text add little. */
const PASSAGES_COMPARED = 8;
const TERMS_COMPARED = 16;
/** UTF-16 units of a text that its telling terms are taken from. */
const UNITS_COMPARED = 65_536;
/** Passages as they are shown, in UTF-16 units. */
const SHOWN_CHARS = 300;

/** What an engine shows of a document, by ordinal. */
export interface SearchRows {
  header(ordinal: number): CapsuleHeader;
  content(ordinal: number): string;
  metadata(ordinal: number): JsonObject;
  /** By version id; null where unknown. */
  ordinalOf(id: string): number | null;
  /** A passage's vector as it was kept, and its place in the content; null when it is gone or damaged. */
  passage(ordinal: number, passage: number): { start: number; end: number; vector: Float32Array } | null;
}

/** A page of hits before their rows were read. */
export interface RankedSearch {
  readonly request: SearchRequest;
  readonly conditions: SearchFilter;
  readonly seen: QueriedVectors | null;
  readonly page: RankedPage;
  readonly lag: number;
  /** Documents there were. */
  readonly size: number;
}

export class StoreSearch {
  readonly #ranker: SearchRanker;
  #mask = new Uint8Array(0);
  #passages: QueryPassages | null = null;
  readonly #sentences = new ShownSentences();

  constructor(
    private readonly index: LexicalIndex,
    private readonly columns: DocColumns,
    private readonly rows: SearchRows,
  ) {
    this.#ranker = new SearchRanker(index, columns);
  }

  /** `asOfSeq` is the ledger position of the filter's `asOf`. */
  search(request: SearchRequest, asOfSeq: number | null, vectors: ServedVectors | null): SearchPage {
    return this.show(this.rank(request, asOfSeq, vectors));
  }

  /** The first half of {@link search}: which documents are on the page. Looks at no row. */
  rank(request: SearchRequest, asOfSeq: number | null, vectors: ServedVectors | null): RankedSearch {
    assertLimit(request.limit, SEARCH_LIMIT);
    const cursor = openSearchCursor(request);
    const seen = seenVectors(request, vectors, cursor);
    const conditions = maskConditions(request.filter, asOfSeq);
    const page = this.#ranker.search({
      query: request.query,
      filter: conditions,
      limit: request.limit,
      cursor,
      explain: request.explain,
      channels: seen === null ? [] : [meaningChannel(seen)],
    });
    return { request, conditions, seen, page, lag: this.columns.size - this.index.size, size: this.columns.size };
  }

  /**
   * Makes ready what words alone decide of a search whose vector is still being read: their scores and the passages of
   * the hits they lead to stand until something changes or another query comes.
   */
  anticipate(request: SearchRequest, asOfSeq: number | null): void {
    const { whyNot: _, ...asked } = request;
    this.search({ ...asked, explain: false, vector: null }, asOfSeq, null);
  }

  /** The second half of {@link search}. May be called again: an engine learns from a first call which rows it reads. */
  show({ request, conditions, seen, page, lag, size }: RankedSearch): SearchPage {
    const passages = request.includePassage === false ? null : this.#passagesFor(request.query);
    return {
      items: page.hits.map(({ ordinal, score, explain }): SearchHit => {
        const shown = request.includeContent || request.includePassage !== false;
        const content = shown ? this.rows.content(ordinal) : '';
        return {
          capsule: this.rows.header(ordinal),
          score,
          passage: passages === null ? NO_PASSAGE : this.#passageOf(content, passages, seen, ordinal),
          ...(explain === undefined ? {} : { explain }),
          ...(request.includeContent ? { content, metadata: this.rows.metadata(ordinal) } : {}),
        };
      }),
      nextCursor: searchCursorText(
        page.nextCursor === null || seen === null
          ? page.nextCursor
          : { ...page.nextCursor, vectors: { model: seen.model, below: seen.below } },
        request,
      ),
      lag,
      semantic: seen === null ? null : { model: seen.model, lag: size - seen.below + seen.lost },
      ...(request.whyNot === undefined
        ? {}
        : { whyNot: this.#whyNot(request.whyNot, request, conditions, seen, page.hits.at(-1)?.score ?? null) }),
    };
  }

  #whyNot(
    id: string,
    { query, filter, limit, cursor }: SearchRequest,
    conditions: SearchFilter,
    seen: QueriedVectors | null,
    lastScore: number | null,
  ): WhyNot {
    if (cursor !== null) {
      throw new DomainError('INVALID_INPUT', 'Ask why a capsule is not shown without a cursor.', { field: 'why_not' });
    }
    const { index, columns } = this;
    const ordinal = this.rows.ordinalOf(id);
    const found =
      ordinal === null
        ? null
        : whyNot({
            index,
            columns,
            ranker: this.#ranker,
            ordinal,
            header: this.rows.header(ordinal),
            query,
            asked: filter,
            conditions,
            seen,
            limit,
            lastScore,
          });
    if (found === null) throw new DomainError('CAPSULE_NOT_FOUND', 'There is no capsule with this id.', { id });
    return found;
  }

  /** What is like a document of the store. */
  similar(
    ordinal: number,
    { filter, limit, includePassage = true }: SimilarRequest,
    asOfSeq: number | null,
    vectors: ServedVectors | null,
  ): SimilarPage {
    assertLimit(limit, SEARCH_LIMIT);
    const conditions = maskConditions(filter, asOfSeq);
    if (vectors === null || !vectors.index.has(ordinal)) {
      return { items: this.#similarInWords(ordinal, conditions, limit, includePassage), model: null };
    }
    const items = this.#similarInMeaning(ordinal, conditions, limit, vectors, includePassage);
    return { items, model: vectors.model };
  }

  #similarInMeaning(
    ordinal: number,
    conditions: SearchFilter,
    limit: number,
    { index }: ServedVectors,
    includePassage: boolean,
  ): SimilarCapsule[] {
    const mask = this.#maskWithout(ordinal, conditions);
    const best = new Map<number, { score: number; passage: number }>();
    const compared = Math.min(PASSAGES_COMPARED, index.passages(ordinal));
    for (let i = 0; i < compared; i++) {
      const own = this.rows.passage(ordinal, i)?.vector ?? index.rounded(ordinal, i);
      if (own === null) continue;
      const near = index.nearest(own, {
        k: limit,
        mask,
        exact: (other, passage) => this.rows.passage(other, passage)?.vector ?? null,
      });
      for (const { ordinal: other, score, passage } of near) {
        if (score > (best.get(other)?.score ?? -Infinity)) best.set(other, { score, passage });
      }
    }
    return [...best]
      .sort(([a, x], [b, y]) => y.score - x.score || b - a)
      .slice(0, limit)
      .map(([other, { score, passage }]) => ({
        capsule: this.rows.header(other),
        score: Math.min(1, Math.max(0, score)),
        passage: includePassage ? this.#shownPassage(other, passage) : NO_PASSAGE,
      }));
  }

  #similarInWords(ordinal: number, conditions: SearchFilter, limit: number, includePassage: boolean): SimilarCapsule[] {
    const { title } = this.rows.header(ordinal);
    const content = this.rows.content(ordinal).slice(0, UNITS_COMPARED);
    const terms = tellingTerms(`${title ?? ''}\n${content}`, this.index, TERMS_COMPARED);
    const mask = this.#maskWithout(ordinal, conditions);
    const query = `${terms.join(' ')} `;
    const page = this.#ranker.search({ query, filter: { ...conditions, allowed: mask }, limit, relatives: false });
    return page.hits.map(({ ordinal: other, score }): SimilarCapsule => {
      const capsule = this.rows.header(other);
      if (!includePassage) return { capsule, score, passage: NO_PASSAGE };
      const { text, start, end } = bestPassage(this.rows.content(other), terms);
      return { capsule, score, passage: { text, start, end } };
    });
  }

  /** What the conditions let through, without the document's own series. */
  #maskWithout(ordinal: number, conditions: SearchFilter): Uint8Array {
    const { columns } = this;
    if (this.#mask.length < columns.size) this.#mask = new Uint8Array(columns.size * 2);
    const mask = this.#mask.subarray(0, columns.size);
    buildMask(columns, conditions, mask);
    const series = columns.seriesId[ordinal];
    for (let i = 0; i < columns.size; i++) if (columns.seriesId[i] === series) mask[i] = 0;
    return mask;
  }

  #passagesFor(query: string): QueryPassages {
    if (this.#passages?.servesFor(query) !== true) {
      this.#passages = new QueryPassages(this.index, query, this.#sentences);
    }
    return this.#passages;
  }

  /** Where no word of the query occurs, the passage that comes nearest in meaning. */
  #passageOf(content: string, passages: QueryPassages, seen: QueriedVectors | null, ordinal: number): Passage {
    const best = passages.of(content);
    const { text, start, end } = best.coverage > 0 ? best : (this.#nearestPassage(seen, ordinal) ?? best);
    return { text, start, end };
  }

  #nearestPassage(seen: QueriedVectors | null, ordinal: number): Passage | null {
    if (seen === null) return null;
    const near = seen.index.bestPassage(seen.query, ordinal);
    return near === null ? null : this.#shownPassage(ordinal, near.passage);
  }

  /** The beginning of a passage, cut at a word; that of the content where the passage's place is lost. */
  #shownPassage(ordinal: number, passage: number): Passage {
    const content = this.rows.content(ordinal);
    const { start, end } = this.rows.passage(ordinal, passage) ?? { start: 0, end: content.length };
    const shown = bestPassage(content.slice(start, end), [], { maxChars: SHOWN_CHARS });
    const [from, to] = [start + shown.start, start + shown.end];
    return { text: content.slice(from, to), start: from, end: to };
  }
}

/** Later pages see what the first one saw. */
function seenVectors(
  { vector }: SearchRequest,
  vectors: ServedVectors | null,
  cursor: SearchCursor | null,
): QueriedVectors | null {
  const usable = vector !== undefined && vector !== null && vectors?.model === vector.model;
  const first = cursor?.vectors ?? null;
  // Where words alone ranked the first page they go on doing so, whatever can be read by now.
  if (cursor !== null && first === null) return null;
  // A model that was dropped and came back may not have come as far again.
  if (first !== null && (!usable || first.model !== vectors.model || first.below > vectors.below)) {
    throw new DomainError(
      'INVALID_INPUT',
      `The first page of this search was ranked with vectors of ${first.model}, which do not serve this query now; start again without the cursor.`,
      { field: 'cursor' },
    );
  }
  if (!usable) return null;
  if (vector.values.length !== vectors.index.dimensions) {
    throw new DomainError(
      'INVALID_INPUT',
      `The query's vector has ${vector.values.length} dimensions, those of ${vectors.model} have ${vectors.index.dimensions}.`,
      { field: 'vector' },
    );
  }
  return { ...vectors, below: first?.below ?? vectors.below, query: vector.values };
}
