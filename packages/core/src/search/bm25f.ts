/**
 * BM25F over two fields: each field's count is divided by its own length normalisation and weighted, the sum is
 * saturated once. Lengths are looked up in tables, so that scoring one posting costs one division at most.
 * @module
 */
import { ONCE_IN_BODY } from './posting-codec.js';

/**
 * The ranking function's constants. Each stands in the middle of a range in which turns of a chat and abstracts of four
 * kinds were found about equally well.
 */
export const BM25F = {
  /** A word said often says more than one said once, but soon no more. */
  k1: 1.2,
  /** Length normalisation of the body and of the title, 0 (none) to 1 (full). */
  bodyB: 0.75,
  titleB: 0.4,
  /**
   * Terms added to every body before lengths are compared: among turns of ten words the longer one says more, among
   * abstracts of two hundred it is merely wordier.
   */
  bodyPivot: 32,
  /** One occurrence in the title counts this much. */
  titleWeight: 2.5,
} as const;

/** Statistics of the documents a query is ranked over. */
export interface CorpusStatistics {
  /** Documents that hold any term. */
  readonly documents: number;
  readonly averageTitleLength: number;
  readonly averageBodyLength: number;
}

/** Inverse document frequency; positive for every frequency. */
export function inverseDocumentFrequency(documents: number, frequency: number): number {
  // A removed document leaves `documents` and the frequencies at different times.
  const n = Math.max(documents, frequency);
  return Math.log(1 + (n - frequency + 0.5) / (frequency + 0.5));
}

/** One term's weight per channel of the lexical index. */
export interface TermWeight {
  /** Multiplies the saturated count into the lexical score. */
  readonly lexical: number;
  /** Multiplies it into the character n-gram score. */
  readonly ngram: number;
  /** The bit that says a document holds the query's word, or what continues or stands in for it; 0 for none. */
  readonly word: number;
}

/** Where scores of a query are summed, all by ordinal. */
export interface Accumulators {
  readonly lexical: Float32Array;
  readonly ngram: Float32Array;
  /** Which of the query's words each document holds, when wanted: the bits of {@link TermWeight.word}. */
  readonly matched?: Uint32Array;
}

/** Length tables for one set of statistics. */
export class LengthTables {
  private readonly inverseBody: Float64Array;
  private readonly inverseTitle: Float64Array;
  private readonly saturatedOnce: Float64Array;

  constructor(
    readonly statistics: CorpusStatistics,
    readonly bodyLengths: Uint16Array,
    private readonly titleLengths: Uint16Array,
    longestBody: number,
    longestTitle: number,
  ) {
    this.inverseBody = inverseTable(longestBody, BM25F.bodyB, BM25F.bodyPivot, statistics.averageBodyLength);
    this.inverseTitle = inverseTable(longestTitle, BM25F.titleB, 0, statistics.averageTitleLength);
    this.saturatedOnce = this.inverseBody.map((x) => x / (BM25F.k1 + x));
  }

  /** Body and title parts of a posting's weighted count, before saturation. */
  parts(ordinal: number, counts: number): { body: number; title: number } {
    const body = (counts & 15) * (this.inverseBody[this.bodyLengths[ordinal] ?? 0] ?? 0);
    const title = BM25F.titleWeight * (counts >> 4) * (this.inverseTitle[this.titleLengths[ordinal] ?? 0] ?? 0);
    return { body, title };
  }

  /** Adds the encoded postings in `bytes[from, to)` with an ordinal below `limit`. */
  accumulateEncoded(
    bytes: Uint8Array,
    from: number,
    to: number,
    firstOrdinal: number,
    limit: number,
    weight: TermWeight,
    out: Accumulators,
  ): void {
    const { inverseBody, inverseTitle, saturatedOnce, bodyLengths, titleLengths } = this;
    const { lexical, ngram } = out;
    const lexicalWeight = weight.lexical;
    const ngramWeight = weight.ngram;
    const matched = weight.word === 0 ? undefined : out.matched;
    const { word } = weight;
    let ordinal = firstOrdinal - 1;
    let at = from;
    while (at < to) {
      let byte = bytes[at++]!;
      let value = byte & 127;
      let shift = 7;
      while (byte > 127) {
        byte = bytes[at++]!;
        value |= (byte & 127) << shift;
        shift += 7;
      }
      ordinal += value >>> 1;
      if (ordinal >= limit) return;
      let saturated: number;
      if ((value & 1) === 0) {
        saturated = saturatedOnce[bodyLengths[ordinal]!]!;
      } else {
        const counts = bytes[at++]!;
        let x = (counts & 15) * inverseBody[bodyLengths[ordinal]!]!;
        if (counts > 15) x += BM25F.titleWeight * (counts >> 4) * inverseTitle[titleLengths[ordinal]!]!;
        saturated = x / (BM25F.k1 + x);
      }
      if (lexicalWeight !== 0) lexical[ordinal]! += lexicalWeight * saturated;
      if (ngramWeight !== 0) ngram[ordinal]! += ngramWeight * saturated;
      if (matched !== undefined) matched[ordinal]! |= word;
    }
  }

  /** Adds postings held as `[ordinal, counts, ordinal, counts, …]` with an ordinal below `limit`. */
  accumulatePairs(pairs: readonly number[], limit: number, weight: TermWeight, out: Accumulators): void {
    for (let i = 0; i < pairs.length; i += 2) {
      const ordinal = pairs[i]!;
      if (ordinal >= limit) return;
      const counts = pairs[i + 1]!;
      const { body, title } = this.parts(ordinal, counts);
      const saturated =
        counts === ONCE_IN_BODY ? this.saturatedOnce[this.bodyLengths[ordinal]!]! : saturate(body + title);
      out.lexical[ordinal]! += weight.lexical * saturated;
      out.ngram[ordinal]! += weight.ngram * saturated;
      if (weight.word !== 0 && out.matched !== undefined) out.matched[ordinal]! |= weight.word;
    }
  }
}

/** The share of a term's weight that a weighted count earns. */
export function saturate(count: number): number {
  return count / (BM25F.k1 + count);
}

/** `pivot` is added to all lengths, the average among them. */
function inverseTable(longest: number, b: number, pivot: number, average: number): Float64Array {
  const table = new Float64Array(longest + 1);
  const per = average > 0 ? b / (pivot + average) : 0;
  for (let length = 0; length <= longest; length++) table[length] = 1 / (1 + per * (length - average));
  return table;
}
