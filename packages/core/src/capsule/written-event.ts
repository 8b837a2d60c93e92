/** The events that write a version. @module */
import { inc } from 'semver';
import { event, type CapsuleWritten, type DomainEvent, type Operation } from '../ledger/events.js';
import { DEFAULT_TRUST } from '../trust/trust-level.js';
import type { CapsuleBody, CapsuleRecord } from './capsule.js';
import type { ParentEdge } from './derivations.js';

export const FIRST_VERSION = '1.0.0';

/** The first version of a new series. Its trust is that of any newcomer; its ancestry bounds what it is worth. */
export function createdEvent(
  operation: Extract<Operation, 'CREATE' | 'FORK'>,
  series: {
    readonly newId: string;
    readonly newSeriesId: string;
    readonly ownerId: string;
    readonly key: string | null;
  },
  body: CapsuleBody,
  edges: readonly ParentEdge[],
): DomainEvent {
  return event(
    'capsule.created.v1',
    operation,
    { type: 'Capsule', id: series.newId },
    {
      ...written(body, edges),
      series_id: series.newSeriesId,
      version: FIRST_VERSION,
      owner_id: series.ownerId,
      supersedes: null,
      trust: DEFAULT_TRUST,
      key: series.key,
    },
  );
}

/** The version that follows `head`. */
export function versionedEvent(
  operation: Extract<Operation, 'VERSION' | 'CORRECT' | 'REVERT'>,
  head: CapsuleRecord,
  next: {
    readonly newId: string;
    readonly bump: 'major' | 'minor' | 'patch';
    readonly trust: number;
    readonly body: CapsuleBody;
    readonly edges: readonly ParentEdge[];
  },
): DomainEvent {
  const version = inc(head.version, next.bump);
  if (version === null) throw new Error(`stored version of ${head.id} is not SemVer`);
  return event(
    'capsule.versioned.v1',
    operation,
    { type: 'Capsule', id: next.newId },
    {
      ...written(next.body, next.edges),
      series_id: head.seriesId,
      version,
      owner_id: head.ownerId,
      supersedes: head.id,
      trust: next.trust,
      key: head.key,
    },
  );
}

/**
 * Own trust of a version whose text comes from `source`. The same text keeps the trust it earned, and so does a new
 * text by a reviewer; any other new text starts over, at no more than a newcomer's trust. What quarantine took away
 * does not count: the ancestry hands that down, and takes it back when it is lifted.
 */
export function inheritedTrust(source: CapsuleRecord, sameText: boolean, reviewer: boolean): number {
  const earned = source.trustBefore ?? source.trust;
  return sameText || reviewer ? earned : Math.min(earned, DEFAULT_TRUST);
}

type Written = Omit<CapsuleWritten, 'series_id' | 'version' | 'owner_id' | 'supersedes' | 'trust' | 'key'>;

function written(body: CapsuleBody, edges: readonly ParentEdge[]): Written {
  return {
    capsule_type: body.type,
    derived_from: edges.map(({ id, relation, changes }) => ({ id, relation, changes })),
    position: body.position,
    valid_from: body.validFrom,
    valid_to: body.validTo,
    title: body.title,
    content: body.content,
    tags: body.tags,
    metadata: body.metadata,
    collection: body.collection,
    reasons: edges.map(({ reason }) => reason),
  };
}
