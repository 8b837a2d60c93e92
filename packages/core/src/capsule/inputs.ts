/**
 * What callers hand to the capsule use cases. The wire schema checks shapes; the use cases check meaning.
 * @module
 */
import type { JsonObject } from '../ledger/json.js';
import type { Relation } from '../lineage/relation.js';
import type { CapsuleRecord, CapsuleType } from './capsule.js';

export interface DerivationInput {
  /** A version id, or a series id for its head of now. */
  readonly id: string;
  readonly relation: Relation;
  readonly reason?: string | null;
}

/** What to do when the owner's key already names a series. */
export type IfExists = 'return' | 'version' | 'fail';

export interface CreateCapsuleInput {
  readonly title?: string | null;
  readonly content: string;
  readonly type: CapsuleType;
  readonly key?: string | null;
  /** Absent: identical content returns the head, different content is KEY_TAKEN. */
  readonly ifExists?: IfExists;
  readonly tags?: readonly string[];
  readonly metadata?: JsonObject;
  readonly collection?: string | null;
  readonly position?: number | null;
  readonly derivedFrom?: readonly DerivationInput[];
  readonly validFrom?: string | null;
  readonly validTo?: string | null;
}

/** Absent fields keep the head's value. */
export interface UpdateCapsuleInput {
  readonly title?: string | null;
  readonly content?: string;
  readonly type?: CapsuleType;
  readonly tags?: readonly string[];
  readonly metadata?: JsonObject;
  readonly collection?: string | null;
  readonly position?: number | null;
  readonly validFrom?: string | null;
  readonly validTo?: string | null;
  /** Further parents beside the superseded head. */
  readonly derivedFrom?: readonly DerivationInput[];
  /** Which part of the version moves; `minor` when absent. */
  readonly bump?: 'major' | 'minor' | 'patch';
  readonly reason?: string | null;
  /** `correction` mends a bad head without inheriting its trust; needs a reviewer. `version` when absent. */
  readonly relation?: 'version' | 'correction';
}

export type ForkCapsuleInput = Omit<UpdateCapsuleInput, 'bump' | 'relation'> & { readonly key?: string | null };

/** What became of one write. */
export interface WriteOutcome {
  readonly capsule: CapsuleRecord;
  readonly result: 'created' | 'versioned' | 'unchanged';
}
