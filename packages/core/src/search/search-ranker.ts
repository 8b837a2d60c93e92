/**
 * One ranking for every engine: channels are scored over all documents, masked by the filter, normalised by their best
 * eligible score, weighted and summed; then surroundings lend context, and the best are picked.
 * @module
 */
import { lendContext, lentByItself, type MatchedWords, type Surroundings } from './context-score.js';
import { buildMask, type SearchFilter } from './filter-mask.js';
import { standOut, type ScoreChannel, type StandOut } from './score-channel.js';
import { ranksBefore, topK, type RankPosition } from './top-k.js';
import { rankingMemory } from './ranking/ranking-memory.js';
import type { DocColumns } from './doc-columns.js';
import type { LexicalIndex, LexicalQuery } from './lexical-index.js';

/** Weights of the built-in channels. */
export const CHANNEL_WEIGHTS = {
  lexical: 1,
  // From 0.3 to 0.5 alike on five sets: more helps rare spellings, less leaves room for vectors.
  ngram: 0.4,
} as const;

/**
 * Surroundings are looked at for this many of the best hits, some more where scores are close. What they lend is never
 * negative, so every other hit stays behind all of these.
 */
const CONTEXT_CANDIDATES = 2048;

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

/** Ranks over an index and the columns that describe its documents. */
export class SearchRanker {
  constructor(
    private readonly index: LexicalIndex,
    private readonly columns: DocColumns,
  ) {}

  search(request: SearchRequest): SearchPage {
    const ranking = this.rank(request);
    const { query, limit, channels, figures, best, eligible } = ranking;
    const found = firstHits(ranking, request.limit + 1, request.cursor ?? null);
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
    const query = this.index.prepare(request.query, limit, request.relatives ?? true);
    const further = request.channels ?? [];
    const memory = rankingMemory();
    const needs = { masked: this.columns.size, channels: further.length };
    const arrays = this.index.accumulate(query, memory, needs);
    const { mask, lexical, ngram, matched, whole, context, channels: others } = arrays;
    const eligible = buildMask(this.columns, request.filter ?? {}, mask);
    const stand = further.map((channel, i) => scored(channel, mask, others[i]!, limit, cursor));
    const least = stand.map((dense) => dense?.least ?? 0);
    const hits =
      others.length === 0 ? memory.lexicalHits() : gatherHits(mask, lexical, others, least, memory.hitList());
    const found = memory.bestOfWords(hits.length);
    const weigh = (name: string, weight: number, scores: Float32Array, bestFound: number): ChannelScores => {
      const best = cursor?.best[name] ?? bestFound;
      return { name, weight, scores, best, factor: best > 0 ? weight / best : 0 };
    };
    const words = weigh('lexical', CHANNEL_WEIGHTS.lexical, lexical, found.lexical);
    const grams = weigh('ngram', CHANNEL_WEIGHTS.ngram, ngram, found.ngram);
    const rest = further.map(({ name, weight }, i) => weigh(name, weight, others[i]!, bestOf(others[i]!, hits)));
    memory.addUpWords(words.factor, grams.factor, hits.length);
    for (const { scores, factor } of rest) addScaled(whole, scores, factor, hits);
    const channels = [words, grams, ...rest];
    const highest = channels.reduce((sum, { weight }) => sum + weight, 0);
    const candidates = memory.bestHits(hits.length, CONTEXT_CANDIDATES, highest);
    const around = this.surroundings(query.tables.bodyLengths, mask.subarray(0, limit));
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

  /** As the reader sees them: `seen` is the mask of the documents there are. */
  private surroundings(lengths: Uint16Array, seen: Uint8Array): Surroundings {
    const { order, collectionId, homeId, parent } = this.columns;
    return {
      previous: (ordinal) => order.neighbour(ordinal, -1, seen),
      next: (ordinal) => order.neighbour(ordinal, 1, seen),
      collection: collectionId,
      home: homeId,
      parent,
      collections: this.columns.collections.values.length,
      lengths,
    };
  }
}

/** Lists permitted documents that some channel gives a score, ascending. N-grams move hits of others, they make none. */
function gatherHits(
  mask: Uint8Array,
  lexical: Float32Array,
  others: readonly Float32Array[],
  least: readonly number[],
  list: Int32Array,
): Int32Array {
  let count = 0;
  for (let ordinal = 0; ordinal < lexical.length; ordinal++) {
    if (mask[ordinal] !== 1) continue;
    let scored = lexical[ordinal]! > 0;
    for (let i = 0; i < others.length && !scored; i++) {
      const score = others[i]![ordinal]!;
      scored = score > 0 && score >= least[i]!;
    }
    if (scored) list[count++] = ordinal;
  }
  return list.subarray(0, count);
}

/** Asks a channel for its scores; a dense one is reduced to what stands out. */
function scored(
  channel: ScoreChannel,
  mask: Uint8Array,
  out: Float32Array,
  limit: number,
  cursor: SearchCursor | null,
): StandOut | null {
  channel.score(mask, limit, out);
  if (channel.kind !== 'dense') return null;
  const floor = cursor?.best[`${channel.name}.floor`];
  const least = cursor?.best[`${channel.name}.least`];
  const known = floor === undefined || least === undefined ? null : { floor, least };
  return standOut(out, mask, limit, known);
}

/** No other hit stands before a candidate, so as long as they suffice nothing else is looked at. */
function firstHits(
  { whole, hits, lending }: Pick<Ranking, 'whole' | 'hits' | 'lending'>,
  count: number,
  after: SearchCursor | null,
): RankPosition[] {
  const found = topK(whole, lending.candidates, count, after);
  return found.length === count || lending.candidates.length === hits.length ? found : topK(whole, hits, count, after);
}

function bestOf(scores: Float32Array, hits: Int32Array): number {
  let best = 0;
  for (let i = 0; i < hits.length; i++) if (scores[hits[i]!]! > best) best = scores[hits[i]!]!;
  return best;
}

function addScaled(to: Float32Array, scores: Float32Array, factor: number, hits: Int32Array): void {
  for (let i = 0; i < hits.length; i++) to[hits[i]!]! += factor * scores[hits[i]!]!;
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
