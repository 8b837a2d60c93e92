import { beforeEach, describe, expect, it } from 'vitest';
import type { CapsuleRecord } from '../capsule/capsule.js';
import { createCapsule } from '../capsule/create-capsule.js';
import { aContext, OWNER, REVIEWER, STRANGER } from '../capsule/given-record.js';
import { updateCapsule } from '../capsule/update-capsule.js';
import { openMemoryStore, type MemoryStore } from '../memory/index.js';
import { retractCapsule } from './retract-capsule.js';
import { quarantineCapsule, setTrust } from './set-trust.js';
import { signalTrust } from './signal-trust.js';
import { trustHistory } from './trust-history.js';

let store: MemoryStore;
let clock: number;
let capsule: CapsuleRecord;
const now = () => clock;
const ctx = aContext(OWNER, { now });
const reviewing = aContext(REVIEWER, { now });

beforeEach(async () => {
  clock = Date.UTC(2026, 0, 1, 12);
  store = await openMemoryStore({ now });
  ({ capsule } = await createCapsule(store, ctx, { content: 'a', type: 'knowledge' }));
});

const messages = async () =>
  (await store.outbox.due(clock, 100)).map(({ topic, payload }) => ({ topic, ...JSON.parse(payload) }));

describe('trust', () => {
  it('[TRU-1] is set to a whole number from 0 to 100, with a reason', async () => {
    const { capsule: after, result } = await setTrust(store, reviewing, capsule.id, { level: 85, reason: 'checked' });
    expect([after.trust, after.chainTrust, result]).toEqual([85, 85, 'changed']);
    expect((await setTrust(store, reviewing, capsule.id, { level: 85, reason: 'again' })).result).toBe('unchanged');
    for (const level of [-1, 101, 1.5, Number.NaN]) {
      const refused = setTrust(store, reviewing, capsule.id, { level, reason: 'x' });
      await expect(refused).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field: 'level' } });
    }
    const silent = setTrust(store, reviewing, capsule.id, { level: 70, reason: '' });
    await expect(silent).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field: 'reason' } });
    await expect(setTrust(store, reviewing, 'nobody', { level: 1, reason: 'x' })).rejects.toMatchObject({
      code: 'CAPSULE_NOT_FOUND',
    });
  });

  it('[TRU-3] comes back as it was after a quarantine, also one that was reviewed meanwhile', async () => {
    await setTrust(store, reviewing, capsule.id, { level: 72, reason: 'checked' });
    await quarantineCapsule(store, reviewing, capsule.id, { reason: 'doubt' });
    await setTrust(store, reviewing, capsule.id, { level: 30, reason: 'less doubt' });
    const { capsule: zero } = await quarantineCapsule(store, reviewing, capsule.id, { reason: 'more doubt' });
    expect([zero.trust, zero.trustBefore]).toEqual([0, 72]);
    const { capsule: lifted } = await quarantineCapsule(store, reviewing, capsule.id, {
      reason: 'cleared',
      lift: true,
    });
    expect([lifted.trust, lifted.trustBefore]).toEqual([72, null]);
  });

  it('[TRU-2] of an old version can be changed, and reaches its successors', async () => {
    const { capsule: v2 } = await updateCapsule(store, ctx, capsule.id, capsule.id, { content: 'b' });
    await quarantineCapsule(store, reviewing, capsule.id, { reason: 'doubt' });
    expect(await store.capsule(v2.id)).toMatchObject({ trust: 60, chainTrust: 0, tainted: true });
    const input = { content: 'c', relation: 'correction' as const };
    const { capsule: mended } = await updateCapsule(store, reviewing, v2.id, v2.id, input);
    expect(mended).toMatchObject({ trust: 60, chainTrust: 60, tainted: false });
  });

  it('[TRU-9] promises in the same commit to tell the owners downstream', async () => {
    const actions: [string | null, () => Promise<unknown>][] = [
      [null, () => setTrust(store, reviewing, capsule.id, { level: 50, reason: 'x' })],
      ['tainted', () => setTrust(store, reviewing, capsule.id, { level: 20, reason: 'x' })],
      [null, () => quarantineCapsule(store, reviewing, capsule.id, { reason: 'x' })],
      ['taint_lifted', () => quarantineCapsule(store, reviewing, capsule.id, { reason: 'x', lift: true })],
      ['tainted', () => quarantineCapsule(store, reviewing, capsule.id, { reason: 'x' })],
      ['taint_lifted', () => setTrust(store, reviewing, capsule.id, { level: 60, reason: 'x' })],
      ['tainted', () => retractCapsule(store, ctx, capsule.id, { reason: 'x' })],
      [null, () => retractCapsule(store, ctx, capsule.id, { reason: 'x' })],
      ['taint_lifted', () => retractCapsule(store, ctx, capsule.id, { reason: 'x', lift: true })],
      [null, () => signalTrust(store, ctx, capsule.id, { signal: 'helpful' })],
    ];
    for (const [kind, act] of actions) {
      const before = (await messages()).length;
      await act();
      const added = (await messages()).slice(before);
      expect(added.map((message) => message.kind)).toEqual(kind === null ? [] : [kind]);
      if (kind === null) continue;
      const { items } = await store.entries({ entityId: capsule.id, order: 'newest', limit: 1, cursor: null });
      expect(added).toMatchObject([
        {
          topic: 'taint.notify',
          capsule_id: capsule.id,
          correlation_id: 'correlation',
          causation_id: items[0]?.envelope.id,
        },
      ]);
    }
  });

  it('[TRU-11] has a history with causes, evidence and actors, newest first', async () => {
    await signalTrust(store, ctx, capsule.id, { signal: 'confirmed', evidence: { source: 'audit' } });
    clock += 1_000;
    await setTrust(store, reviewing, capsule.id, { level: 20, reason: 'doubt' });
    const { items } = await trustHistory(store, capsule.seriesId);
    expect(items).toMatchObject([
      {
        at: '2026-01-01T12:00:01.000Z',
        from: 62,
        to: 20,
        band: 'QUARANTINE',
        cause: 'quarantine',
        signal: null,
        reason: 'doubt',
        evidence: null,
        actor: 'reviewer',
      },
      {
        at: '2026-01-01T12:00:00.000Z',
        from: 60,
        to: 62,
        band: 'STANDARD',
        cause: 'signal',
        signal: 'confirmed',
        reason: null,
        evidence: { source: 'audit' },
        actor: 'owner',
      },
    ]);
    const first = await trustHistory(store, capsule.id, { limit: 1 });
    const second = await trustHistory(store, capsule.id, { limit: 1, cursor: first.nextCursor });
    expect([...first.items, ...second.items]).toEqual(items);
    await expect(trustHistory(store, 'nobody')).rejects.toMatchObject({ code: 'CAPSULE_NOT_FOUND' });
  });

  it('[TRU-11] has a history of what was not erased', async () => {
    await setTrust(store, reviewing, capsule.id, { level: 70, reason: 'x' });
    const erased = async (...args: Parameters<MemoryStore['entries']>) => {
      const page = await store.entries(...args);
      return { ...page, items: page.items.map(({ envelope }) => ({ envelope, payload: null })) };
    };
    const ports = Object.assign(Object.create(store) as MemoryStore, {
      capsule: store.capsule.bind(store),
      entries: erased,
    });
    const { items } = await trustHistory(ports, capsule.id);
    expect(items).toMatchObject([{ from: null, to: null, band: null, cause: null, reason: null, actor: 'reviewer' }]);
  });
});

