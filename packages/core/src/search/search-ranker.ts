/**
 * One ranking for every engine: channels are scored over all documents, masked by the filter, normalised by their best
 * eligible score, weighted and summed; then surroundings lend context, and the best are picked.
 * @module
 */
import { lendContext, lentByItself, type MatchedWords, type Surroundings } from './context-score.js';
import { buildMask, type SearchFilter } from './filter-mask.js';
import { standOut, type ScoreChannel, type StandOut } from './score-channel.js';
import { ranksBefore, topK, type RankPosition } from './top-k.js';
import type { DocColumns } from './doc-columns.js';
import type { LexicalIndex, LexicalQuery } from './lexical-index.js';

/** Weights of the built-in channels. */
export const CHANNEL_WEIGHTS = {
  lexical: 1,
  // From 0.3 to 0.5 alike on five sets: more helps rare spellings, less leaves room for vectors.
  ngram: 0.4,
} as const;

/** Surroundings are looked at for this many of the best hits. */
const CONTEXT_CANDIDATES = 2048;
const SCORE_BINS = 4096;

/** Where the next page begins. Plain data that survives JSON; opaque to readers. */
export interface SearchCursor {
  /** The last hit of the page before, with its score before scaling. */
  readonly score: number;
  readonly ordinal: number;
  /** The documents the first page saw: later ones are not ranked, so that pages neither repeat nor skip. */
  readonly size: number;
  /** What the first page divided each channel by, and what it subtracted from dense ones. */
  readonly best: Readonly<Record<string, number>>;
  /** Which vectors the first page saw: those of a model, of documents below an ordinal. */
  readonly vectors?: { readonly model: string; readonly below: number };
}

export interface SearchRequest {
  readonly query: string;
  readonly filter?: SearchFilter;
  /** Hits wanted. */
  readonly limit: number;
  readonly cursor?: SearchCursor | null;
  readonly channels?: readonly ScoreChannel[];
  /** False leaves out words alike, for queries that are made of words that occur. Default true. */
  readonly relatives?: boolean;
  /** Default false. */
  readonly explain?: boolean;
}

/** What each channel adds to a hit's score; they sum to it. */
export type SearchExplanation = Readonly<Record<string, number>>;

export interface SearchHit {
  readonly ordinal: number;
  /** 0 to 1, where 1 is the best hit of the search: comparable within one search only. */
  readonly score: number;
  /** Keys `body`, `title`, `prefix`, `ngram`, `context` and one per further channel. */
  readonly explain?: SearchExplanation;
}

export interface SearchPage {
  readonly hits: readonly SearchHit[];
  /** Null on the last page. */
  readonly nextCursor: SearchCursor | null;
  /** Documents the filter lets through. */
  readonly eligible: number;
}

/** A document's place in a ranking. */
export interface SearchPlace {
  /** From 1. */
  readonly rank: number;
  /** How many hits the search has. */
  readonly hits: number;
  readonly score: number;
  readonly explain: SearchExplanation;
}

interface Ranking {
  readonly query: LexicalQuery;
  /** Documents at or above this ordinal are not ranked. */
  readonly limit: number;
  readonly hits: Int32Array;
  readonly channels: readonly ChannelScores[];
  /** What dense channels were measured by, for the cursor. */
  readonly figures: Readonly<Record<string, number>>;
  readonly whole: Float32Array;
  readonly context: Float32Array;
  /** What was lent to whom, by what, for explanations. */
  readonly lending: Lending;
  readonly best: number;
  readonly eligible: number;
}

interface Lending {
  readonly candidates: Int32Array;
  readonly around: Surroundings;
  readonly held: MatchedWords;
  readonly alone: number;
}

interface ChannelScores {
  readonly name: string;
  readonly weight: number;
  readonly scores: Float32Array;
  /** Multiplies a score into the hit's score. */
  readonly factor: number;
  readonly best: number;
}

type WorkingArrays = [Float32Array, Float32Array, Float32Array, Float32Array, ...Float32Array[]];

/** Ranks over an index and the columns that describe its documents. Keeps working memory between searches. */
export class SearchRanker {
  private mask = new Uint8Array(0);
  private matched = new Uint32Array(0);
  private hitBuffer = new Int32Array(0);
  private readonly pool: Float32Array[] = [];

  constructor(
    private readonly index: LexicalIndex,
    private readonly columns: DocColumns,
  ) {}

  search(request: SearchRequest): SearchPage {
    const ranking = this.rank(request);
    const { query, limit, hits, channels, figures, whole, best, eligible } = ranking;
    const found = topK(whole, hits, request.limit + 1, request.cursor ?? null);
    const page = found.slice(0, request.limit);
    const last = page.at(-1);
    const more = found.length > page.length && last !== undefined;
    const explained = request.explain === true ? this.explain(page, query, channels, ranking) : null;
    return {
      hits: page.map(({ ordinal, score }, i) => {
        const explain = explained?.[i];
        return { ordinal, score: score / best, ...(explain === undefined ? {} : { explain }) };
      }),
      nextCursor: more ? { ...last, size: limit, best: { ...bests(channels), ...figures, whole: best } } : null,
      eligible,
    };
  }

