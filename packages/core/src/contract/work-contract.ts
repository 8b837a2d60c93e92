/** Leases, fences and the outbox. @module */
import { aCapsule, commitOf } from './given-events.js';
import { freshStore, START, type ContractEngine, type TestApi } from './test-api.js';

export function workContract(engine: ContractEngine, t: TestApi): void {
  const { it, expect } = t;

  t.describe('leases', () => {
    const subject = freshStore(engine, t);

    it('[STO-11] is held by one at a time; renewing keeps the token, a change of hands raises it', async () => {
      const { leases } = subject.store;
      const first = await leases.acquire('drain', 'a', 1000);
      expect(first).toBeGreaterThan(0);
      expect(await leases.acquire('drain', 'b', 1000)).toBeNull();
      subject.now += 900;
      expect(await leases.acquire('drain', 'a', 1000)).toBe(first);
      subject.now += 900;
      expect(await leases.acquire('drain', 'b', 1000)).toBeNull();
      subject.now += 100;
      const second = await leases.acquire('drain', 'b', 1000);
      expect(second).toBeGreaterThan(first ?? Infinity);
      expect(await leases.acquire('other', 'a', 1000)).toBeGreaterThan(0);
    });

    it('[STO-11] goes to the next at once when its holder releases it, and only then', async () => {
      const { leases } = subject.store;
      const first = await leases.acquire('drain', 'a', 1000);
      await leases.release('drain', 'b');
      expect(await leases.acquire('drain', 'b', 1000)).toBeNull();
      await leases.release('drain', 'a');
      const second = await leases.acquire('drain', 'b', 1000);
      expect(second).toBeGreaterThan(first ?? Infinity);
    });

    it('[STO-11] gives a holder that let it lapse a new token', async () => {
      const { leases } = subject.store;
      const first = await leases.acquire('drain', 'a', 1000);
      subject.now += 1000;
      expect(await leases.acquire('drain', 'a', 1000)).toBeGreaterThan(first ?? Infinity);
    });

    it('[STO-11] gives one of 16 racing holders the lease', async () => {
      const { leases } = subject.store;
      const tokens = await Promise.all(Array.from({ length: 16 }, (_, i) => leases.acquire('drain', `h${i}`, 1000)));
      expect(tokens.filter((token) => token !== null)).toHaveLength(1);
    });

    it('[STO-10] fences off commits of a holder that lost its lease', async () => {
      const { store } = subject;
      const mine = (await store.leases.acquire('drain', 'a', 1000)) ?? 0;
      const fence = { lease: 'drain', token: mine };
      expect(await store.commit(commitOf([aCapsule()], { fence }))).toMatchObject({ outcome: 'committed' });
      subject.now += 1000;
      const theirs = (await store.leases.acquire('drain', 'b', 1000)) ?? 0;
      expect(await store.commit(commitOf([aCapsule()], { fence }))).toEqual({
        outcome: 'fenced',
        lease: 'drain',
        token: theirs,
      });
      expect((await store.status()).capsules).toBe(1);
      const fresh = { lease: 'drain', token: theirs };
      expect(await store.commit(commitOf([aCapsule()], { fence: fresh }))).toMatchObject({ outcome: 'committed' });
    });

    it('[STO-10] fences off a token of a lease that nobody ever held', async () => {
      const fence = { lease: 'unknown', token: 1 };
      const result = await subject.store.commit(commitOf([], { fence }));
      expect(result).toEqual({ outcome: 'fenced', lease: 'unknown', token: 0 });
    });
  });

  t.describe('outbox', () => {
    const subject = freshStore(engine, t);
    const promise = (id: string, payload = '{}') => ({ id, topic: 'phase', payload });

    it('[STO-12] gives due work oldest first, up to the limit, with the position of the commit that promised it', async () => {
      const { store } = subject;
      await store.commit(commitOf([aCapsule()], { outbox: [promise('z', '{"n":1}'), promise('a')] }));
      await store.commit(commitOf([aCapsule(), aCapsule()], { outbox: [promise('m')] }));
      expect(await store.outbox.due(START, 10)).toEqual([
        { id: 'z', topic: 'phase', payload: '{"n":1}', seq: 2, attempts: 0 },
        { id: 'a', topic: 'phase', payload: '{}', seq: 2, attempts: 0 },
        { id: 'm', topic: 'phase', payload: '{}', seq: 4, attempts: 0 },
      ]);
      expect((await store.outbox.due(START, 2)).map(({ id }) => id)).toEqual(['z', 'a']);
    });

    it('[STO-13] puts failed work off until its time and counts it as failing until it ends', async () => {
      const { store } = subject;
      await store.commit(commitOf([aCapsule()], { outbox: [promise('a'), promise('b')] }));
      await store.outbox.defer('a', START + 500, 'provider is away');
      expect((await store.outbox.due(START + 499, 10)).map(({ id }) => id)).toEqual(['b']);
      expect(await store.outbox.due(START + 500, 10)).toMatchObject([
        { id: 'a', attempts: 1 },
        { id: 'b', attempts: 0 },
      ]);
      await store.outbox.defer('a', START + 900, 'still away');
      expect((await store.outbox.due(START + 900, 10))[0]).toMatchObject({ id: 'a', attempts: 2 });
      expect(await store.outbox.backlog()).toEqual({ pending: 2, failing: 1 });
      await store.outbox.finish(['a']);
      expect(await store.outbox.backlog()).toEqual({ pending: 1, failing: 0 });
      await store.outbox.finish(['a']);
      await store.outbox.defer('a', START, 'too late');
      expect(await store.outbox.backlog()).toEqual({ pending: 1, failing: 0 });
    });

    it('[STO-14] carries out a message once: the commit that completes it ends it, later ones lose', async () => {
      const { store } = subject;
      await store.commit(commitOf([aCapsule()], { outbox: [promise('work')] }));
      const effect = aCapsule();
      const done = await store.commit(commitOf([effect], { completes: 'work', outbox: [promise('follow-up')] }));
      expect(done).toMatchObject({ outcome: 'committed' });
      expect((await store.outbox.due(START, 10)).map(({ id }) => id)).toEqual(['follow-up']);
      expect(await store.commit(commitOf([aCapsule()], { completes: 'work' }))).toEqual({
        outcome: 'completed-before',
      });
      await store.outbox.finish(['follow-up']);
      expect(await store.commit(commitOf([aCapsule()], { completes: 'follow-up' }))).toEqual({
        outcome: 'completed-before',
      });
      expect((await store.status()).capsules).toBe(2);
    });

    it('[STO-14] lets exactly one of 16 racing completions win', async () => {
      const { store } = subject;
      await store.commit(commitOf([], { outbox: [promise('work')] }));
      const results = await Promise.all(
        Array.from({ length: 16 }, () => store.commit(commitOf([aCapsule()], { completes: 'work' }))),
      );
      expect(results.filter(({ outcome }) => outcome === 'committed')).toHaveLength(1);
      expect(results.filter(({ outcome }) => outcome === 'completed-before')).toHaveLength(15);
      expect((await store.status()).capsules).toBe(1);
    });
  });
}
