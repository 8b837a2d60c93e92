/**
 * Hybrid search over HTTP beside mem0, chromadb and LanceDB, on the same documents, vectors and questions in one run;
 * then how long a new process needs until it answers by words and vectors. The peers are called inside Python and are
 * spared embedding; our times include HTTP, and embedding the question unless said otherwise.
 *
 *   node bench/peers/peers.mjs [--present 6000] [--model DIR] [--corpus DIR] [--queries 200] [--rounds 3]
 *                              [--peers mem0,mem0-chroma,chromadb,lancedb] [--cache DIR]
 *
 * DIR of `--model` holds model.onnx and tokenizer.json; the ONNX runtime is that of FORGE_ONNX_RUNTIME. The cache keeps
 * the peers' Python environment and the vectors of documents.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bruteForce } from '../vectors/brute-force.mjs';
import { median, medianOf, percentiles } from '../shared/percentiles.mjs';
import { figure, saveResult } from '../shared/results.mjs';
import { withTemporaryFolder } from '../shared/temporary-folder.mjs';
import { DEFAULT_CORPUS, textSource } from '../shared/texts.mjs';
import { DEFAULT_CACHE } from './cache.mjs';
import { documentsOf, questionsOf, scattered } from './documents.mjs';
import { modelFrom, vectorsOf } from './embedding.mjs';
import { askOverHttp, coldOpen, fillFolder } from './forge-side.mjs';
import { askPeer, PEERS, pythonWithPeers, usableWith } from './python-peers.mjs';

const { values: args } = parseArgs({
  options: {
    present: { type: 'string', default: '6000' },
    model: { type: 'string' },
    corpus: { type: 'string', default: DEFAULT_CORPUS },
    queries: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '3' },
    peers: { type: 'string' },
    cache: { type: 'string', default: DEFAULT_CACHE },
  },
});
const PRESENT = Number(args.present);
const QUERIES = Number(args.queries);
const ROUNDS = Number(args.rounds);
/** Those that are usable with so many documents, unless named. */
const NAMES = args.peers?.split(',').filter((name) => name !== '') ?? usableWith(PRESENT);
/** How many of the answers by vectors alone are compared with the true ones. */
const CHECKED = 50;
/** More documents than this share the vectors of these. */
const EMBEDDED = 6_000;
/** What was asked of hybrid search over HTTP, by how many capsules there are: p50 and p95, in milliseconds. */
const ASKED = PRESENT > 20_000 ? [15, 30] : [5, 15];

await withTemporaryFolder('peers', async (folder) => {
  const python = NAMES.length === 0 ? null : await pythonWithPeers(args.cache);
  const dataDir = join(folder, 'data');
  const model = await modelFrom(args.model, dataDir);
  const source = textSource(args.corpus);
  const docs = documentsOf(source, PRESENT, model.provider.maxChars);
  // Each round has questions of its own, so that none was embedded before.
  const queries = questionsOf(docs, QUERIES * ROUNDS);
  const embedded = await vectorsOf(
    model,
    docs.slice(0, EMBEDDED).map(({ text }) => text),
    'document',
    args.cache,
  );
  const vectors = scattered(embedded, PRESENT);
  const queryVectors = await vectorsOf(model, queries, 'query', args.cache);
  await model.close();

  const ours = await measureOurs(dataDir, { docs, vectors, queries, queryVectors, model });
  const peers = {};
  for (const name of NAMES) {
    const given = docs.map(({ id, text }) => ({ id, text, group: 'all' }));
    const asked = queries.map((text) => ({ text, group: 'all' }));
    const {
      version,
      load_s: loadS,
      ms,
      found,
    } = await askPeer(python, name, join(folder, 'exchange'), {
      ...{ docs: given, vectors, queries: asked, queryVectors },
    });
    peers[name] = {
      version,
      loadS,
      latency: byRound(ms),
      nearest: nearestFound(name, found, { docs, vectors, queryVectors }),
    };
    console.log(`${name} ${version}: loaded in ${loadS.toFixed(1)} s, p50 ${peers[name].latency.p50.toFixed(1)} ms`);
  }
  report(source, model, ours, peers);
});

async function measureOurs(dataDir, { docs, vectors, queries, queryVectors, model }) {
  const { provider, settings } = model;
  const loadS = await fillFolder(dataDir, { docs, vectors, provider });
  const { embedding, remembered } = await askOverHttp(dataDir, { docs, queries, settings, model: provider.model });
  const opened = [];
  for (let round = 0; round < ROUNDS; round++) {
    opened.push(await coldOpen(dataDir, { query: queries[0], vector: queryVectors[0], model: provider.model }));
  }
  return { loadS, embedding: byRound(embedding), remembered: byRound(remembered), opened };
}

/** The share of the ten nearest that a peer found, which by vectors alone is what it should find; null for others. */
function nearestFound(name, found, { docs, vectors, queryVectors }) {
  if (PEERS[name].ranksBy === 'full text and vectors') return null;
  const { length: dimensions } = vectors[0];
  const matrix = new Float32Array(vectors.length * dimensions);
  vectors.forEach((vector, i) => matrix.set(vector, i * dimensions));
  const everything = new Uint8Array(vectors.length).fill(1);
  const some = queryVectors.slice(0, CHECKED);
  const shares = some.map((vector, i) => {
    const ids = new Set(found[i]);
    return bruteForce(matrix, vector, everything, 10).filter((row) => ids.has(docs[row].id)).length / 10;
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

function byRound(ms) {
  return medianOf(
    Array.from({ length: ROUNDS }, (_, round) => percentiles(ms.slice(round * QUERIES, (round + 1) * QUERIES))),
  );
}

function report(source, model, ours, peers) {
  const [p50, p95] = ASKED;
  const openedMs = (name) => median(ours.opened.map((run) => run[name]));
  saveResult({
    bench: `peers-${PRESENT}`,
    setup: {
      present: PRESENT,
      vectors: PRESENT > EMBEDDED ? `${model.name}, those beyond ${EMBEDDED} scattered about the first` : model.name,
      text: source.kind,
      queries: QUERIES,
      rounds: ROUNDS,
    },
    figures: [
      figure('over HTTP, embedding the question: p50', 'ms', ours.embedding.p50, { atMost: p50 }),
      figure('over HTTP, embedding the question: p95', 'ms', ours.embedding.p95, { atMost: p95 }),
      figure('over HTTP, its vector remembered: p50', 'ms', ours.remembered.p50),
      figure('over HTTP, its vector remembered: p95', 'ms', ours.remembered.p95),
      ...Object.entries(peers).flatMap(([name, { version, latency }]) => [
        figure(`${name} ${version}, ${PEERS[name].ranksBy}: p50`, 'ms', latency.p50),
        figure(`${name} ${version}, ${PEERS[name].ranksBy}: p95`, 'ms', latency.p95),
      ]),
      ...Object.entries(peers)
        .filter(([, { nearest }]) => nearest !== null)
        .map(([name, { nearest }]) => figure(`${name}: recall@10 of the nearest vectors`, '', nearest)),
      figure('storing everything, vectors given', 's', ours.loadS),
      ...Object.entries(peers).map(([name, { loadS }]) => figure(`storing everything: ${name}`, 's', loadS)),
      figure('cold open until the first answer by words and vectors', 'ms', openedMs('readyMs'), { atMost: 2_000 }),
      figure('the same with starting the process', 'ms', openedMs('processMs')),
    ],
    details: { ours, peers },
  });
}
