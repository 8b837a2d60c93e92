import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  aCapsule,
  anOverlay,
  aProposal,
  archivalOf,
  aTrigger,
  aVersionOf,
  aVote,
  overlayStateOf,
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
import { checkNeo4jStore } from './verify/check-neo4j-store.js';
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

const CASCADE_REACH = `// Find all overlays affected by a cascade
MATCH path = (source:Overlay {name: $source_name})
             -[:TRIGGERED*1..5]->(affected:Overlay)
WHERE affected.state = 'ACTIVE'
RETURN DISTINCT affected.name, length(path) AS hop_distance
ORDER BY hop_distance`;

const WEIGHTED_TALLY = `// Get proposal with weighted vote counts
MATCH (p:Proposal {id: $proposal_id})
OPTIONAL MATCH (voter:User)-[v:VOTED]->(p)
WITH p,
     sum(CASE WHEN v.vote = 'for' THEN v.weight ELSE 0 END) AS weight_for,
     sum(CASE WHEN v.vote = 'against' THEN v.weight ELSE 0 END) AS weight_against,
     count(CASE WHEN v.vote = 'for' THEN 1 END) AS votes_for,
     count(CASE WHEN v.vote = 'against' THEN 1 END) AS votes_against
RETURN p {
  .*,
  votes_for: votes_for,
  votes_against: votes_against,
  weight_for: weight_for,
  weight_against: weight_against,
  approval_ratio: CASE WHEN weight_for + weight_against > 0 
                       THEN weight_for / (weight_for + weight_against)
                       ELSE 0 END
}`;

/** The constraints and the index as the specification creates them, under their names. */
const SCHEMA = [
  `CREATE CONSTRAINT capsule_id IF NOT EXISTS
FOR (c:Capsule) REQUIRE c.id IS UNIQUE`,
  `CREATE CONSTRAINT user_id IF NOT EXISTS
FOR (u:User) REQUIRE u.id IS UNIQUE`,
  `CREATE CONSTRAINT overlay_id IF NOT EXISTS
FOR (o:Overlay) REQUIRE o.id IS UNIQUE`,
];

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

  it('[NEO-40] answers the reach of a cascade as it stands there', async () => {
    const names = ['guard', 'model', 'tuner', 'ruler', 'clerk', 'sixth', 'seventh', 'idle'];
    await written(store, ...names.map((name) => anOverlay(`id of ${name}`, name)));
    await written(store, ...names.slice(0, -1).map((name) => overlayStateOf(`id of ${name}`, 'ACTIVE')));
    const hop = (from: string, to: string) => aTrigger(`id of ${from}`, `id of ${to}`, 'model_updated');
    // A chain of six hops, a short cut, and one that does not run any more.
    await written(store, hop('guard', 'model'), hop('model', 'tuner'), hop('tuner', 'ruler'), hop('guard', 'idle'));
    await written(store, hop('ruler', 'clerk'), hop('clerk', 'sixth'), hop('sixth', 'seventh'), hop('guard', 'ruler'));
    await written(store, hop('guard', 'never registered'), overlayStateOf('never registered', 'ACTIVE'));
    const reach = async () =>
      (await anyone.read(CASCADE_REACH, { source_name: 'guard' })).map((row) => [
        row['affected.name'],
        row['hop_distance'],
      ]);
    expect(sorted(await reach())).toEqual(
      sorted([
        ['model', 1],
        ['ruler', 1],
        ['tuner', 2],
        ['clerk', 2],
        ['ruler', 3],
        ['sixth', 3],
        ['clerk', 4],
        ['seventh', 4],
        ['sixth', 5],
      ]),
    );
    await written(store, overlayStateOf('id of ruler', 'QUARANTINED'), anOverlay('id of sixth', 'sixth'));
    expect(new Set((await reach()).map(([name]) => name))).toEqual(new Set(['model', 'tuner', 'clerk', 'seventh']));
    const [overlay] = await anyone.read(
      `MATCH (o:Overlay {name: 'model'}) RETURN o.version AS version, o.trust_level AS trust, o.wasm_hash AS hash,
         o.capabilities AS capabilities, o.metrics AS metrics, o.activated_at.epochMillis > 0 AS activated`,
    );
    expect(overlay).toEqual({
      ...{ version: '1.2.0', trust: 80, hash: '5e'.repeat(32), metrics: '{}', activated: true },
      capabilities: ['DATABASE_READ', 'EVENT_PUBLISH'],
    });
    const [edge] = await anyone.read(
      `MATCH (:Overlay {name: 'guard'})-[t:TRIGGERED]->(:Overlay {name: 'model'})
       RETURN t.event_type AS type, t.payload AS payload, t.timestamp.epochMillis > 0 AS timed`,
    );
    expect(edge).toEqual({ type: 'model_updated', payload: '{"severity":3}', timed: true });
  });

  it('[NEO-40] answers the weighted tally as it stands there, with the last vote of each voter', async () => {
    await written(store, aProposal('p', 'ann'), aProposal('unvoted', 'ann'), aVote('p', 'ann', 'against', 90));
    await written(
      store,
      aVote('p', 'ben', 'against', 20),
      aVote('p', 'cem', 'for', 62.5),
      aVote('p', 'ann', 'for', 80),
    );
    await written(store, aVote('p', 'dea', 'abstain', 100), aVote('no such proposal', 'ann', 'for', 80));
    const tally = async (proposal_id: string) => (await anyone.read(WEIGHTED_TALLY, { proposal_id }))[0]?.['p'];
    const counted = { votes_for: 2, votes_against: 1, weight_for: 142.5, weight_against: 20 };
    expect(await tally('p')).toMatchObject({
      ...{ id: 'p', title: 'Increase the training frequency', status: 'voting', proposer_id: 'ann' },
      ...counted,
      approval_ratio: 142.5 / 162.5,
    });
    const none = { votes_for: 0, votes_against: 0, weight_for: 0, weight_against: 0 };
    expect(await tally('unvoted')).toMatchObject({ ...none, approval_ratio: 0 });
    // What stands beside the proposal says the same.
    const stored = await anyone.read('MATCH (p:Proposal {id: "p"}) RETURN p {.*} AS p');
    expect(stored[0]?.['p']).toMatchObject(counted);
    const [made] = await anyone.read(
      'MATCH (u:User)-[:CREATED]->(p:Proposal {id: "p"}) RETURN u.id AS by, p.closes_at > p.created_at AS later',
    );
    expect(made).toEqual({ by: 'ann', later: true });
    expect(await anyone.read('MATCH (p:Proposal) RETURN count(p) AS count')).toEqual([{ count: 2 }]);
    expect((await checkNeo4jStore(stores.serverOf(store))).filter(({ ok }) => !ok)).toEqual([]);
  });

  it('[NEO-40] has the schema of the specification already', async () => {
    const names = async () =>
      (await anyone.read('SHOW INDEXES YIELD name RETURN name ORDER BY name')).map(({ name }) => name);
    await embed();
    await store.vectors.serve('compass-1');
    const before = await names();
    for (const statement of SCHEMA) await anyone.alone(statement);
    expect(await names()).toEqual(before);
    expect(before).toEqual(expect.arrayContaining(['capsule_embeddings', 'capsule_id', 'overlay_id', 'user_id']));
  });
});

function sorted<T>(rows: readonly T[]): T[] {
  return [...rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
