/**
 * Moving a memory with its vectors from a data folder to a real Neo4j server and back, verification of both ends included;
 * then the two phases that write, alone. The server is the one of the `neo4j` stage and runs beside on the same machine.
 *
 *   node bench/migrate/migrate.mjs [--present 20000] [--dimensions 384] [--corpus DIR]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { aCapsule, commitOf } from '@forge-cascade/core/contract';
import { moveStore } from '@forge-cascade/server';
import { openSqliteStore } from '@forge-cascade/store-sqlite';
import { prepareNeo4j, startNeo4j } from '../../tools/neo4j-server.mjs';
import { randomness } from '../shared/random.mjs';
import { figure, saveResult } from '../shared/results.mjs';
import { withTemporaryFolder } from '../shared/temporary-folder.mjs';
import { DEFAULT_CORPUS, textSource } from '../shared/texts.mjs';

const { values: args } = parseArgs({
  options: {
    present: { type: 'string', default: '20000' },
    dimensions: { type: 'string', default: '384' },
    corpus: { type: 'string', default: DEFAULT_CORPUS },
  },
});
const PRESENT = Number(args.present);
const DIMENSIONS = Number(args.dimensions);
const SIZE = 2_048;
const texts = textSource(args.corpus);

const prepared = await prepareNeo4j();
if ('missing' in prepared) throw new Error(prepared.missing);
const server = await startNeo4j(prepared.java, { inService: true });
try {
  await withTemporaryFolder('migrate', async (folder) => {
    const old = { engine: 'sqlite', dataDir: join(folder, 'old') };
    const neo4j = { engine: 'neo4j', connection: { url: server.url } };
    await fill(old.dataDir);
    const there = await timed(old, neo4j, folder);
    const back = await timed(neo4j, { engine: 'sqlite', dataDir: join(folder, 'new') }, folder);
    report({ 'folder to Neo4j': there, 'Neo4j to folder': back });
  });
} finally {
  await server.remove();
}

async function fill(dataDir) {
  const store = await openSqliteStore({ dataDir });
  const random = randomness(7);
  for (let i = 0; i < PRESENT; i += 250) {
    const batch = Array.from({ length: Math.min(250, PRESENT - i) }, (_, j) =>
      aCapsule({ title: `Capsule ${i + j}`, content: texts.next(SIZE), tags: ['bench'], collection: 'bench/migrate' }),
    );
    await store.commit(commitOf(batch));
  }
  await store.vectors.begin('bench-1', DIMENSIONS);
  for (let missing; (missing = await store.vectors.missing('bench-1', 500)).length > 0;) {
    const vectors = missing.map(({ seq }) => ({
      seq,
      passages: [{ start: 0, end: 100, vector: Float32Array.from({ length: DIMENSIONS }, () => random() - 0.5) }],
    }));
    await store.vectors.put('bench-1', vectors);
  }
  await store.vectors.serve('bench-1');
  await store.close();
}

/** Seconds of the whole move, and of each phase. */
async function timed(from, to, dataDir) {
  const phases = {};
  const begun = performance.now();
  let [phase, at] = ['opening', begun];
  const turn = (next) => {
    if (next === phase) return;
    const now = performance.now();
    phases[phase] = (phases[phase] ?? 0) + (now - at) / 1_000;
    [phase, at] = [next, now];
  };
  await moveStore({ from, to, dataDir, ledgerKey: null, again: false, onProgress: (next) => turn(next) });
  turn('done');
  return { seconds: (performance.now() - begun) / 1_000, phases };
}

function report(moves) {
  const rate = (seconds) => PRESENT / seconds;
  saveResult({
    bench: 'migrate',
    setup: { present: PRESENT, dimensions: DIMENSIONS, contentCharacters: SIZE, text: texts.kind },
    figures: Object.entries(moves).flatMap(([name, { seconds, phases }]) => [
      figure(`${name}, verified at both ends`, 'capsules/s', rate(seconds), { atLeast: 500 }),
      figure(`${name}, copying ledger and vectors`, 'capsules/s', rate(phases.copying + phases.vectors)),
    ]),
    details: moves,
  });
}
