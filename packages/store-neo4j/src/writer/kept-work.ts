/** Taking in what another store had promised, claimed and leased. @module */
import type { KeptWork } from '@forge-cascade/core/engine';
import type { Connection } from '../connection.js';
import { LOCK_LEDGER } from './read-group.js';

const DROP = 'MATCH (n:Claim|Lease|Outbox) CALL (n) { DELETE n } IN TRANSACTIONS OF 2000 ROWS';
const CLAIMS = `UNWIND $rows AS row MERGE (c:Claim {space: row.space, key: row.key})
  SET c.holder = row.holder, c.expires_at = row.expires_at`;
const LEASES = `UNWIND $rows AS row MERGE (l:Lease {name: row.name})
  SET l.holder = row.holder, l.token = row.token, l.expires_at = row.expires_at`;
const MESSAGES = `MATCH (l:Ledger {one: 1}) UNWIND $rows AS row MERGE (o:Outbox {id: row.id})
  ON CREATE SET l.messages = l.messages + 1, o = row, o.n = l.messages`;

export async function dropWork(connection: Connection): Promise<void> {
  await connection.alone(DROP);
}

export async function putWork(connection: Connection, writer: string, work: readonly KeptWork[]): Promise<void> {
  const claims = work.flatMap((one) =>
    one.kind === 'claim' ? [{ space: one.space, key: one.key, holder: one.holder, expires_at: one.expiresAt }] : [],
  );
  const leases = work.flatMap((one) =>
    one.kind === 'lease' ? [{ name: one.lease, holder: one.holder, token: one.token, expires_at: one.expiresAt }] : [],
  );
  const messages = work.flatMap((one) => {
    if (one.kind !== 'message') return [];
    const { id, topic, payload, seq, attempts, nextAttemptAt } = one;
    return [{ id, topic, payload, seq, attempts, next_at: nextAttemptAt }];
  });
  await connection.writingAgain(async (statements) => {
    await statements.run(LOCK_LEDGER, { writer });
    if (claims.length > 0) await statements.run(CLAIMS, { rows: claims });
    if (leases.length > 0) await statements.run(LEASES, { rows: leases });
    if (messages.length > 0) await statements.run(MESSAGES, { rows: messages });
  });
}
