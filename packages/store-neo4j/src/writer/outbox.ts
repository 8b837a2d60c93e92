/**
 * Work promised by commits. Its times are the database's: processes whose clocks differ agree on what is due.
 * @module
 */
import type { DueMessage, Outbox } from '@forge-cascade/core/engine';
import type { Connection } from '../connection.js';

// A time by this process's clock, as the database's clock will show it then.
const AT = (time: string): string => `${time} + coalesce(datetime.realtime().epochMillis - $clock, 0)`;

/** @param now stands in for the database's clock, for tests. */
export function outboxOf(connection: Connection, now?: () => number): Outbox {
  const clock = (): number | null => (now === undefined ? Date.now() : null);
  return {
    due: async (until, limit) => {
      const rows = await connection.read(
        `WITH ${AT('$now')} AS now MATCH (o:Outbox) WHERE o.n > 0 AND o.next_at <= now
         RETURN o.id AS id, o.topic AS topic, o.payload AS payload, o.seq AS seq, o.attempts AS attempts
         ORDER BY o.n LIMIT $limit`,
        { now: until, limit, clock: clock() },
      );
      return rows.map((row): DueMessage => ({
        id: String(row['id']),
        topic: String(row['topic']),
        payload: String(row['payload']),
        seq: Number(row['seq']),
        attempts: Number(row['attempts']),
      }));
    },
    defer: async (id, nextAttemptAt, error) => {
      await connection.writingAgain((statements) =>
        statements.run(
          `MATCH (o:Outbox {id: $id})
           SET o.attempts = o.attempts + 1, o.next_at = ${AT('$nextAttemptAt')}, o.error = $error`,
          { id, nextAttemptAt, error, clock: clock() },
        ),
      );
    },
    finish: async (ids) => {
      await connection.writingAgain((statements) =>
        statements.run('MATCH (o:Outbox) WHERE o.id IN $ids DELETE o', { ids: [...ids] }),
      );
    },
    backlog: async () => {
      const [row] = await connection.read(
        'MATCH (o:Outbox) RETURN count(o) AS pending, sum(CASE WHEN o.attempts > 0 THEN 1 ELSE 0 END) AS failing',
      );
      return { pending: Number(row?.['pending'] ?? 0), failing: Number(row?.['failing'] ?? 0) };
    },
  };
}
