/**
 * The same create in plain driver calls: one transaction each, one statement that writes the rows that the engine writes
 * for a capsule, and moves the end of the ledger, without which entries would not be dense and in order.
 */
import { createHash, randomBytes } from 'node:crypto';
import neo4j from 'neo4j-driver';
import { uuidv7 } from 'uuidv7';

const CREATE = `MATCH (l:Ledger {one: 1}) SET l.size = l.size + 1, l.capsules = l.capsules + 1, l.changes = l.changes + 1,
    l.timestamp = $at, l.note = $note, l.frontier = $frontier
  WITH l, l.size AS seq, l.changes AS change
  CREATE (a:AuditLog) SET a = $entry, a.seq = seq, a.timestamp = datetime({epochMillis: $at})
  CREATE (c:Capsule) SET c = $capsule, c.seq = seq, c.created_at = datetime({epochMillis: $at}),
    c.updated_at = datetime({epochMillis: $at}), c.changed = change
  MERGE (u:User {id: $owner}) CREATE (u)-[:OWNS]->(c)
  CREATE (s:Series {id: $series, owner_id: $owner, head_id: $id, archived: false, spans: []})
  CREATE (t:Stream {id: $series, revision: seq})
  CREATE (tile:Tile {level: 0, index: seq, hash: $hash})`;

/** Plain calls on a database that holds a store of ours, which is worth nothing as one afterwards. */
export function plainCreates(url) {
  const driver = neo4j.driver(url, undefined, { maxTransactionRetryTime: 30_000 });
  return {
    async create({ title, content, ownerId }) {
      const [id, series] = [uuidv7(), uuidv7()];
      const hash = createHash('sha256').update(content).digest();
      const session = driver.session();
      try {
        await session.executeWrite((tx) => tx.run(CREATE, parametersOf({ id, series, title, content, ownerId, hash })));
      } finally {
        await session.close();
      }
    },
    close: () => driver.close(),
  };
}

function parametersOf({ id, series, title, content, ownerId, hash }) {
  const at = neo4j.int(Date.now());
  const body = JSON.stringify({ series_id: series, version: '1.0.0', owner_id: ownerId, title: hash.toString('hex') });
  return {
    ...{ id, series, owner: ownerId, at, hash },
    note: randomBytes(160).toString('base64'),
    frontier: randomBytes(448),
    entry: {
      ...{ id: uuidv7(), at, stream: series, operation: 'CREATE', entity_type: 'Capsule', entity_id: id },
      ...{ type: 'capsule.created.v1', user_id: ownerId, correlation_id: uuidv7(), leaf_hash: hash, commitment: hash },
      ...{ salt: randomBytes(32), body, private: JSON.stringify([{ field: 'content', salt: hash.toString('hex') }]) },
      changes: body,
    },
    capsule: {
      ...{ id, series_id: series, version: '1.0.0', type: 'knowledge', owner_id: ownerId, title, content },
      ...{ summary: content.slice(0, 200), tags: ['bench'], metadata: '{}', collection: 'bench/neo4j' },
      ...{ trust_level: neo4j.int(60), chain_trust: neo4j.int(60), tainted: false, warned: false, retracted: false },
      ...{ is_head: true, archived: false },
    },
  };
}