describe('signals', () => {
  it('[TRU-7] count by UTC day and capsule, and begin anew after midnight', async () => {
    const helpful = async () => (await signalTrust(store, ctx, capsule.id, { signal: 'helpful' })).capsule.trust;
    for (let i = 1; i <= 5; i++) expect(await helpful()).toBe(60 + i);
    await expect(helpful()).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    clock = Date.UTC(2026, 0, 2) - 1;
    await expect(helpful()).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    clock += 1;
    expect(await helpful()).toBe(66);
    const { capsule: other } = await createCapsule(store, ctx, { content: 'b', type: 'knowledge' });
    expect((await signalTrust(store, ctx, other.id, { signal: 'confirmed' })).capsule.trust).toBe(62);
  });

  it('[TRU-7] do not count what reviewers did', async () => {
    await setTrust(store, reviewing, capsule.id, { level: 80, reason: 'checked' });
    expect((await signalTrust(store, ctx, capsule.id, { signal: 'confirmed' })).capsule.trust).toBe(82);
  });

  it('[TRU-5] that race stay within the day together', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 32 }, () =>
        signalTrust(store, aContext(STRANGER, { now }), capsule.id, { signal: 'confirmed' }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(await store.capsule(capsule.id)).toMatchObject({ trust: 65 });
  });

  it('[TRU-5] are one of four', async () => {
    const wrong = signalTrust(store, ctx, capsule.id, { signal: 'toString' as 'helpful' });
    await expect(wrong).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field: 'signal' } });
  });
});

describe('retraction', () => {
  it('[TRU-8] by a reviewer is not lifted by the owner, even after one of its own', async () => {
    await retractCapsule(store, ctx, capsule.id, { reason: 'mistake' });
    expect((await retractCapsule(store, ctx, capsule.id, { reason: 'fine', lift: true })).capsule.retracted).toBe(
      false,
    );
    await retractCapsule(store, reviewing, capsule.id, { reason: 'not fine' });
    const lift = (who: typeof ctx) => retractCapsule(store, who, capsule.id, { reason: 'please', lift: true });
    await expect(lift(ctx)).rejects.toMatchObject({ code: 'POLICY_DENIED' });
    expect((await lift(reviewing)).capsule.retracted).toBe(false);
  });
});
