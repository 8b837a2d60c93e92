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
  type HashSource,
  type JsonObject,
  type JsonValue,
  type LedgerEntry,
  type LedgerQuery,
} from '@forge-cascade/core/engine';
import type { EventType } from '@forge-cascade/core/engine';
import type { Database, Row, SqlValue, Statement } from '../driver.js';
import { instant, text } from './capsule-rows.js';

const ENTRIES_LIMIT = 1_000;

const COLUMNS = `l.seq, l.id, l.type, l.entity_type, l.entity_id, l.actor, l.operation, l.correlation_id, l.causation_id,
  l.timestamp, l.payload_commitment, p.body, p.private, c.text`;
const TABLES = 'ledger l LEFT JOIN payload p ON p.seq = l.seq LEFT JOIN content c ON c.seq = l.seq';

export class LedgerRows implements HashSource {
  readonly #leaves: Statement;
  readonly #tiles: Statement;
  readonly #checkpoint: Statement;
  readonly #streamOfCapsule: Statement;
  readonly #timestamp: Statement;
  readonly #size: Statement;

  constructor(private readonly db: Database) {
    this.#leaves = db.prepare('SELECT leaf_hash AS hash FROM ledger WHERE seq > ? AND seq <= ? ORDER BY seq');
    this.#tiles = db.prepare('SELECT hash FROM tile WHERE level = ? AND idx >= ? AND idx < ? ORDER BY idx');
    this.#checkpoint = db.prepare('SELECT note FROM checkpoint WHERE one = 1');
    this.#streamOfCapsule = db.prepare(
      'SELECT s.id FROM capsule c JOIN series s ON s.series = c.series WHERE c.id = ?',
    );
    this.#timestamp = db.prepare('SELECT timestamp FROM ledger WHERE seq = ?');
    this.#size = db.prepare('SELECT max(seq) AS size FROM ledger');
  }

  checkpoint(): string {
    return String(this.#checkpoint.get()?.['note'] ?? '');
  }

  size(): number {
    return Number(this.#size.get()?.['size'] ?? 0);
  }

  nodes(level: number, start: number, count: number): Uint8Array[] {
    const rows = level === 0 ? this.#leaves.all(start, start + count) : this.#tiles.all(level, start, start + count);
    return rows.map((row) => row['hash'] as Uint8Array);
  }

  inclusionProof(seq: number, size: number): readonly Uint8Array[] {
    this.#within(size);
    if (!Number.isSafeInteger(seq) || seq < 1 || seq > size) {
      throw new DomainError('INVALID_INPUT', `Entry ${seq} is not in the first ${size} entries of the ledger.`);
    }
    return inclusionProof(this, seq - 1, size);
  }

  consistencyProof(oldSize: number, newSize: number): readonly Uint8Array[] {
    this.#within(newSize);
    if (!Number.isSafeInteger(oldSize) || oldSize < 1 || oldSize > newSize) {
      throw new DomainError('INVALID_INPUT', `There is no proof from size ${oldSize} to size ${newSize}.`);
    }
    return consistencyProof(this, oldSize, newSize);
  }

  /** The entries at these positions, in the order given. */
  entriesAt(seqs: readonly number[]): LedgerEntry[] {
    if (seqs.length === 0) return [];
    const rows = this.db
      .prepare(`SELECT ${COLUMNS} FROM ${TABLES} WHERE l.seq IN (${seqs.map(() => '?').join(', ')})`)
      .all(...seqs);
    const bySeq = new Map(rows.map((row) => [Number(row['seq']), row]));
    return seqs.flatMap((seq) => {
      const row = bySeq.get(seq);
      return row === undefined ? [] : [toEntry(row)];
    });
  }

  entries(query: LedgerQuery): { readonly items: readonly LedgerEntry[]; readonly nextCursor: string | null } {
    assertLimit(query.limit, ENTRIES_LIMIT);
    const from = instantOf(query.from, 'from');
    const to = instantOf(query.to, 'to');
    const where: string[] = [];
    const values: SqlValue[] = [];
    const also = (sql: string, ...bound: SqlValue[]): void => {
      where.push(sql);
      values.push(...bound);
    };
    if (query.entityId !== undefined) {
      // Entities have no index of their own: their stream does.
      const stream = text(this.#streamOfCapsule.get(query.entityId)?.['id']) ?? query.entityId;
      also('l.stream = ? AND l.entity_id = ?', stream, query.entityId);
    }
    if (query.stream !== undefined) also('l.stream = ?', query.stream);
    if (query.correlationId !== undefined) also('l.correlation_id = ?', query.correlationId);
    if (query.type !== undefined) also('l.type = ?', query.type);
    if (query.actor !== undefined) also('l.actor = ?', query.actor);
    if (from !== null) also('l.seq > ?', this.lastBefore(from));
    if (to !== null) also('l.seq <= ?', this.lastBefore(to));
    if (query.after !== undefined) also('l.seq > ?', assertPosition(query.after));
    const newest = query.order === 'newest';
    if (query.cursor !== null) {
      const [seq] = decodeCursor('ledger', query.cursor, ['number'], ledgerQuestion(query)) as [number];
      also(newest ? 'l.seq < ?' : 'l.seq > ?', seq);
    }
    const rows = this.db
      .prepare(
        `SELECT ${COLUMNS} FROM ${TABLES} ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''}
         ORDER BY l.seq ${newest ? 'DESC' : 'ASC'} LIMIT ?`,
      )
      .all(...values, query.limit + 1);
    const items = rows.slice(0, query.limit).map(toEntry);
    const last = items.at(-1);
    const more = rows.length > query.limit && last !== undefined;
    return { items, nextCursor: more ? encodeCursor('ledger', [last.envelope.seq], ledgerQuestion(query)) : null };
  }

  /** The newest entry older than `ms` (exclusive); 0 when there is none. Timestamps never go back. */
  lastBefore(ms: number): number {
    let low = 0;
    let high = this.size();
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (Number(this.#timestamp.get(middle)?.['timestamp'] ?? 0) < ms) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #within(size: number): void {
    const actual = this.size();
    if (!Number.isSafeInteger(size) || size < 1 || size > actual) {
      throw new DomainError('INVALID_INPUT', `The ledger has ${actual} entries; there is no tree of size ${size}.`);
    }
  }
}

function toEntry(row: Row): LedgerEntry {
  const type = String(row['type']);
  const envelope: Envelope = {
    seq: Number(row['seq']),
    id: String(row['id']),
    type,
    entity_type: String(row['entity_type']),
    entity_id: String(row['entity_id']),
    actor: String(row['actor']),
    operation: String(row['operation']),
    correlation_id: String(row['correlation_id']),
    causation_id: text(row['causation_id']),
    timestamp: instant(row['timestamp']),
    payload_commitment: Buffer.from(row['payload_commitment'] as Uint8Array).toString('hex'),
  };
  const body = row['body'];
  if (typeof body !== 'string') return { envelope, payload: null };
  const values = (JSON.parse(String(row['private'])) as [string, string, JsonValue][]).map(([field, , value]) => ({
    field,
    value,
  }));
  if (typeof row['text'] === 'string') values.push({ field: 'content', value: row['text'] });
  return {
    envelope,
    payload: openPayload(type as EventType, JSON.parse(body) as JsonObject, values) as unknown as JsonObject,
  };
}
