/** Hybrid search through the port, beside the vector query of the specification that fetches as many rows. */
import neo4j from 'neo4j-driver';
import { latencies, medianOf, percentiles } from '../shared/percentiles.mjs';
import { randomness } from '../shared/random.mjs';

const MODEL = 'bench-1';
const HITS = 10;
const TIMES = 100;
const PUT = 250;

const PLAIN = `CALL db.index.vector.queryNodes('capsule_embeddings', ${HITS}, $vector) YIELD node, score
  RETURN node {.id, .series_id, .version, .type, .title, .content, .owner_id, .trust_level, .chain_trust, .tags}, score`;

function randomVectors(dimensions, seed) {
  const random = randomness(seed);
  return () => Float32Array.from({ length: dimensions }, () => random() - 0.5);
}

/** Gives every capsule of a store a vector, and lets it serve. */
export async function withVectors(store, dimensions) {
  const next = randomVectors(dimensions, 7);
  await store.vectors.begin(MODEL, dimensions);
  for (let missing; (missing = await store.vectors.missing(MODEL, PUT)).length > 0;) {
    await store.vectors.put(
      MODEL,
      missing.map(({ seq, content }) => ({
        seq,
        passages: [{ start: 0, end: Math.min(100, content.length), vector: next() }],
      })),
    );
  }
  await store.vectors.serve(MODEL);
}

/** Milliseconds of the same questions, each with a vector of its own. */
export async function hybridSearches({ onNeo4j, onSqlite, url, rounds, dimensions, questions }) {
  const next = randomVectors(dimensions, 11);
  const asked = questions.map((query) => ({ query, values: next() }));
  const driver = neo4j.driver(url);
  const search = (store) => async (i) => {
    const { query, values } = asked[i % asked.length];
    const { items } = await store.search({
      ...{ query, filter: {}, limit: HITS, cursor: null, explain: false, includeContent: true },
      vector: { model: MODEL, values },
    });
    if (items.length !== HITS) throw new Error(`${items.length} hits`);
  };
  const plain = async (i) => {
    const session = driver.session({ defaultAccessMode: 'READ' });
    try {
      const vector = Array.from(asked[i % asked.length].values);
      const { records } = await session.executeRead((tx) => tx.run(PLAIN, { vector }));
      if (records.length !== HITS) throw new Error(`${records.length} rows`);
    } finally {
      await session.close();
    }
  };
  const sides = { port: search(onNeo4j), plain, embedded: search(onSqlite) };
  const samples = { port: [], plain: [], embedded: [] };
  for (const ask of Object.values(sides)) await latencies(TIMES, ask);
  for (let round = 0; round < rounds; round++) {
    for (const [side, ask] of Object.entries(sides)) samples[side].push(percentiles(await latencies(TIMES, ask)));
  }
  await driver.close();
  return Object.fromEntries(Object.entries(samples).map(([side, rows]) => [side, medianOf(rows)]));
}
