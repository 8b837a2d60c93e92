/**
 * Sealed events and commit requests for tests, with everything a test does not care about filled in.
 * @module
 */
import { uuidv7 } from 'uuidv7';
import type { CapsuleType } from '../capsule/capsule.js';
import { keyClaim } from '../capsule/create-capsule.js';
import {
  event,
  type CapsuleWritten,
  type EventPayloads,
  type Operation,
  type OverlayState,
  type TrustCause,
} from '../ledger/events.js';
import type { JsonObject } from '../ledger/json.js';
import { sealEvent, type SealedEvent } from '../ledger/seal.js';
import type { Relation } from '../lineage/relation.js';
import type { Claim, CommitPort, CommitRequest } from '../ports/commit-port.js';
import { DEFAULT_TRUST } from '../trust/trust-level.js';

export const GIVEN_OWNER = '0190a000-0000-7000-8000-000000000001';

export interface GivenDerivation {
  readonly id: string;
  readonly relation: Relation;
  readonly reason?: string | null;
  readonly changes?: readonly string[];
}

export interface GivenFields {
  readonly id?: string;
  readonly seriesId?: string;
  readonly version?: string;
  readonly type?: CapsuleType;
  readonly title?: string | null;
  readonly content?: string;
  readonly key?: string | null;
  readonly ownerId?: string;
  readonly tags?: readonly string[];
  readonly metadata?: JsonObject;
  readonly collection?: string | null;
  readonly position?: number | null;
  readonly trust?: number;
  readonly validFrom?: string | null;
  readonly validTo?: string | null;
  readonly derivedFrom?: readonly GivenDerivation[];
}

/** A capsule version about to be committed. */
export interface GivenCapsule {
  readonly id: string;
  readonly seriesId: string;
  readonly version: string;
  readonly payload: CapsuleWritten;
  readonly event: SealedEvent;
}

/** The least that later events need to know of a capsule; records and headers fit. */
export interface CapsuleRef {
  readonly id: string;
  readonly seriesId: string;
}

/** The first version of a new series. */
export function aCapsule(fields: GivenFields = {}): GivenCapsule {
  const seriesId = fields.seriesId ?? uuidv7();
  return given(
    'capsule.created.v1',
    'CREATE',
    seriesId,
    null,
    fields.version ?? '1.0.0',
    fields.derivedFrom ?? [],
    fields,
  );
}

/**
 * The next version of `head`'s series. `derivedFrom` names further parents; `relation` is that to the head.
 */
export function aVersionOf(
  head: CapsuleRef & { readonly version: string },
  fields: GivenFields & { readonly relation?: 'version' | 'correction'; readonly changes?: readonly string[] } = {},
): GivenCapsule {
  const { relation = 'version', changes = ['content'], derivedFrom = [] } = fields;
  const parents = [{ id: head.id, relation, changes }, ...derivedFrom];
  const version = fields.version ?? nextMinor(head.version);
  const operation = relation === 'correction' ? 'CORRECT' : 'VERSION';
  return given('capsule.versioned.v1', operation, head.seriesId, head.id, version, parents, fields);
}

function given(
  type: 'capsule.created.v1' | 'capsule.versioned.v1',
  operation: Operation,
  seriesId: string,
  supersedes: string | null,
  version: string,
  parents: readonly GivenDerivation[],
  f: GivenFields,
): GivenCapsule {
  const id = f.id ?? uuidv7();
  const payload: CapsuleWritten = {
    series_id: seriesId,
    version,
    capsule_type: f.type ?? 'knowledge',
    owner_id: f.ownerId ?? GIVEN_OWNER,
    supersedes,
    derived_from: parents.map((p) => ({ id: p.id, relation: p.relation, changes: p.changes ?? [] })),
    trust: f.trust ?? DEFAULT_TRUST,
    position: f.position ?? null,
    valid_from: f.validFrom ?? null,
    valid_to: f.validTo ?? null,
    title: f.title ?? null,
    content: f.content ?? `Content of ${id}.`,
    key: f.key ?? null,
    tags: f.tags ?? [],
    metadata: f.metadata ?? {},
    collection: f.collection ?? null,
    reasons: parents.map((p) => p.reason ?? null),
  };
  return { id, seriesId, version, payload, event: sealEvent(event(type, operation, { type: 'Capsule', id }, payload)) };
}

export function archivalOf({ id, seriesId }: CapsuleRef): SealedEvent {
  const payload = { series_id: seriesId, reason: 'out of use' };
  return sealEvent(event('capsule.archived.v1', 'ARCHIVE', { type: 'Capsule', id }, payload));
}

export function unarchivalOf({ id, seriesId }: CapsuleRef): SealedEvent {
  const payload = { series_id: seriesId, reason: null };
  return sealEvent(event('capsule.unarchived.v1', 'UNARCHIVE', { type: 'Capsule', id }, payload));
}

