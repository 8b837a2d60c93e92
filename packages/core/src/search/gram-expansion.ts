/**
 * The terms that share character 4-grams with a query word, weighted by the grams they share. A rare gram says more
 * than a common one, so grams carry an inverse document frequency of their own, estimated from the terms that hold them.
 * @module
 */
import { damerauWithin } from './edit-distance.js';
import { gramsOf } from './gram-index.js';
import { nthLargest } from './nth-largest.js';
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
  private touched = new Uint32Array(1024);
  private count = 0;

  /** Adds `weight` at each of `places`. */
  add(places: ArrayLike<number>, weight: number): void {
    this.reserve(places);
    const { sums, touched } = this;
    let { count } = this;
    for (let i = 0; i < places.length; i++) {
      const place = places[i]!;
      if (sums[place] === 0) touched[count++] = place;
      sums[place]! += weight;
    }
    this.count = count;
  }

  /** The places with a sum of at least `least`, and their sums; all are forgotten. */
  drain(least: number): { readonly places: readonly number[]; readonly sums: readonly number[] } {
    const places: number[] = [];
    const found: number[] = [];
    for (let i = 0; i < this.count; i++) {
      const place = this.touched[i]!;
      const sum = this.sums[place]!;
      this.sums[place] = 0;
      if (sum < least) continue;
      places.push(place);
      found.push(sum);
    }
    this.count = 0;
    return { places, sums: found };
  }

  private reserve(places: ArrayLike<number>): void {
    // Ascending, so the last one is the furthest.
    const room = Math.max((places[places.length - 1] ?? 0) + 1, this.count + places.length);
    if (room <= this.sums.length) return;
    const sums = new Float64Array(Math.max(room, this.sums.length * 2));
    const touched = new Uint32Array(sums.length);
    sums.set(this.sums);
    touched.set(this.touched);
    this.sums = sums;
    this.touched = touched;
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
    const frequency = sources.reduce((sum, source) => sum + source.gramFrequency(gram, limit), 0);
    return { gram, weight: idf(frequency) };
  });
  const whole = weights.reduce((sum, { weight }) => sum + weight, 0);
  const found = new Map<string, RelatedTerm>();
  sources.forEach((source, i) => {
    for (const { gram, weight } of weights) sums.add(source.placesOfGram(gram), weight);
    const alike = sums.drain(bounds.share * whole);
    // What is among the most alike of all is so in each source that holds it, so each can be cut short; ties stay.
    const least = nthLargest(alike.sums, bounds.terms);
    alike.places.forEach((place, at) => {
      const sum = alike.sums[at] ?? 0;
      if (sum >= least) relate(source.termAt(place), i, place, sum, sources, limit, found);
    });
  });
  if (found.size <= bounds.terms) return { related: found, whole };
  return { related: new Map([...found].sort(mostAlikeFirst).slice(0, bounds.terms)), whole };
}

/** Heavier first, then alphabetical. */
export function mostAlikeFirst(
  a: readonly [string, Pick<RelatedTerm, 'weight'>],
  b: readonly [string, Pick<RelatedTerm, 'weight'>],
): number {
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
    source.forEachSpeltLike(word, bound, (place) => {
      const term = source.termAt(place);
      if (!term.startsWith(initial)) return;
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
    const places = new Array<number>(sources.length).fill(-1);
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
