/**
 * From a query to weighted index terms: the words themselves, continuations of the word still being typed, and terms
 * that share character 4-grams with the query (inflections, compounds, misspellings).
 * @module
 */
import { isStopTerm, queryTerms, type QueryTerm } from './analyzer.js';
import { inverseDocumentFrequency, type CorpusStatistics } from './bm25f.js';
import { mostAlikeFirst } from './gram-expansion.js';
import { labelsOf, labelTerm } from './labels.js';
import { nameTerm } from './title-names.js';
import type { WordRelatives } from './word-relatives.js';
import type { TermSource } from './segment.js';

/** Why a term takes part. */
export type TermRole = 'exact' | 'prefix' | 'ngram';

/** One index term and what it adds to each channel. */
export interface PlannedTerm {
  readonly term: string;
  readonly role: TermRole;
  /** Place of the term in each source, −1 where it is absent. */
  readonly places: readonly number[];
  /** Documents that hold it. */
  readonly frequency: number;
  /** Only what has a lexical weight makes a document a hit; the n-gram channel then moves hits. */
  readonly lexical: number;
  ngram: number;
  /** Bit of the query's word that it is, continues or stands in for; 0 when a document that holds it holds none. */
  readonly word: number;
}

/** A planned query. */
export interface QueryPlan {
  readonly terms: PlannedTerm[];
  /** What a document earns at most for each word, by bit; words past the 32nd have none. */
  readonly words: readonly number[];
}

/** Bounds and weights of expansion. */
export const EXPANSION = {
  prefixes: 32,
  /** Weight of a continuation when the typed word is itself indexed, and when it is not. */
  prefixWeight: 0.2,
  prefixWeightUnknown: 0.5,
  /** Terms of the n-gram channel beyond the query's own. */
  related: 128,
  /** Least share of a query word's gram weight that a related term holds. */
  relatedShare: 0.1,
  /**
   * A relative stands in for a word that no document holds when it shares this much of the word's gram weight, and then
   * weighs this much of what it would weigh by itself.
   */
  standInShare: 0.5,
  standInWeight: 0.5,
  /** A title that is the query outweighs whatever repeats its words: with 2 sections still stand before their document. */
  nameWeight: 4,
  /** Postings the n-gram channel may read beyond those of the query's own words. */
  relatedPostings: 25_000,
} as const;

/** What a query is planned against. */
export interface PlanScope {
  readonly sources: readonly TermSource[];
  readonly statistics: CorpusStatistics;
  /** Only documents below this ordinal count. */
  readonly limit: number;
  readonly relatives: WordRelatives;
}

/** A term that is alike to one word of the query or to several. */
interface Relative {
  readonly places: readonly number[];
  readonly frequency: number;
  /** Gram weight shared with all of the words. */
  weight: number;
  /** What it weighs as a word's stand-in, and the word's bit. */
  standIn: number;
  word: number;
}

/** Weighs the index terms of `query`: exact ones first, then prefixes, then, if wanted, relatives, strongest first. */
export function planQuery(query: string, scope: PlanScope, withRelatives: boolean): QueryPlan {
  const terms = [...queryTerms(query).terms, ...knownLabels(query, scope)];
  const planned = new Map<string, PlannedTerm>();
  for (const [i, { term }] of terms.entries()) {
    const places = scope.sources.map((source) => source.find(term));
    const frequency = frequencyOf(places, scope);
    if (frequency === 0) continue;
    planned.set(term, {
      term,
      role: 'exact',
      places,
      frequency,
      lexical: idf(frequency, scope),
      ngram: 0,
      word: bitOf(i),
    });
  }
  terms.forEach((term, i) => planPrefix(term, bitOf(i), planned, scope));
  if (withRelatives) planRelated(terms, planned, scope);
  planName(query, planned, scope);
  const chosen = [...planned.values()];
  const words = terms.slice(0, MAX_WORDS).map((_, i) => {
    const bit = bitOf(i);
    return chosen.reduce((most, { word, lexical }) => (word === bit ? Math.max(most, lexical) : most), 0);
  });
  return { terms: chosen, words };
}

/**
 * The documents that are called what the whole query says. That is no further word of it, so that documents which hold
 * all of its words hold all of it.
 */
function planName(query: string, planned: Map<string, PlannedTerm>, scope: PlanScope): void {
  const term = nameTerm(query);
  if (term === null) return;
  const places = scope.sources.map((source) => source.find(term));
  const frequency = frequencyOf(places, scope);
  if (frequency === 0) return;
  const lexical = EXPANSION.nameWeight * idf(frequency, scope);
  planned.set(term, { term, role: 'exact', places, frequency, lexical, ngram: 0, word: 0 });
}

