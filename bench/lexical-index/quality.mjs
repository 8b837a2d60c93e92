/**
 * How well the ranker finds what people judged relevant, next to published figures on the same data.
 *
 *   node bench/lexical-index/quality.mjs --sets DIR
 *
 * DIR holds `locomo-dev` and `scifact`, each with docs.jsonl, queries.jsonl and qrels.jsonl. All documents of a set are
 * in one index; LoCoMo questions are scoped to their conversation by a collection filter. Run files (qid docid rank
 * score) go to `--runs DIR` when given.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DocColumns, LexicalIndex, SearchRanker } from '../../packages/core/dist/search/index.js';

const argument = (name) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};

const PUBLISHED = {
  'locomo-dev': [
    ['FTS5 porter + stop words', 0.521, 0.613, 0.452, null],
    ['BM25F + ½ char-4-gram BM25', 0.564, 0.646, 0.503, null],
    ['  + previous/next turn', 0.573, 0.655, 0.498, null],
    ['BM25F + ½ char-4 + MiniLM', 0.599, 0.677, 0.508, null],
    ['  + previous/next turn', 0.603, 0.703, 0.501, null],
    ['MiniLM (mem0, chromadb)', 0.394, 0.49, 0.299, null],
    ['LanceDB full text', 0.516, 0.601, 0.442, null],
  ],
  scifact: [
    ['FTS5 porter + stop words', null, null, null, 0.688],
    ['BM25F + ½ char-4-gram BM25', null, null, null, 0.699],
    ['BM25F + ½ char-4 + MiniLM', null, null, null, 0.734],
  ],
};

const readLines = (path) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

function build(docs, placed) {
  const index = new LexicalIndex();
  const columns = new DocColumns();
  for (const doc of docs) {
    index.add({ title: doc.title ?? '', tags: '', body: doc.text });
    columns.add({
      seriesId: doc.id,
      ownerId: 'bench',
      type: 'knowledge',
      collection: doc.group === undefined ? null : placed ? `${doc.group}/${doc.session}` : doc.group,
      position: placed && doc.turn !== undefined ? doc.turn : null,
      tags: [],
      chainTrust: 60,
      createdAt: 0,
      validFrom: null,
      validTo: null,
      recordedFrom: 1,
      parent: null,
    });
  }
  index.seal();
  return { index, ranker: new SearchRanker(index, columns) };
}

/** The scores of one run, as means over all judged queries. */
function measure(qrels, run) {
  const sums = { r5: 0, r10: 0, mrr: 0, ndcg: 0 };
  for (const [qid, relevant] of qrels) {
    const gains = (run.get(qid) ?? []).map((id) => (relevant.has(id) ? 1 : 0));
    const found = (k) => gains.slice(0, k).reduce((a, b) => a + b, 0);
    const first = gains.slice(0, 10).indexOf(1);
    const discounted = (list) => list.slice(0, 10).reduce((sum, gain, i) => sum + gain / Math.log2(i + 2), 0);
    sums.r5 += found(5) / relevant.size;
    sums.r10 += found(10) / relevant.size;
    sums.mrr += first < 0 ? 0 : 1 / (first + 1);
    sums.ndcg += discounted(gains) / discounted([...relevant].map(() => 1));
  }
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / qrels.size]));
}

const row = (name, values) =>
  console.log(name.padEnd(38) + values.map((value) => (value === null ? '–' : value.toFixed(3)).padStart(8)).join(''));

const sets = argument('--sets');
if (sets === undefined) throw new Error('usage: node bench/lexical-index/quality.mjs --sets DIR [--runs DIR]');
const runs = argument('--runs');
const results = {};
for (const set of ['locomo-dev', 'scifact']) {
  if (!existsSync(join(sets, set))) {
    console.log(`${set}: not in ${sets}, skipped`);
    continue;
  }
  const docs = readLines(join(sets, set, 'docs.jsonl'));
  const queries = readLines(join(sets, set, 'queries.jsonl'));
  const qrels = new Map();
  for (const { qid, docid, rel } of readLines(join(sets, set, 'qrels.jsonl'))) {
    if (rel > 0) qrels.set(qid, (qrels.get(qid) ?? new Set()).add(docid));
  }
  console.log(`\n${set}`.padEnd(39) + ['R@5', 'R@10', 'MRR@10', 'nDCG@10'].map((name) => name.padStart(8)).join(''));
  for (const [name, ...values] of PUBLISHED[set]) row(name, values);
  results[set] = {};
  const variants = [
    { name: 'ours: BM25F alone', lexicalOnly: true },
    { name: 'ours: without places', placed: false },
    { name: 'ours', placed: true },
  ];
  for (const { name, placed = false, lexicalOnly = false } of variants) {
    if (placed && docs[0].group === undefined) continue;
    const { index, ranker } = build(docs, placed);
    const scores = new Float32Array(index.size);
    const run = new Map();
    const lines = [];
    for (const query of queries) {
      if (!qrels.has(query.id)) continue;
      let hits;
      if (lexicalOnly) {
        index.score(query.text, scores);
        hits = docs
          .map((doc, ordinal) => ({ ordinal, score: doc.group === query.group ? scores[ordinal] : 0 }))
          .filter(({ score }) => score > 0)
          .sort((a, b) => b.score - a.score || b.ordinal - a.ordinal);
      } else {
        const filter = query.group === undefined ? {} : { collection: query.group };
        ({ hits } = ranker.search({ query: query.text, filter, limit: 100 }));
      }
      run.set(
        query.id,
        hits.slice(0, 100).map(({ ordinal }) => docs[ordinal].id),
      );
      hits
        .slice(0, 100)
        .forEach(({ ordinal, score }, i) => lines.push(`${query.id} ${docs[ordinal].id} ${i + 1} ${score}`));
    }
    const measured = measure(qrels, run);
    results[set][name] = measured;
    row(name, [measured.r5, measured.r10, measured.mrr, measured.ndcg]);
    if (runs !== undefined) {
      mkdirSync(runs, { recursive: true });
      writeFileSync(join(runs, `${set}.${name.replace(/\W+/g, '-')}.run`), `${lines.join('\n')}\n`);
    }
  }
}
const out = new URL('../results/lexical-quality.json', import.meta.url);
mkdirSync(new URL('.', out), { recursive: true });
writeFileSync(out, `${JSON.stringify(results, null, 2)}\n`);
