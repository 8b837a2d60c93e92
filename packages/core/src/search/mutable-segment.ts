/**
 * The growing tail of the index. Postings are plain number pairs, cheap to append; sealing encodes them.
 * @module
 */
import { analyze, isStopTerm } from './analyzer.js';
import { buildGramTable, gramsOf } from './gram-index.js';
import { ByteSink, packCounts } from './posting-codec.js';
import { SpellingTable } from './spelling-table.js';
import { encodeSegment, sumOfFrequencies, type EncodedSegment, type TermSource } from './segment.js';
import type { TermWeight } from './bm25f.js';
import type { RankingMemory } from './ranking/ranking-memory.js';

/** The text of one document. Title and tags form one field, the body the other. */
export interface IndexedText {
  readonly title: string;
  /** Separated by spaces. */
  readonly tags: string;
  readonly body: string;
}

/**
 * How many terms each field of a document has, stop words apart; at most 65,535. Both are zero only when the document
 * holds no term at all: one made of stop words has a body of length one.
 */
export interface FieldLengths {
  readonly title: number;
  readonly body: number;
}

interface TailTerm {
  readonly place: number;
  readonly term: string;
  readonly stop: boolean;
  /** `[ordinal, counts, …]`, ascending. */
  readonly pairs: number[];
  /** Counts of the document being added. */
  title: number;
  body: number;
}

const MAX_LENGTH = 0xffff;

/** The first two UTF-16 units as a number; what is missing counts as zero. */
function openingOf(term: string): number {
  return term.charCodeAt(0) * 0x10000 + (term.length > 1 ? term.charCodeAt(1) : 0);
}

export class MutableSegment implements TermSource {
  count = 0;
  private readonly byTerm = new Map<string, TailTerm>();
  private readonly terms: TailTerm[] = [];
  /** Places by the first two UTF-16 units of the term, see {@link openingOf}. */
  private readonly byOpening = new Map<number, number[]>();
  private readonly spellings = new SpellingTable();
  private termsSpelt = 0;
  private readonly byGram = new Map<number, number[]>();
  private termsWithGrams = 0;
  private readonly touched: TailTerm[] = [];

  constructor(readonly first: number) {}

  /** Adds the next document. */
  add(text: IndexedText): FieldLengths {
    const title =
      this.countTerms(analyze(text.title, { stopWords: 'keep' }), true) +
      this.countTerms(analyze(text.tags, { stopWords: 'keep' }), true);
    const body = this.countTerms(analyze(text.body, { stopWords: 'keep' }), false);
    const ordinal = this.first + this.count;
    const onlyStopWords = title + body === 0 && this.touched.length > 0;
    for (const entry of this.touched) {
      entry.pairs.push(ordinal, packCounts(entry.title, entry.body));
      entry.title = 0;
      entry.body = 0;
    }
    this.touched.length = 0;
    this.count++;
    return { title: Math.min(title, MAX_LENGTH), body: onlyStopWords ? 1 : Math.min(body, MAX_LENGTH) };
  }

  /** Encodes all but the postings of `removed` documents. */
  seal(
    lengths: { readonly title: Uint16Array; readonly body: Uint16Array },
    removed: ReadonlySet<number>,
  ): EncodedSegment {
    const sink = new ByteSink(1 << 16);
    const terms: string[] = [];
    const frequencies: number[] = [];
    const postingEnds: number[] = [];
    const sorted = [...this.terms].sort((a, b) => (a.term < b.term ? -1 : 1));
    for (const { term, pairs } of sorted) {
      let previous = this.first - 1;
      let frequency = 0;
      for (let i = 0; i < pairs.length; i += 2) {
        const ordinal = pairs[i] ?? 0;
        if (removed.has(ordinal)) continue;
        sink.posting(ordinal - previous, pairs[i + 1] ?? 0);
        previous = ordinal;
        frequency++;
      }
      if (frequency === 0) continue;
      terms.push(term);
      frequencies.push(frequency);
      postingEnds.push(sink.length);
    }
    return encodeSegment({
      first: this.first,
      count: this.count,
      titleLengths: lengths.title,
      bodyLengths: lengths.body,
      terms,
      frequencies,
      postingEnds,
      postings: sink.bytes(),
      grams: buildGramTable(terms),
    });
  }

  find(term: string): number {
    return this.byTerm.get(term)?.place ?? -1;
  }

  termAt(place: number): string {
    return this.terms[place]?.term ?? '';
  }

  documentFrequency(place: number, limit: number): number {
    const pairs = this.terms[place]?.pairs ?? [];
    if (limit >= this.first + this.count) return pairs.length / 2;
    let frequency = 0;
    while (frequency * 2 < pairs.length && (pairs[frequency * 2] ?? 0) < limit) frequency++;
    return frequency;
  }

  forEachWithPrefix(prefix: string, visit: (place: number) => void): void {
    // A single unit says too little for a table of its own: it is asked for while a first letter is being typed.
    const places = prefix.length < 2 ? this.terms.keys() : (this.byOpening.get(openingOf(prefix)) ?? []);
    for (const place of places) {
      if (this.termAt(place).startsWith(prefix)) visit(place);
    }
  }

  forEachSpeltLike(word: string, slips: number, visit: (place: number) => void): void {
    for (; this.termsSpelt < this.terms.length; this.termsSpelt++) {
      this.spellings.add(this.termAt(this.termsSpelt), this.termsSpelt);
    }
    this.spellings.forEachSpeltLike(word, slips, visit);
  }

  placesOfGram(gram: number): readonly number[] {
    this.indexNewGrams();
    return this.byGram.get(gram) ?? [];
  }

  gramFrequency(gram: number, limit: number): number {
    return sumOfFrequencies(this, this.placesOfGram(gram), limit);
  }

  forEachPosting(place: number, visit: (ordinal: number, counts: number) => void): void {
    const pairs = this.terms[place]?.pairs ?? [];
    for (let i = 0; i < pairs.length; i += 2) visit(pairs[i] ?? 0, pairs[i + 1] ?? 0);
  }

  postingBytes(place: number): number {
    return 4 * (this.terms[place]?.pairs.length ?? 0);
  }

  addScores(place: number, weight: TermWeight, to: RankingMemory): void {
    to.addPairs(this.terms[place]?.pairs ?? [], weight);
  }

  /** Counts terms of one field; returns how many of them are no stop words. */
  private countTerms(terms: readonly string[], inTitle: boolean): number {
    let length = 0;
    for (const term of terms) {
      let entry = this.byTerm.get(term);
      if (entry === undefined) {
        entry = { place: this.terms.length, term, stop: isStopTerm(term), pairs: [], title: 0, body: 0 };
        this.byTerm.set(term, entry);
        const opening = openingOf(term);
        const places = this.byOpening.get(opening);
        if (places === undefined) this.byOpening.set(opening, [entry.place]);
        else places.push(entry.place);
        this.terms.push(entry);
      }
      if (entry.title === 0 && entry.body === 0) this.touched.push(entry);
      if (inTitle) entry.title++;
      else entry.body++;
      if (!entry.stop) length++;
    }
    return length;
  }

  /** Grams are read by few and written by all, so terms get theirs when a search first asks. */
  private indexNewGrams(): void {
    for (; this.termsWithGrams < this.terms.length; this.termsWithGrams++) {
      for (const gram of gramsOf(this.termAt(this.termsWithGrams))) {
        const places = this.byGram.get(gram);
        if (places === undefined) this.byGram.set(gram, [this.termsWithGrams]);
        else places.push(this.termsWithGrams);
      }
    }
  }
}
