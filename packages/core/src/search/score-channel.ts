/**
 * Channels beside the words: vector similarity, for one. A measure that every document has some of says something only
 * by how far a document stands out, and only the few that stand out most become hits by it.
 * @module
 */

/** A further source of scores, such as vector similarity. */
export interface ScoreChannel {
  /** Unique among the channels of a search; `lexical`, `ngram` and `whole` are taken, and so are the keys of an explained hit. */
  readonly name: string;
  /** Relative to the lexical channel's 1. */
  readonly weight: number;
  /**
   * `sparse` (the default): a score above zero is a find, and makes a hit. `dense`: nearly all documents have one, as
   * with the cosine of vectors; what is typical counts as nothing, see {@link standOut}. Zero then means that there is
   * no score (yet).
   */
  readonly kind?: 'sparse' | 'dense';
  /** Writes a score of at least zero for documents below `limit` whose `mask` byte is 1; `out` starts as zeroes. */
  score(mask: Uint8Array, limit: number, out: Float32Array): void;
}

/** What was subtracted from a dense channel, and the least remainder that makes a hit. */
export interface StandOut {
  readonly floor: number;
  readonly least: number;
}

/**
 * Documents become hits of a dense channel by being among so many of its best. On five sets 30 found as much as all of
 * them; more only lengthens the tail.
 */
export const DENSE_HITS = 100;

/**
 * With as many documents, half the typical score is subtracted: what is typical of three documents is not known, and
 * must not make their best one the only one.
 */
const DENSE_PRIOR = 20;

const BINS = 4096;

/** What is left of a score that does not stand out: next to nothing, but in order, so that pages are full. */
const TRACE = 1e-4;

/**
 * Subtracts from the scores of permitted documents what is typical of them, a standard deviation above their mean, and
 * leaves a trace where nothing remains. Models differ in what cosine unrelated texts have; this makes them alike, and keeps
 * a document whose vector is not there yet from losing more than it would for being unrelated. Only permitted documents
 * enter the figures. `known` repeats what an earlier page did.
 */
export function standOut(scores: Float32Array, mask: Uint8Array, limit: number, known: StandOut | null): StandOut {
  const floor = known?.floor ?? typical(scores, mask, limit);
  let best = 0;
  for (let ordinal = 0; ordinal < limit; ordinal++) {
    const score = scores[ordinal]!;
    if (mask[ordinal] !== 1 || score === 0) {
      scores[ordinal] = 0;
      continue;
    }
    const rest = Math.max(0, score - floor) + TRACE * (1 + score);
    scores[ordinal] = rest;
    if (rest > best) best = rest;
  }
  return { floor, least: known?.least ?? leastOfBest(scores, limit, best) };
}

function typical(scores: Float32Array, mask: Uint8Array, limit: number): number {
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (let ordinal = 0; ordinal < limit; ordinal++) {
    const score = scores[ordinal]!;
    if (mask[ordinal] !== 1 || !(score > 0)) continue;
    count++;
    sum += score;
    squares += score * score;
  }
  if (count === 0) return 0;
  const mean = sum / count;
  const deviation = Math.sqrt(Math.max(0, squares / count - mean * mean));
  const known = count ** 2 / (count ** 2 + DENSE_PRIOR ** 2);
  return (mean + deviation) * known;
}

/** A score that {@link DENSE_HITS} documents reach, some more where scores are close. */
function leastOfBest(scores: Float32Array, limit: number, best: number): number {
  if (best === 0) return 0;
  const bins = new Uint32Array(BINS);
  const perBin = (BINS - 1) / best;
  for (let ordinal = 0; ordinal < limit; ordinal++) {
    if (scores[ordinal]! > 0) bins[Math.floor(scores[ordinal]! * perBin)]!++;
  }
  let bin = BINS - 1;
  for (let count = bins[bin]!; bin > 0 && count < DENSE_HITS; count += bins[bin]!) bin--;
  return bin / perBin;
}
