/**
 * The stored rows as they are, for verification. Nothing here may stumble over what a tamperer wrote: what cannot be
 * read is handed on as something that differs.
 * @module
 */
import type {
  CapsuleType,
  Envelope,
  JsonObject,
  JsonValue,
  PrivateValue,
  Relation,
  VerifyCapsule,
  VerifyEdge,
  VerifyEntry,
  VerifyOverlay,
  VerifySource,
} from '@forge-cascade/core';
import type { Database, Row } from '../driver.js';
import { text } from '../reader/capsule-rows.js';
import { hasTable } from './has-table.js';
import { misfits } from './misfits.js';

export function sqliteVerifySource(db: Database): VerifySource {
  const entries = db.prepare(
    `SELECT l.*, p.salt AS payload_salt, p.body, p.private, c.salt AS content_salt, c.text AS content
     FROM ledger l LEFT JOIN payload p ON p.seq = l.seq LEFT JOIN content c ON c.seq = l.seq
     WHERE l.seq >= ? ORDER BY l.seq LIMIT ?`,
  );
  return {
    entries: (fromSeq, limit) => entries.all(fromSeq, limit).map(toEntry),
    checkpoint: () => text(db.prepare('SELECT note FROM checkpoint WHERE one = 1').get()?.['note']),
    treeEnd: () => {
      const row = db.prepare('SELECT size, frontier FROM checkpoint WHERE one = 1').get();
      return row === undefined ? null : { size: Number(row['size']), frontier: bytes(row['frontier']) };
    },
    facts: () => {
      const meta = new Map(
        db
          .prepare('SELECT key, value FROM meta')
          .all()
          .map(({ key, value }) => [key, value]),
      );
      const sealed = meta.get('sealed') ?? null;
      return {
        origin: text(meta.get('origin')),
        ownerId: text(meta.get('owner_id')),
        sealed: sealed === null ? null : ((json(sealed) ?? String(sealed)) as JsonValue),
        maintenance: meta.get('maintenance') === '1',
        receiving: text(meta.get('receiving')),
      };
    },
    claims: () =>
      rows(db, 'SELECT * FROM claim', (row) => ({
        space: String(row['space']),
        key: String(row['key']),
        holder: String(row['holder']),
        expiresAt: integer(row['expires_at']),
      })),
    misfits: () => misfits(db),
    capsules: () =>
      rows(
        db,
        `SELECT c.*, s.id AS series_id, t.text AS content FROM capsule c
         LEFT JOIN series s ON s.series = c.series LEFT JOIN content t ON t.seq = c.seq ORDER BY c.seq`,
        toCapsule,
      ),
    edges: () => rows(db, 'SELECT * FROM edge', toEdge),
    series: () =>
      rows(db, 'SELECT * FROM series', (row) => ({
        id: String(row['id']),
        ownerId: String(row['owner_id']),
        key: text(row['key']),
        head: Number(row['head']),
        archived: row['archived'] === 1,
      })),
    archiveSpans: () =>
      rows(
        db,
        'SELECT s.id, a.from_seq, a.to_seq FROM archive_span a LEFT JOIN series s ON s.series = a.series',
        (row) => ({
          seriesId: String(row['id']),
          from: Number(row['from_seq']),
          to: integer(row['to_seq']),
        }),
      ),
    // A folder of an older format has none.
    ...(hasTable(db, 'overlay')
      ? { overlays: () => rows(db, 'SELECT * FROM overlay', (row) => toOverlay(db, row)) }
      : {}),
    tiles: () =>
      rows(db, 'SELECT level, idx, hash FROM tile', (row) => ({
        level: Number(row['level']),
        index: Number(row['idx']),
        hash: row['hash'] as Uint8Array,
      })),
    pendingTrust: () =>
      rows(db, 'SELECT root, event FROM trust_pending', (row) => ({
        root: Number(row['root']),
        event: Number(row['event']),
      })),
  };
}

