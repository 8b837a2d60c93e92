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
}

/** The vectors a search sees, and the query's own. */
export interface QueriedVectors extends ServedVectors {
  readonly query: Float32Array;
}

/**
 * Relative to the lexical channel's 1. A small model's is flat from .5 to .75 on six sets; hashed letters say little that
 * words and their spelling have not said, and more of them costs turns of a chat more than it gives abstracts.
 */
export const MEANING_WEIGHT = { model: 0.6, hashing: 0.1 } as const;

export function meaningChannel({ model, index, below, query }: QueriedVectors): ScoreChannel {
  // Hashed letters know no meaning: they tell likely hits apart, but what resembles a query by them alone is no hit.
  const hashed = model.startsWith('hashing');
  return {
    name: 'meaning',
    weight: hashed ? MEANING_WEIGHT.hashing : MEANING_WEIGHT.model,
    kind: 'dense',
    makesHits: !hashed,
    score: (mask, limit, out) => void index.scoreAll(query, mask, Math.min(limit, below), out),
  };
}
