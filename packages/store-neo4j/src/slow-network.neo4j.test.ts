import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LeaseLost, systemClock, Tenure, type Store } from '@forge-cascade/core';
import { aCapsule, aVersionOf, commitOf, written } from '@forge-cascade/core/contract';
import { FaultyProxy } from './testing/faulty-proxy.js';
import { GivenStores } from './testing/given-databases.js';
import { verifyNeo4jStore } from './verify/verify-neo4j-store.js';

const stores = new GivenStores();
let store: Store;
let proxy: FaultyProxy;

beforeEach(async () => {
  store = await stores.open();
  proxy = await FaultyProxy.before(stores.serverOf(store).url);
});

afterEach(async () => {
  await store.close();
  await proxy.close();
});

async function verified(): Promise<void> {
  const report = await verifyNeo4jStore(stores.serverOf(store), { verifierKeys: [stores.verifierKey] });
  expect(report).toMatchObject({ ok: true, findings: [] });
}

const SLOW = { latencyMs: 4, jitterMs: 12, halves: true };

describe('a process whose connection is slow and uneven', () => {
  it('[NEO-42] loses and doubles no commit beside a fast one, also when it is cut, and each reads what the other wrote', async () => {
    const slow = await stores.another(store, { url: proxy.url });
    proxy.slow(SLOW);
    const head = aCapsule();
    const revision = await written(store, head);
    const [rivals, others] = [0, 1].map(() => Array.from({ length: 24 }, (_, i) => i));
    const at = (i: number): Store => (i % 2 === 0 ? slow : store);
    const rounds = async (): Promise<void> => {
      for (let i = 0; i < 6; i++) {
        const [writer, reader] = [at(i), at(i + 1)];
        const capsule = aCapsule({ content: `quokka${i} lives here` });
        await written(writer, capsule);
        const [record, found] = await Promise.all([
          reader.capsule(capsule.id),
          reader.search({
            ...{ query: `quokka${i}`, filter: {}, limit: 2, cursor: null, explain: false, includeContent: false },
          }),
        ]);
        expect([record?.id, found.items[0]?.capsule.id]).toEqual([capsule.id, capsule.id]);
      }
    };
    proxy.cutNext('after');
    const [raced, beside] = await Promise.all([
      Promise.all(
        (rivals ?? []).map((i) =>
          at(i).commit(
            commitOf([aVersionOf(head, { content: `candidate ${i}` })], {
              expect: [{ stream: head.seriesId, revision }],
            }),
          ),
        ),
      ),
      Promise.all((others ?? []).map((i) => at(i).commit(commitOf([aCapsule()])))),
      rounds(),
    ]);
    expect(proxy.cuts).toBe(1);
    expect(raced.filter(({ outcome }) => outcome === 'committed')).toHaveLength(1);
    expect(beside.filter(({ outcome }) => outcome === 'committed')).toHaveLength(24);
    const { items } = await slow.entries({ order: 'oldest', limit: 100, cursor: null });
    expect(items.map(({ envelope }) => envelope.seq)).toEqual(Array.from({ length: 33 }, (_, i) => i + 1));
    await slow.close();
    await verified();
  });

  it('[POD-40] is fenced off when it is held up beyond its lease, and what it was about is done by the next', async () => {
    const held = await stores.another(store, { url: proxy.url });
    proxy.slow(SLOW);
    const TTL_MS = 1_000;
    const tenure = new Tenure({
      leases: held.leases,
      lease: 'drain',
      holder: 'slow',
      ttlMs: TTL_MS,
      clock: systemClock,
    });
    const work = { id: 'work', topic: 'x', payload: '{}' };
    await held.commit(commitOf([], { outbox: [work] }));
    let begun = false;
    const late = tenure.during(async () => {
      proxy.stall('now');
      begun = true;
      return tenure.fenced(held).commit(commitOf([aCapsule()], { completes: 'work' }));
    });
    const ended = expect(late).rejects.toBeInstanceOf(LeaseLost);
    await expect.poll(() => begun, { timeout: 30_000 }).toBe(true);
    let token: number | null = null;
    while (token === null) token = await store.leases.acquire('drain', 'quick', 60_000);
    expect(token).toBe(2);
    const done = commitOf([aCapsule()], { completes: 'work', fence: { lease: 'drain', token } });
    expect(await store.commit(done)).toMatchObject({ outcome: 'committed' });
    proxy.goOn();
    await ended;
    expect(proxy.held).toBeGreaterThan(0);
    expect(tenure.held).toBe(false);
    expect(await store.status()).toMatchObject({ capsules: 1 });
    expect(await store.outbox.backlog()).toEqual({ pending: 0, failing: 0 });
    await held.close();
    await verified();
  });
});

describe('a process that stops in the middle of a commit', () => {
  it('[NEO-43] keeps the others waiting for the time of a transaction alone, and writes its commit once', async () => {
    const stopped = await stores.another(store, { url: proxy.url, transactionTimeoutMs: 1_500 });
    const waiting = aCapsule();
    proxy.stall('commit');
    const late = stopped.commit(commitOf([waiting]));
    // A read that ends at that moment is held up as well.
    await expect.poll(() => proxy.held, { timeout: 30_000 }).toBeGreaterThan(0);
    const others = Array.from({ length: 4 }, () => aCapsule());
    await Promise.all(others.map((capsule) => written(store, capsule)));
    expect((await store.capsule(waiting.id)) === null).toBe(true);
    proxy.goOn();
    expect(await late).toMatchObject({ outcome: 'committed', firstSeq: 6 });
    await stopped.close();
    await verified();
  });
});
