/** Reading the ledger: the audit trail, checkpoints and proofs. @module */
import {
  assertLimit,
  assertPosition,
  consistencyProof,
  decodeCursor,
  DomainError,
  encodeCursor,
  inclusionProof,
  instantOf,
  ledgerQuestion,
  openPayload,
  type Envelope,
  type EventType,
  type HashSource,
  type JsonObject,
  type JsonValue,
  type LedgerEntry,
  type LedgerQuery,
} from '@forge-cascade/core/engine';
import type { Connection } from '../connection.js';
import { bytes, instant, text, type Row, type Value } from '../values.js';

const ENTRIES_LIMIT = 1_000;

/** Columns of an entry `a`. */
export const ENTRY = `a.seq AS seq, a.id AS id, a.type AS type, a.entity_type AS entity_type, a.entity_id AS entity_id,
  a.user_id AS user_id, a.operation AS operation, a.correlation_id AS correlation_id, a.causation_id AS causation_id,
  a.at AS at, a.payload_commitment AS payload_commitment, a.changes AS changes, a.private AS private,
  a.content_salt AS content_salt,
  CASE WHEN a.content_salt IS NULL THEN null ELSE COLLECT { MATCH (c:Capsule {seq: a.seq}) RETURN c.content }[0] END AS content`;

export class LedgerRows {
  constructor(private readonly connection: Connection) {}

  async checkpoint(): Promise<string> {
    const [row] = await this.connection.read('MATCH (l:Ledger {one: 1}) RETURN l.note AS note');
    return String(row?.['note'] ?? '');
  }

  async inclusionProof(seq: number, size: number): Promise<readonly Uint8Array[]> {
    await this.#within(size);
    if (!Number.isSafeInteger(seq) || seq < 1 || seq > size) {
      throw new DomainError('INVALID_INPUT', `Entry ${seq} is not in the first ${size} entries of the ledger.`);
    }
    return this.#proof((source) => inclusionProof(source, seq - 1, size));
  }

  async consistencyProof(oldSize: number, newSize: number): Promise<readonly Uint8Array[]> {
    await this.#within(newSize);
    if (!Number.isSafeInteger(oldSize) || oldSize < 1 || oldSize > newSize) {
      throw new DomainError('INVALID_INPUT', `There is no proof from size ${oldSize} to size ${newSize}.`);
    }
    return this.#proof((source) => consistencyProof(source, oldSize, newSize));
  }

  async entries(query: LedgerQuery): Promise<{ items: LedgerEntry[]; nextCursor: string | null }> {
    assertLimit(query.limit, ENTRIES_LIMIT);
    const from = instantOf(query.from, 'from');
    const to = instantOf(query.to, 'to');
    const newest = query.order === 'newest';
    const where: string[] = ['a.seq > 0'];
    const values: Record<string, Value> = { limit: query.limit + 1 };
    const also = (condition: string, name: string, value: Value | undefined): void => {
      if (value === undefined || value === null) return;
      where.push(condition);
      values[name] = value;
    };
    also('a.entity_id = $entity', 'entity', query.entityId);
    also('a.stream = $stream', 'stream', query.stream);
    also('a.correlation_id = $correlation', 'correlation', query.correlationId);
    also('a.type = $type', 'type', query.type);
    also('a.user_id = $actor', 'actor', query.actor);
    also('a.at >= $from', 'from', from);
    also('a.at < $to', 'to', to);
    also('a.seq > $after', 'after', query.after === undefined ? undefined : assertPosition(query.after));
    if (query.cursor !== null) {
      const [seq] = decodeCursor('ledger', query.cursor, ['number'], ledgerQuestion(query)) as [number];
      also(newest ? 'a.seq < $cursor' : 'a.seq > $cursor', 'cursor', seq);
    }
    const rows = await this.connection.read(
      `MATCH (a:AuditLog) WHERE ${where.join(' AND ')}
       WITH a ORDER BY a.seq ${newest ? 'DESC' : 'ASC'} LIMIT $limit RETURN ${ENTRY} ORDER BY seq ${newest ? 'DESC' : 'ASC'}`,
      values,
    );
    const items = rows.slice(0, query.limit).map(toEntry);
    const last = items.at(-1);
    const more = rows.length > query.limit && last !== undefined;
    return { items, nextCursor: more ? encodeCursor('ledger', [last.envelope.seq], ledgerQuestion(query)) : null };
  }

