/**
 * One ranking for every engine: channels are scored over all documents, masked by the filter, normalised by their best
 * eligible score, weighted and summed; then surroundings lend context, and the best are picked.
 * @module
 */
import { lendContext, type Surroundings } from './context-score.js';
import { buildMask, type SearchFilter } from './filter-mask.js';
import { topK, type RankPosition } from './top-k.js';
import type { DocColumns } from './doc-columns.js';
import type { LexicalIndex, LexicalQuery } from './lexical-index.js';

/** Weights of the built-in channels. */
export const CHANNEL_WEIGHTS = { lexical: 1, ngram: 0.5 } as const;

/** A further source of scores, such as vector similarity. */
export interface ScoreChannel {
  /** Unique among the channels of a search; `lexical`, `ngram` and `whole` are taken, and so are the keys of {@link SearchHit.explain}. */
  readonly name: string;
  /** Relative to the lexical channel's 1. */
  readonly weight: number;
  /** Writes a score of at least zero for documents below `limit` whose `mask` byte is 1; `out` starts as zeroes. */
  score(mask: Uint8Array, limit: number, out: Float32Array): void;
}

/** Where the next page begins. Plain data that survives JSON; opaque to readers. */
export interface SearchCursor {
  /** The last hit of the page before. */
  readonly score: number;
  readonly ordinal: number;
  /** The documents the first page saw: later ones are not ranked, so that pages neither repeat nor skip. */
  readonly size: number;
  /** What the first page divided each channel by. */
  readonly best: Readonly<Record<string, number>>;
}

export interface SearchRequest {
  readonly query: string;
  readonly filter?: SearchFilter;
  /** Hits wanted. */
  readonly limit: number;
  readonly cursor?: SearchCursor | null;
  readonly channels?: readonly ScoreChannel[];
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

interface ChannelScores {
  readonly name: string;
  readonly scores: Float32Array;
  /** Multiplies a score into the hit's score. */
  readonly factor: number;
  readonly best: number;
}

/** Ranks over an index and the columns that describe its documents. Keeps working memory between searches. */
export class SearchRanker {
  private mask = new Uint8Array(0);
  private readonly pool: Float32Array[] = [];

  constructor(
    private readonly index: LexicalIndex,
    private readonly columns: DocColumns,
  ) {}

  search(request: SearchRequest): SearchPage {
    const cursor = request.cursor ?? null;
    const limit = Math.min(this.index.size, this.columns.size, cursor?.size ?? Infinity);
    if (this.mask.length < this.columns.size) this.mask = new Uint8Array(this.columns.size * 2);
    const eligible = buildMask(this.columns, request.filter ?? {}, this.mask);
    const query = this.index.prepare(request.query, limit);
    const extra = request.channels ?? [];
    const arrays = this.arrays(4 + extra.length, limit);
    const [lexical, ngram, own, context] = arrays as [Float32Array, Float32Array, Float32Array, Float32Array];
    this.index.accumulate(query, { lexical, ngram });
    const weigh = (name: string, weight: number, scores: Float32Array): ChannelScores => {
      const best = cursor?.best[name] ?? this.bestEligible(scores, limit);
      return { name, scores, best, factor: best > 0 ? weight / best : 0 };
    };
    const grams = weigh('ngram', CHANNEL_WEIGHTS.ngram, ngram);
    const channels = [
      weigh('lexical', CHANNEL_WEIGHTS.lexical, lexical),
      ...extra.map((channel, i) => {
        const scores = arrays[4 + i] as Float32Array;
        channel.score(this.mask, limit, scores);
        return weigh(channel.name, channel.weight, scores);
      }),
    ];
    this.sum(channels, grams, limit, own);
    lendContext(own, this.surroundings(), limit, context);
    for (let ordinal = 0; ordinal < limit; ordinal++) own[ordinal]! += context[ordinal]!;
    const whole = weigh('whole', 1, own);
    for (let ordinal = 0; ordinal < limit; ordinal++) own[ordinal]! *= whole.factor;
    const found = topK(own, this.mask, limit, request.limit + 1, cursor);
    const hits = found.slice(0, request.limit);
    const last = hits.at(-1);
    return {
      hits: request.explain === true ? this.explain(hits, query, channels, grams, context, whole.factor) : hits,
      nextCursor:
        found.length > hits.length && last !== undefined
          ? { ...last, size: limit, best: bests([...channels, grams, whole]) }
          : null,
      eligible,
    };
  }

  /** N-grams move hits of other channels, they do not make any. */
  private sum(channels: readonly ChannelScores[], ngram: ChannelScores, limit: number, out: Float32Array): void {
    const { mask } = this;
    for (const { scores, factor } of channels) {
      if (factor === 0) continue;
      for (let ordinal = 0; ordinal < limit; ordinal++) {
        if (mask[ordinal] === 1) out[ordinal]! += factor * scores[ordinal]!;
      }
    }
    for (let ordinal = 0; ordinal < limit; ordinal++) {
      if (out[ordinal]! > 0) out[ordinal]! += ngram.factor * ngram.scores[ordinal]!;
    }
  }

  private bestEligible(scores: Float32Array, limit: number): number {
    let best = 0;
    for (let ordinal = 0; ordinal < limit; ordinal++) {
      if (scores[ordinal]! > best && this.mask[ordinal] === 1) best = scores[ordinal]!;
    }
    return best;
  }

  private explain(
    hits: readonly RankPosition[],
    query: LexicalQuery,
    channels: readonly ChannelScores[],
    grams: ChannelScores,
    context: Float32Array,
    scale: number,
  ): SearchHit[] {
    const ordinals = hits.map(({ ordinal }) => ordinal).sort((a, b) => a - b);
    const parts = new Map(this.index.explain(query, ordinals).map((entry, i) => [ordinals[i], entry]));
    const [lexical, ...others] = channels;
    const lexicalFactor = scale * (lexical?.factor ?? 0);
    return hits.map(({ ordinal, score }) => {
      const { body = 0, title = 0, prefix = 0, standIn = 0 } = parts.get(ordinal) ?? {};
      const explain: Record<string, number> = {
        body: lexicalFactor * body,
        title: lexicalFactor * title,
        prefix: lexicalFactor * prefix,
        ngram: lexicalFactor * standIn + scale * grams.factor * (grams.scores[ordinal] ?? 0),
        context: scale * (context[ordinal] ?? 0),
      };
      for (const { name, factor, scores } of others) explain[name] = scale * factor * (scores[ordinal] ?? 0);
      return { ordinal, score, explain };
    });
  }

  private surroundings(): Surroundings {
    const { order, collectionId, parent } = this.columns;
    return { previous: order.previous, next: order.next, collection: collectionId, parent };
  }

  /** Zeroed working arrays, reused from search to search. */
  private arrays(count: number, limit: number): Float32Array[] {
    return Array.from({ length: count }, (_, i) => {
      let array = this.pool[i];
      if (array === undefined || array.length < limit) array = this.pool[i] = new Float32Array(limit * 2);
      array.fill(0, 0, limit);
      return array;
    });
  }
}

function bests(channels: readonly ChannelScores[]): Record<string, number> {
  return Object.fromEntries(channels.map(({ name, best }) => [name, best]));
}
