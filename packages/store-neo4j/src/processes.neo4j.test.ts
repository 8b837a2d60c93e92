import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Store } from '@forge-cascade/core';
import { aCapsule, aVersionOf, commitOf, written } from '@forge-cascade/core/contract';
import { Connection } from './connection.js';
import { openNeo4jStore } from './neo4j-store.js';
import { checkServer } from './schema.js';
import { FaultyProxy, type Cut } from './testing/faulty-proxy.js';
import { GivenStores, guardedServer } from './testing/given-databases.js';
import { verifyNeo4jStore } from './verify/verify-neo4j-store.js';

const stores = new GivenStores();
let store: Store;

beforeEach(async () => {
  store = await stores.open();
});

afterEach(() => store.close());

const search = (query: string) => ({
  ...{ query, filter: {}, limit: 5, cursor: null, explain: false, includeContent: false },
});

async function verified(): Promise<void> {
  const report = await verifyNeo4jStore(stores.serverOf(store), { verifierKeys: [stores.verifierKey] });
  expect(report).toMatchObject({ ok: true, findings: [] });
}

describe('several processes over one database', () => {
  it('[NEO-4] write exactly one of the commits that race, and a whole ledger', async () => {
    const all = [store, await stores.another(store), await stores.another(store)];
    const head = aCapsule();
    const revision = await written(store, head);
    const versions = Array.from({ length: 64 }, (_, i) => aVersionOf(head, { content: `candidate ${i}` }));
    const claimants = Array.from({ length: 64 }, (_, i) => `voter ${i}`);
    const others = Array.from({ length: 32 }, () => aCapsule());
    const at = <T>(i: number, work: (store: Store) => Promise<T>) => work(all[i % all.length] as Store);
    const [onHead, onClaim, onKey, beside] = await Promise.all([
      Promise.all(
        versions.map((v, i) =>
          at(i, (s) => s.commit(commitOf([v], { expect: [{ stream: head.seriesId, revision }] }))),
        ),
      ),
      Promise.all(
        claimants.map((holder, i) =>
          at(i, (s) =>
            s.commit(commitOf([aCapsule()], { claims: [{ space: 'vote', key: 'p', holder, expiresAt: null }] })),
          ),
        ),
      ),
      Promise.all(claimants.map((_, i) => at(i, (s) => s.commit(commitOf([aCapsule({ key: 'handbook' })]))))),
      Promise.all(others.map((capsule, i) => at(i, (s) => s.commit(commitOf([capsule]))))),
    ]);
    expect(onHead.filter(({ outcome }) => outcome === 'committed')).toHaveLength(1);
    expect(onHead.filter(({ outcome }) => outcome === 'stale')).toHaveLength(63);
    expect(onClaim.filter(({ outcome }) => outcome === 'committed')).toHaveLength(1);
    expect(onClaim.filter(({ outcome }) => outcome === 'claimed')).toHaveLength(63);
    expect(onKey.filter(({ outcome }) => outcome === 'committed')).toHaveLength(1);
    expect(onKey.filter(({ outcome }) => outcome === 'claimed')).toHaveLength(63);
    expect(beside.filter(({ outcome }) => outcome === 'committed')).toHaveLength(32);
    const { items } = await store.entries({ order: 'oldest', limit: 1000, cursor: null });
    expect(items.map(({ envelope }) => envelope.seq)).toEqual(Array.from({ length: 37 }, (_, i) => i + 1));
    await Promise.all(all.slice(1).map((one) => one.close()));
    await verified();
  });

  it('[NEO-5] read what another of them was told is stored', async () => {
    const other = await stores.another(store);
    const [writers, readers] = [
      [store, other],
      [other, store],
    ] as const;
    for (let i = 0; i < 12; i++) {
      const [writer, reader] = [writers[i % 2] as Store, readers[i % 2] as Store];
      // A process to which nothing is new ranks before it knows whether something is.
      for (let calm = 0; calm < i % 3; calm++) await reader.search(search(`quokka${i}`));
      const capsule = aCapsule({ content: `quokka${i} lives here`, tags: [`t${i}`] });
      await written(writer, capsule);
      const [record, listed, found] = await Promise.all([
        reader.capsule(capsule.id),
        reader.list({ tags: [`t${i}`] }, 5, null),
        reader.search(search(`quokka${i}`)),
      ]);
      const ids = [record?.id, listed.items[0]?.id, found.items[0]?.capsule.id];
      expect(ids).toEqual([capsule.id, capsule.id, capsule.id]);
    }
    await other.close();
  });

  it('[POD-13] agree on who holds a lease, however their own clocks differ', async () => {
    const hour = 3_600_000;
    const clock = vi.spyOn(Date, 'now');
    const [one, other] = [await stores.another(store), await stores.another(store)];
    const at = async <T>(skew: number, work: () => Promise<T>): Promise<T> => {
      const real = performance.timeOrigin + performance.now();
      clock.mockReturnValue(real + skew);
      return work().finally(() => clock.mockReset());
    };
    const first = await at(-hour, () => one.leases.acquire('drain', 'slow', 60_000));
    expect(first).toBeGreaterThan(0);
    expect(await at(hour, () => other.leases.acquire('drain', 'fast', 60_000))).toBeNull();
    expect(await at(-hour, () => one.leases.acquire('drain', 'slow', 1))).toBe(first);
    await expect.poll(() => at(-hour, () => other.leases.acquire('drain', 'late', 60_000))).toBeGreaterThan(first ?? 0);
    const fence = { lease: 'drain', token: first ?? 0 };
    expect(await one.commit(commitOf([aCapsule()], { fence }))).toMatchObject({ outcome: 'fenced' });
    clock.mockRestore();
    await Promise.all([one.close(), other.close()]);
  });

  it('[POD-41] agree on which claims hold, which work is due and what time it is, however their own clocks differ', async () => {
    const day = 24 * 3_600_000;
    const clock = vi.spyOn(Date, 'now');
    const [slow, fast] = [await stores.another(store), await stores.another(store)];
    const real = (): number => performance.timeOrigin + performance.now();
    const at = async <T>(skew: number, work: () => Promise<T>): Promise<T> => {
      clock.mockImplementation(() => Math.round(real() + skew));
      return work().finally(() => clock.mockReset());
    };
    const claiming = (holder: string, expiresAt: number) =>
      commitOf([aCapsule()], {
        claims: [{ space: 'idempotency:a', key: 'k', holder, expiresAt }],
        outbox: [{ id: holder, topic: 'x', payload: '{}' }],
      });
    // Held for a day from now, though by the clock of the others it ended long ago, or has not begun.
    const first = await at(-2 * day, () => slow.commit(claiming('first', Date.now() + day)));
    expect(first).toMatchObject({ outcome: 'committed' });
    expect(await at(2 * day, () => fast.commit(claiming('again', Date.now() + day)))).toMatchObject({
      outcome: 'claimed',
      holder: 'first',
    });
    const later = await at(2 * day, () => fast.commit(commitOf([aCapsule()])));
    for (const result of [first, later]) {
      if (result.outcome !== 'committed') throw new Error('it was not written');
      expect(Math.abs(Date.parse(result.timestamp) - real())).toBeLessThan(day / 2);
    }
    const due = async (skew: number, of: Store) =>
      at(skew, async () => (await of.outbox.due(Date.now(), 10)).map(({ id }) => id));
    expect(await due(-2 * day, slow)).toEqual(['first']);
    await at(-2 * day, () => slow.outbox.defer('first', Date.now() + day, 'away'));
    expect(await due(2 * day, fast)).toEqual([]);
    await at(2 * day, () => fast.outbox.defer('first', Date.now(), 'away again'));
    await expect.poll(() => due(-2 * day, slow)).toEqual(['first']);
    clock.mockRestore();
    await Promise.all([slow.close(), fast.close()]);
  });

  const cuts: [Cut, string][] = [
    ['before', 'never heard of it'],
    ['after', 'had stored it'],
  ];
  it.each(cuts)('[NEO-7] writes a commit once whose connection breaks %s the server %s', async (cut) => {
    const proxy = await FaultyProxy.before(stores.serverOf(store).url);
    const behind = await stores.another(store, { url: proxy.url });
    const commits = Array.from({ length: 6 }, () => aCapsule());
    proxy.cutNext(cut);
    const results = await Promise.all(
      commits.map((capsule) =>
        behind.commit(commitOf([capsule], { outbox: [{ id: capsule.id, topic: 'x', payload: '{}' }] })),
      ),
    );
    expect(proxy.cuts).toBe(1);
    expect(results.map((r) => (r.outcome === 'committed' ? r.firstSeq : r.outcome))).toEqual([2, 3, 4, 5, 6, 7]);
    expect(await store.status()).toMatchObject({ ledgerSize: 7, capsules: 6 });
    expect(await store.outbox.backlog()).toEqual({ pending: 6, failing: 0 });
    await written(behind, aCapsule());
    await behind.close();
    await proxy.close();
    await verified();
  });

  it('[NEO-9] refuses a number that JavaScript cannot hold', async () => {
    const capsule = aCapsule({ position: 3, collection: 'c' });
    await written(store, capsule);
    const anyone = new Connection(stores.serverOf(store));
    await anyone.alone('MATCH (c:Capsule {id: $id}) SET c.position = 9007199254740993', { id: capsule.id });
    await anyone.close();
    await expect(store.capsule(capsule.id)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  });
});

describe('a server that cannot be used', () => {
  it('[NEO-6] is refused by name, without its password', async () => {
    const guarded = guardedServer();
    const ledgerKey = () => '';
    const secret = 'Zanzibar-7f3a';
    const faults = [
      [{ url: 'bolt://127.0.0.1:9', user: 'neo4j', password: secret, connectTimeoutMs: 2_000 }, 'UNAVAILABLE'],
      [{ url: 'postgres://127.0.0.1:9', user: 'neo4j', password: secret }, 'INVALID_INPUT'],
      [{ url: guarded.url, user: 'neo4j', password: secret }, 'UNAUTHENTICATED'],
      [{ ...guarded, database: 'nowhere' }, 'NOT_FOUND'],
    ] as const;
    for (const [options, code] of faults) {
      const error = await openNeo4jStore({ ...options, ledgerKey }).catch((reason: unknown) => reason as Error);
      expect(error).toMatchObject({ code });
      expect(String((error as Error).message).includes(secret)).toBe(false);
    }
    for (const agent of ['Neo4j/4.4.30', 'Neo4j/5.13.0', 'Memgraph/2.1', '']) {
      expect(() => checkServer(agent)).toThrow(/5\.26/);
    }
    for (const agent of ['Neo4j/5.26.30', 'Neo4j/2025.06.0', 'Neo4j/2026.01.1']) checkServer(agent);
  });
});