  /** Entries of these types behind position `after`, ascending. */
  async entriesAfter(after: number, types: readonly string[], limit: number): Promise<LedgerEntry[]> {
    const rows = await this.connection.read(
      `MATCH (a:AuditLog) WHERE a.seq > $after AND a.type IN $types
       WITH a ORDER BY a.seq LIMIT $limit RETURN ${ENTRY} ORDER BY seq`,
      { after, types, limit },
    );
    return rows.map(toEntry);
  }

  /** The entries at these positions, in the order given. */
  async entriesAt(seqs: readonly number[]): Promise<LedgerEntry[]> {
    const rows = await this.connection.read(`UNWIND $seqs AS place MATCH (a:AuditLog {seq: place}) RETURN ${ENTRY}`, {
      seqs,
    });
    const bySeq = new Map(rows.map((row) => [Number(row['seq']), row]));
    return seqs.flatMap((seq) => {
      const row = bySeq.get(seq);
      return row === undefined ? [] : [toEntry(row)];
    });
  }

  /** The newest entry not later than `ms`; 0 when all are later. */
  async positionAt(ms: number): Promise<number> {
    const [row] = await this.connection.read(
      'MATCH (a:AuditLog) WHERE a.at <= $ms RETURN a.seq AS seq ORDER BY a.at DESC, a.seq DESC LIMIT 1',
      { ms },
    );
    return Number(row?.['seq'] ?? 0);
  }

  async #within(size: number): Promise<void> {
    const [row] = await this.connection.read('MATCH (l:Ledger {one: 1}) RETURN l.size AS size');
    const actual = Number(row?.['size'] ?? 0);
    if (!Number.isSafeInteger(size) || size < 1 || size > actual) {
      throw new DomainError('INVALID_INPUT', `The ledger has ${actual} entries; there is no tree of size ${size}.`);
    }
  }

  /** Which hashes a proof takes depends on sizes alone, so a first run over none of them says what to read. */
  async #proof(make: (source: HashSource) => readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
    const wanted = new Map<string, { level: number; start: number; count: number }>();
    make({
      nodes: (level, start, count) => {
        wanted.set(`${level}/${start}/${count}`, { level, start, count });
        return Array.from({ length: count }, () => new Uint8Array(32));
      },
    });
    const found = new Map<string, Uint8Array[]>();
    await this.connection.reading(async (statements) => {
      const answers = [...wanted].map(async ([place, { level, start, count }]) => {
        const rows = await statements.run(level === 0 ? LEAVES : TILES, { level, start, end: start + count });
        found.set(
          place,
          rows.map(({ hash }) => bytes(hash)),
        );
      });
      await Promise.all(answers);
    });
    return make({ nodes: (level, start, count) => found.get(`${level}/${start}/${count}`) ?? [] });
  }
}

const LEAVES = 'MATCH (a:AuditLog) WHERE a.seq > $start AND a.seq <= $end RETURN a.leaf_hash AS hash ORDER BY a.seq';
const TILES = `MATCH (t:Tile {level: $level}) WHERE t.index >= $start AND t.index < $end
  RETURN t.hash AS hash ORDER BY t.index`;

export function toEnvelope(row: Row): Envelope {
  return {
    seq: Number(row['seq']),
    id: String(row['id']),
    type: String(row['type']),
    entity_type: String(row['entity_type']),
    entity_id: String(row['entity_id']),
    actor: String(row['user_id']),
    operation: String(row['operation']),
    correlation_id: String(row['correlation_id']),
    causation_id: text(row['causation_id']),
    timestamp: instant(row['at']),
    payload_commitment: String(row['payload_commitment']),
  };
}

function toEntry(row: Row): LedgerEntry {
  const envelope = toEnvelope(row);
  const body = text(row['changes']);
  if (body === null) return { envelope, payload: null };
  const values = (JSON.parse(String(row['private'] ?? '[]')) as [string, string, JsonValue][]).map(
    ([field, , value]) => ({ field, value }),
  );
  const content = text(row['content']);
  if (content !== null) values.push({ field: 'content', value: content });
  const payload = openPayload(envelope.type as EventType, JSON.parse(body) as JsonObject, values);
  return { envelope, payload: payload as unknown as JsonObject };
}
