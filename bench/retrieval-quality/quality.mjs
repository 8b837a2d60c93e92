/**
 * How well the ranker finds what people judged relevant, next to published figures on the same data.
 *
 *   node bench/retrieval-quality/quality.mjs --sets DIR [--vectors DIR | --model DIR] [--weight 0.6] [--runs DIR]
 *
 * DIR of `--sets` holds `locomo-dev` and `scifact`, each with docs.jsonl, queries.jsonl and qrels.jsonl; others are named
 * by `--names a,b`. All documents of a set are in one index; questions of a group are scoped to it by a collection
 * filter. Vectors come from a model's folder or from files, see vectors.mjs. Run files (qid docid rank score) go to
 * `--runs`. Writes bench/results/retrieval-quality.json.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DocColumns, LexicalIndex, SearchRanker } from '../../packages/core/dist/search/index.js';
import { figure, saveResult } from '../shared/results.mjs';
import { halfOf, measure, readSet } from './judged-set.mjs';
import { vectorsFor } from './vectors.mjs';

/** R@5, R@10, MRR@10, nDCG@10. */
const PUBLISHED = {
  'locomo-dev': [
    ['FTS5 porter + stop words', 0.521, 0.613, 0.452, null],
    ['BM25F + ½ char-4 + MiniLM + turns beside', 0.603, 0.703, 0.501, null],
    ['MiniLM (mem0, chromadb)', 0.394, 0.49, 0.299, null],
    ['LanceDB full text', 0.516, 0.601, 0.442, null],
  ],
  scifact: [
    ['FTS5 porter + stop words', null, null, null, 0.688],
    ['BM25F + ½ char-4-gram BM25', null, null, null, 0.699],
    ['BM25F + ½ char-4 + MiniLM', null, null, null, 0.734],
  ],
};

/** What was asked: without a model, with vectors. */
const ASKED = {
  'locomo-dev': { words: { r5: 0.6, r10: 0.68, mrr: 0.51 }, vectors: { r5: 0.62, r10: 0.71, mrr: 0.52 } },
  scifact: { words: { ndcg: 0.7 }, vectors: { ndcg: 0.735 } },
};
const NAMES = { r5: 'R@5', r10: 'R@10', mrr: 'MRR@10', ndcg: 'nDCG@10' };
const DEPTH = 100;

const { values: options } = parseArgs({
  options: {
    sets: { type: 'string' },
    names: { type: 'string', default: 'locomo-dev,scifact' },
    vectors: { type: 'string' },
    model: { type: 'string' },
    weight: { type: 'string', default: '0.6' },
    runs: { type: 'string' },
  },
});
if (options.sets === undefined) {
  console.error(
    'usage: node bench/retrieval-quality/quality.mjs --sets DIR [--vectors DIR | --model DIR] [--runs DIR]',
  );
  process.exit(2);
}
const weight = Number(options.weight);

/** `placed` tells the columns where documents stand in their collections. */
function build({ docs }, placed) {
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

const byScore = (a, b) => b.score - a.score || b.ordinal - a.ordinal;

/** How each variant ranks a question: ordinals with scores, best first. */
function variantsOf(set, vectors) {
  const { docs } = set;
  const inGroup = docs[0]?.group !== undefined;
  const plain = build(set, false);
  const placed = inGroup ? build(set, true) : plain;
  const scores = new Float32Array(docs.length);
  const bm25f = (query) => {
    plain.index.score(query.text, scores);
    return docs
      .map((doc, ordinal) => ({ ordinal, score: doc.group === query.group ? scores[ordinal] : 0 }))
      .filter(({ score }) => score > 0)
      .sort(byScore);
  };
  const ranked =
    ({ ranker }, channels = () => []) =>
    (query) => {
      const filter = query.group === undefined ? {} : { collection: query.group };
      return ranker.search({ query: query.text, filter, limit: DEPTH, channels: channels(query) }).hits;
    };
  const variants = [{ name: 'BM25F alone', rank: bm25f }];
  if (inGroup) variants.push({ name: 'without places', rank: ranked(plain) });
  variants.push({ name: 'words', rank: ranked(placed) });
  if (vectors === null) return variants;
  const score = (query) => (mask, limit, out) => {
    const similar = vectors.similarities(query);
    for (let i = 0; i < limit; i++) if (mask[i] === 1) out[i] = Math.max(0, similar[i]);
  };
  const alone = (query) =>
    [...vectors.similarities(query)]
      .map((similarity, ordinal) => ({ ordinal, score: docs[ordinal].group === query.group ? similarity : -1 }))
      .filter((hit) => hit.score > -1)
      .sort(byScore);
  const channels = (query) => [{ name: 'vector', kind: 'dense', weight, score: score(query) }];
  variants.push({ name: 'vectors alone', rank: alone });
  variants.push({ name: 'vectors', rank: ranked(placed, channels) });
  return variants;
}

const cells = (values) => values.map((value) => (value === null ? '–' : value.toFixed(3)).padStart(8)).join('');
const row = (name, values) => console.log(name.padEnd(42) + cells(values));
const measuredIn = ({ r5, r10, mrr, ndcg }) => [r5, r10, mrr, ndcg];

const figures = [];
const details = {};
let measuredAny = false;
for (const name of options.names.split(',')) {
  const set = readSet(options.sets, name);
  if (set === null) {
    console.log(`${name}: no docs.jsonl, not measured`);
    continue;
  }
  measuredAny = true;
  const vectors = await vectorsFor(set, options);
  console.log(
    `\n${name}`.padEnd(43) +
      Object.values(NAMES)
        .map((title) => title.padStart(8))
        .join(''),
  );
  for (const [title, ...values] of PUBLISHED[name] ?? []) row(title, values);
  details[name] = {};
  for (const { name: variant, rank } of variantsOf(set, vectors)) {
    const run = new Map();
    const lines = [];
    for (const query of set.queries) {
      if (!set.qrels.has(query.id)) continue;
      const hits = rank(query).slice(0, DEPTH);
      run.set(
        query.id,
        hits.map(({ ordinal }) => set.docs[ordinal].id),
      );
      hits.forEach(({ ordinal, score }, i) => lines.push(`${query.id} ${set.docs[ordinal].id} ${i + 1} ${score}`));
    }
    const whole = measure(set, run);
    const first = measure(set, run, (query) => halfOf(set, query) === 'first');
    const second = measure(set, run, (query) => halfOf(set, query) === 'second');
    details[name][variant] = { whole, first, second };
    row(`ours: ${variant}`, measuredIn(whole));
    row('   first half', measuredIn(first));
    row('   second half', measuredIn(second));
    for (const [measureName, atLeast] of Object.entries(ASKED[name]?.[variant] ?? {})) {
      const kind = variant === 'words' ? 'no model' : 'with vectors';
      figures.push(figure(`${name}, ${kind}: ${NAMES[measureName]}`, '', whole[measureName], { atLeast }));
    }
    if (options.runs !== undefined) {
      mkdirSync(options.runs, { recursive: true });
      writeFileSync(join(options.runs, `${name}.${variant.replace(/\W+/g, '-')}.run`), `${lines.join('\n')}\n`);
    }
  }
}
if (measuredAny) {
  const source = options.model !== undefined ? 'model' : options.vectors !== undefined ? 'files' : 'none';
  saveResult({ bench: 'retrieval-quality', setup: { vectors: source, weight }, figures, details });
} else {
  console.log('nothing was measured: the sets are not part of this repository');
}
