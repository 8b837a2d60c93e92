/** What another store takes in of this one: entries with their salts, promises, vectors. @module */
import {
  assertLimit,
  vectorOf,
  wholeVectors,
  type CapsuleVectors,
  type KeptEntry,
  type KeptWork,
} from '@forge-cascade/core/engine';
import type { Database, Row, Statement } from '../driver.js';
import { sqliteVerifySource } from '../verify/sqlite-verify-source.js';

const LIMIT = 1_000;

export class ReplicaRows {
  readonly #entries: (from: number, limit: number) => readonly KeptEntry[];
  readonly #work: Readonly<
    Record<KeptWork['kind'], { readonly statement: Statement; readonly read: (row: Row) => KeptWork }>
  >;
  readonly #dealtWith: Statement;
  readonly #vectors: Statement;

  constructor(db: Database) {
    const source = sqliteVerifySource(db);
    this.#entries = (from, limit) => source.entries(from, limit) as readonly KeptEntry[];
    this.#work = {
      claim: {
        statement: db.prepare('SELECT * FROM claim ORDER BY space, key LIMIT ? OFFSET ?'),
        read: (row) => ({
          kind: 'claim',
          space: String(row['space']),
          key: String(row['key']),
          holder: String(row['holder']),
          expiresAt: row['expires_at'] === null ? null : Number(row['expires_at']),
        }),
      },
      lease: {
        statement: db.prepare('SELECT * FROM lease ORDER BY name LIMIT ? OFFSET ?'),
        read: (row) => ({
          kind: 'lease',
          lease: String(row['name']),
          holder: String(row['holder']),
          token: Number(row['token']),
          expiresAt: Number(row['expires_at']),
        }),
      },
      message: {
        statement: db.prepare('SELECT * FROM outbox ORDER BY n LIMIT ? OFFSET ?'),
        read: (row) => ({
          kind: 'message',
          id: String(row['id']),
          topic: String(row['topic']),
          payload: String(row['payload']),
          seq: Number(row['seq']),
          attempts: Number(row['attempts']),
          nextAttemptAt: Number(row['next_at']),
        }),
      },
    };
    this.#dealtWith = db.prepare(
      `SELECT m.n, m.dimensions, c.seq FROM vector_model m JOIN capsule c ON c.seq > ? AND c.seq <= m.up_to
        WHERE m.name = ? AND m.dropped = 0 AND NOT EXISTS
          (SELECT 1 FROM vector_loss l WHERE l.model = m.n AND l.capsule <= c.seq AND l.refill IS NULL)
        ORDER BY c.seq LIMIT ?`,
    );
    this.#vectors = db.prepare(
      'SELECT start_at, end_at, bytes FROM vector WHERE model = ? AND capsule = ? ORDER BY passage',
    );
  }

  history(after: number, limit: number): readonly KeptEntry[] {
    assertLimit(limit, LIMIT);
    return this.#entries(after + 1, limit);
  }

  work(kind: KeptWork['kind'], skip: number, limit: number): KeptWork[] {
    assertLimit(limit, LIMIT);
    const { statement, read } = this.#work[kind];
    return statement.all(limit, skip).map(read);
  }

  vectors(model: string, after: number, limit: number): CapsuleVectors[] {
    assertLimit(limit, LIMIT);
    const capsules = this.#dealtWith.all(after, model, limit).map((row) => ({
      seq: Number(row['seq']),
      passages: this.#vectors.all(Number(row['n']), Number(row['seq'])).map((passage) => ({
        start: Number(passage['start_at']),
        end: Number(passage['end_at']),
        vector: vectorOf(passage['bytes'] as Uint8Array, Number(row['dimensions'])),
      })),
    }));
    return wholeVectors(capsules);
  }
}
