/**
 * How good a ranking is, by what people judged relevant. The figures are those of common evaluation tools, so that they
 * can stand beside published ones.
 * @module
 */

/** The rank down to which answers count. */
export const DEPTH = 10;

/** Each 0–1, more is better. */
export interface Quality {
  /** Normalised discounted cumulative gain of the first ten; gain is 2^relevance − 1. */
  readonly ndcg10: number;
  /** Share of the relevant documents among the first five. */
  readonly recall5: number;
  /** Share of the relevant documents among the first ten. */
  readonly recall10: number;
  /** One through the rank of the first relevant document; 0 when it is not among the first ten. */
  readonly mrr10: number;
}

/** Document → relevance, above 0. */
export type Judged = ReadonlyMap<string, number>;

/**
 * @param judged not empty
 * @param found documents, best first; a repeated one counts where it stands first
 */
export function qualityOf(judged: Judged, found: readonly string[]): Quality {
  const gains = [...new Set(found)].slice(0, DEPTH).map((id) => judged.get(id) ?? 0);
  const best = [...judged.values()].sort((a, b) => b - a).slice(0, DEPTH);
  const first = gains.findIndex((gain) => gain > 0);
  const hits = (depth: number): number => gains.slice(0, depth).filter((gain) => gain > 0).length;
  return {
    ndcg10: discounted(gains) / discounted(best),
    recall5: hits(5) / judged.size,
    recall10: hits(10) / judged.size,
    mrr10: first === -1 ? 0 : 1 / (first + 1),
  };
}

/** The mean over questions; null over none. */
export function meanQuality(all: readonly Quality[]): Quality | null {
  if (all.length === 0) return null;
  const mean = (of: (one: Quality) => number): number => all.reduce((sum, one) => sum + of(one), 0) / all.length;
  return {
    ndcg10: mean(({ ndcg10 }) => ndcg10),
    recall5: mean(({ recall5 }) => recall5),
    recall10: mean(({ recall10 }) => recall10),
    mrr10: mean(({ mrr10 }) => mrr10),
  };
}

/** The sample below which `share` of them lie; null of none. */
export function percentile(samples: readonly number[], share: number): number | null {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
}

function discounted(gains: readonly number[]): number {
  return gains.reduce((sum, gain, at) => sum + (2 ** gain - 1) / Math.log2(at + 2), 0);
}
