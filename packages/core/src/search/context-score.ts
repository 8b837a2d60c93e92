/**
 * A document's surroundings say something about it: the turn before an answer holds the question, its session is about
 * something, a parent was written on the same matter. So near neighbours in the collection, the collection's best member
 * and the primary parent lend a share of their own score.
 * @module
 */

/** Shares of the score of each neighbour. */
export const CONTEXT_WEIGHTS = {
  previous: 0.25,
  secondPrevious: 0.1,
  next: 0.1,
  collection: 0.8,
  parent: 0.1,
} as const;

/**
 * A collection with this many members among the hits lends half its share: a session's best turn says much about its other
 * turns, the best of a thousand documents in one folder says little about the rest.
 */
export const COLLECTION_HALF_SHARE = 64;

/** Where documents stand; each array is indexed by ordinal and holds an ordinal, or a collection, or −1. */
export interface Surroundings {
  readonly previous: Int32Array;
  readonly next: Int32Array;
  readonly collection: Int32Array;
  readonly parent: Int32Array;
  /** All collections are below this number. */
  readonly collections: number;
}

/**
 * Writes into `out` what the surroundings lend to each of the `hits`. `scores` must be zero for all other documents, in
 * particular those the reader may not see, so that nothing leaks from them; `out` is written at the hits only.
 */
export function lendContext(scores: Float32Array, hits: Int32Array, around: Surroundings, out: Float32Array): void {
  const { previous, next, parent, collection } = around;
  const shares = collectionShares(scores, hits, around);
  const limit = scores.length;
  for (let i = 0; i < hits.length; i++) {
    const ordinal = hits[i]!;
    const at = collection[ordinal]!;
    let lent = at < 0 ? 0 : shares[at]!;
    const before = previous[ordinal]!;
    if (before >= 0 && before < limit) lent += CONTEXT_WEIGHTS.previous * scores[before]!;
    const second = before >= 0 ? previous[before]! : -1;
    if (second >= 0 && second < limit) lent += CONTEXT_WEIGHTS.secondPrevious * scores[second]!;
    const after = next[ordinal]!;
    if (after >= 0 && after < limit) lent += CONTEXT_WEIGHTS.next * scores[after]!;
    const above = parent[ordinal]!;
    if (above >= 0 && above < limit) lent += CONTEXT_WEIGHTS.parent * scores[above]!;
    out[ordinal] = lent;
  }
}

/** What each collection lends to its members. */
function collectionShares(scores: Float32Array, hits: Int32Array, around: Surroundings): Float64Array {
  const { collection, collections } = around;
  const shares = new Float64Array(collections);
  const members = new Uint32Array(collections);
  for (let i = 0; i < hits.length; i++) {
    const ordinal = hits[i]!;
    const at = collection[ordinal]!;
    if (at < 0) continue;
    members[at]!++;
    if (scores[ordinal]! > shares[at]!) shares[at] = scores[ordinal]!;
  }
  for (let at = 0; at < collections; at++) {
    shares[at]! *= (CONTEXT_WEIGHTS.collection * COLLECTION_HALF_SHARE) / (COLLECTION_HALF_SHARE + members[at]!);
  }
  return shares;
}
