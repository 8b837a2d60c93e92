/**
 * What an event must find in the state for its image to make sense. Use cases see to all of it; an engine still refuses
 * the whole commit rather than write an edge to nowhere.
 * @module
 */
import type { CapsuleWritten } from '../ledger/events.js';
import type { JsonObject } from '../ledger/json.js';
import { openPayload, type SealedEvent } from '../ledger/seal.js';
import { headOf, type MemoryState } from './memory-state.js';

/** @throws Error naming the first event that does not fit; nothing was changed. */
export function assertEventsFit(state: MemoryState, events: readonly SealedEvent[]): void {
  const heads = new Map<string, string>();
  const written = new Set<string>();
  const keys = new Set<string>();
  const known = (id: string): boolean => written.has(id) || state.capsules.has(id);
  const head = (series: string): string | null => {
    const stored = state.series.get(series);
    return heads.get(series) ?? (stored === undefined ? null : headOf(stored).id);
  };

  const assertWritten = (id: string, p: CapsuleWritten): void => {
    if (known(id)) throw new Error(`capsule ${id} exists already`);
    if (p.supersedes !== head(p.series_id)) throw new Error(`capsule ${id} does not follow the head of its series`);
    for (const parent of p.derived_from) {
      if (!known(parent.id)) throw new Error(`event names a capsule that is not stored: ${parent.id}`);
    }
    if (p.supersedes === null && p.key !== null) {
      const key = JSON.stringify([p.owner_id, p.key]);
      if (keys.has(key) || state.byKey(p.owner_id, p.key) !== null) throw new Error('the key names a series already');
      keys.add(key);
    }
    written.add(id);
    heads.set(p.series_id, id);
  };

  for (const event of events) {
    const body = JSON.parse(event.body) as JsonObject;
    switch (event.type) {
      case 'capsule.created.v1':
      case 'capsule.versioned.v1':
        assertWritten(event.entityId, openPayload(event.type, body, event.privateValues));
        break;
      case 'capsule.archived.v1':
      case 'capsule.unarchived.v1':
        if (head(String(body['series_id'])) === null) throw new Error('event names a series that is not stored');
        break;
      case 'capsule.trust_changed.v1':
      case 'capsule.retracted.v1':
      case 'capsule.reinstated.v1':
        if (!known(event.entityId)) throw new Error(`event names a capsule that is not stored: ${event.entityId}`);
        break;
      case 'store.opened.v1':
      case 'store.sealed.v1':
      case 'pipeline.executed.v1':
      case 'owner.notified.v1':
      case 'system.maintenance_changed.v1':
      case 'overlay.registered.v1':
      case 'overlay.state_changed.v1':
      case 'overlay.module_kept.v1':
      case 'overlay.executed.v1':
      case 'overlay.violated.v1':
      case 'overlay.state_kept.v1':
      case 'cascade.cut.v1':
      case 'proposal.drafted.v1':
      case 'cascade.triggered.v1':
      case 'proposal.opened.v1':
      case 'vote.cast.v1':
        break;
    }
  }
}
