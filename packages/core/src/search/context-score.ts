/**
 * A document's surroundings say something about it: the turn before an answer holds the question, the session is about
 * something, a parent was written on the same matter. So the neighbours in the collection, the collection as a whole and
 * the primary parent lend a share of their own score.
 * @module
 */

/** Shares of the score of each neighbour. */
export const CONTEXT_WEIGHTS = { previous: 0.25, next: 0.1, collection: 0.3, parent: 0.1 } as const;

/** Where documents stand; each array is indexed by ordinal and holds an ordinal, or a collection, or −1. */
export interface Surroundings {
  readonly previous: Int32Array;
  readonly next: Int32Array;
  readonly collection: Int32Array;
  readonly parent: Int32Array;
}

/** The best members of a collection stand for it. */
const COLLECTION_MEMBERS = 3;

/**
 * Writes into `out` what the surroundings lend to each document below `limit`. Scores of documents the reader may not
 * see must be zero, so that nothing leaks from them. A document without a score of its own is lent nothing: context moves
 * hits, it does not make them.
 */
export function lendContext(scores: Float32Array, around: Surroundings, limit: number, out: Float32Array): void {
  const { previous, next, parent, collection } = around;
  const best = bestOfCollections(scores, collection, limit);
  for (let ordinal = 0; ordinal < limit; ordinal++) {
    out[ordinal] = 0;
    if (!(scores[ordinal]! > 0)) continue;
    const at = collection[ordinal]!;
    let lent = at < 0 ? 0 : CONTEXT_WEIGHTS.collection * (best[at] ?? 0);
    lent += CONTEXT_WEIGHTS.previous * scoreAt(scores, previous[ordinal]!, limit);
    lent += CONTEXT_WEIGHTS.next * scoreAt(scores, next[ordinal]!, limit);
    lent += CONTEXT_WEIGHTS.parent * scoreAt(scores, parent[ordinal]!, limit);
    out[ordinal] = lent;
  }
}

function scoreAt(scores: Float32Array, ordinal: number, limit: number): number {
  return ordinal >= 0 && ordinal < limit ? scores[ordinal]! : 0;
}

/** The mean of each collection's best scores, counting missing ones as zero. */
function bestOfCollections(scores: Float32Array, collection: Int32Array, limit: number): Float64Array {
  let collections = 0;
  for (let ordinal = 0; ordinal < limit; ordinal++) collections = Math.max(collections, collection[ordinal]! + 1);
  const best = new Float64Array(collections * COLLECTION_MEMBERS);
  for (let ordinal = 0; ordinal < limit; ordinal++) {
    const at = collection[ordinal]!;
    let score = scores[ordinal]!;
    if (at < 0 || !(score > 0)) continue;
    for (let i = at * COLLECTION_MEMBERS; i < (at + 1) * COLLECTION_MEMBERS; i++) {
      const other = best[i]!;
      if (score <= other) continue;
      best[i] = score;
      score = other;
    }
  }
  const means = new Float64Array(collections);
  for (let i = 0; i < best.length; i++) means[Math.floor(i / COLLECTION_MEMBERS)]! += best[i]! / COLLECTION_MEMBERS;
  return means;
}
