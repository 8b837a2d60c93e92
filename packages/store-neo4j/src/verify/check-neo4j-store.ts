/** Looks at the constraints and indexes of a database and at numbers that must agree. @module */
import { agreement, DomainError, type CheckLine } from '@forge-cascade/core';
import { Connection, type ConnectionOptions } from '../connection.js';
import { checkServer, expectedSchema } from '../schema.js';
import { text } from '../values.js';

/** @throws DomainError NOT_FOUND without a store, UNAVAILABLE, UNAUTHENTICATED or INVALID_INPUT when it cannot be read. */
export async function checkNeo4jStore(options: ConnectionOptions): Promise<CheckLine[]> {
  const connection = new Connection(options);
  try {
    const agent = await connection.serverAgent();
    checkServer(agent);
    const schema = await checkSchema(connection);
    const [ledger] = await connection.read('MATCH (l:Ledger {one: 1}) WHERE l.size > 0 RETURN l.format AS format');
    if (ledger === undefined)
      throw new DomainError('NOT_FOUND', 'There is no store in this database.', { field: 'store' });
    return [{ area: 'schema', name: 'server', ok: true, found: agent }, ...schema, ...(await checkCounts(connection))];
  } finally {
    await connection.close();
  }
}

async function checkSchema(connection: Connection): Promise<CheckLine[]> {
  const rows = await connection.read(
    `SHOW INDEXES YIELD name, state, labelsOrTypes, properties, owningConstraint, options
     RETURN name, state, labelsOrTypes[0] AS label, properties, owningConstraint, options.indexConfig['vector.dimensions'] AS dimensions`,
  );
  const found = new Map(rows.map((row) => [String(row['name']), row]));
  const lines = expectedSchema().map(({ name, label, properties, unique }): CheckLine => {
    const row = found.get(name);
    const kind = unique ? 'constraint' : 'index';
    const line = (ok: boolean, what: string): CheckLine => ({
      area: 'schema',
      name: `${kind} ${name}`,
      ok,
      found: what,
    });
    if (row === undefined) return line(false, 'missing');
    if (row['state'] !== 'ONLINE') return line(false, String(row['state']).toLowerCase());
    const same =
      row['label'] === label &&
      JSON.stringify(row['properties']) === JSON.stringify(properties) &&
      (text(row['owningConstraint']) !== null) === unique;
    return line(same, same ? 'as expected' : 'differs');
  });
  const [serving] = await connection.read('MATCH (m:VectorModel {serving: true}) RETURN m.dimensions AS dimensions');
  if (serving === undefined) return lines;
  const [expected, dimensions] = [Number(serving['dimensions']), found.get('capsule_embeddings')?.['dimensions']];
  const ok = dimensions !== undefined && Number(dimensions) === expected;
  const what = dimensions === undefined ? 'missing' : `${Number(dimensions)} dimensions`;
  return [
    ...lines,
    { area: 'schema', name: 'index capsule_embeddings', ok, found: ok ? what : `${what}, not ${expected}` },
  ];
}

async function checkCounts(connection: Connection): Promise<CheckLine[]> {
  const [row] = await connection.read(
    `MATCH (l:Ledger {one: 1}) RETURN l.size AS size, l.capsules AS capsules,
       COUNT { MATCH (a:AuditLog) } AS entries, COUNT { MATCH (c:Capsule) } AS stored, COUNT { MATCH (s:Series) } AS series,
       COUNT { MATCH (a:AuditLog) WHERE a.type IN ['capsule.created.v1', 'capsule.versioned.v1'] } AS made,
       COUNT { MATCH (c:Capsule) WHERE c.is_head } AS heads,
       COUNT { MATCH (o:Overlay) } AS overlays, COUNT { MATCH (p:Proposal) } AS proposals,
       COUNT { MATCH (a:AuditLog) WHERE a.type = 'overlay.registered.v1' RETURN DISTINCT a.entity_id } AS registered,
       COUNT { MATCH (a:AuditLog) WHERE a.type = 'proposal.opened.v1' RETURN DISTINCT a.entity_id } AS opened,
       COUNT { MATCH (c:Capsule)<-[:OWNS]-() } AS owned`,
  );
  const count = (name: string): number => Number(row?.[name] ?? 0);
  return [
    agreement('entries that the checkpoint covers', count('size'), count('entries')),
    agreement('capsules that the ledger counts', count('capsules'), count('stored')),
    agreement('capsules that entries made', count('stored'), count('made')),
    agreement('heads', count('heads'), count('series')),
    agreement('capsules with an owner', count('owned'), count('stored')),
    agreement('overlays that entries registered', count('overlays'), count('registered')),
    agreement('proposals that entries opened', count('proposals'), count('opened')),
  ];
}
