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

export class VectorWriter {
  readonly #model: Statement;
  readonly #begin: Statement;
  readonly #insert: Statement;
  readonly #advance: Statement;
  readonly #serve: Statement;
  readonly #dropOthers: Statement;
  readonly #dropped: Statement;
  readonly #prune: Statement;
  readonly #pruneSegments: Statement;
  readonly #forget: Statement;
  readonly #addSegment: Statement;
  readonly #dropSegment: Statement;

  constructor(db: Database) {
    this.#model = db.prepare('SELECT n, dimensions, up_to FROM vector_model WHERE name = ? AND dropped = 0');
    this.#begin = db.prepare('INSERT INTO vector_model(name, dimensions) VALUES (?, ?)');
    this.#insert = db.prepare(
      'INSERT INTO vector(model, capsule, passage, start_at, end_at, bytes) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#advance = db.prepare('UPDATE vector_model SET up_to = ? WHERE n = ?');
    this.#serve = db.prepare('UPDATE vector_model SET serving = (n = ?) WHERE dropped = 0');
    this.#dropOthers = db.prepare('UPDATE vector_model SET dropped = 1, serving = 0 WHERE n <> ?');
    this.#dropped = db.prepare('SELECT n FROM vector_model WHERE dropped = 1 LIMIT 1');
    this.#prune = db.prepare('DELETE FROM vector WHERE id IN (SELECT id FROM vector WHERE model = ? LIMIT ?)');
    this.#pruneSegments = db.prepare('DELETE FROM vector_segment WHERE model = ?');
    this.#forget = db.prepare('DELETE FROM vector_model WHERE n = ?');
    this.#addSegment = db.prepare(
      'INSERT OR REPLACE INTO vector_segment(model, first, documents, bytes) VALUES (?, ?, ?, ?)',
    );
    this.#dropSegment = db.prepare('DELETE FROM vector_segment WHERE model = ? AND first = ?');
  }

  begin(model: string, dimensions: number): void {
    const kept = this.#model.get(model);
    if (kept !== undefined) return checkDimensions(model, Number(kept['dimensions']), dimensions);
    // Refuses what no index could hold.
    new VectorIndex(dimensions);
    this.#begin.run(model, dimensions);
  }

  put(message: VectorMessage): void {
    const { n, upTo } = this.#known(message.model);
    let last = upTo;
    for (const { seq, rows } of decodeVectors(message)) {
      if (seq <= last) continue;
      for (const { passage, start, end, bytes } of rows) this.#insert.run(n, seq, passage, start, end, bytes);
      last = seq;
    }
    if (last > upTo) this.#advance.run(last, n);
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
      this.#forget.run(n);
    }
    return true;
  }

  saveSegments({ model, drop, add }: VectorSegments): void {
    for (const first of drop) this.#dropSegment.run(model, first);
    for (const { first, documents, bytes } of add) this.#addSegment.run(model, first, documents, bytes);
  }

  #known(model: string): { readonly n: number; readonly upTo: number } {
    const row = this.#model.get(model);
    if (row === undefined) throw unknownModel(model);
    return { n: Number(row['n']), upTo: Number(row['up_to']) };
  }
}
