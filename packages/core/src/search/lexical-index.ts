/**
 * The lexical index: sealed segments and a growing tail over documents numbered 0, 1, 2 … in arrival order. Scores are
 * exact over every match. Statistics follow Lucene's convention: a removed document is unreachable at once and leaves
 * the frequencies when its segment is next rewritten.
 * @module
 */
import { LengthTables, saturate, type CorpusStatistics } from './bm25f.js';
import { MutableSegment, type IndexedText } from './mutable-segment.js';
import { EXPANSION, planQuery, type PlannedTerm } from './query-plan.js';
import { WordRelatives } from './word-relatives.js';
import { rankingMemory, type RankingArrays, type RankingMemory, type RankingNeeds } from './ranking/ranking-memory.js';
import { mergeSegments, planMerge, type MergeOptions, type MergePlan } from './segment-merge.js';
import { Segment, SegmentFormatError, type EncodedSegment, type SegmentRange, type TermSource } from './segment.js';

/** A merged segment, and the ones whose blobs it replaces. */
export interface MergedSegment extends EncodedSegment {
  readonly replaces: readonly SegmentRange[];
}

/** One document's score, taken apart. Sums of term contributions, not normalised. */
export interface LexicalParts {
  /** What the query's own words earn in the body and in title and tags. */
  body: number;
  title: number;
  /** What continuations of the last word earn. */
  prefix: number;
  /** What words that resemble one no document holds earn. */
  standIn: number;
  /** The character n-gram score. */
  ngram: number;
}

/** A query weighed against one state of the index; stale after any change to it. */
export interface LexicalQuery {
  readonly terms: readonly PlannedTerm[];
  /** What each word of the query is worth, by its bit in {@link PlannedTerm.word}. */
  readonly words: readonly number[];
  readonly statistics: CorpusStatistics;
  /** Documents at or above this ordinal are not seen. */
  readonly limit: number;
  readonly sources: readonly TermSource[];
  readonly tables: LengthTables;
  /** Bytes of the longest list of postings that scoring it reads. */
  readonly postingBytes: number;
}

/** An in-memory inverted index; not safe for use from two threads. */
export class LexicalIndex {
  private segments: Segment[] = [];
  private tail = new MutableSegment(0);
  private titleLengths = new Uint16Array(1024);
  private bodyLengths = new Uint16Array(1024);
  private longestTitle = 0;
  private longestBody = 0;
  /** Removed documents whose postings are still held. */
  private readonly removed = new Set<number>();
  private readonly relatives = new WordRelatives({ share: EXPANSION.relatedShare, terms: EXPANSION.related });
  private tables: LengthTables | null = null;
  /** The last query that was prepared, and how; null once the index has changed. */
  private planned: { readonly query: LexicalQuery; readonly asked: string; readonly withRelatives: boolean } | null =
    null;
  private edits = 0;

  /** Documents added, removed ones included: the next ordinal. */
  get size(): number {
    return this.tail.first + this.tail.count;
  }

  /** Grows with every change: what was made of the index is as good as new while this stays. */
  get revision(): number {
    return this.edits;
  }

  /** Documents not yet sealed. */
  get tailSize(): number {
    return this.tail.count;
  }

  /** The sealed segments, oldest first. */
  get ranges(): readonly SegmentRange[] {
    return this.segments.map(({ first, count }) => ({ first, count }));
  }

