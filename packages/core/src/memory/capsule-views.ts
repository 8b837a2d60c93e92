/** What readers see of a capsule's state. Every call builds new objects: no caller can reach into the state. @module */
import type { CapsuleHeader, CapsuleRecord } from '../capsule/capsule.js';
import type { JsonObject } from '../ledger/json.js';
import { headOf, type CapsuleState } from './memory-state.js';

export function headerOf(capsule: CapsuleState): CapsuleHeader {
  const { series } = capsule;
  return {
    seq: capsule.seq,
    id: capsule.id,
    seriesId: series.id,
    headId: headOf(series).id,
    isHead: capsule.recordedTo === null,
    version: capsule.version,
    key: series.key,
    ownerId: capsule.ownerId,
    parentId: capsule.parents[0]?.parent.id ?? null,
    type: capsule.type,
    title: capsule.title,
    summary: capsule.summary,
    tags: [...capsule.tags],
    collection: capsule.collection,
    position: capsule.position,
    validFrom: capsule.validFrom,
    validTo: capsule.validTo,
    trust: capsule.trust,
    chainTrust: capsule.chainTrust,
    tainted: capsule.tainted,
    warned: capsule.warned,
    retracted: capsule.retracted,
    archived: series.archived,
    createdAt: capsule.createdAt,
    updatedAt: capsule.updatedAt,
  };
}

/** `revision` is that of its series' stream. */
export function recordOf(capsule: CapsuleState, revision: number): CapsuleRecord {
  return {
    ...headerOf(capsule),
    content: capsule.content,
    metadata: structuredClone(capsule.metadata) as JsonObject,
    derivedFrom: capsule.parents.map(({ parent, relation, reason }) => ({ id: parent.id, relation, reason })),
    trustBefore: capsule.trustBefore,
    revision,
  };
}
