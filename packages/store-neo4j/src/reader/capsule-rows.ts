/** From rows to capsules. @module */
import type {
  CapsuleHeader,
  CapsuleRecord,
  CapsuleType,
  Derivation,
  JsonObject,
  Relation,
} from '@forge-cascade/core/engine';
import { instant, number, text, type Row, type Value } from '../values.js';

/** Columns of a header, of a capsule `c` with its series `s`. */
export const HEADER = `c.seq AS seq, c.id AS id, c.series_id AS series_id, s.head_id AS head_id, c.version AS version,
  s.key AS key, c.owner_id AS owner_id, c.parent_id AS parent_id, c.type AS type, c.title AS title, c.summary AS summary,
  c.tags AS tags, c.collection AS collection, c.position AS position, c.valid_from AS valid_from, c.valid_to AS valid_to,
  c.trust_level AS trust, c.chain_trust AS chain_trust, c.tainted AS tainted, c.warned AS warned,
  c.retracted AS retracted, s.archived AS archived, c.created_at.epochMillis AS created_at,
  c.updated_at.epochMillis AS updated_at`;

/** What a record has beyond a header. */
export const RECORD = `${HEADER}, c.content AS content, c.metadata AS metadata, c.trust_before AS trust_before,
  COLLECT { MATCH (t:Stream {id: c.series_id}) RETURN t.revision }[0] AS revision,
  COLLECT { MATCH (c)-[e:DERIVED_FROM]->(p:Capsule) WITH e, p ORDER BY e.ord RETURN [p.id, e.relation, e.reason] } AS derived`;

export function toHeader(row: Row): CapsuleHeader {
  return {
    seq: Number(row['seq']),
    id: String(row['id']),
    seriesId: String(row['series_id']),
    headId: String(row['head_id']),
    isHead: row['head_id'] === row['id'],
    version: String(row['version']),
    key: text(row['key']),
    ownerId: String(row['owner_id']),
    parentId: text(row['parent_id']),
    type: String(row['type']) as CapsuleType,
    title: text(row['title']),
    summary: String(row['summary']),
    tags: [...((row['tags'] ?? []) as readonly string[])],
    collection: text(row['collection']),
    position: number(row['position']),
    validFrom: text(row['valid_from']),
    validTo: text(row['valid_to']),
    trust: Number(row['trust']),
    chainTrust: Number(row['chain_trust']),
    tainted: row['tainted'] === true,
    warned: row['warned'] === true,
    retracted: row['retracted'] === true,
    archived: row['archived'] === true,
    createdAt: instant(row['created_at']),
    updatedAt: instant(row['updated_at']),
  };
}

export function toRecord(row: Row): CapsuleRecord {
  return {
    ...toHeader(row),
    content: String(row['content'] ?? ''),
    metadata: JSON.parse(String(row['metadata'] ?? '{}')) as JsonObject,
    trustBefore: number(row['trust_before']),
    derivedFrom: ((row['derived'] ?? []) as readonly (readonly Value[])[]).map(toDerivation),
    revision: Number(row['revision'] ?? 0),
  };
}

function toDerivation([id, relation, reason]: readonly Value[]): Derivation {
  return { id: String(id), relation: String(relation) as Relation, reason: text(reason) };
}
