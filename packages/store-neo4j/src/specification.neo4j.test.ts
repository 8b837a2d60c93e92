import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  aCapsule,
  archivalOf,
  aVersionOf,
  retractionOf,
  reinstatementOf,
  trustChangeOf,
  unarchivalOf,
  written,
} from '@forge-cascade/core/contract';
import type { Store } from '@forge-cascade/core';
import { Connection } from './connection.js';
import { GivenStores } from './testing/given-databases.js';
import { Reals, type Row } from './values.js';
import { verifyNeo4jStore } from './verify/verify-neo4j-store.js';

const stores = new GivenStores();
let store: Store;
let anyone: Connection;

beforeEach(async () => {
  store = await stores.open();
  anyone = new Connection(stores.serverOf(store));
});

afterEach(async () => {
  await anyone.close();
  await store.close();
});

const SEMANTIC_SEARCH = `CALL db.index.vector.queryNodes(
  'capsule_embeddings',
  10,
  $query_embedding
) YIELD node AS capsule, score
WHERE capsule.trust_level >= 40
RETURN capsule.id, capsule.content, capsule.type, score
ORDER BY score DESC`;

const ISNAD = `MATCH path = (c:Capsule {id: $capsule_id})-[:DERIVED_FROM*0..]->(ancestor:Capsule)
WHERE NOT (ancestor)-[:DERIVED_FROM]->()
RETURN path,
       [node in nodes(path) | {
         id: node.id,
         version: node.version,
         created_at: node.created_at
       }] AS lineage`;

const towards = (degrees: number): Float32Array =>
  Float32Array.of(Math.cos((degrees / 180) * Math.PI), Math.sin((degrees / 180) * Math.PI), 0, 0);

async function embed(model = 'compass-1', turn = 0): Promise<void> {
  await store.vectors.begin(model, 4);
  const missing = await store.vectors.missing(model, 500);
  await store.vectors.put(
    model,
    missing.map(({ seq, title }) => ({ seq, passages: [{ start: 0, end: 1, vector: towards(Number(title) + turn) }] })),
  );
}

