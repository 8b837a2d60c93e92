/**
 * The passages that a query's hits are shown with.
 * @module
 */
import { queryTerms } from './analyzer.js';
import { inverseDocumentFrequency } from './bm25f.js';
import type { LexicalIndex } from './lexical-index.js';
import { bestPassage, type Passage } from './passage.js';
import type { ShownSentences } from './shown-sentences.js';

/** More contents than a page or two show are not remembered. */
const REMEMBERED = 256;

/** One query's, in one state of the index. */
export class QueryPassages {
  readonly #terms: readonly string[];
  readonly #weights: ReadonlyMap<string, number>;
  readonly #revision: number;
  readonly #picked = new Map<string, Passage>();

  constructor(
    private readonly index: LexicalIndex,
    private readonly query: string,
    private readonly sentences: ShownSentences,
  ) {
    this.#terms = queryTerms(query).terms.map(({ term }) => term);
    // One look at the index per word of the query, however many hits are shown.
    this.#weights = new Map(
      this.#terms.map((term) => [term, inverseDocumentFrequency(index.size, index.documentFrequency(term))]),
    );
    this.#revision = index.revision;
  }

  /** Whether what was picked before would be picked again. */
  servesFor(query: string): boolean {
    return query === this.query && this.index.revision === this.#revision;
  }

  /** The part of a content that covers the query best, rare words counting more. */
  of(content: string): Passage {
    const known = this.#picked.get(content);
    if (known !== undefined) return known;
    const best = bestPassage(content, this.#terms, {
      weightOf: (term) => this.#weights.get(term) ?? 0,
      sentences: this.sentences.of(content),
    });
    if (this.#picked.size < REMEMBERED) this.#picked.set(content, best);
    return best;
  }
}
