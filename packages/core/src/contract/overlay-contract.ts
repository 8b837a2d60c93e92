/** Overlays beside the ledger: how they stand, what they keep, and what was recorded of their runs. @module */
import { event, type EventPayloads } from '../ledger/events.js';
import type { JsonValue } from '../ledger/json.js';
import { sealEvent, type SealedEvent } from '../ledger/seal.js';
import type { OverlayRecording } from '../ports/overlay-store.js';
import { anOverlay, aTrigger, overlayStateOf, written } from './given-events.js';
import { freshStore, type ContractEngine, type TestApi } from './test-api.js';

export function overlayContract(engine: ContractEngine, t: TestApi): void {
  const { it, expect } = t;

  t.describe('overlays', () => {
    const subject = freshStore(engine, t);

    it('[STO-120] stand as they were told of last, by id, with the revision of their stream', async () => {
      const { store } = subject;
      expect(await store.overlays.all()).toEqual([]);
      expect(await store.overlays.one('watcher')).toBeNull();
      await written(store, anOverlay('watcher', 'Watcher'), anOverlay('learner', 'Learner', { trustLevel: 60 }));
      const seq = await written(store, overlayStateOf('watcher', 'ACTIVE'));
      const at = new Date(subject.now).toISOString();
      expect((await store.overlays.all()).map(({ id, state }) => [id, state])).toEqual([
        ['learner', 'REGISTERED'],
        ['watcher', 'ACTIVE'],
      ]);
      expect(await store.overlays.one('watcher')).toEqual({
        id: 'watcher',
        name: 'Watcher',
        version: '1.2.0',
        moduleHash: '5e'.repeat(32),
        manifestHash: null,
        manifest: null,
        trust: 80,
        capabilities: ['DATABASE_READ', 'EVENT_PUBLISH'],
        state: 'ACTIVE',
        reason: null,
        registeredAt: at,
        changedAt: at,
        activatedAt: at,
        activity: NOTHING_YET,
        revision: seq,
      });
      await written(store, anOverlay('watcher', 'Watcher'));
      expect(await store.overlays.one('watcher')).toMatchObject({ state: 'REGISTERED', activatedAt: null });
    });

    it('[STO-121] count their runs, and failures in a row until one goes well or their state changes', async () => {
      const { store } = subject;
      await written(store, anOverlay('watcher', 'Watcher'), anOverlay('other', 'Other'));
      await written(store, aRun('watcher', 'r1'), aRun('watcher', 'r2', 'trap'), aRun('watcher', 'r3', 'deadline'));
      await written(store, aRun('watcher', 'r4', 'cancelled'), aViolation('watcher'), aRun('unknown', 'r5'));
      const { activity } = (await store.overlays.one('watcher')) ?? {};
      expect(activity).toEqual({
        runs: 4,
        faults: 2,
        failuresInARow: 2,
        violations: 1,
        fuel: 40,
        hostCalls: 8,
        lastRunAt: new Date(subject.now).toISOString(),
        lastFault: 'deadline',
      });
      await written(store, aRun('watcher', 'r6'));
      expect((await store.overlays.one('watcher'))?.activity).toMatchObject({ failuresInARow: 0, faults: 2 });
      await written(store, aRun('watcher', 'r7', 'trap'), overlayStateOf('watcher', 'QUARANTINED'));
      expect((await store.overlays.one('watcher'))?.activity).toMatchObject({ failuresInARow: 0, faults: 3 });
      expect((await store.overlays.one('other'))?.activity).toEqual(NOTHING_YET);
      expect(await store.overlays.one('unknown')).toBeNull();
    });

    it('[STO-122] give their receipts newest first, page by page, each for itself', async () => {
      const { store } = subject;
      await written(store, anOverlay('a', 'A'), anOverlay('b', 'B'));
      await written(store, aRun('a', 'r1'), aRun('b', 'r2'), aRun('a', 'r3'), aRun('a', 'r4'));
      const first = await store.overlays.receipts('a', 2, null);
      expect(first.items.map(({ envelope }) => envelope.entity_id)).toEqual(['r4', 'r3']);
      expect(first.items[0]?.payload).toMatchObject({ overlay_id: 'a', fuel: 10, instance: 'i', ordinal: 0 });
      await written(store, aRun('a', 'r5'));
      const second = await store.overlays.receipts('a', 2, first.nextCursor);
      expect(second.items.map(({ envelope }) => envelope.entity_id)).toEqual(['r1']);
      expect(second.nextCursor).toBeNull();
      expect((await store.overlays.receipts('nobody', 2, null)).items).toEqual([]);
      await expect(store.overlays.receipts('a', 0, null)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
      await expect(store.overlays.receipts('a', 2, 'made up')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    });

    it('[STO-123] keep values under names of their own, until they give them up', async () => {
      const { store } = subject;
      await written(store, anOverlay('a', 'A'), anOverlay('b', 'B'));
      await written(store, kept('a', 'x', { n: [1, 2.5, null] }), kept('a', 'y', 'text'), kept('b', 'x', 7));
      expect(await store.overlays.value('a', 'x')).toEqual({ n: [1, 2.5, null] });
      expect(await store.overlays.value('b', 'x')).toBe(7);
      expect(await store.overlays.value('b', 'y')).toBeNull();
      await written(store, kept('a', 'x', false), kept('a', 'y', null), kept('unknown', 'x', 1));
      expect(await store.overlays.value('a', 'x')).toBe(false);
      expect(await store.overlays.value('unknown', 'x')).toBeNull();
      expect([await store.overlays.valueCount('a'), await store.overlays.valueCount('b')]).toEqual([1, 1]);
      await written(store, anOverlay('a', 'A again'));
      expect(await store.overlays.value('a', 'x')).toBe(false);
    });

    it('[STO-124] say which active ones their hops have reached, by the fewest hops, up to five', async () => {
      const { store } = subject;
      const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
      await written(store, ...ids.map((id) => anOverlay(id, id.toUpperCase())));
      await written(store, ...ids.map((id) => overlayStateOf(id, id === 'c' ? 'DISABLED' : 'ACTIVE')));
      await written(store, ...ids.slice(1).map((id, i) => aTrigger(ids[i] ?? '', id)));
      await written(store, aTrigger('a', 'd'), aTrigger('b', 'a'), aTrigger('b', 'a'), aTrigger('a', 'nowhere'));
      expect(await store.overlays.reach('a', 1)).toEqual([
        { id: 'b', name: 'B', hops: 1 },
        { id: 'd', name: 'D', hops: 1 },
      ]);
      const reached = async (hops: number) => (await store.overlays.reach('a', hops)).map(({ id, hops: n }) => [id, n]);
      expect(await reached(3)).toEqual([
        ['b', 1],
        ['d', 1],
        ['e', 2],
        ['f', 3],
      ]);
      expect((await reached(5)).at(-1)).toEqual(['g', 4]);
      expect(await store.overlays.reach('nobody', 5)).toEqual([]);
      for (const hops of [0, 6, 1.5]) {
        await expect(store.overlays.reach('a', hops)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
      }
    });

    it('[STO-125] keep recordings of an instance in order, once each, and only the newest of an overlay', async () => {
      const { store } = subject;
      await store.overlays.keepRecordings([recording('r2', 'a', 'i', 1), recording('r1', 'a', 'i', 0)], 10);
      await store.overlays.keepRecordings([recording('r1', 'a', 'i', 0), recording('r3', 'b', 'j', 0)], 10);
      expect(await store.overlays.recordings('i', 5)).toEqual([
        recording('r1', 'a', 'i', 0),
        recording('r2', 'a', 'i', 1),
      ]);
      expect((await store.overlays.recordings('i', 0)).map(({ receiptId }) => receiptId)).toEqual(['r1']);
      await store.overlays.keepRecordings([recording('r4', 'a', 'i', 2), recording('r5', 'a', 'i', 3)], 3);
      expect((await store.overlays.recordings('i', 9)).map(({ ordinal }) => ordinal)).toEqual([0, 2, 3]);
      expect(await store.overlays.recordings('j', 9)).toHaveLength(1);
    });
  });
}

const NOTHING_YET = {
  runs: 0,
  faults: 0,
  failuresInARow: 0,
  violations: 0,
  fuel: 0,
  hostCalls: 0,
  lastRunAt: null,
  lastFault: null,
};

function aRun(overlayId: string, receipt: string, fault: string | null = null): SealedEvent {
  const payload: EventPayloads['overlay.executed.v1'] = {
    overlay_id: overlayId,
    module_hash: '5e'.repeat(32),
    manifest_hash: '6f'.repeat(32),
    instrumenter: 'test',
    handler: 'analyse',
    input_commitment: '00'.repeat(32),
    output_commitment: fault === null ? '11'.repeat(32) : null,
    host_commitment: '22'.repeat(32),
    fault,
    fuel: 10,
    host_calls: 2,
    capabilities: ['DATABASE_READ'],
    instance: 'i',
    ordinal: 0,
  };
  return sealEvent(event('overlay.executed.v1', 'EXECUTE', { type: 'OverlayReceipt', id: receipt }, payload));
}

function aViolation(overlayId: string): SealedEvent {
  const payload = { overlay_id: overlayId, call: 'db_write', operation: 'state.put', violation: 'not granted' };
  return sealEvent(event('overlay.violated.v1', 'VIOLATE', { type: 'OverlayReceipt', id: 'r9' }, payload));
}

function kept(overlayId: string, key: string, value: JsonValue): SealedEvent {
  const payload = { overlay_id: overlayId, key, value };
  return sealEvent(
    event('overlay.state_kept.v1', 'KEEP_STATE', { type: 'OverlayState', id: `state of ${overlayId}` }, payload),
  );
}

function recording(receiptId: string, overlayId: string, instance: string, ordinal: number): OverlayRecording {
  return { receiptId, overlayId, instance, ordinal, text: `{"of":"${receiptId}"}` };
}
