/**
 * An immutable run of documents with consecutive ordinals, as bytes. Layout, little-endian, every section padded to four
 * bytes: header (twelve 32-bit words), title lengths, body lengths (16 bits each), term lengths (UTF-16 units, 8 bits),
 * document frequencies, posting ends, grams, gram ends, gram terms (32 bits), terms (UTF-8), postings.
 * @module
 */
import { ANALYZER_VERSION } from './analyzer.js';
import { checksum32 } from './checksum.js';
import { findGram, termsOfGram, type GramTable } from './gram-index.js';
import { countPostingsBelow, forEachPosting } from './posting-codec.js';
import { SpellingTable } from './spelling-table.js';
import type { TermWeight } from './bm25f.js';
import type { RankingMemory } from './ranking/ranking-memory.js';

/** Raised on any change of the layout, and of which terms a document is indexed under beside its words. */
export const SEGMENT_FORMAT_VERSION = 3;

const MAGIC = 0x47534346;
const HEADER_WORDS = 12;

/** Why persisted bytes were refused: damaged, written by another version, or not the next documents in line. */
export type SegmentRefusal = 'SEGMENT_CORRUPT' | 'SEGMENT_VERSION' | 'SEGMENT_GAP';

/** Persisted bytes that cannot be used. Segments are derived data: the answer is to index the content again. */
export class SegmentFormatError extends Error {
  override readonly name = 'SegmentFormatError';
  constructor(
    readonly code: SegmentRefusal,
    message: string,
  ) {
    super(message);
  }
}

/** Where a segment lies: ordinals `first` to `first + count - 1`. Unique among the segments of an index. */
export interface SegmentRange {
  readonly first: number;
  readonly count: number;
}

/** A segment ready to be persisted as one blob. */
export interface EncodedSegment extends SegmentRange {
  readonly bytes: Uint8Array;
}

/** What the index reads from, be it encoded or still growing. Terms are addressed by their place, −1 for none. */
export interface TermSource extends SegmentRange {
  find(term: string): number;
  termAt(place: number): string;
  /** Documents below ordinal `limit` that hold the term. */
  documentFrequency(place: number, limit: number): number;
  forEachWithPrefix(prefix: string, visit: (place: number) => void): void;
  /** Visits all terms that begin with the first unit of `word` and may lie within `slips` slips of it, and some others. */
  forEachSpeltLike(word: string, slips: number, visit: (place: number) => void): void;
  /** Places of the terms that hold a character 4-gram. */
  placesOfGram(gram: number): ArrayLike<number>;
  /** Sum of the document frequencies of these terms. */
  gramFrequency(gram: number, limit: number): number;
  forEachPosting(place: number, visit: (ordinal: number, counts: number) => void): void;
  /** Bytes of memory that {@link addScores} takes for the term. */
  postingBytes(place: number): number;
  addScores(place: number, weight: TermWeight, to: RankingMemory): void;
}

/** Of the terms at `places`, among documents below `limit`. */
export function sumOfFrequencies(source: TermSource, places: ArrayLike<number>, limit: number): number {
  let sum = 0;
  for (let i = 0; i < places.length; i++) sum += source.documentFrequency(places[i]!, limit);
  return sum;
}

/** The parts of a segment, before encoding. */
export interface SegmentParts extends SegmentRange {
  readonly titleLengths: Uint16Array;
  readonly bodyLengths: Uint16Array;
  /** Ascending by UTF-16 units, as long as `frequencies` and `postingEnds`. */
  readonly terms: readonly string[];
  readonly frequencies: readonly number[];
  readonly postingEnds: readonly number[];
  readonly postings: Uint8Array;
  readonly grams: GramTable;
}

const pad = (bytes: number): number => (bytes + 3) & ~3;

