/**
 * Our lexical index against SQLite FTS5 in the same run.
 *
 *   node --expose-gc bench/lexical-index/bench.mjs [CORPUS_FOLDER] [--docs 100000]
 *
 * Ours ranks with every channel (BM25F, n-grams, context) under a mask; FTS5 ranks with bm25() alone and its filter is a
 * join. Prints a table and writes bench/results/lexical-index.json.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { performance } from 'node:perf_hooks';
import { DatabaseSync } from '@photostructure/sqlite';
import { DocColumns, LexicalIndex, SearchRanker, queryTerms } from '../../packages/core/dist/search/index.js';
import { documentsFrom, randomness } from './corpus.mjs';

const docsAt = process.argv.indexOf('--docs');
const count = docsAt < 0 ? 100_000 : Number(process.argv[docsAt + 1]);
const folder = process.argv[2]?.startsWith('--') ? undefined : process.argv[2];
const SEAL_EVERY = 2048;
const QUERIES = 60;
const REPEATS = 5;
/** FTS5 takes up to a second for a query of common words, so it gets fewer. */
const FTS5_QUERIES = 20;

const memory = () => {
  // Array buffers are freed by the second collection only.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1e6;
};
const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
const ms = (value) => Math.round(value * 1000) / 1000;

const documents = documentsFrom(folder, count);
const bytes = documents.reduce((sum, { body }) => sum + body.length, 0);
console.log(`${count} documents, ${(bytes / count).toFixed(0)} characters each\n`);

// Ours: add, seal and merge as an engine would.
const persisted = new Map();
let index = new LexicalIndex();
const adds = [];
let sealMs = 0;
let mergeMs = 0;
let longestMergeMs = 0;
for (const [i, text] of documents.entries()) {
  const start = performance.now();
  index.add(text);
  adds.push(performance.now() - start);
  if (index.tailSize === SEAL_EVERY || i === documents.length - 1) {
    const sealStart = performance.now();
    const segment = index.seal();
    persisted.set(segment.first, segment.bytes);
    sealMs += performance.now() - sealStart;
    for (let plan = index.mergePlan(); plan !== null; plan = index.mergePlan()) {
      const mergeStart = performance.now();
      const merged = index.merge(plan);
      for (const { first } of merged.replaces) persisted.delete(first);
      persisted.set(merged.first, merged.bytes);
      const took = performance.now() - mergeStart;
      mergeMs += took;
      longestMergeMs = Math.max(longestMergeMs, took);
    }
  }
}
adds.sort((a, b) => a - b);
const segments = [...persisted].sort((a, b) => a[0] - b[0]).map(([, blob]) => blob);
persisted.clear();
index = null;
const beforeLoad = memory();
const loadStart = performance.now();
index = new LexicalIndex();
for (const blob of segments) index.load(blob);
const loadMs = performance.now() - loadStart;
const blobMegabytes = segments.reduce((sum, blob) => sum + blob.length, 0) / 1e6;
const loadedMegabytes = memory() - beforeLoad + blobMegabytes;
const beforeColumns = memory();
const columns = new DocColumns();
for (let i = 0; i < count; i++) {
  columns.add({
    seriesId: `s${i}`,
    ownerId: `u${i % 50}`,
    type: 'knowledge',
    collection: `notes/${Math.floor(i / 40)}`,
    position: i % 40,
    tags: i % 100 === 37 ? ['one-percent'] : [],
    chainTrust: 60 + (i % 40),
    createdAt: i,
    validFrom: null,
    validTo: null,
    recordedFrom: i + 1,
    parent: null,
  });
}
const columnsMegabytes = memory() - beforeColumns;
const ranker = new SearchRanker(index, columns);

// FTS5 in memory, so that no disk is measured either.
const db = new DatabaseSync(':memory:');
db.exec(`CREATE TABLE doc(id INTEGER PRIMARY KEY, tag TEXT); CREATE INDEX doc_tag ON doc(tag);
  CREATE VIRTUAL TABLE fts USING fts5(title, body, content='', tokenize='porter unicode61');`);
const insertDoc = db.prepare('INSERT INTO doc(id, tag) VALUES (?, ?)');
const insertText = db.prepare('INSERT INTO fts(rowid, title, body) VALUES (?, ?, ?)');
const ftsStart = performance.now();
db.exec('BEGIN');
documents.forEach(({ title, body }, i) => {
  insertDoc.run(i, i % 100 === 37 ? 'one-percent' : null);
  insertText.run(i, title, body);
});
db.exec('COMMIT');
const ftsAddMs = (performance.now() - ftsStart) / count;
db.exec("INSERT INTO fts(fts) VALUES ('optimize')");
const ftsQuery = db.prepare('SELECT rowid FROM fts WHERE fts MATCH ? ORDER BY bm25(fts, 1.5, 1) LIMIT 10');
// The order of this join is fixed: left alone, SQLite runs the text query once per permitted row, a hundred times slower.
const ftsFiltered = db.prepare(
  `SELECT fts.rowid FROM fts CROSS JOIN doc ON doc.id = fts.rowid WHERE fts MATCH ? AND doc.tag = 'one-percent'
   ORDER BY bm25(fts, 1.5, 1) LIMIT 10`,
);

