/**
 * The vector index alone: ten nearest of many clustered vectors, without a filter and with two, beside a scan in plain
 * JavaScript and, where it is installed, a graph index. Every answer is compared with the scan's.
 *
 *   node bench/vectors/vectors.mjs [--present 100000] [--queries 100] [--rounds 3] [--graph false]
 */
import { parseArgs } from 'node:util';
import { VectorIndex } from '@forge-cascade/core/engine';
import { median, medianOf, percentiles } from '../shared/percentiles.mjs';
import { figure, saveResult } from '../shared/results.mjs';
import { bruteForce } from './brute-force.mjs';
import { clusteredVectors } from './clustered-vectors.mjs';
import { graphPeer } from './graph-peer.mjs';

const { values: args } = parseArgs({
  options: {
    present: { type: 'string', default: '100000' },
    queries: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '3' },
    graph: { type: 'string', default: 'true' },
  },
});
const PRESENT = Number(args.present);
const QUERIES = Number(args.queries);
const ROUNDS = Number(args.rounds);
const K = 10;

/** By name: the share of documents that is permitted, and what was asked of the 95th percentile at 384 dimensions. */
const FILTERS = [
  { name: 'no filter', share: 1, atMost: 12 },
  { name: 'min_trust 60 (half)', share: 0.5, atMost: 25 },
  { name: 'a 1 % tag', share: 0.01, atMost: 10 },
];

const small = await measure(384, { filters: FILTERS, graph: args.graph === 'true' });
const large = await measure(1536, { filters: [{ ...FILTERS[0], atMost: 40 }], graph: false });

saveResult({
  bench: 'vectors',
  setup: { present: PRESENT, queries: QUERIES, rounds: ROUNDS, clusters: 1000 },
  besideIs: 'plain JavaScript',
  figures: [...figures(small, { load: 500 }), ...figures(large, { memory: 250 })],
  details: { 384: small, 1536: large },
});

function figures({ dimensions, searches, load, memoryMb, graph }, asked) {
  const named = (name) => `${dimensions} dimensions, ${name}`;
  return [
    ...searches.flatMap(({ name, atMost, ours, plain, recall, roundedRecall, graphs }) => [
      figure(named(`${name}: p50`), 'ms', ours.p50, { beside: plain.p50 }),
      figure(named(`${name}: p95`), 'ms', ours.p95, { atMost, beside: plain.p95 }),
      figure(named(`${name}: recall@10`), '', recall, { atLeast: 0.99 }),
      figure(named(`${name}: recall@10 without the originals`), '', roundedRecall),
      ...(graphs === null
        ? []
        : [
            figure(named(`${name}: usearch p50`), 'ms', graphs.p50),
            figure(named(`${name}: usearch p95`), 'ms', graphs.p95),
            figure(named(`${name}: usearch recall@10`), '', graphs.recall),
          ]),
    ]),
    figure(named('taking all vectors in'), 'ms', load.setMs, asked.load === undefined ? {} : { atMost: asked.load }),
    figure(named('loading them as persisted'), 'ms', load.blobMs),
    ...(graph === null ? [] : [figure(named('building the graph of usearch'), 's', graph.buildMs / 1000)]),
    figure(named('memory'), 'MB', memoryMb, asked.memory === undefined ? {} : { atMost: asked.memory }),
  ];
}

async function measure(dimensions, { filters, graph }) {
  const source = clusteredVectors({ dimensions, seed: dimensions });
  const matrix = new Float32Array(PRESENT * dimensions);
  const vectorAt = (row) => matrix.subarray(row * dimensions, (row + 1) * dimensions);
  for (let row = 0; row < PRESENT; row++) source.next(vectorAt(row));
  const queries = Array.from({ length: QUERIES }, () => source.next());

  const { index, load } = loaded(dimensions, vectorAt);
  const peer = graph ? await graphPeer(matrix, dimensions) : null;
  const searches = filters.map((filter) => {
    const mask = Uint8Array.from({ length: PRESENT }, () => (source.random() < filter.share ? 1 : 0));
    return { ...filter, ...search(index, peer, { vectorAt, matrix, queries, mask, share: filter.share }) };
  });
  return {
    dimensions,
    searches,
    load,
    memoryMb: index.byteLength / 1e6,
    graph: peer === null ? null : { buildMs: peer.buildMs },
  };
}

function loaded(dimensions, vectorAt) {
  const rounds = [];
  let index;
  for (let round = 0; round < ROUNDS; round++) {
    index = new VectorIndex(dimensions);
    const setMs = elapsed(() => {
      for (let row = 0; row < PRESENT; row++) index.set(row, [vectorAt(row)]);
    });
    let bytes;
    const encodeMs = elapsed(() => ({ bytes } = index.encode({ first: 0, count: PRESENT })));
    const blobMs = elapsed(() => new VectorIndex(dimensions).load(bytes));
    rounds.push({ setMs, encodeMs, blobMs });
  }
  const middle = (name) => median(rounds.map((round) => round[name]));
  return { index, load: { setMs: middle('setMs'), encodeMs: middle('encodeMs'), blobMs: middle('blobMs') } };
}

function search(index, peer, { vectorAt, matrix, queries, mask, share }) {
  const truth = [];
  const plain = percentiles(
    queries.map((query) => elapsed(() => truth.push(new Set(bruteForce(matrix, query, mask, K))))),
  );
  let lookUps = 0;
  const exact = (ordinal) => {
    lookUps++;
    return vectorAt(ordinal);
  };
  const ours = timed(queries, truth, (query) =>
    index.nearest(query, { k: K, mask, exact }).map(({ ordinal }) => ordinal),
  );
  const rounded = timed(queries, truth, (query) => index.nearest(query, { k: K, mask }).map(({ ordinal }) => ordinal));
  const scores = new Float32Array(PRESENT);
  const scoreAll = timed(queries, truth, (query) => {
    index.scoreAll(query, mask, PRESENT, scores);
    return [];
  });
  return {
    plain,
    ours: ours.latency,
    recall: ours.recall,
    lookUpsEach: lookUps / (QUERIES * (ROUNDS + 1)),
    roundedRecall: rounded.recall,
    scoreAll: scoreAll.latency,
    graphs: peer === null ? null : graphFigures(timed(queries, truth, (query) => peer.nearest(query, mask, K, share))),
  };
}

function graphFigures({ latency, recall }) {
  return { ...latency, recall };
}

/** Latencies in milliseconds, round by round after one that warms up, and the share of the true nearest that was found. */
function timed(queries, truth, nearest) {
  let found = 0;
  let all = 0;
  queries.forEach((query, i) => {
    found += nearest(query).filter((row) => truth[i].has(row)).length;
    all += truth[i].size;
  });
  const rounds = Array.from({ length: ROUNDS }, () =>
    percentiles(queries.map((query) => elapsed(() => nearest(query)))),
  );
  return { latency: medianOf(rounds), recall: found / all };
}

function elapsed(work) {
  const started = performance.now();
  work();
  return performance.now() - started;
}
