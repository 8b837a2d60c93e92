/**
 * A document's surroundings say something about it: the turn before an answer holds the question, its session is about
 * something, a parent was written on the same matter. So near neighbours in the collection, the collection's best member
 * and the primary parent lend a share of their own score; and a neighbourhood or a collection that holds more of the
 * query's words together than the document does alone lends by these words too.
 * @module
 */

/** Shares of the score of each neighbour. */
export const CONTEXT_WEIGHTS = {
  previous: 0.25,
  // Who answers a question may have been spoken to two turns ago.
  secondPrevious: 0.2,
  next: 0.1,
  collection: 0.8,
  parent: 0.1,
  /** For the share of the query's words that neighbours add to the document's own. */
  neighbourWords: 0.3,
  /** For the share of the query's words that the collection holds. */
  collectionWords: 0.6,
} as const;

/**
 * A collection with this many members among the hits lends half its share: a session's best turn says much about its other
 * turns, the best of a thousand documents in one folder says little about the rest.
 */
export const COLLECTION_HALF_SHARE = 64;

/**
 * A body with this many terms is lent half of what its neighbours would lend to an empty one: a turn of a chat is hardly
 * understood without the one before, a page is.
 */
export const NEIGHBOUR_HALF_LENGTH = 96;

/** Where documents stand; each array is indexed by ordinal and holds an ordinal, or a collection, or −1. */
export interface Surroundings {
  /** The neighbours in its collection, among the documents that the reader sees: an ordinal, or −1. */
  readonly previous: (ordinal: number) => number;
  readonly next: (ordinal: number) => number;
  readonly collection: Int32Array;
  /** The same, but of a document that was cut into sections: their collection. */
  readonly home: Int32Array;
  readonly parent: Int32Array;
  /** Terms in each body. */
  readonly lengths: Uint16Array;
  /** All collections are below this number. */
  readonly collections: number;
}

/** Which words of the query documents hold. */
export interface MatchedWords {
  /** Bits by ordinal. */
  readonly matched: Uint32Array;
  /** What each word is worth, by bit. */
  readonly words: readonly number[];
}

/**
 * Writes into `out` what the surroundings lend to each of the `hits`. `scores` must be zero for all other documents, in
 * particular those the reader may not see, so that nothing leaks from them; `out` is written at the hits only. A
 * document without a collection counts as a collection of its own, or having none would be held against it.
 *
 * @returns the share of its own score that such a document was lent
 */
export function lendContext(
  scores: Float32Array,
  hits: Int32Array,
  around: Surroundings,
  held: MatchedWords,
  out: Float32Array,
): number {
  const { previous, next, parent, lengths } = around;
  const { matched } = held;
  const worth = worthOf(held.words);
  const standing = standingOf(hits, around);
  const shares = collectionShares(scores, hits, standing, around.collections, matched, worth);
  const alone = aloneShare(scores, hits);
  const limit = scores.length;
  /** A neighbour that is a hit; any other lends nothing, neither score nor words. */
  const hit = (ordinal: number): boolean => ordinal >= 0 && ordinal < limit && scores[ordinal]! > 0;
  for (let i = 0; i < hits.length; i++) {
    const ordinal = hits[i]!;
    const at = standing[i]!;
    let lent = at < 0 ? alone * scores[ordinal]! : shares[at]!;
    const own = matched[ordinal]!;
    let together = own;
    let near = 0;
    const before = previous(ordinal);
    if (hit(before)) {
      near += CONTEXT_WEIGHTS.previous * scores[before]!;
      together |= matched[before]!;
    }
    const second = before >= 0 ? previous(before) : -1;
    if (hit(second)) {
      near += CONTEXT_WEIGHTS.secondPrevious * scores[second]!;
      together |= matched[second]!;
    }
    const after = next(ordinal);
    if (hit(after)) {
      near += CONTEXT_WEIGHTS.next * scores[after]!;
      together |= matched[after]!;
    }
    if (together !== own) near += CONTEXT_WEIGHTS.neighbourWords * (worth(together) - worth(own));
    lent += (near * NEIGHBOUR_HALF_LENGTH) / (NEIGHBOUR_HALF_LENGTH + lengths[ordinal]!);
    const above = parent[ordinal]!;
    if (hit(above)) lent += CONTEXT_WEIGHTS.parent * scores[above]!;
    out[ordinal] = lent;
  }
  return alone;
}

