/**
 * What texts mean, as one more channel of the ranking: the cosine of the query and a document's nearest passage.
 * @module
 */
import type { ScoreChannel } from './score-channel.js';
import type { VectorIndex } from './vectors/index.js';

/** The vectors that serve. */
export interface ServedVectors {
  readonly model: string;
  readonly index: VectorIndex;
  /** Documents below this ordinal were embedded. */
  readonly below: number;
  /** Of these, the ones whose vectors were lost and are yet to be made anew. */
  readonly lost: number;
}

/** The vectors a search sees, and the query's own. */
export interface QueriedVectors extends ServedVectors {
  readonly query: Float32Array;
}

/** Relative to the lexical channel's 1. With a small model what is found is much the same from .5 to .75, on six sets. */
export const MEANING_WEIGHT = 0.6;

export function meaningChannel({ index, below, query }: QueriedVectors): ScoreChannel {
  return {
    name: 'meaning',
    weight: MEANING_WEIGHT,
    kind: 'dense',
    score: (mask, limit, out) => void index.scoreAll(query, mask, Math.min(limit, below), out),
  };
}
