/**
 * What is alike to the words of queries. The searches of one answer share most of their words, and so do the questions of
 * one day; finding a word's relatives takes longer than ranking by them.
 * @module
 */
import { inverseDocumentFrequency, type CorpusStatistics } from './bm25f.js';
import { PlaceSums, relateByGrams, relateBySpelling, type GramBounds, type RelatedTerm } from './gram-expansion.js';
import type { TermSource } from './segment.js';

/** More words than a conversation has are not remembered. */
const REMEMBERED = 512;

/** Where relatives are looked for. */
export interface RelativesScope {
  readonly sources: readonly TermSource[];
  readonly statistics: CorpusStatistics;
  /** Only documents below this ordinal count. */
  readonly limit: number;
}

/** A word's relatives. */
export interface FoundRelatives {
  readonly alike: ReadonlyMap<string, Readonly<RelatedTerm>>;
  /** The weight of all grams of the word; 0 where it has none. */
  readonly whole: number;
}

export class WordRelatives {
  readonly #sums = new PlaceSums();
  readonly #known = new Map<string, FoundRelatives>();
  #limit = 0;

  constructor(private readonly bounds: GramBounds) {}

  /** To be called when the index has changed. */
  forget(): void {
    this.#known.clear();
  }

  /** The terms that share grams with `word` and, where no document holds it, those that it may be a misspelling of. */
  of(word: string, unknown: boolean, { sources, statistics, limit }: RelativesScope): FoundRelatives {
    if (limit !== this.#limit) this.forget();
    this.#limit = limit;
    // Whether a word is known follows from the index and the limit.
    const before = this.#known.get(word);
    if (before !== undefined) return before;
    const weigh = (frequency: number): number => inverseDocumentFrequency(statistics.documents, frequency);
    const { related, whole } = relateByGrams(word, sources, limit, weigh, this.bounds, this.#sums);
    if (unknown) relateBySpelling(word, whole, sources, limit, related);
    if (this.#known.size >= REMEMBERED) this.forget();
    const found = { alike: related, whole };
    this.#known.set(word, found);
    return found;
  }
}
