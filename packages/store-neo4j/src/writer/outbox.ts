/** Work promised by commits. @module */
import type { DueMessage, Outbox } from '@forge-cascade/core/engine';
import type { Connection } from '../connection.js';

export function outboxOf(connection: Connection): Outbox {
  return {
    due: async (now, limit) => {
      const rows = await connection.read(
        `MATCH (o:Outbox) WHERE o.n > 0 AND o.next_at <= $now
         RETURN o.id AS id, o.topic AS topic, o.payload AS payload, o.seq AS seq, o.attempts AS attempts
         ORDER BY o.n LIMIT $limit`,
        { now, limit },
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
          'MATCH (o:Outbox {id: $id}) SET o.attempts = o.attempts + 1, o.next_at = $nextAttemptAt, o.error = $error',
          { id, nextAttemptAt, error },
        ),
      );
    },
    finish: async (id) => {
      await connection.writingAgain((statements) => statements.run('MATCH (o:Outbox {id: $id}) DELETE o', { id }));
    },
    backlog: async () => {
      const [row] = await connection.read(
        'MATCH (o:Outbox) RETURN count(o) AS pending, sum(CASE WHEN o.attempts > 0 THEN 1 ELSE 0 END) AS failing',
      );
      return { pending: Number(row?.['pending'] ?? 0), failing: Number(row?.['failing'] ?? 0) };
    },
  };
}
