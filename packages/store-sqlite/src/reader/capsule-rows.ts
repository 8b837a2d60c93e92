/**
 * From rows to capsules. The pending-trust bound is applied here, so that no reader can forget it.
 * @module
 */
import type {
  CapsuleHeader,
  CapsuleRecord,
  CapsuleType,
  Derivation,
  JsonObject,
  Relation,
} from '@forge-cascade/core/engine';
import type { Row } from '../driver.js';
import type { TrustBounds } from './trust-bounds.js';

/** Columns of a header; joins `series s` and the head's id `h.id`. */
export const HEADER_COLUMNS = `c.seq, c.series, c.head, c.trust, c.chain_trust, c.tainted, c.warned, c.retracted, c.trust_before,
  c.created_at, c.updated_at, c.id, c.version, c.type, c.owner_id, c.position, c.valid_from, c.valid_to, c.collection,
  c.title, c.summary, c.tags, s.id AS series_id, s.key, s.archived, h.id AS head_id, pc.id AS parent_id`;

export const HEADER_TABLES = `capsule c JOIN series s ON s.series = c.series JOIN capsule h ON h.seq = s.head
  LEFT JOIN edge pe ON pe.child = c.seq AND pe.ord = 0 LEFT JOIN capsule pc ON pc.seq = pe.parent`;

export function toHeader(row: Row, bounds: TrustBounds): CapsuleHeader {
  const seq = Number(row['seq']);
  const { chainTrust, tainted } = bounds.apply(seq, Number(row['chain_trust']), row['tainted'] === 1);
  return {
    seq,
    id: String(row['id']),
    seriesId: String(row['series_id']),
    headId: String(row['head_id']),
    isHead: row['head'] === 1,
    version: String(row['version']),
    key: text(row['key']),
    ownerId: String(row['owner_id']),
    parentId: text(row['parent_id']),
    type: String(row['type']) as CapsuleType,
    title: text(row['title']),
    summary: String(row['summary']),
    tags: JSON.parse(String(row['tags'])) as string[],
    collection: text(row['collection']),
    position: number(row['position']),
    validFrom: text(row['valid_from']),
    validTo: text(row['valid_to']),
    trust: Number(row['trust']),
    chainTrust,
    tainted,
    warned: row['warned'] === 1,
    retracted: row['retracted'] === 1,
    archived: row['archived'] === 1,
    createdAt: instant(row['created_at']),
    updatedAt: instant(row['updated_at']),
  };
}

export function toRecord(
  row: Row,
  rest: { readonly content: string; readonly derivedFrom: readonly Derivation[]; readonly revision: number },
  bounds: TrustBounds,
): CapsuleRecord {
  return {
    ...toHeader(row, bounds),
    metadata: JSON.parse(String(row['metadata'])) as JsonObject,
    trustBefore: number(row['trust_before']),
    ...rest,
  };
}

export function toDerivation(row: Row): Derivation {
  return { id: String(row['id']), relation: String(row['relation']) as Relation, reason: text(row['reason']) };
}

export function instant(value: unknown): string {
  return new Date(Number(value)).toISOString();
}

export function text(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

function number(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}
