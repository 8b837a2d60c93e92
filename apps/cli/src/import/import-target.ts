/**
 * The memory as the importer sees it.
 * @module
 */
import type { ImportItem } from './import-item.js';
import type { SeriesOrigin } from './section-marks.js';

/** A series the memory already holds. */
export interface StoredSeries {
  readonly seriesId: string;
  readonly key: string;
  readonly title: string | null;
  readonly archived: boolean;
}

export interface WrittenItem {
  readonly id: string;
  readonly seriesId: string;
  readonly result: 'created' | 'versioned' | 'unchanged';
  /** True for what is still archived after writing: nothing about it changed. */
  readonly archived: boolean;
}

/** A batch that was refused because of some of its items; nothing of it was written. */
export class BatchRefused extends Error {
  override readonly name = 'BatchRefused';
  constructor(
    message: string,
    /** Which items, when the refusal names them; empty when any could be to blame. */
    readonly indexes: readonly number[],
  ) {
    super(message);
  }
}

export interface ImportTarget {
  /** Keyed series in a collection and below it, archived ones included. */
  existing(collection: string): Promise<readonly StoredSeries[]>;
  /**
   * 1–500 items, all or nothing, answered in the order given.
   * @throws BatchRefused when items are at fault; any other error ends the import.
   */
  write(items: readonly ImportItem[]): Promise<readonly WrittenItem[]>;
  origin(seriesId: string): Promise<SeriesOrigin>;
  /** The series that the importer's own key names, with the reason it was archived for; null when it is not archived. */
  archived(key: string): Promise<{ readonly seriesId: string; readonly reason: string | null } | null>;
  archive(seriesId: string, reason: string): Promise<void>;
  unarchive(seriesId: string, reason: string): Promise<void>;
}