/** Trust moved from one value to another; `cause` defaults to a review. */
export function trustChangeOf(
  { id, seriesId }: CapsuleRef,
  from: number,
  to: number,
  cause: TrustCause = 'review',
): SealedEvent {
  const payload: EventPayloads['capsule.trust_changed.v1'] = {
    series_id: seriesId,
    from,
    to,
    cause,
    signal: cause === 'signal' ? 'cited' : null,
    reason: 'as reviewed',
    evidence: null,
  };
  const operation = cause === 'quarantine' ? 'QUARANTINE' : cause === 'release' ? 'RELEASE' : 'TRUST';
  return sealEvent(event('capsule.trust_changed.v1', operation, { type: 'Capsule', id }, payload));
}

export function retractionOf({ id, seriesId }: CapsuleRef): SealedEvent {
  const payload = { series_id: seriesId, reason: 'withdrawn by its author' };
  return sealEvent(event('capsule.retracted.v1', 'RETRACT', { type: 'Capsule', id }, payload));
}

export function reinstatementOf({ id, seriesId }: CapsuleRef): SealedEvent {
  const payload = { series_id: seriesId, reason: null };
  return sealEvent(event('capsule.reinstated.v1', 'REINSTATE', { type: 'Capsule', id }, payload));
}

export function maintenanceChange(enabled: boolean): SealedEvent {
  const payload = { enabled, reason: 'planned' };
  return sealEvent(event('system.maintenance_changed.v1', 'MAINTENANCE', { type: 'System', id: 'system' }, payload));
}

/** One answered question that rests on the given versions. */
export function aPipelineRun(capsules: readonly string[], query = 'why', id = uuidv7()): SealedEvent {
  const payload: EventPayloads['pipeline.executed.v1'] = {
    capsules,
    model: 'extractive',
    parameters: {},
    phase_us: {},
    overlays: [],
    save_as_capsule: false,
    query,
    answer: 'because',
  };
  return sealEvent(event('pipeline.executed.v1', 'PIPELINE_EXECUTE', { type: 'Interaction', id }, payload));
}

export function anOverlay(id: string, name: string, fields: { readonly trustLevel?: number } = {}): SealedEvent {
  const payload: EventPayloads['overlay.registered.v1'] = {
    name,
    version: '1.2.0',
    wasm_hash: '5e'.repeat(32),
    trust_level: fields.trustLevel ?? 80,
    capabilities: ['DATABASE_READ', 'EVENT_PUBLISH'],
  };
  return sealEvent(event('overlay.registered.v1', 'REGISTER', { type: 'Overlay', id }, payload));
}

export function overlayStateOf(id: string, state: OverlayState): SealedEvent {
  const payload = { state, reason: null };
  return sealEvent(event('overlay.state_changed.v1', 'CHANGE_STATE', { type: 'Overlay', id }, payload));
}

/** What one overlay published reached another. */
export function aTrigger(sourceId: string, targetId: string, eventType = 'security_threat'): SealedEvent {
  const payload = { target_id: targetId, event_type: eventType, payload: { severity: 3 } };
  return sealEvent(event('cascade.triggered.v1', 'TRIGGER', { type: 'Overlay', id: sourceId }, payload));
}

export function aProposal(id: string, proposerId = GIVEN_OWNER): SealedEvent {
  const payload: EventPayloads['proposal.opened.v1'] = {
    proposer_id: proposerId,
    closes_at: '2099-03-08T00:00:00.000Z',
    title: 'Increase the training frequency',
    description: 'Twice a week instead of once.',
  };
  return sealEvent(event('proposal.opened.v1', 'PROPOSE', { type: 'Proposal', id }, payload));
}

export function aVote(
  proposalId: string,
  voterId: string,
  vote: EventPayloads['vote.cast.v1']['vote'],
  weight: number,
): SealedEvent {
  const payload = { voter_id: voterId, vote, weight, reason: null };
  return sealEvent(event('vote.cast.v1', 'VOTE', { type: 'Proposal', id: proposalId }, payload));
}

/** A commit of events or given capsules, in this order. New series claim their keys, as creating does it. */
export function commitOf(
  events: readonly (SealedEvent | GivenCapsule)[],
  rest: Partial<Omit<CommitRequest, 'events'>> = {},
): CommitRequest {
  return {
    actor: GIVEN_OWNER,
    correlationId: uuidv7(),
    causationId: null,
    expect: [],
    claims: events.flatMap((item) => ('event' in item ? keyClaimOf(item) : [])),
    fence: null,
    outbox: [],
    completes: null,
    ...rest,
    events: events.map((item) => ('event' in item ? item.event : item)),
  };
}

function keyClaimOf({ seriesId, payload }: GivenCapsule): Claim[] {
  if (payload.supersedes !== null || payload.key === null) return [];
  return [keyClaim(payload.owner_id, payload.key, seriesId)];
}

/**
 * Commits events that must not lose.
 * @returns position of the last entry.
 * @throws Error naming the outcome when they lost.
 */
export async function written(store: CommitPort, ...events: readonly (SealedEvent | GivenCapsule)[]): Promise<number> {
  const result = await store.commit(commitOf(events));
  if (result.outcome !== 'committed') throw new Error(`the commit lost: ${result.outcome}`);
  return result.lastSeq;
}

function nextMinor(version: string): string {
  const [major = '1', minor = '0'] = version.split('.');
  return `${major}.${Number(minor) + 1}.0`;
}
