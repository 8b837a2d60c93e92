/**
 * Keeping vectors. Derived data: nothing here is an event, and everything can be made again from the contents.
 * @module
 */
import { checkDimensions, unknownModel, VectorIndex } from '@forge-cascade/core/engine';
import type { Database, Statement } from '../driver.js';
import { decodeVectors, type VectorMessage } from '../vector-message.js';

/** Rows of dropped models deleted at once: each is overwritten, so that a slice takes some milliseconds. */
const PRUNE_SLICE = 256;

/** Vectors of a range of documents, rounded and encoded as the search thread keeps them. */
export interface VectorSegments {
  /** The model's number. */
  readonly model: number;
  readonly drop: readonly number[];
  readonly add: readonly { readonly first: number; readonly documents: number; readonly bytes: Uint8Array }[];
}

/** Capsules whose vectors the search thread found damaged or gone. */
export interface LostVectors {
  /** The model's number. */
  readonly model: number;
  /** Their places in the ledger. */
  readonly capsules: readonly number[];
}

export class VectorWriter {
  readonly #model: Statement;
  readonly #kept: Statement;
  readonly #begin: Statement;
  readonly #insert: Statement;
  readonly #advance: Statement;
  readonly #lose: Statement;
  readonly #refill: Statement;
  readonly #forgetCapsule: Statement;
  readonly #recount: Statement;
  readonly #serve: Statement;
  readonly #dropOthers: Statement;
  readonly #dropped: Statement;
  readonly #prune: Statement;
  readonly #pruneSegments: Statement;
  readonly #pruneLosses: Statement;
  readonly #forget: Statement;
  readonly #addSegment: Statement;
  readonly #dropSegment: Statement;
  readonly #dropSegmentOf: Statement;

  constructor(db: Database) {
    this.#model = db.prepare('SELECT n, dimensions, up_to, refills FROM vector_model WHERE name = ? AND dropped = 0');
    this.#kept = db.prepare('SELECT 1 FROM vector_model WHERE n = ? AND dropped = 0');
    this.#begin = db.prepare('INSERT INTO vector_model(name, dimensions) VALUES (?, ?)');
    // A damaged row may stand where a new one belongs.
    this.#insert = db.prepare(
      'INSERT OR REPLACE INTO vector(model, capsule, passage, start_at, end_at, bytes) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#advance = db.prepare('UPDATE vector_model SET up_to = ?, refills = ?, passages = passages + ? WHERE n = ?');
    // One that was made anew may be lost again.
    this.#lose = db.prepare('INSERT OR REPLACE INTO vector_loss(model, capsule, refill) VALUES (?, ?, NULL)');
    this.#refill = db.prepare('UPDATE vector_loss SET refill = ? WHERE model = ? AND capsule = ? AND refill IS NULL');
    this.#forgetCapsule = db.prepare('DELETE FROM vector WHERE model = ? AND capsule = ?');
    this.#recount = db.prepare(
      'UPDATE vector_model SET passages = (SELECT count(*) FROM vector WHERE model = n) WHERE n = ?',
    );
    this.#serve = db.prepare('UPDATE vector_model SET serving = (n = ?) WHERE dropped = 0');
    this.#dropOthers = db.prepare('UPDATE vector_model SET dropped = 1, serving = 0 WHERE n <> ?');
    this.#dropped = db.prepare('SELECT n FROM vector_model WHERE dropped = 1 LIMIT 1');
    this.#prune = db.prepare('DELETE FROM vector WHERE id IN (SELECT id FROM vector WHERE model = ? LIMIT ?)');
    this.#pruneSegments = db.prepare('DELETE FROM vector_segment WHERE model = ?');
    this.#pruneLosses = db.prepare('DELETE FROM vector_loss WHERE model = ?');
    this.#forget = db.prepare('DELETE FROM vector_model WHERE n = ?');
    this.#addSegment = db.prepare(
      'INSERT OR REPLACE INTO vector_segment(model, first, documents, bytes) VALUES (?, ?, ?, ?)',
    );
    this.#dropSegment = db.prepare('DELETE FROM vector_segment WHERE model = ? AND first = ?');
    this.#dropSegmentOf = db.prepare(
      `DELETE FROM vector_segment WHERE model = ?
        AND (SELECT count(*) FROM capsule WHERE seq < ?) BETWEEN first AND first + documents - 1`,
    );
  }

  begin(model: string, dimensions: number): void {
    const kept = this.#model.get(model);
    if (kept !== undefined) return checkDimensions(model, Number(kept['dimensions']), dimensions);
    // Refuses what no index could hold.
    new VectorIndex(dimensions);
    this.#begin.run(model, dimensions);
  }

  put(message: VectorMessage): void {
    const { n, upTo, refills } = this.#known(message.model);
    let [last, refill, passages] = [upTo, refills, 0];
    for (const { seq, rows } of decodeVectors(message)) {
      if (seq > last) last = seq;
      else if (seq <= upTo && this.#refills(n, seq, refill + 1)) refill++;
      else continue;
      for (const { passage, start, end, bytes } of rows) this.#insert.run(n, seq, passage, start, end, bytes);
      passages += rows.length;
    }
    this.#advance.run(last, refill, passages, n);
  }

  /** Makes the capsules missing again. Nothing of a model that was dropped meanwhile. */
  lose({ model, capsules }: LostVectors): void {
    if (this.#kept.get(model) === undefined) return;
    for (const seq of capsules) {
      this.#lose.run(model, seq);
      this.#forgetCapsule.run(model, seq);
    }
    this.#recount.run(model);
  }

  serve(model: string | null): void {
    const n = model === null ? 0 : this.#known(model).n;
    this.#serve.run(n);
    this.#dropOthers.run(n);
  }

  /** Deletes some of what dropped models have left; true while there is more. */
  prune(): boolean {
    const dropped = this.#dropped.get();
    if (dropped === undefined) return false;
    const n = Number(dropped['n']);
    if (Number(this.#prune.run(n, PRUNE_SLICE).changes) < PRUNE_SLICE) {
      this.#pruneSegments.run(n);
      this.#pruneLosses.run(n);
      this.#forget.run(n);
    }
    return true;
  }

  /** Saves nothing of a model that was dropped meanwhile: nobody would read it or clear it away. */
  saveSegments({ model, drop, add }: VectorSegments): void {
    if (this.#kept.get(model) === undefined) return;
    for (const first of drop) this.#dropSegment.run(model, first);
    for (const { first, documents, bytes } of add) this.#addSegment.run(model, first, documents, bytes);
  }

  /** Whether the vectors of a capsule were lost and are made good now; rounded ones of what was lost go. */
  #refills(n: number, seq: number, refill: number): boolean {
    if (Number(this.#refill.run(refill, n, seq).changes) === 0) return false;
    this.#forgetCapsule.run(n, seq);
    this.#dropSegmentOf.run(n, seq);
    return true;
  }

  #known(model: string): { readonly n: number; readonly upTo: number; readonly refills: number } {
    const row = this.#model.get(model);
    if (row === undefined) throw unknownModel(model);
    return { n: Number(row['n']), upTo: Number(row['up_to']), refills: Number(row['refills']) };
  }
}
