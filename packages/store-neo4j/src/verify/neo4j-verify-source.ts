/**
 * The stored graph as it is, for verification. Nothing here may stumble over what a tamperer wrote: what cannot be read
 * is handed on as something that differs. Verify a store that nobody writes to: Neo4j has no snapshot that would keep
 * still for so long.
 * @module
 */
import type {
  CapsuleType,
  JsonObject,
  JsonValue,
  PrivateValue,
  Relation,
  VerifyCapsule,
  VerifyEdge,
  VerifyEntry,
  VerifySource,
} from '@forge-cascade/core';
import type { Connection } from '../connection.js';
import { ENTRY, toEnvelope } from '../reader/read-ledger.js';
import { bytes, number, text, type Row, type Value } from '../values.js';
import { Misfits } from './misfits.js';
import { pagesOf } from './pages.js';

const ENTRIES = `MATCH (a:AuditLog) WHERE a.seq >= $from WITH a ORDER BY a.seq LIMIT $limit
  RETURN ${ENTRY}, a.stream AS stream, a.leaf_hash AS leaf_hash, a.salt AS salt ORDER BY seq`;
const CAPSULES = `MATCH (c:Capsule) WHERE c.seq > $after WITH c ORDER BY c.seq LIMIT $limit
  RETURN c {.*, created_at: c.created_at.epochMillis, updated_at: c.updated_at.epochMillis, embedding: null} AS c, c.seq AS place
  ORDER BY place`;
const EDGES = `MATCH (c:Capsule) WHERE c.seq > $after WITH c ORDER BY c.seq LIMIT $limit
  RETURN c.seq AS place, COLLECT { MATCH (c)-[e:DERIVED_FROM]->(p)
    RETURN [e.ord, p.seq, e.relation, e.reason, e.changes] } AS edges ORDER BY place`;
const SERIES = `MATCH (s:Series) WHERE s.id > $after WITH s ORDER BY s.id LIMIT $limit
  OPTIONAL MATCH (h:Capsule {id: s.head_id})
  RETURN s.id AS place, s.owner_id AS owner_id, s.key AS key, h.seq AS head, s.archived AS archived, s.spans AS spans
  ORDER BY place`;
const LEDGER = `MATCH (l:Ledger {one: 1}) RETURN l.note AS note, l.size AS size, l.frontier AS frontier, l.origin AS origin,
  l.owner_id AS owner_id, l.sealed AS sealed, l.maintenance AS maintenance, l.receiving AS receiving`;
const SPACES = 'MATCH (c:Claim) RETURN DISTINCT c.space AS space';
const CLAIMS = `MATCH (c:Claim) WHERE c.space = $space AND c.key > $after WITH c ORDER BY c.key LIMIT $limit
  RETURN c.key AS place, c.holder AS holder, c.expires_at AS expires_at ORDER BY place`;
const TILES = 'MATCH (t:Tile) RETURN t.level AS level, t.index AS index, t.hash AS hash';

export function neo4jVerifySource(connection: Connection): VerifySource {
  const pages = (cypher: string, first: number | string) => pagesOf(connection, cypher, first);
  const ledger = async (): Promise<Row | undefined> => (await connection.read(LEDGER))[0];
  const misfits = new Misfits();
  return {
    entries: async (from, limit) => {
      const entries = (await connection.read(ENTRIES, { from, limit })).map(toEntry);
      for (const entry of entries) misfits.take(entry);
      return entries;
    },
    checkpoint: async () => text((await ledger())?.['note']),
    treeEnd: async () => {
      const row = await ledger();
      return row === undefined ? null : { size: Number(row['size']), frontier: bytes(row['frontier']) };
    },
    facts: async () => {
      const row = (await ledger()) ?? {};
      const sealed = row['sealed'] ?? null;
      return {
        origin: text(row['origin']),
        ownerId: text(row['owner_id']),
        sealed: sealed === null ? null : (json(sealed) as JsonValue),
        maintenance: row['maintenance'] === true,
        receiving: text(row['receiving']),
      };
    },
    claims: async function* () {
      for (const { space: stored } of await connection.read(SPACES)) {
        const space = String(stored);
        for await (const row of pagesOf(connection, CLAIMS, '', { space })) {
          const [key, holder] = [String(row['place']), String(row['holder'])];
          yield { space, key, holder, expiresAt: number(row['expires_at']) };
        }
      }
    },
    misfits: () => misfits.all(connection),
    capsules: async function* () {
      for await (const row of pages(CAPSULES, 0)) yield toCapsule(row['c'] as Row);
    },
    edges: async function* () {
      for await (const row of pages(EDGES, 0)) {
        for (const edge of row['edges'] as readonly (readonly Value[])[]) yield toEdge(Number(row['place']), edge);
      }
    },
    series: async function* () {
      for await (const row of pages(SERIES, '')) {
        yield {
          id: String(row['place']),
          ownerId: String(row['owner_id']),
          key: text(row['key']),
          head: Number(row['head'] ?? 0),
          archived: row['archived'] === true,
        };
      }
    },
    archiveSpans: async function* () {
      for await (const row of pages(SERIES, '')) {
        const spans = (row['spans'] ?? []) as readonly number[];
        for (let i = 0; i < spans.length; i += 2) {
          yield { seriesId: String(row['place']), from: spans[i] as number, to: spans[i + 1] ?? null };
        }
      }
    },
    tiles: async function* () {
      for (const row of await connection.read(TILES)) {
        yield { level: Number(row['level']), index: Number(row['index']), hash: bytes(row['hash']) };
      }
    },
  };
}