  /** Where a document stands in a search; null when it is no hit, be it that the filter keeps it out or that nothing matches. */
  place(request: Omit<SearchRequest, 'limit' | 'cursor'>, ordinal: number): SearchPlace | null {
    const ranking = this.rank({ ...request, limit: 1 });
    const { query, hits, channels, whole, best } = ranking;
    if (!hits.includes(ordinal)) return null;
    const score = whole[ordinal]!;
    let rank = 1;
    for (let i = 0; i < hits.length; i++) if (ranksBefore(whole[hits[i]!]!, hits[i]!, score, ordinal)) rank++;
    const [explain = {}] = this.explain([{ ordinal, score }], query, channels, ranking);
    return { rank, hits: hits.length, score: score / best, explain };
  }

  /** Scores every hit. What is returned lives in working memory, until the next search. */
  private rank(request: SearchRequest): Ranking {
    const cursor = request.cursor ?? null;
    const limit = Math.min(this.index.size, this.columns.size, cursor?.size ?? Infinity);
    if (this.mask.length < this.columns.size) this.mask = new Uint8Array(this.columns.size * 2);
    const eligible = buildMask(this.columns, request.filter ?? {}, this.mask);
    const query = this.index.prepare(request.query, limit, request.relatives ?? true);
    const further = request.channels ?? [];
    const [lexical, ngram, whole, context, ...others] = this.arrays(4 + further.length, limit) as WorkingArrays;
    const matched = this.blankMatches(limit);
    this.index.accumulate(query, { lexical, ngram, matched });
    const stand = further.map((channel, i) => this.scored(channel, others[i]!, limit, cursor));
    const least = stand.map((dense) => dense?.least ?? 0);
    const hits = this.hits(lexical, others, least, limit);
    const weigh = (name: string, weight: number, scores: Float32Array): ChannelScores => {
      const best = cursor?.best[name] ?? bestOf(scores, hits);
      return { name, weight, scores, best, factor: best > 0 ? weight / best : 0 };
    };
    const channels = [
      weigh('lexical', CHANNEL_WEIGHTS.lexical, lexical),
      weigh('ngram', CHANNEL_WEIGHTS.ngram, ngram),
      ...further.map(({ name, weight }, i) => weigh(name, weight, others[i] as Float32Array)),
    ];
    addPair(whole, lexical, channels[0]?.factor ?? 0, ngram, channels[1]?.factor ?? 0, hits);
    for (const { scores, factor } of channels.slice(2)) addScaled(whole, scores, factor, hits);
    const highest = channels.reduce((sum, { weight }) => sum + weight, 0);
    const candidates = bestHits(whole, hits, highest);
    const around = this.surroundings(query.tables.bodyLengths);
    const held = { matched, words: query.words };
    const alone = lendContext(whole, candidates, around, held, context);
    addScaled(whole, context, 1, candidates);
    // Every hit's share of the best one; the best is a candidate.
    const best = cursor?.best['whole'] ?? bestOf(whole, candidates);
    const lending = { candidates, around, held, alone };
    return {
      query,
      limit,
      hits,
      channels,
      figures: denseBests(further, stand),
      whole,
      context,
      lending,
      best,
      eligible,
    };
  }

  /** Eligible documents that some channel gives a score, ascending. N-grams move hits of others, they make none. */
  private hits(
    lexical: Float32Array,
    others: readonly Float32Array[],
    least: readonly number[],
    limit: number,
  ): Int32Array {
    if (this.hitBuffer.length < limit) this.hitBuffer = new Int32Array(limit * 2);
    const { mask, hitBuffer } = this;
    let count = 0;
    if (others.length === 0) {
      for (let ordinal = 0; ordinal < limit; ordinal++) {
        if (mask[ordinal] === 1 && lexical[ordinal]! > 0) hitBuffer[count++] = ordinal;
      }
    } else {
      for (let ordinal = 0; ordinal < limit; ordinal++) {
        if (mask[ordinal] !== 1) continue;
        let scored = lexical[ordinal]! > 0;
        for (let i = 0; i < others.length && !scored; i++) {
          const score = others[i]![ordinal]!;
          scored = score > 0 && score >= least[i]!;
        }
        if (scored) hitBuffer[count++] = ordinal;
      }
    }
    return hitBuffer.subarray(0, count);
  }

  /** Asks a channel for its scores; a dense one is reduced to what stands out. */
  private scored(
    channel: ScoreChannel,
    out: Float32Array,
    limit: number,
    cursor: SearchCursor | null,
  ): StandOut | null {
    channel.score(this.mask, limit, out);
    if (channel.kind !== 'dense') return null;
    const floor = cursor?.best[`${channel.name}.floor`];
    const least = cursor?.best[`${channel.name}.least`];
    const known = floor === undefined || least === undefined ? null : { floor, least };
    return standOut(out, this.mask, limit, known);
  }

  private blankMatches(limit: number): Uint32Array {
    if (this.matched.length < limit) this.matched = new Uint32Array(limit * 2);
    return this.matched.subarray(0, limit).fill(0);
  }

