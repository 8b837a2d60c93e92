/**
 * The best documents when every document's score is known only up to a bound, and looking costs.
 * @module
 */
import { topK, type RankPosition } from '../top-k.js';

/** A document with the passage that is nearest. */
export interface NearestPassage {
  readonly ordinal: number;
  /** Its place among the document's vectors, from 0. */
  readonly passage: number;
  /** Cosine, −1 to 1. */
  readonly score: number;
}

/** Positive bounds are what {@link topK} ranks; cosines are at least −1. */
export const BOUND_OFFSET = 2;

/**
 * The `k` best of `eligible` by score, then the newest first. Documents are judged by descending bound until none that is
 * left can be among the best, or `budget` of them were.
 * @param bounds by ordinal: what the score does not exceed, plus {@link BOUND_OFFSET}
 * @param judge the score; may be null when it is below `least`
 */
export function nearestByBound(
  bounds: Float32Array,
  eligible: Int32Array,
  k: number,
  budget: number,
  judge: (ordinal: number, least: number) => NearestPassage | null,
): NearestPassage[] {
  const best: NearestPassage[] = [];
  const least = (): number => (best.length < k ? -Infinity : best[k - 1]!.score);
  let after: RankPosition | null = null;
  // Most searches end within the first batch; the others should not go through the bounds too often.
  for (let judged = 0, batch = 2 * k + 16; judged < Math.min(budget, eligible.length); batch *= 2) {
    const candidates = topK(bounds, eligible, Math.min(batch, budget - judged), after);
    for (const candidate of candidates) {
      if (candidate.score - BOUND_OFFSET < least()) return best;
      const found = judge(candidate.ordinal, least());
      if (found !== null) insert(best, found, k);
    }
    judged += candidates.length;
    after = candidates.at(-1) ?? null;
  }
  return best;
}

function insert(best: NearestPassage[], found: NearestPassage, k: number): void {
  let at = best.length;
  while (at > 0 && ranksBefore(found, best[at - 1]!)) at--;
  best.splice(at, 0, found);
  if (best.length > k) best.pop();
}

function ranksBefore(a: NearestPassage, b: NearestPassage): boolean {
  return a.score > b.score || (a.score === b.score && a.ordinal > b.ordinal);
}
