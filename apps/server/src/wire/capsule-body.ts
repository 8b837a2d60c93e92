/**
 * Capsules from the core to the wire.
 * @module
 */
import type { CapsuleBody, CapsuleHeaderBody, Immutable } from '@forge-cascade/api';
import { bandOf, type CapsuleHeader, type CapsuleRecord, type OwnStanding, type Standing } from '@forge-cascade/core';

export function standingBody(
  standing: OwnStanding & Standing,
): Immutable<
  Pick<CapsuleHeaderBody, 'trust_level' | 'trust_band' | 'chain_trust' | 'tainted' | 'warned' | 'retracted'>
> {
  return {
    trust_level: standing.trust,
    trust_band: bandOf(standing.trust),
    chain_trust: standing.chainTrust,
    tainted: standing.tainted,
    warned: standing.warned,
    retracted: standing.retracted,
  };
}

export function headerBody(capsule: CapsuleHeader): Immutable<CapsuleHeaderBody> {
  return {
    id: capsule.id,
    series_id: capsule.seriesId,
    head_id: capsule.headId,
    is_head: capsule.isHead,
    version: capsule.version,
    type: capsule.type,
    title: capsule.title,
    summary: capsule.summary,
    key: capsule.key,
    tags: capsule.tags,
    collection: capsule.collection,
    position: capsule.position,
    owner_id: capsule.ownerId,
    parent_id: capsule.parentId,
    ...standingBody(capsule),
    archived: capsule.archived,
    valid_from: capsule.validFrom,
    valid_to: capsule.validTo,
    created_at: capsule.createdAt,
    updated_at: capsule.updatedAt,
  };
}

export function capsuleBody(capsule: CapsuleRecord): Immutable<CapsuleBody> {
  return {
    ...headerBody(capsule),
    content: capsule.content,
    metadata: capsule.metadata,
    derived_from: capsule.derivedFrom.map(({ id, relation, reason }) => ({ id, relation, reason })),
  };
}
