/** Storing the search worker's index segments. Derived data: losing them costs a rebuild, nothing else. @module */
import type { Database } from '../driver.js';

export interface SegmentChange {
  /** First ordinals of the segments that the new ones replace. */
  readonly drop: readonly number[];
  readonly add: readonly { readonly first: number; readonly documents: number; readonly bytes: Uint8Array }[];
}

export function saveSegments(db: Database, change: SegmentChange): void {
  const drop = db.prepare('DELETE FROM search_segment WHERE first = ?');
  const add = db.prepare('INSERT OR REPLACE INTO search_segment(first, documents, bytes) VALUES (?, ?, ?)');
  for (const first of change.drop) drop.run(first);
  for (const { first, documents, bytes } of change.add) add.run(first, documents, bytes);
}
