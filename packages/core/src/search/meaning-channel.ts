/**
 * What texts mean, as one more channel of the ranking: the cosine of the query and a document's nearest passage.
 * @module
 */
import type { ScoreChannel } from './search-ranker.js';
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

/** Documents that become hits for what they mean alone. */
export const MEANING_CANDIDATES = 256;

/** Relative to the lexical channel's 1. */
export const MEANING_WEIGHT = { model: 1, hashing: 0.25 } as const;

export function meaningChannel({ model, index, below, query }: QueriedVectors): ScoreChannel {
  return {
    name: 'meaning',
    weight: model.startsWith('hashing') ? MEANING_WEIGHT.hashing : MEANING_WEIGHT.model,
    candidates: MEANING_CANDIDATES,
    score(mask, limit, out) {
      const end = Math.min(limit, below);
      index.scoreAll(query, mask, end, out);
      // Texts that point away from the query have nothing to do with it.
      for (let ordinal = 0; ordinal < end; ordinal++) if (!(out[ordinal]! > 0)) out[ordinal] = 0;
    },
  };
}