/** Lays the parts out as one blob. */
export function encodeSegment(parts: SegmentParts): EncodedSegment {
  const vocabulary = new TextEncoder().encode(parts.terms.join(''));
  const termCount = parts.terms.length;
  const { grams, ends, terms: gramTerms } = parts.grams;
  const size =
    HEADER_WORDS * 4 +
    2 * pad(parts.count * 2) +
    pad(termCount) +
    8 * termCount +
    4 * (2 * grams.length + gramTerms.length) +
    pad(vocabulary.length) +
    pad(parts.postings.length);
  const buffer = new ArrayBuffer(size);
  const bytes = new Uint8Array(buffer);
  const header = new Uint32Array(buffer, 0, HEADER_WORDS);
  let at = HEADER_WORDS * 4;
  const skip = (length: number): number => {
    const start = at;
    at += pad(length);
    return start;
  };
  new Uint16Array(buffer, skip(parts.count * 2), parts.count).set(parts.titleLengths);
  new Uint16Array(buffer, skip(parts.count * 2), parts.count).set(parts.bodyLengths);
  bytes.set(
    parts.terms.map((term) => term.length),
    skip(termCount),
  );
  new Uint32Array(buffer, skip(termCount * 4), termCount).set(parts.frequencies);
  new Uint32Array(buffer, skip(termCount * 4), termCount).set(parts.postingEnds);
  for (const words of [grams, ends, gramTerms]) {
    new Uint32Array(buffer, skip(words.length * 4), words.length).set(words);
  }
  bytes.set(vocabulary, skip(vocabulary.length));
  bytes.set(parts.postings, skip(parts.postings.length));
  header.set([
    MAGIC,
    SEGMENT_FORMAT_VERSION,
    ANALYZER_VERSION,
    0,
    size,
    parts.first,
    parts.count,
    termCount,
    vocabulary.length,
    parts.postings.length,
    grams.length,
    gramTerms.length,
  ]);
  header[3] = checksumOf(bytes);
  return { first: parts.first, count: parts.count, bytes };
}

/** An encoded segment, opened for reading. The bytes are used in place and must not change. */
export class Segment implements TermSource {
  readonly first: number;
  readonly count: number;
  readonly titleLengths: Uint16Array;
  readonly bodyLengths: Uint16Array;
  readonly terms: readonly string[];
  /** Size of the blob. */
  readonly byteLength: number;
  private readonly frequencies: Uint32Array;
  private readonly postingEnds: Uint32Array;
  private readonly postings: Uint8Array;
  private readonly grams: GramTable;
  /** By number of the gram; filled as they are asked for. */
  private readonly gramFrequencies: Float64Array;
  /** Holds the terms of the first letters asked for so far. */
  private readonly spellings = new SpellingTable();
  private readonly initialsSpelt = new Set<string>();

  /** @throws SegmentFormatError when the bytes are damaged or of another version. */
  constructor(source: Uint8Array) {
    // Blobs may arrive at any offset of a larger buffer; typed views need aligned ones.
    const bytes = source.byteOffset % 4 === 0 ? source : source.slice();
    const { buffer, byteOffset } = bytes;
    if (bytes.length < HEADER_WORDS * 4) throw new SegmentFormatError('SEGMENT_CORRUPT', 'the segment is too short');
    const header = new Uint32Array(buffer, byteOffset, HEADER_WORDS).slice();
    const [magic, format, analyzer, sum, size, first = 0, count = 0] = header;
    const [termCount = 0, vocabularyBytes = 0, postingBytes = 0, gramCount = 0, gramTermCount = 0] = header.subarray(7);
    if (magic !== MAGIC) throw new SegmentFormatError('SEGMENT_CORRUPT', 'these bytes are no segment');
    if (format !== SEGMENT_FORMAT_VERSION || analyzer !== ANALYZER_VERSION) {
      throw new SegmentFormatError('SEGMENT_VERSION', 'the segment was written by another version');
    }
    if (size !== bytes.length || size % 4 !== 0 || sum !== checksumOf(bytes)) {
      throw new SegmentFormatError('SEGMENT_CORRUPT', 'the segment does not match its checksum');
    }
    this.first = first;
    this.count = count;
    this.byteLength = bytes.length;
    let at = byteOffset + HEADER_WORDS * 4;
    const skip = (length: number): number => {
      const start = at;
      at += pad(length);
      return start;
    };
    const words = (length: number): Uint32Array => new Uint32Array(buffer, skip(length * 4), length);
    this.titleLengths = new Uint16Array(buffer, skip(count * 2), count);
    this.bodyLengths = new Uint16Array(buffer, skip(count * 2), count);
    const termLengths = new Uint8Array(buffer, skip(termCount), termCount);
    this.frequencies = words(termCount);
    this.postingEnds = words(termCount);
    this.grams = { grams: words(gramCount), ends: words(gramCount), terms: words(gramTermCount) };
    this.gramFrequencies = new Float64Array(gramCount);
    this.terms = cut(
      new TextDecoder().decode(new Uint8Array(buffer, skip(vocabularyBytes), vocabularyBytes)),
      termLengths,
    );
    this.postings = new Uint8Array(buffer, skip(postingBytes), postingBytes);
  }