  /** Bytes of the sealed segments. */
  get sealedBytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.byteLength, 0);
  }

  /** Adds a document and returns its ordinal. */
  add(text: IndexedText): number {
    this.changed();
    const ordinal = this.size;
    this.reserve(ordinal + 1);
    const lengths = this.tail.add(text);
    this.titleLengths[ordinal] = lengths.title;
    this.bodyLengths[ordinal] = lengths.body;
    this.noteLengths(ordinal);
    this.tables = null;
    return ordinal;
  }

  /**
   * Makes a document unreachable. Its postings go when the tail is sealed or its segment merged; merge what
   * `mergePlan({ purge: true })` plans until it returns null to have them gone now. Segments persisted before that still
   * hold the document, so a caller that loads them removes it again. Removing twice is harmless.
   */
  remove(ordinal: number): void {
    // A document without lengths holds no postings (any more).
    if (ordinal < 0 || ordinal >= this.size || this.lengthOf(ordinal) === 0) return;
    this.changed();
    this.removed.add(ordinal);
  }

  /** Documents that hold a stem, removed ones included until their segment is rewritten. */
  documentFrequency(term: string): number {
    return this.sources().reduce((sum, source) => sum + source.documentFrequency(source.find(term), this.size), 0);
  }

  /** Statistics of the documents below ordinal `limit` (all by default). */
  statistics(limit = this.size): CorpusStatistics {
    let documents = 0;
    let title = 0;
    let body = 0;
    for (let ordinal = 0; ordinal < limit; ordinal++) {
      const t = this.titleLengths[ordinal] ?? 0;
      const b = this.bodyLengths[ordinal] ?? 0;
      if (t + b > 0) documents++;
      title += t;
      body += b;
    }
    const n = Math.max(1, documents);
    return { documents, averageTitleLength: title / n, averageBodyLength: body / n };
  }

  /**
   * Weighs a query over the documents below ordinal `limit` (all by default), as if later ones did not exist. Asked the
   * same again before anything changed, it gives the same object.
   */
  prepare(asked: string, limit = this.size, withRelatives = true): LexicalQuery {
    const last = this.planned;
    if (last?.asked === asked && last.withRelatives === withRelatives && last.query.limit === limit) return last.query;
    const query = this.plan(asked, limit, withRelatives);
    this.planned = { query, asked, withRelatives };
    return query;
  }

  /**
   * Begins a ranking with the scores of every matching document; the arrays' other half is left to the caller. Where the
   * memory was last used for this very query, its scores still stand.
   */
  accumulate(
    query: LexicalQuery,
    memory: RankingMemory,
    needs: Pick<RankingNeeds, 'masked' | 'channels'> = { masked: 0, channels: 0 },
  ): RankingArrays {
    const arrays = memory.begin({ ...query, ...needs, documents: query.limit, query });
    const { lexical, ngram, matched } = arrays;
    if (arrays.scored) return arrays;
    for (const term of query.terms) {
      query.sources.forEach((source, i) => {
        const place = term.places[i] ?? -1;
        if (place >= 0) source.addScores(place, term, memory);
      });
    }
    for (const ordinal of this.removed) {
      if (ordinal >= query.limit) continue;
      lexical[ordinal] = 0;
      ngram[ordinal] = 0;
      matched[ordinal] = 0;
    }
    memory.scoresStand(query);
    return arrays;
  }

  /**
   * Writes the exact BM25F score of every document into `out` (at least `size` long; the rest is zeroed) for the
   * query's words and the continuations of its last one.
   */
  score(query: string, out: Float32Array): void {
    const { lexical } = this.accumulate(this.plan(query, this.size, false), rankingMemory());
    out.fill(0).set(lexical);
  }

  /** Takes the scores of some documents apart; `ordinals` in ascending order. */
  explain(query: LexicalQuery, ordinals: readonly number[]): LexicalParts[] {
    const parts = ordinals.map(() => ({ body: 0, title: 0, prefix: 0, standIn: 0, ngram: 0 }));
    for (const term of query.terms) {
      query.sources.forEach((source, i) => {
        const place = term.places[i] ?? -1;
        if (place < 0) return;
        let at = 0;
        source.forEachPosting(place, (ordinal, counts) => {
          while (at < ordinals.length && (ordinals[at] ?? 0) < ordinal) at++;
          const entry = parts[at];
          if (entry === undefined || ordinals[at] !== ordinal || this.removed.has(ordinal)) return;
          const { body, title } = query.tables.parts(ordinal, counts);
          const saturated = saturate(body + title);
          entry.ngram += term.ngram * saturated;
          if (term.role === 'prefix') {
            entry.prefix += term.lexical * saturated;
          } else if (term.role === 'ngram') {
            entry.standIn += term.lexical * saturated;
          } else {
            // One saturation covers both fields, so each gets its share of the sum that was saturated.
            entry.body += (term.lexical * saturated * body) / (body + title);
            entry.title += (term.lexical * saturated * title) / (body + title);
          }
        });
      });
    }
    return parts;
  }

  /** Makes the tail an immutable segment, to be persisted; null when it is empty. */
  seal(): EncodedSegment | null {
    if (this.tail.count === 0) return null;
    this.changed();
    const { first, count } = this.tail;
    for (const ordinal of this.removed) if (ordinal >= first) this.forget(ordinal);
    const lengths = {
      title: this.titleLengths.subarray(first, first + count),
      body: this.bodyLengths.subarray(first, first + count),
    };
    const encoded = this.tail.seal(lengths, this.removed);
    for (const ordinal of this.removed) if (ordinal >= first) this.removed.delete(ordinal);
    this.segments.push(new Segment(encoded.bytes));
    this.tail = new MutableSegment(first + count);
    return encoded;
  }

  /**
   * Appends a persisted segment. The bytes are used in place and must not change afterwards.
   * @throws SegmentFormatError when they are damaged, of another version, or not the next documents in line.
   */
  load(bytes: Uint8Array): SegmentRange {
    const segment = new Segment(bytes);
    if (segment.first !== this.size || this.tail.count > 0) {
      throw new SegmentFormatError(
        'SEGMENT_GAP',
        `the next document is ${this.size}, the segment starts at ${segment.first}`,
      );
    }
    this.changed();
    const end = segment.first + segment.count;
    this.reserve(end);
    this.titleLengths.set(segment.titleLengths, segment.first);
    this.bodyLengths.set(segment.bodyLengths, segment.first);
    for (let ordinal = segment.first; ordinal < end; ordinal++) this.noteLengths(ordinal);
    this.segments.push(segment);
    this.tail = new MutableSegment(end);
    this.tables = null;
    return { first: segment.first, count: segment.count };
  }

  /** The next merge worth doing, or null. */
  mergePlan(options: MergeOptions = {}): MergePlan | null {
    const states = this.segments.map(({ first, count }) => ({ first, count, removed: 0 }));
    for (const ordinal of this.removed) {
      const state = states.find(({ first, count }) => ordinal >= first && ordinal < first + count);
      if (state !== undefined) state.removed++;
    }
    return planMerge(states, options);
  }

  /**
   * Rewrites the planned segments as one and reads from it at once. Persist the bytes and drop the blobs of `replaces`
   * in one transaction; should that fail, the old blobs still load.
   * @throws RangeError when the plan does not name neighbouring segments of this index.
   */
  merge(plan: MergePlan): MergedSegment {
    const at = this.segments.findIndex(({ first }) => first === plan.replaces[0]?.first);
    const sources = this.segments.slice(at, at + plan.replaces.length);
    const known = plan.replaces.every(
      ({ first, count }, i) => sources[i]?.first === first && sources[i].count === count,
    );
    if (at < 0 || !known) throw new RangeError('the plan does not name neighbouring segments of this index');
    this.changed();
    const encoded = mergeSegments(sources, this.removed);
    for (const ordinal of this.removed) {
      if (ordinal < encoded.first || ordinal >= encoded.first + encoded.count) continue;
      this.forget(ordinal);
      this.removed.delete(ordinal);
    }
    this.segments.splice(at, sources.length, new Segment(encoded.bytes));
    return { ...encoded, replaces: plan.replaces };
  }

  private plan(query: string, limit: number, withRelatives: boolean): LexicalQuery {
    const sources = this.sources();
    const tables = this.tablesFor(limit);
    const scope = { sources, statistics: tables.statistics, limit, relatives: this.relatives };
    const { terms, words } = planQuery(query, scope, withRelatives);
    let postingBytes = 0;
    for (const { places } of terms) {
      sources.forEach((source, i) => {
        const place = places[i] ?? -1;
        if (place >= 0) postingBytes = Math.max(postingBytes, source.postingBytes(place));
      });
    }
    return { terms, words, statistics: tables.statistics, limit, sources, tables, postingBytes };
  }

  private changed(): void {
    this.edits++;
    this.planned = null;
    this.relatives.forget();
  }

  private sources(): TermSource[] {
    return this.tail.count > 0 ? [...this.segments, this.tail] : [...this.segments];
  }

  private lengthOf(ordinal: number): number {
    return (this.titleLengths[ordinal] ?? 0) + (this.bodyLengths[ordinal] ?? 0);
  }

  /** Takes a document whose postings are gone out of the statistics. */
  private forget(ordinal: number): void {
    this.titleLengths[ordinal] = 0;
    this.bodyLengths[ordinal] = 0;
    this.tables = null;
  }

  private noteLengths(ordinal: number): void {
    this.longestTitle = Math.max(this.longestTitle, this.titleLengths[ordinal] ?? 0);
    this.longestBody = Math.max(this.longestBody, this.bodyLengths[ordinal] ?? 0);
  }

  private tablesFor(limit: number): LengthTables {
    if (this.tables !== null && limit === this.size) return this.tables;
    const { titleLengths, bodyLengths, longestBody, longestTitle } = this;
    const tables = new LengthTables(this.statistics(limit), bodyLengths, titleLengths, longestBody, longestTitle);
    if (limit === this.size) this.tables = tables;
    return tables;
  }

  private reserve(size: number): void {
    if (size <= this.titleLengths.length) return;
    this.titleLengths = grown(this.titleLengths, size);
    this.bodyLengths = grown(this.bodyLengths, size);
    this.tables = null;
  }
}

function grown(lengths: Uint16Array, size: number): Uint16Array<ArrayBuffer> {
  const larger = new Uint16Array(Math.max(size, lengths.length * 2));
  larger.set(lengths);
  return larger;
}