// Queries of words that were seen, by how common they are.
const random = randomness(11);
const surfaces = new Map();
for (const { body } of documents.slice(0, 3000)) {
  for (const word of body.toLowerCase().match(/[a-z][a-z0-9]{2,}/g) ?? []) {
    const [only] = queryTerms(`${word}.`).terms;
    if (only !== undefined && !surfaces.has(only.term)) surfaces.set(only.term, word);
  }
}
const bands = { rare: [], mid: [], common: [] };
for (const [term, word] of surfaces) {
  const share = index.documentFrequency(term) / count;
  if (share > 0 && share < 0.001) bands.rare.push(word);
  else if (share >= 0.005 && share < 0.05) bands.mid.push(word);
  else if (share >= 0.1) bands.common.push(word);
}
const pick = (band) => bands[band][Math.floor(random() * bands[band].length)];
const compose = (parts) => `${parts.map(pick).join(' ')}?`;
const kinds = {
  'rare (2 words)': ['rare', 'rare'],
  'mid (3 words)': ['mid', 'mid', 'mid'],
  'common (5 words)': ['common', 'common', 'common', 'common', 'common'],
  'mixed (5 words)': ['rare', 'mid', 'mid', 'common', 'common'],
};

function time(run, queries, repeats = REPEATS) {
  for (const query of queries.slice(0, 5)) run(query);
  const samples = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const query of queries) {
      const start = performance.now();
      run(query);
      samples.push(performance.now() - start);
    }
  }
  samples.sort((a, b) => a - b);
  return { p50: ms(percentile(samples, 0.5)), p95: ms(percentile(samples, 0.95)) };
}

const or = (query) =>
  query
    .replace('?', '')
    .split(' ')
    .map((word) => `"${word}"`)
    .join(' OR ');
const scores = new Float32Array(index.size);
const latency = {};
for (const [kind, parts] of Object.entries(kinds)) {
  if (parts.some((band) => bands[band].length === 0)) continue;
  const queries = Array.from({ length: QUERIES }, () => compose(parts));
  const filter = { tags: ['one-percent'] };
  latency[kind] = {
    ours: time((query) => ranker.search({ query, limit: 10 }), queries),
    oursBm25fAlone: time((query) => index.score(query, scores), queries),
    oursFiltered: time((query) => ranker.search({ query, limit: 10, filter }), queries),
    fts5: time((query) => ftsQuery.all(or(query)), queries.slice(0, FTS5_QUERIES), 1),
    fts5Filtered: time((query) => ftsFiltered.all(or(query)), queries.slice(0, FTS5_QUERIES), 1),
  };
}

const result = {
  documents: count,
  corpus: folder === undefined ? 'generated' : 'files',
  node: process.version,
  processors: availableParallelism(),
  /** Above the number of processors, the figures measure the neighbours too. */
  loadAverage: ms(loadavg()[0]),
  add: { p50Microseconds: ms(percentile(adds, 0.5) * 1000), p95Microseconds: ms(percentile(adds, 0.95) * 1000) },
  sealAndMergeMicrosecondsPerDocument: ms(((sealMs + mergeMs) / count) * 1000),
  longestMergeMs: ms(longestMergeMs),
  fts5AddMicroseconds: ms(ftsAddMs * 1000),
  segments: segments.length,
  blobMegabytes: ms(blobMegabytes),
  loadMs: ms(loadMs),
  indexMegabytes: ms(loadedMegabytes),
  columnsMegabytes: ms(columnsMegabytes),
  latencyMs: latency,
};
const cell = ({ p50, p95 }) => `${p50.toFixed(2)} / ${p95.toFixed(2)}`.padStart(17);
console.log(
  'milliseconds, p50 / p95'.padEnd(24) +
    ['ours', 'BM25F alone', 'ours, 1 %', 'FTS5', 'FTS5, 1 %'].map((name) => name.padStart(17)).join(''),
);
for (const [kind, { ours, oursBm25fAlone, oursFiltered, fts5, fts5Filtered }] of Object.entries(latency)) {
  console.log(kind.padEnd(24) + [ours, oursBm25fAlone, oursFiltered, fts5, fts5Filtered].map(cell).join(''));
}
console.log(`
load average   ${result.loadAverage} on ${result.processors} processors
add            ${result.add.p50Microseconds} / ${result.add.p95Microseconds} µs (p50 / p95), plus ${result.sealAndMergeMicrosecondsPerDocument} µs for sealing and merging (longest merge ${result.longestMergeMs} ms); FTS5 ${result.fts5AddMicroseconds} µs
load           ${result.loadMs} ms for ${result.segments} segments, ${result.blobMegabytes} MB
memory         ${result.indexMegabytes} MB loaded, blobs included; ${result.columnsMegabytes} MB more for the columns that filters read`);
const out = new URL('../results/lexical-index.json', import.meta.url);
mkdirSync(new URL('.', out), { recursive: true });
writeFileSync(out, `${JSON.stringify(result, null, 2)}\n`);
