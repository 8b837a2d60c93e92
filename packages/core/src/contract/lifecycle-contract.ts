/** Closing a store, and opening it again. @module */
import { aCapsule, aVersionOf, archivalOf, commitOf, GIVEN_OWNER, trustChangeOf, written } from './given-events.js';
import { freshStore, START, timeOf, type ContractEngine, type TestApi } from './test-api.js';

export function lifecycleContract(engine: ContractEngine, t: TestApi): void {
  const { it, expect } = t;

  t.describe('lifecycle', () => {
    const subject = freshStore(engine, t);

    it('[STO-44] refuses everything once it is closed', async () => {
      const { store } = subject;
      const capsule = aCapsule();
      await written(store, capsule);
      await store.close();
      const query = { query: 'x', filter: {}, limit: 1, cursor: null, explain: false, includeContent: false };
      const calls: Record<string, () => Promise<unknown>> = {
        commit: () => store.commit(commitOf([aCapsule()])),
        capsule: () => store.capsule(capsule.id),
        capsules: () => store.capsules([capsule.id]),
        byKeys: () => store.byKeys(GIVEN_OWNER, ['k']),
        versions: () => store.versions(capsule.seriesId),
        list: () => store.list({}, 1, null),
        lineage: () => store.lineage(capsule.id, 'ancestors', null),
        search: () => store.search(query),
        entries: () => store.entries({ order: 'newest', limit: 1, cursor: null }),
        checkpoint: () => store.checkpoint(),
        inclusionProof: () => store.inclusionProof(1, 1),
        consistencyProof: () => store.consistencyProof(1, 1),
        status: () => store.status(),
        settled: () => store.settled(),
        due: () => store.outbox.due(START, 1),
        defer: () => store.outbox.defer('x', START, 'y'),
        finish: () => store.outbox.finish(['x']),
        backlog: () => store.outbox.backlog(),
        acquire: () => store.leases.acquire('x', 'y', 1),
        release: () => store.leases.release('x', 'y'),
      };
      const outcomes: Record<string, unknown> = {};
      for (const [name, call] of Object.entries(calls)) {
        outcomes[name] = await call().then(
          () => 'answered',
          (error: unknown) => (error as { code?: unknown }).code,
        );
      }
      expect(outcomes).toEqual(Object.fromEntries(Object.keys(calls).map((name) => [name, 'STORE_CLOSED'])));
    });

    it('[STO-44] finishes what was asked for before it was closed', async () => {
      const { store } = subject;
      const commits = Array.from({ length: 8 }, () => store.commit(commitOf([aCapsule()])));
      const closing = store.close();
      const results = await Promise.all(commits);
      await closing;
      expect(results.map(({ outcome }) => outcome)).toEqual(results.map(() => 'committed'));
    });

    it('[STO-45] shares nothing with any other store', async () => {
      const capsule = aCapsule();
      await written(subject.store, capsule);
      const other = await engine.open({ now: () => START });
      expect(await other.capsule(capsule.id)).toBeNull();
      const [mine, theirs] = [await subject.store.status(), await other.status()];
      expect([theirs.ledgerSize, mine.origin === theirs.origin]).toEqual([1, false]);
      await other.close();
    });

    it('[STO-46] is as it was after it was closed and opened, or, when it keeps nothing, stays closed', async () => {
      let { store } = subject;
      const a = aCapsule({ key: 'a', content: 'numbat', trust: 90 });
      const a2 = aVersionOf(a, { content: 'numbat two' });
      const b = aCapsule({ content: 'numbat three', derivedFrom: [{ id: a.id, relation: 'fork' }], trust: 90 });
      subject.now += 5000;
      await store.commit(
        commitOf([a, a2, b, archivalOf(b), trustChangeOf(a, 90, 20, 'quarantine')], {
          claims: [{ space: 'key', key: 'a', holder: a.id, expiresAt: null }],
          outbox: [
            { id: 'work', topic: 'x', payload: '{}' },
            { id: 'late', topic: 'x', payload: '{}' },
          ],
        }),
      );
      await store.outbox.defer('late', START + 9000, 'away');
      const token = await store.leases.acquire('drain', 'me', 60_000);
      await store.settled();
      const look = async () => ({
        status: await store.status(),
        checkpoint: await store.checkpoint(),
        entries: await store.entries({ order: 'oldest', limit: 100, cursor: null }),
        records: await store.capsules([a.id, a2.id, b.id]),
        lineage: await store.lineage(b.id, 'ancestors', null),
        asOf: await store.list({ asOf: timeOf(START + 5000) }, 10, null),
        found: (
          await store.search({
            query: 'numbat',
            filter: {},
            limit: 10,
            cursor: null,
            explain: false,
            includeContent: true,
          })
        ).items,
        due: await store.outbox.due(START + 9000, 10),
        backlog: await store.outbox.backlog(),
      });
      const before = await look();
      if (engine.reopen === undefined) {
        await store.close();
        await expect(store.capsule(a.id)).rejects.toMatchObject({ code: 'STORE_CLOSED' });
        return;
      }
      store = await engine.reopen(store);
      try {
        expect(await look()).toEqual(before);
        expect(await store.leases.acquire('drain', 'other', 1)).toBeNull();
        expect(await store.leases.acquire('drain', 'me', 60_000)).toBe(token);
        const claims = [{ space: 'key', key: 'a', holder: 'x', expiresAt: null }];
        expect(await store.commit(commitOf([], { claims }))).toMatchObject({ outcome: 'claimed', holder: a.id });
        subject.now = START;
        const next = await store.commit(commitOf([aCapsule()], { completes: 'work' }));
        expect(next).toMatchObject({ outcome: 'committed', firstSeq: 7, timestamp: timeOf(START + 5000) });
        const proof = await store.consistencyProof(6, 7);
        expect(proof.length).toBeGreaterThan(0);
      } finally {
        await store.close();
      }
    });
  });
}
