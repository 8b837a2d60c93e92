/** Reading capsules by id, key and series. @module */
import { DomainError, type CapsuleHeader, type CapsuleRecord } from '@forge-cascade/core/engine';
import type { Connection } from '../connection.js';
import { HEADER, RECORD, toHeader, toRecord } from './capsule-rows.js';

/** How many capsule ids or keys one look-up may name. */
const LOOKUP_LIMIT = 1_000;

const BY_REF = `CALL () {
    MATCH (c:Capsule {id: $ref}) RETURN c
    UNION MATCH (h:Series {id: $ref}) MATCH (c:Capsule {id: h.head_id}) RETURN c
  } MATCH (s:Series {id: c.series_id}) RETURN ${RECORD}`;

const BY_IDS = `UNWIND $ids AS asked MATCH (c:Capsule {id: asked}) MATCH (s:Series {id: c.series_id}) RETURN ${RECORD}`;

const BY_KEYS = `UNWIND $keys AS asked MATCH (s:Series {owner_id: $owner, key: asked})
  MATCH (c:Capsule {id: s.head_id}) RETURN ${RECORD}`;

const VERSIONS = `MATCH (c:Capsule {series_id: $series}) MATCH (s:Series {id: $series})
  RETURN ${HEADER} ORDER BY c.seq DESC`;

export class CapsuleRows {
  constructor(private readonly connection: Connection) {}

  async byRef(ref: string): Promise<CapsuleRecord | null> {
    const [row] = await this.connection.read(BY_REF, { ref });
    return row === undefined ? null : toRecord(row);
  }

  /** In the order asked. */
  async byIds(ids: readonly string[]): Promise<(CapsuleRecord | null)[]> {
    withinLimit(ids);
    const rows = await this.connection.read(BY_IDS, { ids: [...new Set(ids)] });
    const found = new Map(rows.map((row) => [String(row['id']), row]));
    // A row for each place: callers may change what they are given.
    return ids.map((id) => {
      const row = found.get(id);
      return row === undefined ? null : toRecord(row);
    });
  }

  /** Heads of an owner's series, in the order asked. */
  async byKeys(owner: string, keys: readonly string[]): Promise<(CapsuleRecord | null)[]> {
    withinLimit(keys);
    const rows = await this.connection.read(BY_KEYS, { owner, keys: [...new Set(keys)] });
    const found = new Map(rows.map((row) => [String(row['key']), row]));
    return keys.map((key) => {
      const row = found.get(key);
      return row === undefined ? null : toRecord(row);
    });
  }

  async versions(series: string): Promise<CapsuleHeader[]> {
    return (await this.connection.read(VERSIONS, { series })).map(toHeader);
  }
}

function withinLimit(items: readonly string[]): void {
  if (items.length <= LOOKUP_LIMIT) return;
  throw new DomainError(
    'INVALID_INPUT',
    `At most ${LOOKUP_LIMIT} capsules can be looked up at once, not ${items.length}.`,
  );
}
