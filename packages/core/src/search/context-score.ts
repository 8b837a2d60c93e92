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
 * A collection with this many matching members lends half its share: a session's best turn says much about its other
 * turns, the best of a thousand documents in one folder says little about the rest.
 */
export const COLLECTION_HALF_SHARE = 64;

/** Where documents stand; each array is indexed by ordinal and holds an ordinal, or a collection, or −1. */
export interface Surroundings {
  readonly previous: Int32Array;
  readonly next: Int32Array;
  readonly collection: Int32Array;
  readonly parent: Int32Array;
}

/**
 * Writes into `out` what the surroundings lend to each document below `limit`. Scores of documents the reader may not
 * see must be zero, so that nothing leaks from them. A document without a score of its own is lent nothing: context moves
 * hits, it does not make them.
 */
export function lendContext(scores: Float32Array, around: Surroundings, limit: number, out: Float32Array): void {
  const { previous, next, parent, collection } = around;
  const shares = collectionShares(scores, collection, limit);
  const scoreAt = (ordinal: number): number => (ordinal >= 0 && ordinal < limit ? scores[ordinal]! : 0);
  for (let ordinal = 0; ordinal < limit; ordinal++) {
    out[ordinal] = 0;
    if (!(scores[ordinal]! > 0)) continue;
    const at = collection[ordinal]!;
    let lent = at < 0 ? 0 : shares[at]!;
    const before = previous[ordinal]!;
    if (before >= 0) {
      lent += CONTEXT_WEIGHTS.previous * scoreAt(before) + CONTEXT_WEIGHTS.secondPrevious * scoreAt(previous[before]!);
    }
    lent += CONTEXT_WEIGHTS.next * scoreAt(next[ordinal]!) + CONTEXT_WEIGHTS.parent * scoreAt(parent[ordinal]!);
    out[ordinal] = lent;
  }
}

/** What each collection lends to its members. */
function collectionShares(scores: Float32Array, collection: Int32Array, limit: number): Float64Array {
  let collections = 0;
  for (let ordinal = 0; ordinal < limit; ordinal++) collections = Math.max(collections, collection[ordinal]! + 1);
  const shares = new Float64Array(collections);
  const members = new Uint32Array(collections);
  for (let ordinal = 0; ordinal < limit; ordinal++) {
    const at = collection[ordinal]!;
    const score = scores[ordinal]!;
    if (at < 0 || !(score > 0)) continue;
    members[at]!++;
    if (score > shares[at]!) shares[at] = score;
  }
  for (let at = 0; at < collections; at++) {
    shares[at]! *= (CONTEXT_WEIGHTS.collection * COLLECTION_HALF_SHARE) / (COLLECTION_HALF_SHARE + members[at]!);
  }
  return shares;
}
