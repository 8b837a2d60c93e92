/**
 * The growing tail of the index. A document is noted as one run of its terms; a search makes postings of the runs that
 * came since the last one, and sealing sorts all of them at once. So writing alone touches no posting list.
 * @module
 */
import { lexemesIn } from './analyzer.js';
import { headOfTitle, labelsOf, labelTerm } from './labels.js';
import { lexemeOf, type Lexeme } from './lexemes.js';
import { buildGramTable, gramsOf } from './gram-index.js';
import { ByteSink, packCounts } from './posting-codec.js';
import { SpellingTable } from './spelling-table.js';
import { titleNames } from './title-names.js';
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
  /** `[ordinal, counts, …]`, ascending, of the documents spread so far. */
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
  /** `[place, counts, …]` of one document after another, and where each ends. */
  private runs = new Uint32Array(1 << 12);
  private readonly runEnds: number[] = [];
  /** How many documents' runs are in {@link TailTerm.pairs}. */
  private spreadCount = 0;

  constructor(readonly first: number) {}

  /** Adds the next document. */
  add(text: IndexedText): FieldLengths {
    const title =
      this.countTerms(lexemesIn(text.title, { stopWords: 'keep' }), true) +
      this.countTerms(namesIn(text.title), true) +
      this.countTerms(lexemesIn(text.tags, { stopWords: 'keep' }), true);
    const body = this.countTerms(lexemesIn(text.body, { stopWords: 'keep' }), false);
    const onlyStopWords = title + body === 0 && this.touched.length > 0;
    this.noteRun();
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
    const { ends, ordinals, counts } = this.postingsByPlace(removed);
    const sorted = [...this.terms].sort((a, b) => (a.term < b.term ? -1 : 1));
    for (const { term, place } of sorted) {
      let previous = this.first - 1;
      const from = place === 0 ? 0 : ends[place - 1]!;
      const frequency = ends[place]! - from;
      for (let i = from; i < from + frequency; i++) {
        sink.posting(ordinals[i]! - previous, counts[i]!);
        previous = ordinals[i]!;
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
    this.spread();
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
    this.spread();
    const pairs = this.terms[place]?.pairs ?? [];
    for (let i = 0; i < pairs.length; i += 2) visit(pairs[i] ?? 0, pairs[i + 1] ?? 0);
  }

  postingBytes(place: number): number {
    this.spread();
    return 4 * (this.terms[place]?.pairs.length ?? 0);
  }

  addScores(place: number, weight: TermWeight, to: RankingMemory): void {
    this.spread();
    to.addPairs(this.terms[place]?.pairs ?? [], weight);
  }

  /** Counts words of one field; returns how many of them are no stop words. */
  private countTerms(lexemes: readonly Lexeme[], inTitle: boolean): number {
    let length = 0;
    for (const lexeme of lexemes) {
      if (lexeme.keeper !== this) {
        lexeme.kept = this.entryOf(lexeme);
        lexeme.keeper = this;
      }
      const entry = lexeme.kept as TailTerm;
      if (entry.title === 0 && entry.body === 0) this.touched.push(entry);
      if (inTitle) entry.title++;
      else entry.body++;
      if (!lexeme.stop) length++;
    }
    return length;
  }

  private entryOf({ stem }: Lexeme): TailTerm {
    let entry = this.byTerm.get(stem);
    if (entry === undefined) {
      entry = { place: this.terms.length, term: stem, pairs: [], title: 0, body: 0 };
      this.byTerm.set(stem, entry);
      const opening = openingOf(stem);
      const places = this.byOpening.get(opening);
      if (places === undefined) this.byOpening.set(opening, [entry.place]);
      else places.push(entry.place);
      this.terms.push(entry);
    }
    return entry;
  }

  /** Notes the terms counted since the last document as the next one's. */
  private noteRun(): void {
    let at = this.runEnds.at(-1) ?? 0;
    const end = at + 2 * this.touched.length;
    if (end > this.runs.length) {
      const larger = new Uint32Array(Math.max(end, this.runs.length * 2));
      larger.set(this.runs);
      this.runs = larger;
    }
    for (const entry of this.touched) {
      this.runs[at++] = entry.place;
      this.runs[at++] = packCounts(entry.title, entry.body);
      entry.title = 0;
      entry.body = 0;
    }
    this.touched.length = 0;
    this.runEnds.push(end);
  }

  /** Makes postings of the runs that have none yet. */
  private spread(): void {
    for (; this.spreadCount < this.count; this.spreadCount++) {
      const ordinal = this.first + this.spreadCount;
      const end = this.runEnds[this.spreadCount]!;
      for (let at = this.runEnds[this.spreadCount - 1] ?? 0; at < end; at += 2) {
        this.terms[this.runs[at]!]!.pairs.push(ordinal, this.runs[at + 1]!);
      }
    }
  }

  /** All postings but those of `removed` documents, sorted by the place of their term and then by document. */
  private postingsByPlace(removed: ReadonlySet<number>): {
    /** By place: where its postings end. */
    readonly ends: Uint32Array;
    readonly ordinals: Uint32Array;
    readonly counts: Uint8Array;
  } {
    const kept: { readonly ordinal: number; readonly from: number; readonly to: number }[] = [];
    for (let i = 0; i < this.count; i++) {
      const ordinal = this.first + i;
      if (!removed.has(ordinal)) kept.push({ ordinal, from: this.runEnds[i - 1] ?? 0, to: this.runEnds[i]! });
    }
    const ends = new Uint32Array(this.terms.length);
    for (const { from, to } of kept) for (let at = from; at < to; at += 2) ends[this.runs[at]!]!++;
    for (let place = 1; place < ends.length; place++) ends[place]! += ends[place - 1]!;
    const total = ends.at(-1) ?? 0;
    const ordinals = new Uint32Array(total);
    const counts = new Uint8Array(total);
    // Where the next posting of each place goes: it begins where the place before ends.
    const next = new Uint32Array(ends.length);
    for (let place = 1; place < ends.length; place++) next[place] = ends[place - 1]!;
    for (const { ordinal, from, to } of kept) {
      for (let at = from; at < to; at += 2) {
        const slot = next[this.runs[at]!]!++;
        ordinals[slot] = ordinal;
        counts[slot] = this.runs[at + 1]!;
      }
    }
    return { ends, ordinals, counts };
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

/**
 * `PEP 8` in a text full of `UTF-8` tells nobody apart: a document that goes by that name is indexed under it, and so is
 * the title as a whole. Titles count as stop words do: they make no title longer, and are not remembered as words are.
 */
const namesIn = (title: string): readonly Lexeme[] => [
  ...labelsOf(headOfTitle(title)).map((label) => lexemeOf(labelTerm(label))),
  ...titleNames(title).map((stem) => ({ stem, stop: true, keeper: null, kept: null })),
];
