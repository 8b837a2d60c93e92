/** Reading capsules by id, key and series. @module */
import type { CapsuleHeader, CapsuleRecord, JsonObject } from '@forge-cascade/core/engine';
import type { Database, Row, Statement } from '../driver.js';
import { HEADER_COLUMNS, HEADER_TABLES, toDerivation, toHeader, toRecord } from './capsule-rows.js';
import type { TrustBounds } from './trust-bounds.js';

export class CapsuleRows {
  readonly #byId: Statement;
  readonly #bySeriesId: Statement;
  readonly #byKey: Statement;
  readonly #metadata: Statement;
  readonly #content: Statement;
  readonly #derivations: Statement;
  readonly #revision: Statement;
  readonly #versions: Statement;
  readonly #bySeq: Statement;
  readonly #seqOf: Statement;

  constructor(
    db: Database,
    private readonly bounds: TrustBounds,
  ) {
    const record = `SELECT ${HEADER_COLUMNS}, c.metadata FROM ${HEADER_TABLES}`;
    this.#byId = db.prepare(`${record} WHERE c.id = ?`);
    this.#bySeriesId = db.prepare(`${record} WHERE c.seq = (SELECT head FROM series WHERE id = ?)`);
    this.#byKey = db.prepare(`${record} WHERE c.seq = (SELECT head FROM series WHERE owner_id = ? AND key = ?)`);
    this.#bySeq = db.prepare(`${record} WHERE c.seq = ?`);
    this.#seqOf = db.prepare('SELECT seq FROM capsule WHERE id = ?');
    this.#metadata = db.prepare('SELECT metadata FROM capsule WHERE seq = ?');
    this.#content = db.prepare('SELECT text FROM content WHERE seq = ?');
    this.#derivations = db.prepare(
      'SELECT p.id, e.relation, e.reason FROM edge e JOIN capsule p ON p.seq = e.parent WHERE e.child = ? ORDER BY e.ord',
    );
    this.#revision = db.prepare('SELECT max(seq) AS seq FROM ledger WHERE stream = ?');
    this.#versions = db.prepare(
      `SELECT ${HEADER_COLUMNS} FROM ${HEADER_TABLES} WHERE c.series = (SELECT series FROM series WHERE id = ?) ORDER BY c.seq DESC`,
    );
  }

  byRef(ref: string): CapsuleRecord | null {
    return this.#record(this.#byId.get(ref) ?? this.#bySeriesId.get(ref));
  }

  byId(id: string): CapsuleRecord | null {
    return this.#record(this.#byId.get(id));
  }

  byKey(ownerId: string, key: string): CapsuleRecord | null {
    return this.#record(this.#byKey.get(ownerId, key));
  }

  bySeq(seq: number): CapsuleRecord | null {
    return this.#record(this.#bySeq.get(seq));
  }

  headerBySeq(seq: number): CapsuleHeader | null {
    const row = this.#bySeq.get(seq);
    return row === undefined ? null : toHeader(row, this.bounds);
  }

  /** A version's place in the ledger; null when the id is unknown. */
  seqOf(id: string): number | null {
    const row = this.#seqOf.get(id);
    return row === undefined ? null : Number(row['seq']);
  }

  versions(seriesId: string): CapsuleHeader[] {
    return this.#versions.all(seriesId).map((row) => toHeader(row, this.bounds));
  }

  metadata(seq: number): JsonObject {
    return JSON.parse(String(this.#metadata.get(seq)?.['metadata'] ?? '{}')) as JsonObject;
  }

  content(seq: number): string {
    return String(this.#content.get(seq)?.['text'] ?? '');
  }

  #record(row: Row | undefined): CapsuleRecord | null {
    if (row === undefined) return null;
    const seq = Number(row['seq']);
    const derivedFrom = row['parent_id'] === null ? [] : this.#derivations.all(seq).map(toDerivation);
    const revision = Number(this.#revision.get(String(row['series_id']))?.['seq'] ?? 0);
    return toRecord(row, { content: this.content(seq), derivedFrom, revision }, this.bounds);
  }
}
