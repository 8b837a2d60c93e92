/** Documents with questions and judgements: docs.jsonl, queries.jsonl and qrels.jsonl of one folder. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const readLines = (path) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** The set, or null when its folder is absent. Only judged questions are asked. */
export function readSet(folder, name) {
  const path = join(folder, name);
  if (!existsSync(join(path, 'docs.jsonl'))) return null;
  const qrels = new Map();
  for (const { qid, docid, rel } of readLines(join(path, 'qrels.jsonl'))) {
    if (rel > 0) qrels.set(qid, (qrels.get(qid) ?? new Set()).add(docid));
  }
  const docs = readLines(join(path, 'docs.jsonl'));
  const queries = readLines(join(path, 'queries.jsonl'));
  return { name, docs, queries, qrels };
}

/**
 * The halves of a set, so that a choice made on one can be checked on the other: the first two groups and the others
 * where questions have groups, else odd and even ids.
 */
export function halfOf({ docs }, query) {
  if (query.group === undefined) return Number(/\d+/.exec(String(query.id))?.[0] ?? 0) % 2 === 0 ? 'first' : 'second';
  const groups = [...new Set(docs.map(({ group }) => group))];
  return groups.indexOf(query.group) < 2 ? 'first' : 'second';
}

/** Means over the judged questions that `wanted` lets through; a question without results scores 0. */
export function measure({ queries, qrels }, run, wanted = () => true) {
  const sums = { r5: 0, r10: 0, mrr: 0, ndcg: 0 };
  let count = 0;
  for (const query of queries) {
    const relevant = qrels.get(query.id);
    if (relevant === undefined || !wanted(query)) continue;
    count++;
    const gains = (run.get(query.id) ?? []).map((id) => (relevant.has(id) ? 1 : 0));
    const found = (k) => gains.slice(0, k).reduce((a, b) => a + b, 0);
    const first = gains.slice(0, 10).indexOf(1);
    const discounted = (list) => list.slice(0, 10).reduce((sum, gain, i) => sum + gain / Math.log2(i + 2), 0);
    sums.r5 += found(5) / relevant.size;
    sums.r10 += found(10) / relevant.size;
    sums.mrr += first < 0 ? 0 : 1 / (first + 1);
    sums.ndcg += discounted(gains) / discounted([...relevant].map(() => 1));
  }
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / Math.max(1, count)]));
}
