/** How much a store holds, and how it stands. @module */
import type { Sealing } from '@forge-cascade/core/engine';
import type { Database, Statement } from '../driver.js';
import { text } from './capsule-rows.js';

export interface StoreCounts {
  readonly origin: string;
  readonly ownerId: string;
  readonly sealed: Sealing | null;
  readonly maintenance: boolean;
  readonly ledgerSize: number;
  readonly capsules: number;
  readonly heads: number;
  /** Trust changes that are still spreading. */
  readonly trustPropagations: number;
}

/** A table whose rows only come, in the order of their keys. */
class GrowingTable {
  readonly #newer: Statement;
  #rows = 0;
  #newest = 0;

  constructor(db: Database, table: 'capsule' | 'series', key: 'seq' | 'series') {
    this.#newer = db.prepare(`SELECT count(*) AS n, max(${key}) AS newest FROM ${table} WHERE ${key} > ?`);
  }

  count(): number {
    const row = this.#newer.get(this.#newest);
    this.#rows += Number(row?.['n'] ?? 0);
    this.#newest = Math.max(this.#newest, Number(row?.['newest'] ?? 0));
    return this.#rows;
  }
}

export class CountRows {
  readonly #standing: Statement;
  /** Counted on from what was counted before: every question asks how much is known. */
  readonly #capsules: GrowingTable;
  readonly #heads: GrowingTable;

  constructor(db: Database) {
    this.#standing = db.prepare(
      `SELECT (SELECT max(seq) FROM ledger) AS size, (SELECT count(*) FROM trust_pending) AS pending,
              (SELECT value FROM meta WHERE key = 'origin') AS origin,
              (SELECT value FROM meta WHERE key = 'owner_id') AS owner_id,
              (SELECT value FROM meta WHERE key = 'sealed') AS sealed,
              (SELECT value FROM meta WHERE key = 'maintenance') AS maintenance`,
    );
    this.#capsules = new GrowingTable(db, 'capsule', 'seq');
    this.#heads = new GrowingTable(db, 'series', 'series');
  }

  read(): StoreCounts {
    const row = this.#standing.get();
    const sealed = text(row?.['sealed']);
    return {
      origin: text(row?.['origin']) ?? '',
      ownerId: text(row?.['owner_id']) ?? '',
      sealed: sealed === null ? null : (JSON.parse(sealed) as Sealing),
      maintenance: row?.['maintenance'] === '1',
      ledgerSize: Number(row?.['size'] ?? 0),
      capsules: this.#capsules.count(),
      heads: this.#heads.count(),
      trustPropagations: Number(row?.['pending'] ?? 0),
    };
  }
}
