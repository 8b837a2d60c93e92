/**
 * Every change of state is one of these events. `PRIVATE_FIELDS` says which top-level payload fields a person wrote:
 * they stand in the committed payload as salted commitments of their own, so that each can be erased alone.
 * @module
 */
import type { CapsuleType } from '../capsule/capsule.js';
import type { Relation } from '../lineage/relation.js';
import type { JsonObject, JsonValue } from './json.js';

/** Payload of `capsule.created.v1` (a new series) and `capsule.versioned.v1` (the next version of one). */
export interface CapsuleWritten {
  readonly series_id: string;
  readonly version: string;
  readonly capsule_type: CapsuleType;
  readonly owner_id: string;
  /** The head this version replaces; null for a new series. */
  readonly supersedes: string | null;
  readonly derived_from: readonly {
    readonly id: string;
    readonly relation: Relation;
    readonly changes: readonly string[];
  }[];
  readonly trust: number;
  readonly position: number | null;
  readonly valid_from: string | null;
  readonly valid_to: string | null;
  readonly title: string | null;
  readonly content: string;
  readonly key: string | null;
  readonly tags: readonly string[];
  readonly metadata: JsonObject;
  readonly collection: string | null;
  /** One per entry of `derived_from`. */
  readonly reasons: readonly (string | null)[];
}

/** Why a trust value moved. */
export type TrustCause = 'review' | 'signal' | 'quarantine' | 'release';

/** Where an overlay is in its life; only an active one runs. */
export type OverlayState = 'REGISTERED' | 'VALIDATED' | 'ACTIVE' | 'DISABLED' | 'QUARANTINED' | 'FAILED';

export interface CascadeHop {
  readonly handler: string;
  /** From 1: how many hops it is from what began the cascade. */
  readonly number: number;
  readonly publication_id: string;
  /** Receipt of the run that published; null for what the engine itself tells of. */
  readonly published_by: string | null;
  /** Receipt of the run that this hop led to; null where it was cut, and for what the ledger itself hears of. */
  readonly receipt_id: string | null;
}

export interface EventPayloads {
  'store.opened.v1': { readonly origin: string; readonly owner_id: string; readonly parent_checkpoint: string | null };
  /** The last entry before the ledger goes on elsewhere. */
  'store.sealed.v1': {
    /** The name that the ledger goes on under, and the key that signs it there. */
    readonly successor: string;
    readonly verifier_key: string;
    readonly engine: string;
    /** Where its server is; null for a folder, whose place concerns nobody else. */
    readonly address: string | null;
  };
  'capsule.created.v1': CapsuleWritten;
  'capsule.versioned.v1': CapsuleWritten;
  'capsule.archived.v1': { readonly series_id: string; readonly reason: string | null };
  'capsule.unarchived.v1': { readonly series_id: string; readonly reason: string | null };
  'capsule.trust_changed.v1': {
    readonly series_id: string;
    readonly from: number;
    readonly to: number;
    readonly cause: TrustCause;
    readonly signal: string | null;
    readonly reason: string | null;
    readonly evidence: JsonObject | null;
  };
  'capsule.retracted.v1': { readonly series_id: string; readonly reason: string | null };
  'capsule.reinstated.v1': { readonly series_id: string; readonly reason: string | null };
  'pipeline.executed.v1': {
    /** Capsule versions the answer rests on, in citation order. */
    readonly capsules: readonly string[];
    readonly model: string;
    readonly parameters: JsonObject;
    /** Milliseconds, as whole microseconds to stay integers: phase name → µs. */
    readonly phase_us: JsonObject;
    readonly overlays: readonly JsonObject[];
    /** Of the overlays that took part: id, overlay, hash of its module, fuel, and SHA-256 of the receipt. Older entries lack it. */
    readonly receipts?: readonly JsonObject[];
    readonly save_as_capsule: boolean;
    readonly query: string;
    readonly answer: string;
  };
  'owner.notified.v1': {
    readonly owner_id: string;
    readonly kind: 'tainted' | 'taint_lifted';
    readonly cause_id: string;
    readonly affected: number;
  };
  'system.maintenance_changed.v1': { readonly enabled: boolean; readonly reason: string | null };
  /** An overlay is there, not yet active; registered again it is another version of the same. */
  'overlay.registered.v1': {
    readonly name: string;
    readonly version: string;
    /** Lower-case hex of the module's SHA-256. */
    readonly wasm_hash: string;
    readonly trust_level: number;
    readonly capabilities: readonly string[];
    /** As its author wrote it; absent where an overlay is only spoken of, and cannot run. */
    readonly manifest?: JsonObject;
    /** Lower-case hex of the SHA-256 of the manifest in canonical form. */
    readonly manifest_hash?: string;
  };
  /** A module is kept, under its hash: the entry's entity is the lower-case hex of its SHA-256. */
  'overlay.module_kept.v1': {
    readonly bytes: number;
    /** Base64. */
    readonly module: string;
  };
  'overlay.state_changed.v1': { readonly state: OverlayState; readonly reason: string | null };
  /** The receipt of one run; the entry's entity is the receipt. What it commits to is in the recording. */
  'overlay.executed.v1': {
    readonly overlay_id: string;
    readonly module_hash: string;
    readonly manifest_hash: string;
    /** Names the instrumenter and its cost table: fuel can be compared under one of them only. */
    readonly instrumenter: string;
    readonly handler: string;
    /** Salted commitments, lower-case hex. */
    readonly input_commitment: string;
    readonly output_commitment: string | null;
    readonly host_commitment: string;
    /** Why it gave no output; null when it did. */
    readonly fault: string | null;
    readonly fuel: number;
    readonly host_calls: number;
    readonly capabilities: readonly string[];
    /** The instance that served, and how many calls it had served before; null when none came about. */
    readonly instance: string | null;
    readonly ordinal: number | null;
  };
  /** An overlay reached for what its manifest does not grant, or what no overlay may; about the entry's receipt. */
  'overlay.violated.v1': {
    readonly overlay_id: string;
    /** The host call, and what it was asked for. */
    readonly call: string;
    readonly operation: string;
    readonly violation: string;
  };
  /** A value that an overlay keeps under a name of its own; null gives it up. */
  'overlay.state_kept.v1': {
    readonly overlay_id: string;
    readonly key: string;
    readonly value: JsonValue;
  };
  /** One hop of a cascade: what the entry's overlay published reached another one. */
  'cascade.triggered.v1': {
    readonly target_id: string;
    readonly event_type: string;
    readonly payload: JsonObject;
    /** Its place in the cascade; absent where a hop is only told of. */
    readonly hop?: CascadeHop;
  };
  /** Where a cascade was not carried on, and why. */
  'cascade.cut.v1': {
    readonly target_id: string;
    readonly event_type: string;
    readonly cut: string;
    readonly hop: CascadeHop;
  };
  /** What an overlay proposes, until governance takes it up. */
  'proposal.drafted.v1': {
    readonly overlay_id: string;
    readonly proposal: JsonObject;
  };
  'proposal.opened.v1': {
    readonly proposer_id: string;
    /** RFC 3339: no vote counts from then on. */
    readonly closes_at: string;
    readonly title: string;
    readonly description: string;
  };
  /** About the entry's proposal. The last vote of a voter counts. */
  'vote.cast.v1': {
    readonly voter_id: string;
    readonly vote: 'for' | 'against' | 'abstain';
    /** What the voter's trust makes of it: 0 to 100, not always whole. */
    readonly weight: number;
    readonly reason: string | null;
  };
}

