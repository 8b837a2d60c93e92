/** What a decided version asks of the commit. @module */
import type { Decision } from '../commit/index.js';
import type { DomainEvent } from '../ledger/events.js';
import type { CapsuleRecord } from './capsule.js';

/** A new version of `head`'s series, provided nothing happened to the series since `head` was read. */
export function versionDecision(head: CapsuleRecord, newId: string, events: readonly DomainEvent[]): Decision {
  return {
    ...seriesDecision(head, events),
    receipts: [events.length === 0 ? { id: head.id, result: 'unchanged' } : { id: newId, result: 'versioned' }],
  };
}

/** A change of state or standing of `capsule`, under the same condition. */
export function seriesDecision(capsule: CapsuleRecord, events: readonly DomainEvent[]): Decision {
  return {
    events,
    expect: events.length === 0 ? [] : [{ stream: capsule.seriesId, revision: capsule.revision }],
    claims: [],
    followUps: [],
    receipts: [{ id: capsule.id, result: events.length === 0 ? 'unchanged' : 'changed' }],
  };
}
