/**
 * Every change of state is one of these events. `PRIVATE_FIELDS` says which top-level payload fields a person wrote:
 * they stand in the committed payload as salted commitments of their own, so that each can be erased alone.
 * @module
 */
import type { CapsuleType } from '../capsule/capsule.js';
import type { Relation } from '../lineage/relation.js';
import type { JsonObject } from './json.js';

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
  };
  'overlay.state_changed.v1': { readonly state: OverlayState; readonly reason: string | null };
  /** One hop of a cascade: what the entry's overlay published reached another one. */
  'cascade.triggered.v1': {
    readonly target_id: string;
    readonly event_type: string;
    readonly payload: JsonObject;
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
  'overlay.state_changed.v1': ['reason'],
  'cascade.triggered.v1': ['payload'],
  'proposal.opened.v1': ['title', 'description'],
  'vote.cast.v1': ['reason'],
};

export type EntityType = 'Capsule' | 'Store' | 'Interaction' | 'User' | 'System' | 'Overlay' | 'Proposal';

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
  | 'CHANGE_STATE'
  | 'TRIGGER'
  | 'PROPOSE'
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
