/** What another store takes in of this one: entries with their salts, promises, vectors. @module */
import { assertLimit, type CapsuleVectors, type KeptEntry, type KeptWork } from '@forge-cascade/core/engine';
import type { Connection } from '../connection.js';
import { bytes, number, type Row } from '../values.js';
import { neo4jVerifySource } from '../verify/neo4j-verify-source.js';
import { vectorOf } from '../writer/embeddings.js';

const LIMIT = 1_000;

const WORK: Readonly<Record<KeptWork['kind'], string>> = {
  claim: `MATCH (c:Claim) RETURN c {.*} AS one ORDER BY c.space, c.key SKIP $skip LIMIT $limit`,
  lease: `MATCH (l:Lease) RETURN l {.*} AS one ORDER BY l.name SKIP $skip LIMIT $limit`,
  message: `MATCH (o:Outbox) WHERE o.n > 0 RETURN o {.*} AS one ORDER BY o.n SKIP $skip LIMIT $limit`,
};

const VECTORS = `MATCH (m:VectorModel {name: $model, dropped: false})
  MATCH (c:Capsule) WHERE c.seq > $after AND c.seq <= m.mark[0] WITH m, c.seq AS seq ORDER BY seq LIMIT $limit
  RETURN seq, COLLECT { MATCH (p:Passage {model: m.n, capsule: seq}) RETURN [p.start, p.end, p.bytes] ORDER BY p.ordinal } AS passages
  ORDER BY seq`;

export class ReplicaRows {
  constructor(private readonly connection: Connection) {}

  async history(after: number, limit: number): Promise<readonly KeptEntry[]> {
    assertLimit(limit, LIMIT);
    return neo4jVerifySource(this.connection).entries(after + 1, limit);
  }

  async work(kind: KeptWork['kind'], skip: number, limit: number): Promise<readonly KeptWork[]> {
    assertLimit(limit, LIMIT);
    const rows = await this.connection.read(WORK[kind], { skip, limit });
    return rows.map(({ one }) => toWork(kind, one as Row));
  }

  async vectors(model: string, after: number, limit: number): Promise<readonly CapsuleVectors[]> {
    assertLimit(limit, LIMIT);
    const rows = await this.connection.read(VECTORS, { model, after, limit });
    return rows.map((row) => ({
      seq: Number(row['seq']),
      passages: (row['passages'] as unknown as readonly (readonly [number, number, Uint8Array])[]).map(
        ([start, end, vector]) => ({ start, end, vector: vectorOf(bytes(vector)) }),
      ),
    }));
  }
}

function toWork(kind: KeptWork['kind'], row: Row): KeptWork {
  const textOf = (name: string): string => String(row[name]);
  if (kind === 'claim') {
    return {
      kind,
      space: textOf('space'),
      key: textOf('key'),
      holder: textOf('holder'),
      expiresAt: number(row['expires_at']),
    };
  }
  if (kind === 'lease') {
    const [token, expiresAt] = [Number(row['token']), Number(row['expires_at'])];
    return { kind, lease: textOf('name'), holder: textOf('holder'), token, expiresAt };
  }
  return {
    kind,
    id: textOf('id'),
    topic: textOf('topic'),
    payload: textOf('payload'),
    seq: Number(row['seq']),
    attempts: Number(row['attempts']),
    nextAttemptAt: Number(row['next_at']),
  };
}