function toOverlay(db: Database, row: Row): VerifyOverlay {
  const id = String(row['id']);
  const all = (sql: string): Row[] => db.prepare(sql).all(id);
  return {
    id,
    standing: parsed(row['standing']) as VerifyOverlay['standing'],
    activity: parsed(row['activity']) as VerifyOverlay['activity'],
    values: Object.fromEntries(
      all('SELECT key, value FROM overlay_value WHERE overlay = ?').map(({ key, value }) => [
        String(key),
        parsed(value) as JsonValue,
      ]),
    ),
    triggered: all('SELECT target FROM overlay_trigger WHERE source = ?')
      .map(({ target }) => String(target))
      .sort(),
    receipts: all('SELECT seq FROM overlay_receipt WHERE overlay = ? ORDER BY seq').map(({ seq }) => Number(seq)),
  };
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text)) as unknown;
  } catch {
    return null;
  }
}

function* rows<T>(db: Database, sql: string, read: (row: Row) => T): Iterable<T> {
  for (const row of db.prepare(sql).iterate()) yield read(row);
}

function toEntry(row: Row): VerifyEntry {
  const envelope: Envelope = {
    seq: Number(row['seq']),
    id: String(row['id']),
    type: String(row['type']),
    entity_type: String(row['entity_type']),
    entity_id: String(row['entity_id']),
    actor: String(row['actor']),
    operation: String(row['operation']),
    correlation_id: String(row['correlation_id']),
    causation_id: text(row['causation_id']),
    timestamp: instant(row['timestamp']),
    payload_commitment: Buffer.from(row['payload_commitment'] as Uint8Array).toString('hex'),
  };
  const privateValues = smallPrivateValues(row['private']);
  if (typeof row['content'] === 'string') {
    privateValues.push({ field: 'content', salt: row['content_salt'] as Uint8Array, value: row['content'] });
  }
  return {
    envelope,
    stream: String(row['stream']),
    leafHash: row['leaf_hash'] as Uint8Array,
    salt: (row['payload_salt'] as Uint8Array | null) ?? null,
    body: text(row['body']),
    privateValues,
  };
}

/** `[[field, salt in base64, value], …]`; whatever is not of this shape is missing. */
function smallPrivateValues(stored: unknown): PrivateValue[] {
  const list = json(stored);
  if (!Array.isArray(list)) return [];
  return (list as unknown[]).flatMap((item) => {
    const [field, salt, value] = Array.isArray(item) ? (item as unknown[]) : [];
    if (typeof field !== 'string' || typeof salt !== 'string') return [];
    return [{ field, salt: new Uint8Array(Buffer.from(salt, 'base64')), value: value as JsonValue }];
  });
}

function toCapsule(row: Row): VerifyCapsule {
  return {
    seq: Number(row['seq']),
    id: String(row['id']),
    seriesId: String(row['series_id']),
    isHead: row['head'] === 1,
    version: String(row['version']),
    ownerId: String(row['owner_id']),
    type: String(row['type']) as CapsuleType,
    title: text(row['title']),
    content: String(row['content'] ?? ''),
    summary: String(row['summary']),
    tags: json(row['tags']) as readonly string[],
    metadata: json(row['metadata']) as JsonObject,
    collection: text(row['collection']),
    position: integer(row['position']),
    validFrom: text(row['valid_from']),
    validTo: text(row['valid_to']),
    trust: Number(row['trust']),
    trustBefore: integer(row['trust_before']),
    retracted: row['retracted'] === 1,
    chainTrust: Number(row['chain_trust']),
    tainted: row['tainted'] === 1,
    warned: row['warned'] === 1,
    recordedTo: integer(row['recorded_to']),
    createdAt: instant(row['created_at']),
    updatedAt: instant(row['updated_at']),
  };
}

function toEdge(row: Row): VerifyEdge {
  return {
    child: Number(row['child']),
    ordinal: Number(row['ord']),
    parent: Number(row['parent']),
    relation: String(row['relation']) as Relation,
    reason: text(row['reason']),
    changes: json(row['changes']) as readonly string[],
  };
}

/** The value, or the text itself where it is no JSON: that equals nothing that was ever written. */
function json(stored: unknown): unknown {
  try {
    return JSON.parse(String(stored));
  } catch {
    return String(stored);
  }
}

function instant(ms: unknown): string {
  const date = new Date(Number(ms));
  return Number.isNaN(date.getTime()) ? `not a time: ${String(ms)}` : date.toISOString();
}

/** No bytes for what is none: a tamperer may have made the tables anew. */
function bytes(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array();
}

function integer(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}
