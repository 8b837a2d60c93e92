/**
 * The terms that share character 4-grams with a query word, weighted by the grams they share. A rare gram says more
 * than a common one, so grams carry an inverse document frequency of their own, estimated from the terms that hold them.
 * @module
 */
import { damerauWithin } from './edit-distance.js';
import { gramsOf } from './gram-index.js';
import type { TermSource } from './segment.js';

/** A term met through its grams or its spelling. */
export interface RelatedTerm {
  /** Place of the term in each source, −1 where it is absent. */
  readonly places: number[];
  frequency: number;
  /** Gram weight shared with the word. */
  weight: number;
}

/** Sums by place, kept between searches so that none allocates an array as long as the vocabulary. */
export class PlaceSums {
  private sums = new Float64Array(1024);
  private readonly touched: number[] = [];

  add(place: number, weight: number): void {
    if (place >= this.sums.length) {
      const larger = new Float64Array(Math.max(place + 1, this.sums.length * 2));
      larger.set(this.sums);
      this.sums = larger;
    }
    if (this.sums[place] === 0) this.touched.push(place);
    this.sums[place]! += weight;
  }

  /** Visits every place with its sum and forgets them. */
  drain(visit: (place: number, sum: number) => void): void {
    for (const place of this.touched) {
      const sum = this.sums[place] ?? 0;
      this.sums[place] = 0;
      visit(place, sum);
    }
    this.touched.length = 0;
  }
}

/** What {@link relateByGrams} keeps. */
export interface GramBounds {
  /** Least share of the word's gram weight, 0 to 1. */
  readonly share: number;
  /** At most this many terms, the most alike. */
  readonly terms: number;
}

/** The terms that share grams with `word`, and the weight of all of its grams. */
export function relateByGrams(
  word: string,
  sources: readonly TermSource[],
  limit: number,
  idf: (frequency: number) => number,
  bounds: GramBounds,
  sums: PlaceSums,
): { readonly related: Map<string, RelatedTerm>; readonly whole: number } {
  const weights = gramsOf(word).map((gram) => {
    let frequency = 0;
    for (const source of sources) {
      source.forEachWithGram(gram, (place) => {
        frequency += source.documentFrequency(place, limit);
      });
    }
    return { gram, weight: idf(frequency) };
  });
  const whole = weights.reduce((sum, { weight }) => sum + weight, 0);
  const found = new Map<string, RelatedTerm>();
  sources.forEach((source, i) => {
    for (const { gram, weight } of weights) source.forEachWithGram(gram, (place) => sums.add(place, weight));
    const places: number[] = [];
    const shared: number[] = [];
    sums.drain((place, sum) => {
      if (sum < bounds.share * whole || source.documentFrequency(place, limit) === 0) return;
      places.push(place);
      shared.push(sum);
    });
    // What is among the most alike of all is so in each source that holds it, so each can be cut short; ties stay.
    const least =
      shared.length > bounds.terms ? (Float64Array.from(shared).sort()[shared.length - bounds.terms] ?? 0) : 0;
    places.forEach((place, at) => {
      const sum = shared[at] ?? 0;
      if (sum >= least) relate(source.termAt(place), i, place, sum, sources, limit, found);
    });
  });
  if (found.size <= bounds.terms) return { related: found, whole };
  return { related: new Map([...found].sort(mostAlikeFirst).slice(0, bounds.terms)), whole };
}

/** Heavier first, then alphabetical. */
export function mostAlikeFirst(a: readonly [string, RelatedTerm], b: readonly [string, RelatedTerm]): number {
  return b[1].weight - a[1].weight || (a[0] < b[0] ? -1 : 1);
}

/** Longer words may hold two slips, words of up to three letters none. */
function slipsAllowed(word: string): number {
  if (word.length < 4) return 0;
  return word.length < 8 ? 1 : 2;
}

/** Adds to `related` the terms that `word`, which no document holds, may be a misspelling of. */
export function relateBySpelling(
  word: string,
  weight: number,
  sources: readonly TermSource[],
  limit: number,
  related: Map<string, RelatedTerm>,
): void {
  const bound = slipsAllowed(word);
  const initial = String.fromCodePoint(word.codePointAt(0) ?? 0);
  if (bound === 0 || gramsOf(word).length === 0) return;
  sources.forEach((source, i) => {
    source.forEachWithPrefix(initial, (place) => {
      const term = source.termAt(place);
      if (Math.abs(term.length - word.length) > bound) return;
      const slips = damerauWithin(word, term, bound);
      if (slips <= bound) relate(term, i, place, weight / (1 + slips / 2), sources, limit, related);
    });
  });
}

/** A term's weight does not depend on the source it was met in; of two reasons the stronger counts. */
function relate(
  term: string,
  sourceIndex: number,
  place: number,
  weight: number,
  sources: readonly TermSource[],
  limit: number,
  related: Map<string, RelatedTerm>,
): void {
  const frequency = sources[sourceIndex]?.documentFrequency(place, limit) ?? 0;
  if (frequency === 0) return;
  const known = related.get(term);
  if (known === undefined) {
    const places = sources.map(() => -1);
    places[sourceIndex] = place;
    related.set(term, { places, frequency, weight });
    return;
  }
  if (known.places[sourceIndex] !== place) {
    known.places[sourceIndex] = place;
    known.frequency += frequency;
  }
  known.weight = Math.max(known.weight, weight);
}
