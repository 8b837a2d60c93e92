/** Reading overlays. @module */
import {
  assertHops,
  assertLimit,
  decodeCursor,
  encodeCursor,
  reachedOverlays,
  type JsonValue,
  type LedgerEntry,
  type OverlayActivity,
  type OverlayRecord,
  type OverlayRecording,
  type OverlayStanding,
  type Page,
  type ReachedOverlay,
  type Triggers,
} from '@forge-cascade/core/engine';
import type { Database, Row, Statement } from '../driver.js';
import type { LedgerRows } from './read-ledger.js';

const RECORD = `SELECT standing, activity, (SELECT max(seq) FROM ledger WHERE stream = o.id) AS revision FROM overlay o`;

export class OverlayRows {
  readonly #all: Statement;
  readonly #one: Statement;
  readonly #receipts: Statement;
  readonly #value: Statement;
  readonly #values: Statement;
  readonly #triggered: Statement;
  readonly #recordings: Statement;

  constructor(
    db: Database,
    private readonly ledger: LedgerRows,
  ) {
    this.#all = db.prepare(`${RECORD} ORDER BY id`);
    this.#one = db.prepare(`${RECORD} WHERE id = ?`);
    this.#receipts = db.prepare(
      'SELECT seq FROM overlay_receipt WHERE overlay = ? AND seq < ? ORDER BY seq DESC LIMIT ?',
    );
    this.#value = db.prepare('SELECT value FROM overlay_value WHERE overlay = ? AND key = ?');
    this.#values = db.prepare('SELECT count(*) AS n FROM overlay_value WHERE overlay = ?');
    this.#triggered = db.prepare('SELECT target FROM overlay_trigger WHERE source = ? ORDER BY target');
    this.#recordings = db.prepare(
      `SELECT receipt, overlay, instance, ordinal, text FROM overlay_recording
         WHERE instance = ? AND ordinal <= ? ORDER BY ordinal`,
    );
  }

  all(): OverlayRecord[] {
    return this.#all.all().map(toRecord);
  }

  one(id: string): OverlayRecord | null {
    const row = this.#one.get(id);
    return row === undefined ? null : toRecord(row);
  }

  receipts(id: string, limit: number, cursor: string | null): Page<LedgerEntry> {
    assertLimit(limit, 500);
    const before =
      cursor === null
        ? Number.MAX_SAFE_INTEGER
        : Number(decodeCursor('receipts', cursor, ['number'], { overlay: id })[0]);
    const seqs = this.#receipts.all(id, before, limit + 1).map(({ seq }) => Number(seq));
    const page = seqs.slice(0, limit);
    const last = page.at(-1);
    return {
      items: this.ledger.entriesAt(page),
      nextCursor: seqs.length > limit && last !== undefined ? encodeCursor('receipts', [last], { overlay: id }) : null,
    };
  }

  value(id: string, key: string): JsonValue {
    const value = this.#value.get(id, key)?.['value'];
    return value === undefined ? null : (JSON.parse(String(value)) as JsonValue);
  }

  valueCount(id: string): number {
    return Number(this.#values.get(id)?.['n'] ?? 0);
  }

  reach(id: string, hops: number): ReachedOverlay[] {
    assertHops(hops);
    const triggers: Triggers = {
      from: (source) => this.#triggered.all(source).map(({ target }) => String(target)),
      standing: (reached) => this.one(reached),
    };
    return reachedOverlays(triggers, id, hops);
  }

  recordings(instance: string, upTo: number): OverlayRecording[] {
    return this.#recordings.all(instance, upTo).map((row) => ({
      receiptId: String(row['receipt']),
      overlayId: String(row['overlay']),
      instance: String(row['instance']),
      ordinal: Number(row['ordinal']),
      text: String(row['text']),
    }));
  }
}

function toRecord(row: Row): OverlayRecord {
  return {
    ...(JSON.parse(String(row['standing'])) as OverlayStanding),
    activity: JSON.parse(String(row['activity'])) as OverlayActivity,
    revision: Number(row['revision']),
  };
}
