/**
 * What an evaluation found, as figures and as text.
 * @module
 */
import type { Paint } from '../output/paint.js';
import { renderTable } from '../output/table.js';
import type { AskedQuestion } from './ask-questions.js';
import type { EvaluationSet } from './evaluation-set.js';
import { meanQuality, percentile, qualityOf, type Quality } from './metrics.js';

export interface QualityFigures {
  /** Judged questions, those included that nothing was found for. */
  readonly questions: number;
  readonly ndcg_at_10: number;
  readonly recall_at_5: number;
  readonly recall_at_10: number;
  readonly mrr_at_10: number;
}

export interface EvaluationFigures extends QualityFigures {
  /** Empty when no question has a category. */
  readonly by_category: Readonly<Record<string, QualityFigures>>;
  /** Per question, over the client, its embedding included. */
  readonly latency_ms: { readonly p50: number | null; readonly p95: number | null };
}

const NO_QUALITY: Quality = { ndcg10: 0, recall5: 0, recall10: 0, mrr10: 0 };
const NO_CATEGORY = 'none';

/** Means over everything that was judged: a question that was not asked counts as one that nothing was found for. */
export function evaluationFigures(
  { queries, judgements }: EvaluationSet,
  asked: readonly AskedQuestion[],
): EvaluationFigures {
  const found = new Map(asked.map((one) => [one.queryId, one.found.map(({ id }) => id)]));
  const categories = new Map(queries.map(({ id, category }) => [id, category]));
  const all: Quality[] = [];
  const byCategory = new Map<string, Quality[]>();
  for (const [queryId, judged] of judgements) {
    const quality = qualityOf(judged, found.get(queryId) ?? []);
    all.push(quality);
    const category = categories.get(queryId) ?? NO_CATEGORY;
    byCategory.set(category, [...(byCategory.get(category) ?? []), quality]);
  }
  const grouped = queries.some(({ category }) => category !== null);
  const names = grouped ? [...byCategory.keys()].sort() : [];
  const samples = asked.map(({ ms }) => ms);
  return {
    ...figuresOf(all),
    by_category: Object.fromEntries(names.map((name) => [name, figuresOf(byCategory.get(name) ?? [])])),
    latency_ms: { p50: percentile(samples, 0.5), p95: percentile(samples, 0.95) },
  };
}

function figuresOf(all: readonly Quality[]): QualityFigures {
  const { ndcg10, recall5, recall10, mrr10 } = meanQuality(all) ?? NO_QUALITY;
  return { questions: all.length, ndcg_at_10: ndcg10, recall_at_5: recall5, recall_at_10: recall10, mrr_at_10: mrr10 };
}

/** A table, the whole first and then its categories, and a line about time. */
export function describeFigures(figures: EvaluationFigures, width: number, paint: Paint): string {
  const rows = [['all', figures] as const, ...Object.entries(figures.by_category)];
  const value = (of: (one: QualityFigures) => number) => ({
    of: ([, one]: readonly [string, QualityFigures]) => of(one).toFixed(3),
    align: 'right' as const,
  });
  const table = renderTable(
    rows,
    [
      { head: 'QUESTIONS', of: ([name]) => name, flexible: true },
      { head: 'N', of: ([, { questions }]) => String(questions), align: 'right' },
      { head: 'nDCG@10', ...value((one) => one.ndcg_at_10) },
      { head: 'R@5', ...value((one) => one.recall_at_5) },
      { head: 'R@10', ...value((one) => one.recall_at_10) },
      { head: 'MRR@10', ...value((one) => one.mrr_at_10) },
    ],
    width,
    paint,
  );
  const { p50, p95 } = figures.latency_ms;
  return p50 === null || p95 === null
    ? table
    : `${table}A question took ${p50.toFixed(1)} ms (median), ${p95.toFixed(1)} ms (95th percentile).\n`;
}

/** The answers as run files of retrieval evaluations have them: `query document rank score`. */
export function runFile(asked: readonly AskedQuestion[]): string {
  return asked
    .flatMap(({ queryId, found }) => found.map(({ id, score }, at) => `${queryId} ${id} ${at + 1} ${score}\n`))
    .join('');
}
