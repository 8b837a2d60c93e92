/**
 * The best documents by score, newest first among equals.
 * @module
 */

/** A place in a ranking. */
export interface RankPosition {
  readonly score: number;
  readonly ordinal: number;
}

/** True when `a` ranks before the place (`score`, `ordinal`). */
export function ranksBefore(aScore: number, aOrdinal: number, score: number, ordinal: number): boolean {
  return aScore > score || (aScore === score && aOrdinal > ordinal);
}

/**
 * The best `k` of the documents in `eligible` (ascending ordinals) whose score is positive, by descending score and then
 * descending ordinal, after `after` when given.
 */
export function topK(
  scores: Float32Array,
  eligible: Int32Array,
  k: number,
  after: RankPosition | null = null,
): RankPosition[] {
  if (k <= 0) return [];
  // A heap with its worst entry at the root, in two arrays to keep numbers unboxed.
  const heapScores = new Float64Array(k);
  const heapOrdinals = new Int32Array(k);
  let size = 0;
  /** Once the heap is full, lower scores need no second look. */
  let least = 0;
  for (let i = 0; i < eligible.length; i++) {
    const ordinal = eligible[i]!;
    const score = scores[ordinal]!;
    if (!(score > 0) || score < least) continue;
    if (after !== null && !ranksBefore(after.score, after.ordinal, score, ordinal)) continue;
    if (size < k) {
      siftUp(heapScores, heapOrdinals, size++, score, ordinal);
      if (size === k) least = heapScores[0]!;
    } else if (ranksBefore(score, ordinal, heapScores[0]!, heapOrdinals[0]!)) {
      siftDown(heapScores, heapOrdinals, size, score, ordinal);
      least = heapScores[0]!;
    }
  }
  const best = Array.from({ length: size }, (_, i) => ({ score: heapScores[i] ?? 0, ordinal: heapOrdinals[i] ?? 0 }));
  return best.sort((a, b) => b.score - a.score || b.ordinal - a.ordinal);
}

function siftUp(scores: Float64Array, ordinals: Int32Array, from: number, score: number, ordinal: number): void {
  let at = from;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!ranksBefore(scores[parent]!, ordinals[parent]!, score, ordinal)) break;
    scores[at] = scores[parent]!;
    ordinals[at] = ordinals[parent]!;
    at = parent;
  }
  scores[at] = score;
  ordinals[at] = ordinal;
}

/** Replaces the root. */
function siftDown(scores: Float64Array, ordinals: Int32Array, size: number, score: number, ordinal: number): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= size) break;
    const right = child + 1;
    if (right < size && ranksBefore(scores[child]!, ordinals[child]!, scores[right]!, ordinals[right]!)) child = right;
    if (!ranksBefore(score, ordinal, scores[child]!, ordinals[child]!)) break;
    scores[at] = scores[child]!;
    ordinals[at] = ordinals[child]!;
    at = child;
  }
  scores[at] = score;
  ordinals[at] = ordinal;
}
