/**
 * BM25F over two fields: each field's count is divided by its own length normalisation and weighted, the sum is
 * saturated once. Lengths are looked up in tables; the scoring itself is done by the ranking kernel.
 * @module
 */

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

/** Bodies below this length have their saturated counts looked up; the ranking kernel knows this and the next number too. */
const TABLE_LENGTHS = 1 << 10;
/** Counts in the body alone are below this. */
const TITLE_COUNTED = 16;
export const TABLE_ENTRIES = TITLE_COUNTED * TABLE_LENGTHS;

/** What scoring needs to know of lengths, for one set of statistics. */
export class LengthTables {
  /** By length. */
  readonly inverseBody: Float64Array;
  readonly inverseTitle: Float64Array;
  /** What a word earns that only the body holds, by how often and then by the body's length; {@link TABLE_ENTRIES} long. */
  readonly saturated: Float32Array;

  constructor(
    readonly statistics: CorpusStatistics,
    /** By ordinal. */
    readonly bodyLengths: Uint16Array,
    readonly titleLengths: Uint16Array,
    longestBody: number,
    longestTitle: number,
  ) {
    this.inverseBody = inverseTable(longestBody, BM25F.bodyB, BM25F.bodyPivot, statistics.averageBodyLength);
    this.inverseTitle = inverseTable(longestTitle, BM25F.titleB, 0, statistics.averageTitleLength);
    this.saturated = saturatedTable(this.inverseBody);
  }

  /** Body and title parts of a posting's weighted count, before saturation. */
  parts(ordinal: number, counts: number): { body: number; title: number } {
    const body = (counts & 15) * (this.inverseBody[this.bodyLengths[ordinal] ?? 0] ?? 0);
    const title = BM25F.titleWeight * (counts >> 4) * (this.inverseTitle[this.titleLengths[ordinal] ?? 0] ?? 0);
    return { body, title };
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

function saturatedTable(inverseBody: Float64Array): Float32Array {
  const table = new Float32Array(TABLE_ENTRIES);
  const lengths = Math.min(inverseBody.length, TABLE_LENGTHS);
  for (let count = 1; count < TITLE_COUNTED; count++) {
    for (let length = 0; length < lengths; length++) {
      table[count * TABLE_LENGTHS + length] = saturate(count * inverseBody[length]!);
    }
  }
  return table;
}
