/**
 * What `verify` reads: the rows of a store as they are, without any engine's own reading of them in between. All calls
 * of one verification must see one snapshot.
 * @module
 */
import type { CapsuleBody } from '../capsule/capsule.js';
import type { JsonValue } from '../ledger/json.js';
import type { Relation } from '../lineage/relation.js';
import type { OverlayActivity, OverlayStanding } from '../overlay/overlay-record.js';
import type { OwnStanding, Standing } from '../trust/standing.js';
import type { Claim } from '../ports/commit-port.js';
import type { KeptEntry } from '../ports/replica.js';

export interface VerifyEntry extends KeptEntry {
  readonly stream: string;
  readonly leafHash: Uint8Array;
}

/** A stored version. */
export interface VerifyCapsule extends CapsuleBody, OwnStanding, Standing {
  readonly seq: number;
  readonly id: string;
  readonly seriesId: string;
  readonly isHead: boolean;
  readonly version: string;
  readonly ownerId: string;
  readonly summary: string;
  readonly trustBefore: number | null;
  /** Ledger position of the version that replaced it. */
  readonly recordedTo: number | null;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A stored edge; capsules by their `seq`. */
export interface VerifyEdge {
  readonly child: number;
  /** Place among the child's edges, from 0. */
  readonly ordinal: number;
  readonly parent: number;
  readonly relation: Relation;
  readonly reason: string | null;
  readonly changes: readonly string[];
}

export interface VerifySeries {
  readonly id: string;
  readonly ownerId: string;
  readonly key: string | null;
  /** `seq` of the newest version. */
  readonly head: number;
  readonly archived: boolean;
}

export interface VerifyArchiveSpan {
  readonly seriesId: string;
  readonly from: number;
  readonly to: number | null;
}

/** The root of a full tile; `level` from 1. */
export interface VerifyTile {
  readonly level: number;
  readonly index: number;
  readonly hash: Uint8Array;
}

/** What is kept of the tree beside the checkpoint's note. */
export interface VerifyTreeEnd {
  readonly size: number;
  /** The hashes of the tree's growing edge, one behind the other. */
  readonly frontier: Uint8Array;
}

/** A trust change on its way: what rests on `root` may not show it yet. */
export interface VerifyPendingTrust {
  /** `seq` of the capsule that changed. */
  readonly root: number;
  /** `seq` of the event that changed it. */
  readonly event: number;
}

/** A stored overlay, with what is kept beside it. What cannot be read is null. */
export interface VerifyOverlay {
  readonly id: string;
  readonly standing: OverlayStanding | null;
  readonly activity: OverlayActivity | null;
  /** By key. */
  readonly values: Readonly<Record<string, JsonValue>>;
  /** Ids of the overlays that it has triggered, sorted. */
  readonly triggered: readonly string[];
  /** Ledger positions of its receipts, ascending. */
  readonly receipts: readonly number[];
}

/** What is kept at hand of the store itself. */
export interface VerifyFacts {
  readonly origin: string | null;
  readonly ownerId: string | null;
  /** What the seal says; null while the store is open. */
  readonly sealed: JsonValue;
  readonly maintenance: boolean;
  /** The name under which a ledger that has not arrived whole will go on. */
  readonly receiving: string | null;
}

/** A row beside the state that does not fit what it was made from. */
export interface VerifyMisfit {
  /** `derived-changed` unless it shows what the entries say, for readers other than the engine, or is no row but what holds rows. */
  readonly kind?: 'derived-changed' | 'graph-changed' | 'schema-changed';
  /** A sentence that says what is wrong with it, without its values. */
  readonly what: string;
  readonly seq?: number;
  readonly id?: string;
}

type Rows<T> = Iterable<T> | AsyncIterable<T>;

export interface VerifySource {
  /** Up to `limit` rows with `seq >= fromSeq`, ascending; none once there are no more. */
  entries(fromSeq: number, limit: number): readonly VerifyEntry[] | Promise<readonly VerifyEntry[]>;
  /** The stored note; null when there is none. */
  checkpoint(): string | null | Promise<string | null>;
  /** Null when there is no checkpoint; absent when the engine keeps nothing beside its note. */
  treeEnd?(): VerifyTreeEnd | null | Promise<VerifyTreeEnd | null>;
  capsules(): Rows<VerifyCapsule>;
  edges(): Rows<VerifyEdge>;
  series(): Rows<VerifySeries>;
  archiveSpans(): Rows<VerifyArchiveSpan>;
  /** Absent when the engine keeps no rows of them. */
  overlays?(): Rows<VerifyOverlay>;
  /** Absent when the engine stores no tiles. */
  tiles?(): Rows<VerifyTile>;
  /** Absent when the engine keeps none but what the ledger says. */
  facts?(): VerifyFacts | Promise<VerifyFacts>;
  /** Absent when the engine's claims are not looked at. */
  claims?(): Rows<Claim>;
  /** Absent when what the engine derives is not looked at. */
  misfits?(): Rows<VerifyMisfit>;
  /** Absent when the engine settles every change in the commit that makes it. */
  pendingTrust?(): Rows<VerifyPendingTrust>;
}
