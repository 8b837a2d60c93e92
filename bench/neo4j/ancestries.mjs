/** Ancestries through the port, beside one plain query for the same capsules and beside the embedded engine. */
import neo4j from 'neo4j-driver';
import { aCapsule } from '@forge-cascade/core/contract';
import { chain } from '../shared/capsule-graphs.mjs';
import { latencies, medianOf, percentiles } from '../shared/percentiles.mjs';

const CHAIN = 50;
const DEPTH = 15;
const WIDTH = 8;
const TIMES = 150;
/** Until the server has compiled both. */
const WARM_UP = 600;

/** Walks every path: with two parents each there are thousands of them to few capsules, so each is told once. */
const PLAIN = `MATCH (r:Capsule {id: $id})-[:DERIVED_FROM*0..]->(c:Capsule)
  WITH DISTINCT c MATCH (c) OPTIONAL MATCH (c)-[e:DERIVED_FROM]->(p)
  RETURN c {.seq, .id, .version, .title, .trust_level, .chain_trust}, collect([p.id, e.relation]) AS parents`;

/** The capsules of a chain and of a graph in which each has two parents on the level above. */
export function graphs(fields) {
  const deep = chain(CHAIN, fields);
  const levels = [Array.from({ length: WIDTH }, (_, i) => aCapsule(fields(i)))];
  for (let depth = 1; depth <= DEPTH; depth++) {
    const above = levels.at(-1);
    const width = depth === DEPTH ? 1 : WIDTH;
    levels.push(
      Array.from({ length: width }, (_, i) =>
        aCapsule({
          ...fields(i),
          derivedFrom: [above[i], above[(i + 1) % WIDTH]].map(({ id }) => ({ id, relation: 'merge' })),
        }),
      ),
    );
  }
  return { capsules: [...deep, ...levels.flat()], chain: deep.at(-1).id, dag: levels.at(-1)[0].id };
}

/** Milliseconds by graph: through the port of each store, and of the plain query. */
export async function ancestries({ chain: deep, dag }, { onNeo4j, onSqlite, url, rounds }) {
  const driver = neo4j.driver(url);
  const plain = async (id) => {
    const session = driver.session({ defaultAccessMode: 'READ' });
    try {
      return (await session.executeRead((tx) => tx.run(PLAIN, { id }))).records.length;
    } finally {
      await session.close();
    }
  };
  const found = {};
  for (const [name, id] of Object.entries({ chain: deep, dag })) {
    const { nodes } = await onNeo4j.lineage(id, 'ancestors', null);
    if (nodes.length !== (await plain(id))) throw new Error(`${name}: the plain query gives other capsules`);
    const timed = async (ask) =>
      medianOf(await inRounds(rounds, async () => percentiles(await latencies(TIMES, () => ask(id)))));
    await latencies(WARM_UP, () => onNeo4j.lineage(id, 'ancestors', null));
    await latencies(WARM_UP, () => plain(id));
    found[name] = {
      capsules: nodes.length,
      port: await timed((one) => onNeo4j.lineage(one, 'ancestors', null)),
      plain: await timed(plain),
      embedded: await timed((one) => onSqlite.lineage(one, 'ancestors', null)),
    };
  }
  await driver.close();
  return found;
}

async function inRounds(rounds, work) {
  const results = [];
  for (let i = 0; i < rounds; i++) results.push(await work());
  return results;
}