/**
 * How much of what was lent to each of `ordinals` it would have lent itself, had the others of its collection scored
 * nothing: only the rest is due to them, be it that the best of them is better or that they hold further words. For
 * explanations alone, so that no other search need keep what is counted here once more.
 *
 * @param scores before anything was lent, by place in `ordinals`
 * @param alone as {@link lendContext} returned it
 */
export function lentByItself(
  ordinals: readonly number[],
  scores: readonly number[],
  hits: Int32Array,
  around: Surroundings,
  { matched, words }: MatchedWords,
  alone: number,
): number[] {
  const members = new Uint32Array(around.collections);
  const standing = standingOf(hits, around);
  for (const at of standing) if (at >= 0) members[at]!++;
  const places = new Map(ordinals.map((ordinal) => [ordinal, -1]));
  hits.forEach((ordinal, i) => places.has(ordinal) && places.set(ordinal, standing[i]!));
  const worth = worthOf(words);
  return ordinals.map((ordinal, i) => {
    const at = places.get(ordinal) ?? -1;
    const score = scores[i] ?? 0;
    if (at < 0) return alone * score;
    const lent = CONTEXT_WEIGHTS.collection * score + CONTEXT_WEIGHTS.collectionWords * worth(matched[ordinal]!);
    return lent * collectionShare(members[at]!);
  });
}

/**
 * The collection that each hit stands in. What was cut into sections stands with those of them that are hits: they repeat
 * its title, and would outdo it with what they lend each other. Where none is, as the reader may see none, it stands where
 * it was put.
 */
function standingOf(hits: Int32Array, { collection, home, collections }: Surroundings): Int32Array {
  const members = new Uint32Array(collections);
  for (const ordinal of hits) if (collection[ordinal]! >= 0) members[collection[ordinal]!]!++;
  return hits.map((ordinal) => {
    const at = home[ordinal]!;
    return at >= 0 && members[at]! > 0 ? at : collection[ordinal]!;
  });
}

/** What each collection lends to its members: by its best one, and by the words that all of them hold together. */
function collectionShares(
  scores: Float32Array,
  hits: Int32Array,
  standing: Int32Array,
  collections: number,
  matched: Uint32Array,
  worth: (words: number) => number,
): Float64Array {
  const shares = new Float64Array(collections);
  const members = new Uint32Array(collections);
  const together = new Uint32Array(collections);
  for (let i = 0; i < hits.length; i++) {
    const ordinal = hits[i]!;
    const at = standing[i]!;
    if (at < 0) continue;
    members[at]!++;
    together[at]! |= matched[ordinal]!;
    if (scores[ordinal]! > shares[at]!) shares[at] = scores[ordinal]!;
  }
  for (let at = 0; at < collections; at++) {
    if (members[at] === 0) continue;
    const lent = CONTEXT_WEIGHTS.collection * shares[at]! + CONTEXT_WEIGHTS.collectionWords * worth(together[at]!);
    shares[at] = lent * collectionShare(members[at]!);
  }
  return shares;
}

function collectionShare(members: number): number {
  return COLLECTION_HALF_SHARE / (COLLECTION_HALF_SHARE + members);
}

/** What a document on its own gets per unit of its score: the best of them as much as a collection of one that holds all words. */
function aloneShare(scores: Float32Array, hits: Int32Array): number {
  let best = 0;
  for (let i = 0; i < hits.length; i++) if (scores[hits[i]!]! > best) best = scores[hits[i]!]!;
  return best > 0 ? collectionShare(1) * (CONTEXT_WEIGHTS.collection + CONTEXT_WEIGHTS.collectionWords / best) : 0;
}

/** The share of the query's worth that a set of its words makes up. */
function worthOf(words: readonly number[]): (held: number) => number {
  const total = words.reduce((sum, worth) => sum + worth, 0);
  if (total === 0) return () => 0;
  const seen = new Map<number, number>();
  return (held) => {
    let share = seen.get(held);
    if (share === undefined) {
      let sum = 0;
      for (let word = 0; word < words.length; word++) if (((held >>> word) & 1) === 1) sum += words[word]!;
      seen.set(held, (share = sum / total));
    }
    return share;
  };
}
