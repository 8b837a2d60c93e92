/** What the engine tells of capsules that were stored: one by one, or, of many at once, together. Pure. @module */
import type { DomainEvent } from '../ledger/events.js';
import type { JsonObject } from '../ledger/json.js';
import { MAX_PUBLISHED } from './host/answer-host-calls.js';

export interface CapsuleNews {
  readonly type: string;
  readonly payload: JsonObject;
}

/** More capsules than this in one commit are told of together: an import must not become a cascade for each of its sections. */
const TOLD_ONE_BY_ONE = 8;

/** What is told of capsules that were stored together. */
const STORED_TOGETHER = 'capsules.stored';

/** Ids in one telling: a subscriber may read each of them and publish something about each. */
const TOLD_TOGETHER = MAX_PUBLISHED;

/** What is told of one commit's events: no texts, as whoever is told can read the capsules. */
export function capsuleNews(written: readonly Pick<DomainEvent, 'type' | 'entityId'>[]): readonly CapsuleNews[] {
  const told = written.flatMap(({ type, entityId: id }) => {
    const news = TOLD_AS[type];
    return news === undefined ? [] : [{ type: news, payload: { id } }];
  });
  if (told.length <= TOLD_ONE_BY_ONE) return told;
  const ids = told.map(({ payload }) => payload.id);
  return Array.from({ length: Math.ceil(ids.length / TOLD_TOGETHER) }, (_, i) => ({
    type: STORED_TOGETHER,
    payload: { ids: ids.slice(i * TOLD_TOGETHER, (i + 1) * TOLD_TOGETHER), together: ids.length },
  }));
}

const TOLD_AS: Partial<Record<DomainEvent['type'], string>> = {
  'capsule.created.v1': 'capsule.created',
  'capsule.versioned.v1': 'capsule.versioned',
};
