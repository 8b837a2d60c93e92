/** What another store takes in of this one: entries with their salts, promises, vectors. @module */
import {
  assertLimit,
  vectorOf,
  wholeVectors,
  type CapsuleVectors,
  type KeptEntry,
  type KeptWork,
  type ReadPassage,
} from '@forge-cascade/core/engine';
import type { Connection } from '../connection.js';
import { bytes, number, type Row } from '../values.js';
import { neo4jVerifySource } from '../verify/neo4j-verify-source.js';

const LIMIT = 1_000;

const WORK: Readonly<Record<KeptWork['kind'], string>> = {
  claim: `MATCH (c:Claim) RETURN c {.*} AS one ORDER BY c.space, c.key SKIP $skip LIMIT $limit`,
  lease: `MATCH (l:Lease) RETURN l {.*} AS one ORDER BY l.name SKIP $skip LIMIT $limit`,
  message: `MATCH (o:Outbox) WHERE o.n > 0 RETURN o {.*} AS one ORDER BY o.n SKIP $skip LIMIT $limit`,
};

const DEALT_WITH = `MATCH (m:VectorModel {name: $model, dropped: false}) WITH m.n AS n, m.dimensions AS dimensions, m.mark[0] AS all
  OPTIONAL MATCH (l:VectorLoss) WHERE l.model = n AND l.capsule > 0 AND l.repair IS NULL
  WITH n, dimensions, all, min(l.capsule) - 1 AS whole
  WITH n, dimensions, coalesce(whole, all) AS up_to
  MATCH (c:Capsule) WHERE c.seq > $after AND c.seq <= up_to RETURN n, dimensions, c.seq AS seq ORDER BY c.seq LIMIT $limit`;

// The index over the place of a passage is used only when all of it is asked about.
const PASSAGES = `MATCH (p:Passage) WHERE p.model = $n AND p.capsule > $after AND p.capsule <= $until AND p.ordinal >= 0
  RETURN p.capsule AS seq, p.start AS start, p.end AS end, p.bytes AS bytes ORDER BY p.capsule, p.ordinal`;

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
    const capsules = await this.connection.read(DEALT_WITH, { model, after, limit });
    const [first, last] = [capsules[0], capsules.at(-1)];
    if (first === undefined || last === undefined) return [];
    const until = Number(last['seq']);
    const rows = await this.connection.read(PASSAGES, { n: Number(first['n']), after, until });
    const passages = new Map<number, ReadPassage[]>(capsules.map(({ seq }) => [Number(seq), []]));
    for (const row of rows) {
      const vector = vectorOf(bytes(row['bytes']), Number(first['dimensions']));
      passages.get(Number(row['seq']))?.push({ start: Number(row['start']), end: Number(row['end']), vector });
    }
    return wholeVectors([...passages].map(([seq, of]) => ({ seq, passages: of })));
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
