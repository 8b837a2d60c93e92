/**
 * Whether search finds on Neo4j what it finds on the embedded engine: `forge eval` of the same sets into a served store of
 * each, one after the other.
 *
 *   node bench/neo4j/quality.mjs --sets DIR [--names locomo-dev,scifact]
 *
 * DIR holds a folder for each set, with docs.jsonl, queries.jsonl and qrels.jsonl. Search is as it comes: by words
 * alone. The server of Neo4j is the one of the `neo4j` stage.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepareNeo4j, startNeo4j } from '../../tools/neo4j-server.mjs';
import { runForge, startServer } from '../shared/forge-process.mjs';
import { figure, saveResult } from '../shared/results.mjs';
import { withTemporaryFolder } from '../shared/temporary-folder.mjs';

const { values: args } = parseArgs({
  options: { sets: { type: 'string' }, names: { type: 'string', default: 'locomo-dev,scifact' } },
});
if (args.sets === undefined || !existsSync(args.sets)) {
  console.error('usage: node bench/neo4j/quality.mjs --sets DIR; there is nothing at the DIR given');
  process.exit(2);
}
const NAMES = args.names.split(',');
const WITHIN = 0.01;
const FIGURES = { ndcg_at_10: 'nDCG@10', recall_at_5: 'R@5', recall_at_10: 'R@10', mrr_at_10: 'MRR@10' };

const prepared = await prepareNeo4j();
if ('missing' in prepared) throw new Error(prepared.missing);
const database = await startNeo4j(prepared.java, { inService: true });
const found = {};
try {
  await withTemporaryFolder('quality', async (folder) => {
    found.embedded = await evaluate(join(folder, 'embedded'), {});
    found.neo4j = await evaluate(join(folder, 'neo4j'), { FORGE_STORE: database.url });
  });
} finally {
  await database.remove();
}

saveResult({
  bench: 'neo4j-quality',
  setup: { sets: NAMES.join(' and ') },
  besideIs: 'embedded engine',
  figures: NAMES.flatMap((name) => [
    ...Object.entries(FIGURES).map(([key, title]) =>
      figure(`${name}: ${title}`, '', found.neo4j[name][key], { beside: found.embedded[name][key] }),
    ),
    figure(`${name}: largest difference`, '', largestDifference(name), { atMost: WITHIN }),
  ]),
  details: found,
});

function largestDifference(name) {
  const differences = Object.keys(FIGURES).map((key) => Math.abs(found.neo4j[name][key] - found.embedded[name][key]));
  return Number(Math.max(...differences).toFixed(4));
}

async function evaluate(dataDir, settings) {
  const server = await startServer(dataDir, settings);
  try {
    const figures = {};
    for (const name of NAMES) {
      const into = { FORGE_URL: server.url, FORGE_TOKEN: server.token };
      figures[name] = (await runForge(['eval', join(args.sets, name), '--into'], dataDir, into)).body;
    }
    return figures;
  } finally {
    await server.stop();
  }
}
