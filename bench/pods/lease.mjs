/** Who holds the lease on embedding, as the database has it. */
import { setTimeout as sleep } from 'node:timers/promises';
import neo4j from 'neo4j-driver';

const HOLDER = `MATCH (l:Lease {name: 'embedding'}) WHERE l.expires_at > datetime.realtime().epochMillis RETURN l.holder AS holder`;
const EVERY = 100;
const PATIENCE = 40_000;

/** `{ holder(), passedFrom(holder), close() }` */
export function leaseOf(url) {
  const driver = neo4j.driver(url);
  const holder = async () => (await driver.executeQuery(HOLDER)).records[0]?.get('holder') ?? null;
  /** Waits for one that is not `before`. @returns `{ holder, at }` */
  const passedFrom = async (before) => {
    for (const end = performance.now() + PATIENCE; performance.now() < end; await sleep(EVERY)) {
      const now = await holder();
      if (now !== null && now !== before) return { holder: now, at: performance.now() };
    }
    throw new Error(`nobody took the lease of ${before}`);
  };
  return { holder, passedFrom, close: () => driver.close() };
}
