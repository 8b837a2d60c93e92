/** Taking in what another store had promised, claimed and leased. @module */
import type { KeptWork } from '@forge-cascade/core/engine';
import type { Database } from '../driver.js';

export function dropWork(db: Database): void {
  db.exec('DELETE FROM claim; DELETE FROM lease; DELETE FROM outbox;');
}

export function putWork(db: Database, work: readonly KeptWork[]): void {
  const claim = db.prepare('INSERT OR REPLACE INTO claim(space, key, holder, expires_at) VALUES (?, ?, ?, ?)');
  const lease = db.prepare('INSERT OR REPLACE INTO lease(name, holder, token, expires_at) VALUES (?, ?, ?, ?)');
  const message = db.prepare(
    'INSERT INTO outbox(id, seq, topic, payload, attempts, next_at) VALUES (?, ?, ?, ?, ?, ?)',
  );
  for (const one of work) {
    if (one.kind === 'claim') claim.run(one.space, one.key, one.holder, one.expiresAt);
    else if (one.kind === 'lease') lease.run(one.lease, one.holder, one.token, one.expiresAt);
    else message.run(one.id, one.seq, one.topic, one.payload, one.attempts, one.nextAttemptAt);
  }
}