export type EventType = keyof EventPayloads;

/** Payload fields that a person wrote. */
export const PRIVATE_FIELDS: { readonly [T in EventType]: readonly (keyof EventPayloads[T] & string)[] } = {
  'store.opened.v1': [],
  'store.sealed.v1': [],
  'capsule.created.v1': ['title', 'content', 'key', 'tags', 'metadata', 'collection', 'reasons'],
  'capsule.versioned.v1': ['title', 'content', 'key', 'tags', 'metadata', 'collection', 'reasons'],
  'capsule.archived.v1': ['reason'],
  'capsule.unarchived.v1': ['reason'],
  'capsule.trust_changed.v1': ['reason', 'evidence'],
  'capsule.retracted.v1': ['reason'],
  'capsule.reinstated.v1': ['reason'],
  'pipeline.executed.v1': ['query', 'answer'],
  'owner.notified.v1': [],
  'system.maintenance_changed.v1': ['reason'],
  'overlay.registered.v1': [],
  'overlay.module_kept.v1': ['module'],
  'overlay.state_changed.v1': ['reason'],
  'overlay.executed.v1': [],
  'overlay.violated.v1': ['operation'],
  'overlay.state_kept.v1': ['value'],
  'cascade.triggered.v1': ['payload'],
  'cascade.cut.v1': [],
  'proposal.drafted.v1': ['proposal'],
  'proposal.opened.v1': ['title', 'description'],
  'vote.cast.v1': ['reason'],
};

export type EntityType =
  | 'Capsule'
  | 'Store'
  | 'Interaction'
  | 'User'
  | 'System'
  | 'Overlay'
  | 'OverlayModule'
  | 'OverlayReceipt'
  | 'OverlayState'
  | 'Proposal';

export type Operation =
  | 'OPEN'
  | 'SEAL'
  | 'CREATE'
  | 'FORK'
  | 'VERSION'
  | 'CORRECT'
  | 'REVERT'
  | 'ARCHIVE'
  | 'UNARCHIVE'
  | 'TRUST'
  | 'QUARANTINE'
  | 'RELEASE'
  | 'RETRACT'
  | 'REINSTATE'
  | 'PIPELINE_EXECUTE'
  | 'NOTIFY'
  | 'MAINTENANCE'
  | 'REGISTER'
  | 'KEEP_MODULE'
  | 'CHANGE_STATE'
  | 'EXECUTE'
  | 'VIOLATE'
  | 'KEEP_STATE'
  | 'TRIGGER'
  | 'CUT'
  | 'PROPOSE'
  | 'DRAFT'
  | 'VOTE';

/** A decided event, before it is sealed and given its place. */
export interface DomainEvent<T extends EventType = EventType> {
  readonly type: T;
  readonly entityType: EntityType;
  readonly entityId: string;
  readonly operation: Operation;
  readonly payload: EventPayloads[T];
}

/** Builds a {@link DomainEvent} whose payload type follows from its name. */
export function event<T extends EventType>(
  type: T,
  operation: Operation,
  entity: { readonly type: EntityType; readonly id: string },
  payload: EventPayloads[T],
): DomainEvent<T> {
  return { type, entityType: entity.type, entityId: entity.id, operation, payload };
}

/** The stream an event belongs to: a capsule's series, otherwise the entity itself. */
export function streamOf(entityId: string, payload: { readonly series_id?: unknown }): string {
  return typeof payload.series_id === 'string' ? payload.series_id : entityId;
}
