import {
  aCapsule,
  anOverlay,
  aProposal,
  archivalOf,
  aTrigger,
  aVersionOf,
  aVote,
  commitOf,
  overlayStateOf,
  trustChangeOf,
  written,
} from '@forge-cascade/core/contract';
import type { FindingKind, Store, VerifyReport } from '@forge-cascade/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GivenStores, meddle } from '../testing/given-databases.js';
import { verifyNeo4jStore } from './verify-neo4j-store.js';

const stores = new GivenStores();
let store: Store;

beforeEach(async () => void (store = await stores.open()));
afterEach(() => store.close());

const verify = (): Promise<VerifyReport> =>
  verifyNeo4jStore(stores.serverOf(store), { verifierKeys: [stores.verifierKey] });

/** A memory that has something of everything that the graph shows. */
async function lived(): Promise<void> {
  const first = aCapsule({ title: 'first', key: 'handbook' });
  const second = aCapsule({ title: 'second', derivedFrom: [{ id: first.id, relation: 'fork' }] });
  const gone = aCapsule({ title: 'gone' });
  await written(store, first, second, aVersionOf(second), gone);
  await written(store, archivalOf(gone), trustChangeOf(first, 60, 30, 'quarantine'));
  await written(
    store,
    trustChangeOf(first, 30, 60, 'release'),
    anOverlay('guard', 'guard'),
    anOverlay('model', 'model'),
  );
  await written(store, overlayStateOf('guard', 'ACTIVE'), aTrigger('guard', 'model'), aTrigger('model', 'never seen'));
  await written(
    store,
    aProposal('first', 'proposer'),
    aVote('first', 'voter', 'for', 80),
    aVote('none', 'voter', 'for', 1),
  );
  await written(store, aVote('first', 'voter', 'against', 62.5), aVote('first', 'other', 'for', 40));
  await store.commit(commitOf([aCapsule()], { outbox: [{ id: 'promise', topic: 'phase', payload: '{}' }] }));
  await store.vectors.begin('m', 3);
  const missing = await store.vectors.missing('m', 100);
  const vectors = missing.map(({ seq, content }) => {
    const halves = [Float32Array.of(seq, 1, 0), Float32Array.of(1, seq, 2)];
    return { seq, passages: halves.map((vector, i) => ({ start: i, end: content.length, vector })) };
  });
  await store.vectors.put('m', vectors);
  await store.vectors.serve('m');
  await store.settled();
}

const HEAD = `MATCH (c:Capsule {title: 'first'})`;

