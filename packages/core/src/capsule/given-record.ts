/** For tests: a stored version and who acts on it, with everything a test does not care about filled in. @module */
import type { Principal, RequestContext } from '../principal.js';
import type { CapsuleRecord } from './capsule.js';

export const OWNER: Principal = { id: 'owner', reviewer: false, trust: 60 };
export const REVIEWER: Principal = { id: 'reviewer', reviewer: true, trust: 80 };
export const STRANGER: Principal = { id: 'stranger', reviewer: false, trust: 60 };

export function aRecord(fields: Partial<CapsuleRecord> = {}): CapsuleRecord {
  const trust = fields.trust ?? 60;
  return {
    seq: 2,
    id: 'v1',
    seriesId: 'series',
    headId: 'v1',
    isHead: true,
    version: '1.0.0',
    key: null,
    ownerId: OWNER.id,
    parentId: null,
    type: 'knowledge',
    title: 'A title',
    content: 'Some content',
    summary: 'Some content',
    tags: ['a'],
    metadata: { source: 'test' },
    collection: null,
    position: null,
    validFrom: null,
    validTo: null,
    archived: false,
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    derivedFrom: [],
    trust,
    retracted: false,
    chainTrust: trust,
    tainted: false,
    warned: false,
    trustBefore: null,
    revision: 2,
    ...fields,
  };
}

export function aContext(principal: Principal = OWNER, fields: Partial<RequestContext> = {}): RequestContext {
  return { principal, correlationId: 'correlation', causationId: null, idempotency: null, now: Date.now, ...fields };
}
