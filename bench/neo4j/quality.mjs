/**
 * Whether search finds on Neo4j what it finds on the embedded engine: `forge eval` of the same sets into a served store of
 * each, one after the other; by words alone, and with `--model` by words and vectors on the same capsules.
 *
 *   node bench/neo4j/quality.mjs --sets DIR [--names locomo-dev,scifact] [--model DIR]
 *
 * DIR of `--sets` holds a folder for each set, with docs.jsonl, queries.jsonl and qrels.jsonl; a set that is not there is
 * left out. DIR of `--model` holds model.onnx and tokenizer.json. The hashing embedder, which is what a memory has without
 * a model, takes no part in ranking: without `--model` nothing here says anything about vectors. The server of Neo4j is
 * the one of the `neo4j` stage.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepareNeo4j, startNeo4j } from '../../tools/neo4j-server.mjs';
import { modelFrom } from '../peers/embedding.mjs';
import { runForge, startServer } from '../shared/forge-process.mjs';
import { figure, saveResult } from '../shared/results.mjs';
import { withTemporaryFolder } from '../shared/temporary-folder.mjs';

const { values: args } = parseArgs({
  options: {
    sets: { type: 'string' },
    names: { type: 'string', default: 'locomo-dev,scifact' },
    model: { type: 'string' },
  },
});
if (args.sets === undefined || !existsSync(args.sets)) {
  console.error('usage: node bench/neo4j/quality.mjs --sets DIR; there is nothing at the DIR given');
  process.exit(2);
}
const NAMES = args.names.split(',').filter((name) => {
  const there = existsSync(join(args.sets, name, 'docs.jsonl'));
  if (!there) console.log(`${name}: not in the folder of sets, left out`);
  return there;
});
const WITHIN = 0.01;
const FIGURES = { ndcg_at_10: 'nDCG@10', recall_at_5: 'R@5', recall_at_10: 'R@10', mrr_at_10: 'MRR@10' };
const WORDS = 'words';

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
report();

/** Figures and answers by way of ranking, then by set. */
async function evaluate(dataDir, store) {
  const ways = { [WORDS]: { FORGE_EMBEDDINGS: 'none' } };
  if (args.model !== undefined) {
    const model = await modelFrom(args.model, dataDir);
    await model.close();
    ways['words and vectors'] = model.settings;
  }
  const measured = {};
  for (const [way, settings] of Object.entries(ways)) {
    const server = await startServer(dataDir, { ...store, ...settings, FORGE_OVERLAYS: 'off' });
    try {
      measured[way] = {};
      for (const name of NAMES) measured[way][name] = await evaluateSet(name, way, server, dataDir);
    } finally {
      await server.stop();
    }
  }
  return measured;
}

async function evaluateSet(name, way, { url, token }, dataDir) {
  const run = `${dataDir}-${name}.run`;
  const where = { FORGE_URL: url, FORGE_TOKEN: token };
  const { body } = await runForge(['eval', join(args.sets, name), '--into', '--run', run], dataDir, where);
  // Figures of a model that took no part would look like figures of it.
  if ((body.model === null) !== (way === WORDS)) throw new Error(`${name} by ${way} was ranked by ${body.model}`);
  console.log(`${name} by ${way}: nDCG@10 ${body.ndcg_at_10.toFixed(4)}, ${body.stored.created} stored`);
  return { body, answers: answersOf(await readFile(run, 'utf8')) };
}

/** The documents found for each question, best first, as one text. */
function answersOf(run) {
  const answers = new Map();
  for (const line of run.split('\n').filter((text) => text !== '')) {
    const [question, document] = line.split(' ');
    answers.set(question, `${answers.get(question) ?? ''} ${document}`);
  }
  return answers;
}

function report() {
  const compared = Object.keys(found.neo4j).flatMap((way) => NAMES.map((name) => ({ way, name })));
  const details = {};
  for (const [engine, ways] of Object.entries(found)) {
    details[engine] = {};
    for (const { way, name } of compared) (details[engine][way] ??= {})[name] = ways[way][name].body;
  }
  saveResult({
    bench: 'neo4j-quality',
    setup: { sets: NAMES.join(' and '), model: args.model === undefined ? 'none' : 'MiniLM' },
    besideIs: 'embedded engine',
    figures: compared.flatMap(({ way, name }) => {
      const [ours, beside] = [found.neo4j[way][name], found.embedded[way][name]];
      const differences = Object.keys(FIGURES).map((key) => Math.abs(ours.body[key] - beside.body[key]));
      const same = [...ours.answers].filter(([question, documents]) => beside.answers.get(question) === documents);
      const asked = new Set([...ours.answers.keys(), ...beside.answers.keys()]).size;
      return [
        ...Object.entries(FIGURES).map(([key, title]) =>
          figure(`${name}, ${way}: ${title}`, '', ours.body[key], { beside: beside.body[key] }),
        ),
        figure(`${name}, ${way}: largest difference`, '', Math.max(...differences), { atMost: WITHIN }),
        figure(`${name}, ${way}: questions with the same answers in the same order`, '%', (100 * same.length) / asked),
      ];
    }),
    details,
  });
}