  private explain(
    hits: readonly RankPosition[],
    query: LexicalQuery,
    channels: readonly ChannelScores[],
    { context, lending, best }: Pick<Ranking, 'context' | 'lending' | 'best'>,
  ): SearchExplanation[] {
    const places = hits.map(({ ordinal }) => ordinal);
    const ordinals = [...places].sort((a, b) => a - b);
    const parts = new Map(this.index.explain(query, ordinals).map((entry, i) => [ordinals[i], entry]));
    const [lexical, grams, ...others] = channels;
    const scores = places.map((ordinal) =>
      channels.reduce((sum, channel) => sum + channel.factor * (channel.scores[ordinal] ?? 0), 0),
    );
    const { candidates, around, held, alone } = lending;
    const lentToSelf = lentByItself(places, scores, candidates, around, held, alone);
    return places.map((ordinal, i) => {
      const { body = 0, title = 0, prefix = 0, standIn = 0 } = parts.get(ordinal) ?? {};
      // What a document lends itself is no context: its channels count for more. Hits beyond the candidates got nothing.
      const own = scores[i] ?? 0;
      const toSelf = context[ordinal]! > 0 ? (lentToSelf[i] ?? 0) : 0;
      const scale = (own > 0 ? 1 + toSelf / own : 1) / best;
      const lexicalFactor = (lexical?.factor ?? 0) * scale;
      const explain: Record<string, number> = {
        body: lexicalFactor * body,
        title: lexicalFactor * title,
        prefix: lexicalFactor * prefix,
        ngram: lexicalFactor * standIn + (grams?.factor ?? 0) * (grams?.scores[ordinal] ?? 0) * scale,
        context: Math.max(0, context[ordinal]! - toSelf) / best,
      };
      for (const { name, factor, scores } of others) explain[name] = factor * (scores[ordinal] ?? 0) * scale;
      return explain;
    });
  }

  private surroundings(lengths: Uint16Array): Surroundings {
    const { order, collectionId, parent } = this.columns;
    const collections = this.columns.collections.values.length;
    return { previous: order.previous, next: order.next, collection: collectionId, parent, collections, lengths };
  }

  /** Zeroed working arrays, reused from search to search. */
  private arrays(count: number, limit: number): Float32Array[] {
    return Array.from({ length: count }, (_, i) => {
      let array = this.pool[i];
      if (array === undefined || array.length < limit) array = this.pool[i] = new Float32Array(limit * 2);
      array.fill(0, 0, limit);
      return array.subarray(0, limit);
    });
  }
}

function bestOf(scores: Float32Array, hits: Int32Array): number {
  let best = 0;
  for (let i = 0; i < hits.length; i++) if (scores[hits[i]!]! > best) best = scores[hits[i]!]!;
  return best;
}

/** The two channels every search has, in one pass. */
function addPair(
  to: Float32Array,
  a: Float32Array,
  aFactor: number,
  b: Float32Array,
  bFactor: number,
  hits: Int32Array,
): void {
  for (let i = 0; i < hits.length; i++) {
    const ordinal = hits[i]!;
    to[ordinal] = aFactor * a[ordinal]! + bFactor * b[ordinal]!;
  }
}

function addScaled(to: Float32Array, scores: Float32Array, factor: number, hits: Int32Array): void {
  for (let i = 0; i < hits.length; i++) to[hits[i]!]! += factor * scores[hits[i]!]!;
}

/**
 * The best hits, some more than {@link CONTEXT_CANDIDATES} where scores are close; scores are at most `highest`. What
 * surroundings lend is never negative, so every other hit stays behind all of these.
 */
function bestHits(scores: Float32Array, hits: Int32Array, highest: number): Int32Array {
  if (hits.length <= CONTEXT_CANDIDATES) return hits;
  const perBin = SCORE_BINS / highest;
  const bins = new Uint32Array(SCORE_BINS + 1);
  for (let i = 0; i < hits.length; i++) bins[Math.min(SCORE_BINS, Math.floor(scores[hits[i]!]! * perBin))]!++;
  let bin = SCORE_BINS;
  for (let count = bins[bin]!; bin > 0 && count < CONTEXT_CANDIDATES; count += bins[bin]!) bin--;
  const best: number[] = [];
  for (let i = 0; i < hits.length; i++) if (Math.floor(scores[hits[i]!]! * perBin) >= bin) best.push(hits[i]!);
  return Int32Array.from(best);
}

/** A dense channel's figures, under the channel's name with a suffix. */
function denseBests(channels: readonly ScoreChannel[], stand: readonly (StandOut | null)[]): Record<string, number> {
  const figures: Record<string, number> = {};
  channels.forEach(({ name }, i) => {
    const dense = stand[i];
    if (dense === null || dense === undefined) return;
    figures[`${name}.floor`] = dense.floor;
    figures[`${name}.least`] = dense.least;
  });
  return figures;
}

function bests(channels: readonly ChannelScores[]): Record<string, number> {
  return Object.fromEntries(channels.map(({ name, best }) => [name, best]));
}