  find(term: string): number {
    const place = this.lowerBound(term);
    return this.terms[place] === term ? place : -1;
  }

  termAt(place: number): string {
    return this.terms[place] ?? '';
  }

  documentFrequency(place: number, limit: number): number {
    if (place < 0 || limit <= this.first) return 0;
    if (limit >= this.first + this.count) return this.frequencies[place] ?? 0;
    return countPostingsBelow(this.postings, this.start(place), this.postingEnds[place] ?? 0, this.first, limit);
  }

  forEachWithPrefix(prefix: string, visit: (place: number) => void): void {
    for (let place = this.lowerBound(prefix); this.terms[place]?.startsWith(prefix); place++) visit(place);
  }

  forEachSpeltLike(word: string, slips: number, visit: (place: number) => void): void {
    const initial = word.charAt(0);
    if (initial !== '' && !this.initialsSpelt.has(initial)) {
      this.initialsSpelt.add(initial);
      this.forEachWithPrefix(initial, (place) => this.spellings.add(this.termAt(place), place));
    }
    this.spellings.forEachSpeltLike(word, slips, visit);
  }

  placesOfGram(gram: number): Uint32Array {
    return termsOfGram(this.grams, findGram(this.grams, gram));
  }

  gramFrequency(gram: number, limit: number): number {
    const number = findGram(this.grams, gram);
    if (number < 0 || limit <= this.first) return 0;
    const whole = limit >= this.first + this.count;
    if (whole && this.gramFrequencies[number]! > 0) return this.gramFrequencies[number]!;
    const frequency = sumOfFrequencies(this, termsOfGram(this.grams, number), limit);
    if (whole) this.gramFrequencies[number] = frequency;
    return frequency;
  }

  forEachPosting(place: number, visit: (ordinal: number, counts: number) => void): void {
    forEachPosting(this.postings, this.start(place), this.postingEnds[place] ?? 0, this.first, visit);
  }

  postingBytes(place: number): number {
    return (this.postingEnds[place] ?? 0) - this.start(place);
  }

  addScores(place: number, weight: TermWeight, to: RankingMemory): void {
    to.addEncoded(this.postings, this.start(place), this.postingEnds[place] ?? 0, this.first, weight);
  }

  private start(place: number): number {
    return place === 0 ? 0 : (this.postingEnds[place - 1] ?? 0);
  }

  /** The place of the first term that is not less than `term`. */
  private lowerBound(term: string): number {
    let low = 0;
    let high = this.terms.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.terms[middle] ?? '') < term) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function cut(text: string, lengths: Uint8Array): string[] {
  const terms = new Array<string>(lengths.length);
  let at = 0;
  for (let i = 0; i < lengths.length; i++) {
    const end = at + (lengths[i] ?? 0);
    terms[i] = text.slice(at, end);
    at = end;
  }
  return terms;
}

/** The checksum covers the whole blob with its own word read as zero. */
function checksumOf(bytes: Uint8Array): number {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
  const head = words.slice(0, HEADER_WORDS);
  head[3] = 0;
  // The header's own sum is folded in as one more word, so that the body need not be copied to blank a word.
  return checksum32(words.subarray(HEADER_WORDS), checksum32(head));
}
