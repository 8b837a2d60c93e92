/**
 * One ranking for every engine: channels are scored over all documents, masked by the filter, normalised by their best
 * eligible score, weighted and summed; then surroundings lend context, and the best are picked.
 * @module
 */
import { CONTEXT_WEIGHTS, lendContext, type Surroundings } from './context-score.js';
import { buildMask, type SearchFilter } from './filter-mask.js';
import { topK, type RankPosition } from './top-k.js';
import type { DocColumns } from './doc-columns.js';
import type { LexicalIndex, LexicalQuery } from './lexical-index.js';

/** Weights of the built-in channels. */
export const CHANNEL_WEIGHTS = { lexical: 1, ngram: 0.5 } as const;

/** A further source of scores, such as vector similarity. */
export interface ScoreChannel {
  /** Unique among the channels of a search; `lexical`, `ngram` and `context` are taken. */
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
  /** 0 to 1, relative to the best of this search: comparable within one search only. */
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
    const weights = [CHANNEL_WEIGHTS.lexical, CHANNEL_WEIGHTS.ngram, ...extra.map(({ weight }) => weight)];
    const total = weights.reduce((sum, weight) => sum + weight, 0) * (1 + sumOf(CONTEXT_WEIGHTS));
    const weigh = (name: string, weight: number, scores: Float32Array): ChannelScores => {
      const best = cursor?.best[name] ?? this.bestEligible(scores, limit);
      return { name, scores, best, factor: best > 0 ? weight / best / total : 0 };
    };
    const channels = [
      weigh('lexical', CHANNEL_WEIGHTS.lexical, lexical),
      weigh('ngram', CHANNEL_WEIGHTS.ngram, ngram),
      ...extra.map((channel, i) => {
        const scores = arrays[4 + i] as Float32Array;
        channel.score(this.mask, limit, scores);
        return weigh(channel.name, channel.weight, scores);
      }),
    ];
    this.sum(channels, limit, own);
    lendContext(own, this.surroundings(), limit, context);
    for (let ordinal = 0; ordinal < limit; ordinal++) own[ordinal]! += context[ordinal]!;
    const found = topK(own, this.mask, limit, request.limit + 1, cursor);
    const hits = found.slice(0, request.limit);
    const last = hits.at(-1);
    return {
      hits: request.explain === true ? this.explain(hits, query, channels, context) : hits,
      nextCursor:
        found.length > hits.length && last !== undefined ? { ...last, size: limit, best: bests(channels) } : null,
      eligible,
    };
  }

  private sum(channels: readonly ChannelScores[], limit: number, out: Float32Array): void {
    for (const { scores, factor } of channels) {
      if (factor === 0) continue;
      for (let ordinal = 0; ordinal < limit; ordinal++) out[ordinal]! += factor * scores[ordinal]!;
    }
    for (let ordinal = 0; ordinal < limit; ordinal++) if (this.mask[ordinal] === 0) out[ordinal] = 0;
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
    context: Float32Array,
  ): SearchHit[] {
    const ordinals = hits.map(({ ordinal }) => ordinal).sort((a, b) => a - b);
    const parts = new Map(this.index.explain(query, ordinals).map((entry, i) => [ordinals[i], entry]));
    const [lexical, ngram, ...others] = channels;
    return hits.map(({ ordinal, score }) => {
      const { body = 0, title = 0, prefix = 0 } = parts.get(ordinal) ?? {};
      const factor = lexical?.factor ?? 0;
      const explain: Record<string, number> = {
        body: factor * body,
        title: factor * title,
        prefix: factor * prefix,
        ngram: (ngram?.factor ?? 0) * (ngram?.scores[ordinal] ?? 0),
        context: context[ordinal] ?? 0,
      };
      for (const channel of others) explain[channel.name] = channel.factor * (channel.scores[ordinal] ?? 0);
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

function sumOf(weights: Readonly<Record<string, number>>): number {
  return Object.values(weights).reduce((sum, weight) => sum + weight, 0);
}

function bests(channels: readonly ChannelScores[]): Record<string, number> {
  return Object.fromEntries(channels.map(({ name, best }) => [name, best]));
}
