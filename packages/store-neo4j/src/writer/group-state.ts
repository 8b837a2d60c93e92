/**
 * The part of the store that a group of commands is about, in memory: read under the ledger's lock, moved on by each
 * command that is written, so that the next one is decided as if it came alone.
 * @module
 */
import type { Sealing } from '@forge-cascade/core/engine';
import type { CapsuleState } from './capsule-states.js';
import type { Value } from '../values.js';
import { noOverlayRows, type OverlayRows } from './overlay-graph.js';
import { noProposalRows, type ProposalRows } from './proposal-graph.js';

export interface LedgerHead {
  readonly size: number;
  /** Milliseconds of the newest entry. */
  readonly timestamp: number;
  /** Hashes of the tree's growing edge, put together. */
  readonly frontier: Uint8Array;
  readonly capsules: number;
  /** How many groups changed capsules: what followers go by. */
  readonly changes: number;
  /** The newest number of an outbox message. */
  readonly messages: number;
  readonly sealed: Sealing | null;
  /** Milliseconds by the database's clock, once the lock was taken. */
  readonly now: number;
}

export interface ClaimState {
  readonly holder: string;
  readonly expiresAt: number | null;
}

export interface SeriesState {
  readonly id: string;
  head: string;
  archived: boolean;
  /** From and to in turn; a last `to` is missing while it is archived. */
  spans: number[];
}

export interface GroupState {
  readonly head: LedgerHead;
  /** Tokens by lease. */
  readonly leases: ReadonlyMap<string, number>;
  readonly claims: Map<string, ClaimState>;
  readonly revisions: Map<string, number>;
  readonly outbox: Set<string>;
  /** By id. */
  readonly capsules: Map<string, CapsuleState>;
  readonly series: Map<string, SeriesState>;
  /** Owner and key of series that have one. */
  readonly keys: Set<string>;
}

export function pairKey(a: string, b: string): string {
  return JSON.stringify([a, b]);
}

/** A version that a group creates. How it stands is that of its state when all of the group has moved it. */
export interface CreatedCapsule {
  readonly capsule: CapsuleState;
  readonly at: number;
  readonly properties: Readonly<Record<string, Value>>;
}

/** What a group writes, as parameters of its statements. */
export interface GroupRows {
  readonly entries: Record<string, Value>[];
  readonly capsules: CreatedCapsule[];
  readonly edges: Record<string, Value>[];
  readonly series: Record<string, Value>[];
  readonly trustChanges: Record<string, Value>[];
  readonly claims: Record<string, Value>[];
  readonly messages: Record<string, Value>[];
  readonly endedMessages: string[];
  readonly tiles: Record<string, Value>[];
  readonly overlays: OverlayRows;
  readonly proposals: ProposalRows;
  /** Capsules that this group created or changed. */
  readonly changed: Set<CapsuleState>;
  readonly changedSeries: Set<SeriesState>;
  /** Capsules that may be active again, and so be found by the vector index. */
  readonly revived: Set<CapsuleState>;
  readonly streams: Map<string, number>;
  maintenance: boolean | null;
  /** What the ledger's own events say of it. */
  ledger: Record<string, Value>;
}

export function noRows(): GroupRows {
  return {
    entries: [],
    capsules: [],
    edges: [],
    series: [],
    trustChanges: [],
    claims: [],
    messages: [],
    endedMessages: [],
    tiles: [],
    overlays: noOverlayRows(),
    proposals: noProposalRows(),
    changed: new Set(),
    changedSeries: new Set(),
    revived: new Set(),
    streams: new Map(),
    maintenance: null,
    ledger: {},
  };
}