// One after the other in one database: each must add a finding of its own.
const CHANGES: readonly (readonly [cypher: string, kind: FindingKind, message: RegExp])[] = [
  [`MATCH (s:Stream) WITH s LIMIT 1 SET s.revision = s.revision + 1`, 'graph-changed', /revision of a stream is not/],
  [`MATCH (s:Stream) WITH s ORDER BY s.id DESC LIMIT 1 DELETE s`, 'graph-changed', /revision of a stream/],
  [`${HEAD} MATCH (c)<-[o:OWNS]-() DELETE o`, 'graph-changed', /owned by its owner/],
  [
    `MATCH (c:Capsule {title: 'gone'}) CREATE (:User {id: 'thief'})-[:OWNS]->(c)`,
    'graph-changed',
    /owned by its owner/,
  ],
  [
    `MATCH (c:Capsule) WHERE c.parent_id IS NOT NULL WITH c LIMIT 1 SET c.parent_id = 'x'`,
    'graph-changed',
    /first parent/,
  ],
  [`MATCH (c:Capsule {title: 'gone'}) SET c.archived = false`, 'graph-changed', /archived/],
  [
    `MATCH ()-[t:TRUST_CHANGED {cause: 'release'}]->() SET t.old_level = 60`,
    'graph-changed',
    /change of trust that no entry/,
  ],
  [`MATCH ()-[t:TRUST_CHANGED {cause: 'quarantine'}]->() DELETE t`, 'graph-changed', /change of trust no more/],
  [`MATCH ()-[e:DERIVED_FROM]->() SET e.timestamp = datetime()`, 'graph-changed', /dates what the capsule rests on/],
  [`MATCH (a:AuditLog {seq: 2}) SET a.timestamp = datetime()`, 'graph-changed', /another time/],
  [`MATCH (o:Overlay {id: 'guard'}) SET o.state = 'DISABLED'`, 'graph-changed', /another overlay/],
  [`MATCH (o:Overlay {id: 'model'}) SET o.trust_level = 100`, 'graph-changed', /another overlay/],
  [`CREATE (:Overlay {id: 'stranger'})`, 'graph-changed', /overlay that no entry/],
  [`MATCH ()-[t:TRIGGERED]->() SET t.event_type = 'else'`, 'graph-changed', /another hop/],
  [`MATCH ()-[t:TRIGGERED]->() DELETE t`, 'graph-changed', /a hop of a cascade no more/],
  [`MATCH (p:Proposal) SET p.title = 'else'`, 'graph-changed', /another proposal/],
  [`MATCH (p:Proposal) SET p.weight_for = 1000.0`, 'graph-changed', /tally/],
  [`MATCH ()-[v:VOTED {vote: 'for'}]->() SET v.weight = 41.0`, 'graph-changed', /another vote/],
  [`MATCH ()-[v:VOTED {vote: 'against'}]->() DELETE v`, 'graph-changed', /a vote no more/],
  [`MATCH (l:Ledger) SET l.mark = [1, 1, 1]`, 'graph-changed', /mark by which readers/],
  [`MATCH (l:Ledger) SET l.capsules = 99`, 'graph-changed', /counts other capsules/],
  [`MATCH (l:Ledger) SET l.timestamp = 1`, 'graph-changed', /dated before/],
  [`${HEAD} SET c.changed = 1000`, 'graph-changed', /marked as changed/],
  [`MATCH (l:Ledger) SET l.origin = 'elsewhere'`, 'store-changed', /name under which/],
  [`MATCH (l:Ledger) SET l.owner_id = 'thief'`, 'store-changed', /owner of the store/],
  [`MATCH (l:Ledger) SET l.maintenance = true`, 'store-changed', /maintenance/],
  [`MATCH (l:Ledger) SET l.sealed = 'not JSON'`, 'store-changed', /sealed/],
  [`MATCH (l:Ledger) SET l.frontier = null`, 'checkpoint-changed', /edge of the hash tree/],
  [`MATCH (l:Ledger) SET l.size = 1`, 'checkpoint-changed', /size stored beside/],
  [`MATCH (c:Claim {key: 'handbook'}) SET c.holder = 'thief'`, 'claim-changed', /holder/],
  [`MATCH (c:Claim {key: 'handbook'}) DELETE c`, 'claim-missing', /not claimed any more/],
  [`CREATE (:Claim {space: 'capsule-key:nobody', key: 'k', holder: 'x'})`, 'claim-added', /no entry gave it/],
  [`MATCH (o:Outbox) SET o.seq = 9999`, 'derived-changed', /message waits/],
  [`${HEAD} SET c.embedding = [1.0, 0.0]`, 'derived-changed', /not one of the model/],
  [`${HEAD} REMOVE c.embedding`, 'derived-changed', /missing in the index of vectors/],
  [
    `MATCH (c:Capsule {title: 'gone'}) SET c.embedding = [1.0, 0.0, 0.0], c.archived = true`,
    'derived-changed',
    /no active head/,
  ],
  [
    `${HEAD} MATCH (p:Passage {capsule: c.seq, ordinal: 0}) SET p.bytes = null`,
    'derived-changed',
    /not one that its model/,
  ],
  [`${HEAD} MATCH (p:Passage {capsule: c.seq, ordinal: 0}) DELETE p`, 'derived-changed', /lost their vectors/],
  [
    `MATCH (p:Passage) WITH p ORDER BY p.capsule DESC LIMIT 1 SET p.capsule = 9999`,
    'derived-changed',
    /made no capsule/,
  ],
  [`MATCH (p:Passage) WITH p LIMIT 1 SET p.model = 99`, 'derived-changed', /model that is not known/],
  [`MATCH (m:VectorModel) SET m.mark = [9999, 0, 0]`, 'derived-changed', /capsules that are not there/],
];

describe('verifying a database', () => {
  it('[NEO-45] finds nothing in what the engine shows of entries, and names whatever is changed there', async () => {
    await lived();
    const clean = await verify();
    expect(clean.findings).toEqual([]);
    let before = clean;
    for (const [cypher, kind, message] of CHANGES) {
      await meddle(stores.serverOf(store), cypher);
      const after = await verify();
      const old = new Set(before.findings.map((finding) => JSON.stringify(finding)));
      const fresh = after.findings.filter((finding) => !old.has(JSON.stringify(finding)));
      expect(
        fresh.map((finding) => [finding.kind, message.test(finding.message)]),
        cypher,
      ).toContainEqual([kind, true]);
      before = after;
    }
  });
});
