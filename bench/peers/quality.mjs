/**
 * How well each side finds what people judged relevant: Forge Cascade by words alone, by the hashing embedder, and with a
 * local model, through `forge eval`; mem0, chromadb and LanceDB with the same model's vectors.
 *
 *   node bench/peers/quality.mjs --sets DIR [--model DIR] [--only locomo-dev,scifact] [--peers mem0,chromadb,lancedb]
 *                                [--cache DIR]
 *
 * DIR of `--sets` holds a folder of docs.jsonl, queries.jsonl and qrels.jsonl for each set; a set that is not there is
 * left out. Peers keep one vector a document, of as much of it as the model reads, as their own documentation shows it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { meanQuality, qualityOf } from '../../apps/cli/dist/eval/metrics.js';
import { readEvaluationSet } from '../../apps/cli/dist/eval/read-evaluation-set.js';
import { runForge } from '../shared/forge-process.mjs';
import { figure, saveResult } from '../shared/results.mjs';
import { withTemporaryFolder } from '../shared/temporary-folder.mjs';
import { DEFAULT_CACHE } from './cache.mjs';
import { modelFrom, vectorsOf } from './embedding.mjs';
import { askPeer, pythonWithPeers } from './python-peers.mjs';

const { values: args } = parseArgs({
  options: {
    sets: { type: 'string' },
    model: { type: 'string' },
    only: { type: 'string', default: 'locomo-dev,scifact' },
    peers: { type: 'string', default: 'mem0,chromadb,lancedb' },
    cache: { type: 'string', default: DEFAULT_CACHE },
  },
});
if (args.sets === undefined) throw new Error('usage: node bench/peers/quality.mjs --sets DIR [--model DIR]');
const NAMES = args.peers.split(',').filter((name) => name !== '');

const FIGURES = { 'R@5': 'recall5', 'R@10': 'recall10', 'MRR@10': 'mrr10', 'nDCG@10': 'ndcg10' };
const HASHING = 'ours, hashing';
const WORDS = 'ours, words alone';
/** What was asked, by set, side and figure. */
const ASKED = {
  'locomo-dev': {
    [WORDS]: { recall5: 0.6, recall10: 0.68, mrr10: 0.51 },
    [HASHING]: { recall5: 0.6, recall10: 0.68, mrr10: 0.51 },
    'ours, MiniLM': { recall5: 0.62, recall10: 0.71, mrr10: 0.52 },
  },
  scifact: { [WORDS]: { ndcg10: 0.7 }, [HASHING]: { ndcg10: 0.7 }, 'ours, MiniLM': { ndcg10: 0.735 } },
};

await withTemporaryFolder('peers-quality', async (folder) => {
  const python = NAMES.length === 0 ? null : await pythonWithPeers(args.cache);
  const dataDir = join(folder, 'data');
  const model = await modelFrom(args.model, dataDir);
  try {
    for (const name of args.only.split(',')) {
      const set = join(args.sets, name);
      if (existsSync(join(set, 'docs.jsonl'))) {
        const sides = {
          ...(await ours(set, model, dataDir)),
          ...(await peers(set, join(folder, name), model, python)),
        };
        console.table(sides);
        report(name, model, sides);
      } else {
        console.log(`${name}: not in the folder of sets, left out`);
      }
    }
  } finally {
    await model.close();
  }
});

async function ours(set, model, dataDir) {
  const sides = { [WORDS]: { FORGE_EMBEDDINGS: 'none' }, [HASHING]: { FORGE_EMBEDDINGS: 'hashing' } };
  if (model.name !== 'hashing') sides[`ours, ${model.name}`] = model.settings;
  const measured = {};
  for (const [side, settings] of Object.entries(sides)) {
    const { body } = await runForge(['eval', set], dataDir, settings);
    measured[side] = {
      recall5: body.recall_at_5,
      recall10: body.recall_at_10,
      mrr10: body.mrr_at_10,
      ndcg10: body.ndcg_at_10,
    };
  }
  return measured;
}

async function peers(set, folder, model, python) {
  const { documents, queries, judgements } = (await readEvaluationSet(set)).set;
  const docs = documents.map(({ id, title, text, group }) => ({
    ...{ id, text: title === null ? text : `${title}: ${text}`, group: group ?? 'all' },
  }));
  const asked = queries
    .filter(({ id }) => judgements.has(id))
    .map(({ id, text, group }) => ({ id, text, group: group ?? 'all' }));
  const vectors = await vectorsOf(
    model,
    docs.map(({ text }) => text),
    'document',
    args.cache,
  );
  const queryVectors = await vectorsOf(
    model,
    asked.map(({ text }) => text),
    'query',
    args.cache,
  );
  const measured = {};
  for (const name of NAMES) {
    const { found, version } = await askPeer(python, name, folder, { docs, vectors, queries: asked, queryVectors });
    const foundBy = new Map(asked.map(({ id }, i) => [id, found[i]]));
    const side = `${name} ${version}, ${model.name}`;
    measured[side] = meanQuality([...judgements].map(([id, judged]) => qualityOf(judged, foundBy.get(id) ?? [])));
  }
  return measured;
}

function report(set, model, sides) {
  saveResult({
    bench: `peers-quality-${set}`,
    setup: { model: model.name },
    figures: Object.entries(sides).flatMap(([side, quality]) =>
      Object.entries(FIGURES).map(([shown, name]) =>
        figure(`${side}: ${shown}`, '', quality[name], { atLeast: ASKED[set]?.[side]?.[name] ?? null }),
      ),
    ),
    details: sides,
  });
}
