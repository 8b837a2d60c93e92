/**
 * What a capsule is. One record is one *version*: it is immutable but for its standing (trust, taint, head, archive).
 * @module
 */
import type { JsonObject } from '../ledger/json.js';
import type { Relation } from '../lineage/relation.js';
import type { OwnStanding, Standing } from '../trust/standing.js';

export const CAPSULE_TYPES = ['knowledge', 'code', 'decision', 'insight', 'config'] as const;

export type CapsuleType = (typeof CAPSULE_TYPES)[number];

/** One edge of the lineage, from a capsule to what it derives from. */
export interface Derivation {
  readonly id: string;
  readonly relation: Relation;
  readonly reason: string | null;
}

/** What its author wrote. */
export interface CapsuleBody {
  readonly type: CapsuleType;
  readonly title: string | null;
  readonly content: string;
  readonly tags: readonly string[];
  readonly metadata: JsonObject;
  /** Slash-separated path. */
  readonly collection: string | null;
  /** Place within the collection; null exactly when the capsule has none. */
  readonly position: number | null;
  /** RFC 3339; when the content holds true in the world. */
  readonly validFrom: string | null;
  readonly validTo: string | null;
}

/** A stored version without its content, cheap to list. */
export interface CapsuleHeader extends Omit<CapsuleBody, 'content' | 'metadata'>, OwnStanding, Standing {
  /** Ledger position of the event that made it; also its place in the order of all capsules. */
  readonly seq: number;
  readonly id: string;
  readonly seriesId: string;
  readonly headId: string;
  readonly isHead: boolean;
  /** SemVer. */
  readonly version: string;
  /** Names the series for its owner. */
  readonly key: string | null;
  readonly ownerId: string;
  /** The primary parent: the first derivation. */
  readonly parentId: string | null;
  readonly summary: string;
  readonly archived: boolean;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A stored version in full. */
export interface CapsuleRecord extends CapsuleHeader {
  readonly content: string;
  readonly metadata: JsonObject;
  readonly derivedFrom: readonly Derivation[];
  /** The trust it had before it was quarantined; null when it is not. */
  readonly trustBefore: number | null;
  /** Ledger position of the newest event of its series: what a commit expects. */
  readonly revision: number;
}
