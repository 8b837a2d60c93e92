/**
 * The store on Neo4j: commits through the port against one plain driver transaction per create, ancestries and hybrid
 * search against plain queries, each beside the embedded engine with the same capsules. The servers are those of the
 * `neo4j` stage, with the compiler of a server in service, and run beside on the same machine.
 *
 *   node bench/neo4j/neo4j.mjs [--present 20000] [--dimensions 1536] [--corpus DIR] [--seconds 8] [--rounds 3]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateLedgerKey } from '@forge-cascade/core';
import { aCapsule } from '@forge-cascade/core/contract';
import { openNeo4jStore } from '@forge-cascade/store-neo4j';
import { openSqliteStore } from '@forge-cascade/store-sqlite';
import { prepareNeo4j, startNeo4j } from '../../tools/neo4j-server.mjs';
import { commit, commitAll, indexed } from '../shared/capsule-requests.mjs';
import { median } from '../shared/percentiles.mjs';
import { figure, saveResult } from '../shared/results.mjs';
import { withTemporaryFolder } from '../shared/temporary-folder.mjs';
import { DEFAULT_CORPUS, textSource } from '../shared/texts.mjs';
import { ancestries, graphs } from './ancestries.mjs';
import { hybridSearches, withVectors } from './hybrid.mjs';
import { plainCreates } from './plain-create.mjs';

const { values: args } = parseArgs({
  options: {
    present: { type: 'string', default: '20000' },
    dimensions: { type: 'string', default: '1536' },
    corpus: { type: 'string', default: DEFAULT_CORPUS },
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '3' },
  },
});
const PRESENT = Number(args.present);
const DIMENSIONS = Number(args.dimensions);
const SECONDS = Number(args.seconds);
const ROUNDS = Number(args.rounds);
const SIZE = 2_048;
const IN_FLIGHT = 16;
/** Until the server has compiled what it runs again and again. */
const WARM_UP_SECONDS = 15;

const texts = textSource(args.corpus);

const prepared = await prepareNeo4j();
if ('missing' in prepared) throw new Error(prepared.missing);
const server = await startNeo4j(prepared.java, { inService: true });
const plainServer = await startNeo4j(prepared.java, { inService: true });
try {
  await withTemporaryFolder('neo4j', async (folder) => {
    const onSqlite = await openSqliteStore({ dataDir: join(folder, 'data') });
    const onNeo4j = await opened(server.url);
    const graph = graphs((i) => fields(`Link ${i}`));
    const capsules = [
      ...Array.from({ length: PRESENT }, (_, i) => aCapsule(fields(`Capsule ${i}`))),
      ...graph.capsules,
    ];
    for (const store of [onSqlite, onNeo4j]) {
      await commitAll(store, capsules, { size: 128, inFlight: 2 });
      await withVectors(store, DIMENSIONS);
      await indexed(store);
    }
    const questions = Array.from({ length: 100 }, () => texts.next(60).slice(0, 60));
    const beside = { onNeo4j, onSqlite, url: server.url, rounds: ROUNDS };
    const searches = await hybridSearches({ ...beside, dimensions: DIMENSIONS, questions });
    const lineage = await ancestries(graph, beside);
    const commits = await creates(onNeo4j, onSqlite);
    await onNeo4j.close();
    await onSqlite.close();
    report({ searches, lineage, commits });
  });
} finally {
  await Promise.all([server.remove(), plainServer.remove()]);
}

function fields(title) {
  return { title, content: texts.next(SIZE), tags: ['bench'], collection: 'bench/neo4j' };
}

function opened(url) {
  return openNeo4jStore({ url, ledgerKey: (origin) => generateLedgerKey(origin).privateKey });
}

/** Creates per second, round by round on each side in turn. */
async function creates(onNeo4j, onSqlite) {
  // A database with the same schema and indexes, the vector index too, whose ledger nobody goes by.
  const begun = await opened(plainServer.url);
  await commitAll(
    begun,
    Array.from({ length: 1_000 }, (_, i) => aCapsule(fields(`Capsule ${i}`))),
  );
  await withVectors(begun, DIMENSIONS);
  await begun.close();
  const plain = plainCreates(plainServer.url);
  const through = async (store) => {
    const { ownerId } = await store.status();
    return () => {
      const capsule = aCapsule({ ...fields('Created'), ownerId });
      return commit(store, [capsule], { actor: ownerId, expect: [{ stream: capsule.seriesId, revision: 0 }] });
    };
  };
  const sides = {
    port: await through(onNeo4j),
    plain: () => plain.create({ ...fields('Created'), ownerId: 'bench' }),
    embedded: await through(onSqlite),
  };
  const rates = { port: [], plain: [], embedded: [] };
  for (const create of Object.values(sides)) await perSecond(create, WARM_UP_SECONDS);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [side, create] of Object.entries(sides)) rates[side].push(await perSecond(create, SECONDS));
  }
  await plain.close();
  const ratios = rates.port.map((rate, i) => rate / rates.plain[i]);
  return {
    ...Object.fromEntries(Object.entries(rates).map(([side, list]) => [side, median(list)])),
    ratio: median(ratios),
  };
}

async function perSecond(create, seconds) {
  const begun = performance.now();
  const end = begun + seconds * 1_000;
  let count = 0;
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      for (; performance.now() < end; count++) await create();
    }),
  );
  return (count * 1_000) / (performance.now() - begun);
}

function report({ searches, lineage, commits }) {
  const { chain, dag } = lineage;
  saveResult({
    bench: 'neo4j',
    setup: { present: PRESENT, dimensions: DIMENSIONS, contentCharacters: SIZE, text: texts.kind, inFlight: IN_FLIGHT },
    besideIs: 'plain driver calls',
    figures: [
      figure(`creates, ${IN_FLIGHT} in flight`, '/s', commits.port, { beside: commits.plain }),
      figure('ratio to one driver transaction per create', '×', commits.ratio, { atLeast: 3 }),
      figure('the same creates on the embedded engine', '/s', commits.embedded),
      figure('hybrid search, p50', 'ms', searches.port.p50, { beside: searches.plain.p50 }),
      figure('ratio to the vector query', '×', searches.port.p50 / searches.plain.p50, { atMost: 1.3 }),
      figure('hybrid search on the embedded engine, p50', 'ms', searches.embedded.p50),
      figure('chain of 50, p50', 'ms', chain.port.p50, { atMost: 5, beside: chain.plain.p50 }),
      figure('two parents each, 15 deep, p50', 'ms', dag.port.p50, { atMost: 10, beside: dag.plain.p50 }),
      figure('chain of 50 on the embedded engine, p50', 'ms', chain.embedded.p50),
      figure('two parents each on the embedded engine, p50', 'ms', dag.embedded.p50),
    ],
    details: { searches, lineage, commits },
  });
}
