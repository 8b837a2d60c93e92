/**
 * The lexical index over the stored content: segments from the last run, then whatever the tables have beyond them.
 * @module
 */
import { LexicalIndex, SegmentFormatError } from '@forge-cascade/core/engine';
import type { Database, Statement } from '../driver.js';
import type { SegmentChange } from '../writer/segments.js';

/** Documents in the tail before it is sealed into a segment. */
const TAIL_LIMIT = 4_096;

export class FollowedIndex {
  readonly index = new LexicalIndex();
  readonly #source: Statement;
  #unsaved: { drop: Set<number>; add: Map<number, { first: number; documents: number; bytes: Uint8Array }> } = {
    drop: new Set(),
    add: new Map(),
  };

  constructor(db: Database) {
    this.#source = db.prepare(
      'SELECT c.title, c.tags, t.text FROM capsule c LEFT JOIN content t ON t.seq = c.seq WHERE c.seq = ?',
    );
    for (const row of db.prepare('SELECT first, bytes FROM search_segment ORDER BY first').all()) {
      const first = Number(row['first']);
      try {
        this.index.load(row['bytes'] as Uint8Array);
      } catch (error) {
        // Derived data: what cannot be read is indexed again from the content.
        if (!(error instanceof SegmentFormatError)) throw error;
        this.#unsaved.drop.add(first);
      }
    }
  }

  /** Indexes up to `limit` of the capsules in `seqs` (by ordinal) that are missing; returns how many still are. */
  catchUp(seqs: readonly number[], limit: number): number {
    const end = Math.min(seqs.length, this.index.size + limit);
    while (this.index.size < end) {
      const row = this.#source.get(seqs[this.index.size] as number);
      const tags = JSON.parse(String(row?.['tags'] ?? '[]')) as string[];
      this.index.add({ title: String(row?.['title'] ?? ''), tags: tags.join(' '), body: String(row?.['text'] ?? '') });
    }
    return seqs.length - this.index.size;
  }

  /** Seals and merges when it is time; what must be saved, or null. `everything` seals a short tail too. */
  maintain(everything: boolean): SegmentChange | null {
    if (this.index.tailSize >= TAIL_LIMIT || (everything && this.index.tailSize > 0)) {
      const sealed = this.index.seal();
      if (sealed !== null) this.#add(sealed);
      for (let plan = this.index.mergePlan(); plan !== null; plan = this.index.mergePlan()) {
        const merged = this.index.merge(plan);
        for (const { first } of merged.replaces) {
          this.#unsaved.add.delete(first);
          this.#unsaved.drop.add(first);
        }
        this.#add(merged);
      }
    }
    const { drop, add } = this.#unsaved;
    if (drop.size === 0 && add.size === 0) return null;
    this.#unsaved = { drop: new Set(), add: new Map() };
    return { drop: [...drop], add: [...add.values()] };
  }

  #add({ first, count, bytes }: { readonly first: number; readonly count: number; readonly bytes: Uint8Array }): void {
    this.#unsaved.add.set(first, { first, documents: count, bytes });
  }
}
