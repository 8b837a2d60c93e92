import { beforeEach, describe, expect, it } from 'vitest';
import { createCapsule } from '../capsule/create-capsule.js';
import { forkCapsule } from '../capsule/fork-capsule.js';
import { aContext, REVIEWER } from '../capsule/given-record.js';
import type { Relation } from '../lineage/relation.js';
import { openMemoryStore, type MemoryStore } from '../memory/index.js';
import { quarantineCapsule } from '../trust/set-trust.js';
import { drainOutbox } from './drain-outbox.js';
import { notifyTaintedOwners } from './notify-tainted-owners.js';

let store: MemoryStore;
const as = (id: string) => aContext({ id, reviewer: true, trust: 60 });

beforeEach(async () => {
  store = await openMemoryStore();
});

const derive = async (owner: string, parent: string, relation: Relation) => {
  const derivedFrom = [{ id: parent, relation }];
  return (await createCapsule(store, as(owner), { content: 'x', type: 'knowledge', derivedFrom })).capsule.id;
};
const drain = () =>
  drainOutbox(
    store.outbox,
    { 'taint.notify': (message) => notifyTaintedOwners(store, message) },
    {
      now: () => Date.now() + 60_000,
      limit: 10,
      backoff: { baseMs: 1_000, maxMs: 60_000 },
    },
  );
const notified = async () => {
  const { items } = await store.entries({ type: 'owner.notified.v1', order: 'oldest', limit: 100, cursor: null });
  return items.map(({ payload }) => payload);
};

describe('owners downstream', () => {
  it('[TRU-10] each hear once how much of theirs is reached, and once when it is over', async () => {
    const root = (await createCapsule(store, as('anna'), { content: 'root', type: 'knowledge' })).capsule.id;
    const fork = (await forkCapsule(store, as('ben'), root, {})).capsule.id;
    await derive('ben', fork, 'summary');
    const citing = await derive('carl', fork, 'citation');
    await derive('carl', citing, 'fork');
    await derive('dora', root, 'correction');
    await derive('emil', fork, 'merge');
    await quarantineCapsule(store, aContext(REVIEWER), root, { reason: 'doubt' });
    expect(await drain()).toMatchObject({ done: 1, deferred: 0 });
    expect(await drain()).toMatchObject({ done: 0 });
    const tainted = [
      { owner_id: 'ben', kind: 'tainted', cause_id: root, affected: 2 },
      { owner_id: 'emil', kind: 'tainted', cause_id: root, affected: 1 },
    ];
    expect(await notified()).toEqual(tainted);

    await quarantineCapsule(store, aContext(REVIEWER), root, { reason: 'cleared', lift: true });
    await drain();
    expect(await notified()).toEqual([...tainted, ...tainted.map((notice) => ({ ...notice, kind: 'taint_lifted' }))]);
    expect(await store.outbox.backlog()).toEqual({ pending: 0, failing: 0 });
  });

  it('[TRU-10] hear once, however often the message is carried out', async () => {
    const root = (await createCapsule(store, as('anna'), { content: 'root', type: 'knowledge' })).capsule.id;
    await derive('ben', root, 'fork');
    await quarantineCapsule(store, aContext(REVIEWER), root, { reason: 'doubt' });
    const [message] = await store.outbox.due(Date.now() + 60_000, 1);
    if (message === undefined) throw new Error('no message was promised');
    const runs = await Promise.all([1, 2, 3].map(() => notifyTaintedOwners(store, message)));
    expect(runs).toEqual(['completed', 'completed', 'completed']);
    expect(await notified()).toHaveLength(1);
    const { items } = await store.entries({ type: 'owner.notified.v1', order: 'oldest', limit: 1, cursor: null });
    expect(items[0]?.envelope).toMatchObject({ actor: 'system', entity_id: 'ben', correlation_id: 'correlation' });
    const cause = await store.entries({ entityId: root, order: 'newest', limit: 1, cursor: null });
    expect(items[0]?.envelope.causation_id).toBe(cause.items[0]?.envelope.id);
  });

  it('[TRU-10] are nobody when nothing rests on it', async () => {
    const root = (await createCapsule(store, as('anna'), { content: 'root', type: 'knowledge' })).capsule.id;
    await quarantineCapsule(store, aContext(REVIEWER), root, { reason: 'doubt' });
    expect(await drain()).toMatchObject({ done: 1 });
    expect(await notified()).toEqual([]);
    expect(await store.outbox.backlog()).toEqual({ pending: 0, failing: 0 });
  });
});
