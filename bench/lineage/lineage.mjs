/**
 * Isnad through the port: a chain of 50 and a DAG of 7,000 ancestors among many other capsules, beside the bare
 * recursive queries that return the same rows from the same file in the same run.
 *
 *   node bench/lineage/lineage.mjs [--present 100000] [--ancestors 7000] [--corpus DIR] [--times 200] [--rounds 3]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DatabaseSync } from '@photostructure/sqlite';
import { aCapsule } from '@forge-cascade/core/contract';
import { openSqliteStore } from '@forge-cascade/store-sqlite';
import { chain, dagOfAncestors, spreadAmong } from '../shared/capsule-graphs.mjs';
import { commitAll, indexed } from '../shared/capsule-requests.mjs';
import { latencies, medianOf, percentiles } from '../shared/percentiles.mjs';
import { randomness } from '../shared/random.mjs';
import { figure, saveResult } from '../shared/results.mjs';
import { withTemporaryFolder } from '../shared/temporary-folder.mjs';
import { DEFAULT_CORPUS, textSource } from '../shared/texts.mjs';

const { values: args } = parseArgs({
  options: {
    present: { type: 'string', default: '100000' },
    ancestors: { type: 'string', default: '7000' },
    corpus: { type: 'string', default: DEFAULT_CORPUS },
    times: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '3' },
  },
});
const PRESENT = Number(args.present);
const ANCESTORS = Number(args.ancestors);
const TIMES = Number(args.times);
const ROUNDS = Number(args.rounds);
const CHAIN = 50;
const SIZE = 2_048;

await withTemporaryFolder('lineage', async (folder) => {
  const dataDir = join(folder, 'data');
  const store = await openSqliteStore({ dataDir });
  try {
    await measure(store, join(dataDir, 'forge.db'));
  } finally {
    await store.close();
  }
});

async function measure(store, database) {
  const source = textSource(args.corpus);
  const { deep, wide } = await fill(store, source);
  const bare = new DatabaseSync(database, { readOnly: true });
  bare.exec('PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456;');
  const queries = bareQueries(bare);
  // The first walk over capsules reads their rows, later ones know them.
  const first = {
    chain: (await latencies(1, () => store.lineage(deep, 'ancestors', null)))[0],
    dag: (await latencies(1, () => store.lineage(wide, 'ancestors', null)))[0],
  };
  await sameRows(store, queries, deep, CHAIN);
  const edges = await sameRows(store, queries, wide, ANCESTORS + 1);
  const seqs = { deep: queries.seq(deep), wide: queries.seq(wide) };
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push({
      chain: await latencies(TIMES * 5, () => store.lineage(deep, 'ancestors', null)),
      dag: await latencies(TIMES, () => store.lineage(wide, 'ancestors', null)),
      bareChain: await latencies(TIMES * 5, () => queries.both(seqs.deep)),
      bareDag: await latencies(TIMES, () => queries.both(seqs.wide)),
    });
  }
  bare.close();
  const of = (name) => medianOf(rounds.map((round) => percentiles(round[name])));
  const [chained, dag, bareChain, bareDag] = ['chain', 'dag', 'bareChain', 'bareDag'].map(of);
  saveResult({
    bench: 'lineage',
    setup: {
      present: PRESENT,
      contentCharacters: SIZE,
      text: source.kind,
      chain: CHAIN,
      ancestors: ANCESTORS,
      edges,
      rounds: ROUNDS,
    },
    besideIs: 'bare recursive queries',
    figures: [
      figure(`ancestry of a chain of ${CHAIN}, p50`, 'ms', chained.p50, { beside: bareChain.p50 }),
      figure(`ancestry of a chain of ${CHAIN}, p95`, 'ms', chained.p95, { atMost: 0.5, beside: bareChain.p95 }),
      figure(`ancestry of a chain of ${CHAIN}, first walk after opening`, 'ms', first.chain),
      figure(`ancestry of ${ANCESTORS} capsules, p50`, 'ms', dag.p50, { beside: bareDag.p50 }),
      figure(`ancestry of ${ANCESTORS} capsules, p95`, 'ms', dag.p95, { atMost: 25, beside: bareDag.p95 }),
      figure(`ancestry of ${ANCESTORS} capsules, first walk after opening`, 'ms', first.dag),
    ],
    details: { chain: chained, dag, bareChain, bareDag, first },
  });
}

/** Both graphs lie among unrelated capsules all over the tables, as they would after years of use. */
async function fill(store, source) {
  const named = (kind) => (i) => ({
    title: `${kind} ${i}`,
    content: source.next(SIZE),
    collection: `bench/${kind}`,
    tags: ['bench'],
  });
  const deep = chain(CHAIN, named('chain'));
  const wide = dagOfAncestors(ANCESTORS, named('dag'), randomness(3));
  const graphs = [...spreadAmong(deep, wide, wide.length)];
  const others = Math.max(0, PRESENT - graphs.length);
  const rest = function* () {
    for (let i = 0; i < others; i++) yield aCapsule(named('other')(i));
  };
  await commitAll(store, spreadAmong(graphs, rest(), others));
  await indexed(store);
  return { deep: deep.at(-1).id, wide: wide.at(-1).id };
}

/** The node and edge rows that the engine's answer is made of, straight from one connection. */
function bareQueries(db) {
  const reach = `WITH RECURSIVE reach(seq) AS (SELECT ? UNION SELECT e.parent FROM edge e JOIN reach r ON e.child = r.seq)`;
  const nodes = db.prepare(
    `${reach} SELECT c.seq, c.head, c.trust, c.chain_trust, c.tainted, c.warned, c.retracted, c.created_at, c.id,
       c.version, c.type, c.position, c.collection, c.title, s.id AS series_id, s.archived
     FROM reach r JOIN capsule c ON c.seq = r.seq JOIN series s ON s.series = c.series`,
  );
  const edges = db.prepare(
    `${reach} SELECT e.child, e.parent, e.ord, e.relation, e.reason, e.changes FROM reach r JOIN edge e ON e.child = r.seq`,
  );
  const seq = db.prepare('SELECT seq FROM capsule WHERE id = ?');
  return {
    both: (start) => ({ nodes: nodes.all(start), edges: edges.all(start) }),
    seq: (id) => seq.get(id).seq,
  };
}

/** A comparison of speed is only one when both sides answer alike; returns how many edges they found. */
async function sameRows(store, queries, id, count) {
  const graph = await store.lineage(id, 'ancestors', null);
  const rows = queries.both(queries.seq(id));
  const ids = (nodes) =>
    nodes
      .map((node) => node.id)
      .sort()
      .join();
  if (
    graph.nodes.length !== count ||
    ids(graph.nodes) !== ids(rows.nodes) ||
    graph.edges.length !== rows.edges.length
  ) {
    throw new Error(
      `the port found ${graph.nodes.length} capsules, the bare queries ${rows.nodes.length}, not ${count}`,
    );
  }
  return graph.edges.length;
}