function toEntry(row: Row): VerifyEntry {
  const privateValues = smallPrivateValues(row['private']);
  if (typeof row['content'] === 'string') {
    privateValues.push({ field: 'content', salt: fromBase64(row['content_salt']), value: row['content'] });
  }
  return {
    envelope: toEnvelope(row),
    stream: String(row['stream']),
    leafHash: bytes(row['leaf_hash']),
    salt: typeof row['salt'] === 'string' ? fromBase64(row['salt']) : null,
    body: text(row['changes']),
    privateValues,
  };
}

/** `[[field, salt in base64, value], …]`; whatever is not of this shape is missing. */
function smallPrivateValues(stored: Value | undefined): PrivateValue[] {
  const list = json(stored);
  if (!Array.isArray(list)) return [];
  return (list as unknown[]).flatMap((item) => {
    const [field, salt, value] = Array.isArray(item) ? (item as unknown[]) : [];
    if (typeof field !== 'string' || typeof salt !== 'string') return [];
    return [{ field, salt: fromBase64(salt), value: value as JsonValue }];
  });
}

function toCapsule(row: Row): VerifyCapsule {
  return {
    seq: Number(row['seq']),
    id: String(row['id']),
    seriesId: String(row['series_id']),
    isHead: row['is_head'] === true,
    version: String(row['version']),
    ownerId: String(row['owner_id']),
    type: String(row['type']) as CapsuleType,
    title: text(row['title']),
    content: text(row['content']) ?? '',
    summary: String(row['summary'] ?? ''),
    tags: (row['tags'] ?? []) as readonly string[],
    metadata: json(row['metadata']) as JsonObject,
    collection: text(row['collection']),
    position: number(row['position']),
    validFrom: text(row['valid_from']),
    validTo: text(row['valid_to']),
    trust: Number(row['trust_level']),
    trustBefore: number(row['trust_before']),
    retracted: row['retracted'] === true,
    chainTrust: Number(row['chain_trust']),
    tainted: row['tainted'] === true,
    warned: row['warned'] === true,
    recordedTo: number(row['recorded_to']),
    createdAt: instant(row['created_at']),
    updatedAt: instant(row['updated_at']),
  };
}

function toEdge(child: number, [ord, parent, relation, reason, changes]: readonly Value[]): VerifyEdge {
  return {
    child,
    ordinal: Number(ord),
    parent: Number(parent),
    relation: String(relation) as Relation,
    reason: text(reason),
    changes: json(changes) as readonly string[],
  };
}

/** The value, or the text itself where it is no JSON: that equals nothing that was ever written. */
function json(stored: Value | undefined): unknown {
  try {
    return JSON.parse(String(stored));
  } catch {
    return String(stored);
  }
}

function instant(ms: Value | undefined): string {
  const date = new Date(Number(ms));
  return Number.isNaN(date.getTime()) ? `not a time: ${String(ms)}` : date.toISOString();
}

function fromBase64(salt: Value | undefined): Uint8Array {
  return new Uint8Array(Buffer.from(String(salt), 'base64'));
}
