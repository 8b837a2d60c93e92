/**
 * Leases: one holder at a time, and a token that grows with every change of hands. Taking one waits for the ledger's
 * lock, so that no commit checked against the token before it can still be written after the new one was given out.
 * Their time is the database's: processes whose clocks differ agree on it.
 * @module
 */
import type { Leases } from '@forge-cascade/core/engine';
import type { Connection } from '../connection.js';
import { number } from '../values.js';
import { LOCK_LEDGER } from './read-group.js';

// Renewing keeps the token; whoever comes back after losing it gets a new one, so that old commits are fenced off.
const ACQUIRE = `MERGE (l:Lease {name: $lease})
  WITH l, coalesce($now, datetime.realtime().epochMillis) AS now
  WITH l, now, coalesce(l.expires_at, 0) > now AS held
  WITH l, now, held, held AND l.holder <> $holder AS refused
  FOREACH (_ IN CASE WHEN refused THEN [] ELSE [1] END |
    SET l.token = CASE WHEN held THEN l.token ELSE coalesce(l.token, 0) + 1 END,
        l.holder = $holder, l.expires_at = now + $ttl)
  RETURN CASE WHEN refused THEN null ELSE l.token END AS token`;

const RELEASE = 'MATCH (l:Lease {name: $lease, holder: $holder}) SET l.expires_at = 0';

/** @param now stands in for the database's clock, for tests. */
export function leasesOf(connection: Connection, writer: string, now?: () => number): Leases {
  return {
    acquire: (lease, holder, ttlMs) =>
      connection.writingAgain(async (statements) => {
        const [, taken] = await Promise.all([
          statements.run(LOCK_LEDGER, { writer }),
          statements.run(ACQUIRE, { lease, holder, now: now?.() ?? null, ttl: ttlMs }),
        ]);
        return number(taken[0]?.['token']);
      }),
    release: (lease, holder) =>
      connection.writingAgain(async (statements) => {
        await Promise.all([statements.run(LOCK_LEDGER, { writer }), statements.run(RELEASE, { lease, holder })]);
      }),
  };
}