/** Titles in the order of the specification's query, once the index has caught up with what was committed. */
async function nearest(degrees: number, count: number): Promise<Row[]> {
  for (;;) {
    const [index] = await anyone.read(
      "SHOW VECTOR INDEXES YIELD name, state WHERE name = 'capsule_embeddings' RETURN state",
    );
    if (index?.['state'] === 'ONLINE') {
      const rows = await anyone.read(SEMANTIC_SEARCH, { query_embedding: new Reals(towards(degrees)) });
      if (rows.length === count) return rows;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('the graph that the specification describes', () => {
  it('[NEO-1] answers the semantic search and the Isnad as they stand there', async () => {
    const root = aCapsule({ title: '0', content: 'the first source' });
    const middle = aCapsule({ title: '40', derivedFrom: [{ id: root.id, relation: 'fork' }] });
    const leaf = aCapsule({ title: '80', derivedFrom: [{ id: middle.id, relation: 'fork', reason: 'because' }] });
    const distrusted = aCapsule({ title: '1' });
    await written(store, root, middle, leaf, distrusted, trustChangeOf(distrusted, 60, 10));
    await embed();
    await store.vectors.serve('compass-1');
    const rows = await nearest(5, 3);
    expect(rows.map((row) => row['capsule.id'])).toEqual([root.id, middle.id, leaf.id]);
    expect(rows[0]).toMatchObject({ 'capsule.content': 'the first source', 'capsule.type': 'knowledge' });
    const paths = await anyone.read(ISNAD, { capsule_id: leaf.id });
    expect(paths).toHaveLength(1);
    const lineage = paths[0]?.['lineage'] as readonly Row[];
    expect(lineage.map(({ id, version }) => [id, version])).toEqual(
      [leaf, middle, root].map(({ id }) => [id, '1.0.0']),
    );
    const [edge] = await anyone.read(
      'MATCH (:Capsule {id: $id})-[e:DERIVED_FROM]->() RETURN e.reason AS reason, e.relation AS relation',
      { id: leaf.id },
    );
    expect(edge).toEqual({ reason: 'because', relation: 'fork' });
    const [owned] = await anyone.read('MATCH (:User)-[:OWNS]->(c:Capsule) RETURN count(c) AS count');
    const [moved] = await anyone.read(
      'MATCH (c)-[t:TRUST_CHANGED]->(c) RETURN c.id AS id, t.old_level AS old, t.new_level AS new',
    );
    expect([owned, moved]).toEqual([{ count: 4 }, { id: distrusted.id, old: 60, new: 10 }]);
    const [logged] = await anyone.read('MATCH (a:AuditLog {entity_id: $id}) RETURN a.operation AS operation', {
      id: root.id,
    });
    expect(logged).toEqual({ operation: 'CREATE' });
  });

  it('[NEO-2] indexes active heads alone, by the model that serves', async () => {
    const kept = aCapsule({ title: '0' });
    const replaced = aCapsule({ title: '10' });
    const archived = aCapsule({ title: '20' });
    const retracted = aCapsule({ title: '30' });
    await written(store, kept, replaced, archived, retracted);
    await embed();
    await store.vectors.serve('compass-1');
    await nearest(0, 4);
    const next = aVersionOf(replaced, { title: '11' });
    await written(store, next, archivalOf(archived), retractionOf(retracted));
    await nearest(0, 1);
    await embed();
    const found = await nearest(0, 2);
    expect(found.map((row) => row['capsule.id'])).toEqual([kept.id, next.id]);
    await written(store, unarchivalOf(archived), reinstatementOf(retracted));
    expect((await nearest(0, 4)).map((row) => row['capsule.id'])).toEqual(
      [kept, next, archived, retracted].map((c) => c.id),
    );
    // Another model turns everything round, and has another dimension.
    await store.vectors.begin('long', 5);
    const missing = await store.vectors.missing('long', 500);
    const long = missing.map(({ seq, title }) => {
      const vector = Float32Array.of(...towards(90 - Number(title)), 0);
      return { seq, passages: [{ start: 0, end: 1, vector }] };
    });
    await store.vectors.put('long', long);
    await store.vectors.serve('long');
    for (;;) {
      const query = new Reals(Float32Array.of(...towards(90), 0));
      const rows = await anyone.read(SEMANTIC_SEARCH, { query_embedding: query }).catch(() => []);
      if (rows.length < 4) continue;
      expect(rows.map((row) => row['capsule.id'])).toEqual([kept, next, archived, retracted].map((c) => c.id));
      break;
    }
  });

  it('[NEO-3] is verified, and what somebody changes in it is named', async () => {
    const a = aCapsule({ title: 'a', tags: ['x'], metadata: { n: 1 }, collection: 'c', position: 3, key: 'k' });
    const b = aCapsule({ title: 'b', derivedFrom: [{ id: a.id, relation: 'fork' }] });
    const c = aVersionOf(b, { title: 'c' });
    await written(
      store,
      a,
      b,
      c,
      trustChangeOf(a, 60, 20, 'quarantine'),
      archivalOf(b),
      unarchivalOf(b),
      archivalOf(c),
    );
    await written(store, ...Array.from({ length: 300 }, () => aCapsule()));
    const verify = () => verifyNeo4jStore(stores.serverOf(store), { verifierKeys: [stores.verifierKey] });
    expect(await verify()).toMatchObject({ ok: true, findings: [], entries: 308, capsules: 303 });
    const kindAfter = async (change: string, undo: string): Promise<string | undefined> => {
      await anyone.alone(change, { id: a.id, other: b.id });
      const report = await verify();
      await anyone.alone(undo, { id: a.id, other: b.id });
      return report.findings[0]?.kind;
    };
    const set = (what: string) => `MATCH (c:Capsule {id: $id}) SET c.${what}`;
    expect(
      await kindAfter(set("content = c.content + '!'"), set('content = left(c.content, size(c.content) - 1)')),
    ).toMatch(/content|private/);
    expect(await kindAfter(set('chain_trust = 90'), set('chain_trust = 20'))).toBe('trust-changed');
    expect(
      await kindAfter(
        'MATCH (c:Capsule {id: $id}), (d:Capsule {id: $other}) CREATE (c)-[:DERIVED_FROM {ord: 0, relation: "fork"}]->(d)',
        'MATCH (:Capsule {id: $id})-[e:DERIVED_FROM]->() DELETE e',
      ),
    ).toBe('edge-added');
    expect(await verify()).toMatchObject({ ok: true });
  });
});
