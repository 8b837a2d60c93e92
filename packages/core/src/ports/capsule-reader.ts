/**
 * Reading capsules. Every method sees all commits acknowledged before it was called.
 * @module
 */
import type { CapsuleHeader, CapsuleRecord, CapsuleType } from '../capsule/capsule.js';

/** What a reader asks to see; every field narrows. Standing (trust, taint) is always today's. */
export interface CapsuleFilter {
  /** Least chain trust. */
  readonly minTrust?: number;
  readonly types?: readonly CapsuleType[];
  /** All of these. */
  readonly tags?: readonly string[];
  readonly ownerId?: string;
  /** This collection and those below it, by path segment. */
  readonly collection?: string;
  /** RFC 3339: the versions that were heads then. */
  readonly asOf?: string;
  /** RFC 3339: capsules whose validity covers this moment; open ends cover everything. */
  readonly validAt?: string;
  /** RFC 3339, inclusive / exclusive. */
  readonly createdFrom?: string;
  readonly createdTo?: string;
  readonly includeRetracted?: boolean;
  readonly includeArchived?: boolean;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export interface CapsuleReader {
  /** By version id, or the head by series id. */
  capsule(ref: string): Promise<CapsuleRecord | null>;
  /** By version id; in the order asked, null where unknown. At most 1,000. */
  capsules(ids: readonly string[]): Promise<readonly (CapsuleRecord | null)[]>;
  /** Heads of the series an owner has named; in the order asked, null where unknown. At most 1,000. */
  byKeys(ownerId: string, keys: readonly string[]): Promise<readonly (CapsuleRecord | null)[]>;
  /** All versions of a series, newest first. */
  versions(seriesId: string): Promise<readonly CapsuleHeader[]>;
  /** Newest first; the cursor is stable while writes go on. `limit` 1–500. */
  list(filter: CapsuleFilter, limit: number, cursor: string | null): Promise<Page<CapsuleHeader>>;
}