/** Labels that the query calls documents by, of those that there are. */
function knownLabels(query: string, scope: PlanScope): readonly QueryTerm[] {
  return labelsOf(query)
    .map((label) => ({ term: labelTerm(label), prefix: null }))
    .filter(({ term }) => scope.sources.some((source) => source.find(term) >= 0));
}

/** As many as a mask of 32 bits can tell apart. */
const MAX_WORDS = 32;

function bitOf(word: number): number {
  return word < MAX_WORDS ? 1 << word : 0;
}

function idf(frequency: number, scope: Pick<PlanScope, 'statistics'>): number {
  return inverseDocumentFrequency(scope.statistics.documents, frequency);
}

/** Documents in scope that hold the term at `places`. */
export function frequencyOf(places: readonly number[], { sources, limit }: PlanScope): number {
  let frequency = 0;
  sources.forEach((source, i) => {
    const place = places[i] ?? -1;
    if (place >= 0) frequency += source.documentFrequency(place, limit);
  });
  return frequency;
}

function planPrefix(
  { term, prefix }: QueryTerm,
  word: number,
  planned: Map<string, PlannedTerm>,
  scope: PlanScope,
): void {
  if (prefix === null) return;
  const known = planned.get(term);
  const weight = known === undefined ? EXPANSION.prefixWeightUnknown : EXPANSION.prefixWeight;
  // A rare continuation must not outweigh the word that was typed.
  const ceiling = known?.lexical ?? Infinity;
  const found = new Map<string, number[]>();
  for (const start of new Set([prefix, term])) {
    scope.sources.forEach((source, i) => {
      source.forEachWithPrefix(start, (place) => {
        const continuation = source.termAt(place);
        if (planned.has(continuation)) return;
        let places = found.get(continuation);
        if (places === undefined) found.set(continuation, (places = scope.sources.map(() => -1)));
        places[i] = place;
      });
    });
    // The stem of a half-typed word is a guess, needed only when the word as typed leads nowhere.
    if (found.size > 0) break;
  }
  const ranked = [...found]
    .map(([continuation, places]) => ({ term: continuation, places, frequency: frequencyOf(places, scope) }))
    .filter(({ frequency }) => frequency > 0)
    .sort((a, b) => b.frequency - a.frequency || (a.term < b.term ? -1 : 1));
  for (const entry of ranked.slice(0, EXPANSION.prefixes)) {
    const lexical = weight * Math.min(idf(entry.frequency, scope), ceiling);
    planned.set(entry.term, { ...entry, role: 'prefix', lexical, ngram: 0, word });
  }
}

function planRelated(terms: readonly QueryTerm[], planned: Map<string, PlannedTerm>, scope: PlanScope): void {
  const related = new Map<string, Relative>();
  for (const [i, { term }] of terms.entries()) {
    const exact = planned.get(term);
    const { alike, whole } = scope.relatives.of(term, exact === undefined, scope);
    // A number or code resembles nothing, but must not lose ground to words in this channel.
    if (exact !== undefined && whole === 0 && !isStopTerm(term)) exact.ngram = (term.length - 1) * exact.lexical;
    alike.forEach(({ places, frequency, weight }, other) => {
      const share = weight / whole;
      const standIn = exact === undefined && share >= EXPANSION.standInShare ? EXPANSION.standInWeight * share : 0;
      const word = standIn > 0 ? bitOf(i) : 0;
      const known = related.get(other);
      if (known === undefined) {
        related.set(other, { places, frequency, weight, standIn, word });
        return;
      }
      known.weight += weight;
      if (standIn <= known.standIn) return;
      known.standIn = standIn;
      known.word = word;
    });
  }
  const ranked = [...related].sort(mostAlikeFirst);
  let postings: number = EXPANSION.relatedPostings;
  let room: number = EXPANSION.related;
  for (const [term, { places, frequency, weight, standIn, word }] of ranked) {
    const known = planned.get(term);
    if (known !== undefined) {
      known.ngram = weight;
    } else if (room > 0 && frequency <= postings) {
      const lexical = standIn * idf(frequency, scope);
      planned.set(term, { term, role: 'ngram', places, frequency, lexical, ngram: weight, word });
      postings -= frequency;
      room--;
    }
  }
}
