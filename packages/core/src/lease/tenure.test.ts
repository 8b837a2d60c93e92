import { beforeEach, describe, expect, it } from 'vitest';
import { aCapsule, commitOf } from '../contract/given-events.js';
import { openMemoryStore, type MemoryStore } from '../memory/index.js';
import { HandClock, settle } from '../pipeline/testing/known-memory.js';
import { LeaseLost, Tenure } from './tenure.js';

const TTL = 900;

let store: MemoryStore;
/** The store's clock. */
let now = 0;
beforeEach(async () => {
  now = 1_000_000;
  store = await openMemoryStore({ now: () => now });
});

/** A pod with a clock of its own, which shares nothing with others but the store. */
function aPod(holder: string) {
  const clock = new HandClock();
  const tenure = new Tenure({ leases: store.leases, lease: 'work', holder, ttlMs: TTL, clock });
  const pass = async (ms: number): Promise<void> => {
    now += ms;
    clock.move(ms);
    await settle();
  };
  return { tenure, clock, pass };
}

const done = async (): Promise<string> => 'done';

describe('a tenure', () => {
  it('[POD-9] lets one pod work at a time, and the next one after it let go', async () => {
    const [a, b] = [aPod('a'), aPod('b')];
    expect(await a.tenure.during(done)).toBe('done');
    expect(await b.tenure.during(done)).toBeNull();
    await a.tenure.release();
    expect(await a.tenure.during(done)).toBeNull();
    // It was told no a moment ago and does not ask again so soon, unless it hears that it may.
    expect(await b.tenure.during(done)).toBeNull();
    b.tenure.tryAgain();
    expect(await b.tenure.during(done)).toBe('done');
    expect([a.tenure.held, b.tenure.held]).toEqual([false, true]);
  });

  it('[POD-9] asks the store a few times per lease, not for every piece of work', async () => {
    let asked = 0;
    const { acquire } = store.leases;
    store.leases.acquire = (...args) => (asked++, acquire(...args));
    const [a, b] = [aPod('a'), aPod('b')];
    for (let i = 0; i < 100; i++) {
      expect(await a.tenure.during(done)).toBe('done');
      expect(await b.tenure.during(done)).toBeNull();
      await a.pass(10);
      b.clock.move(10);
    }
    expect(asked).toBeGreaterThan(4);
    expect(asked).toBeLessThan(12);
  });

  it('[POD-9] is renewed while the work goes on, however long', async () => {
    const [a, b] = [aPod('a'), aPod('b')];
    let end: (value: string) => void = () => undefined;
    const working = a.tenure.during(() => new Promise<string>((resolve) => (end = resolve)));
    await settle();
    for (let i = 0; i < 20; i++) {
      await a.pass(TTL / 3);
      b.tenure.tryAgain();
      expect(await b.tenure.during(done)).toBeNull();
    }
    end('worked long');
    expect(await working).toBe('worked long');
    await a.pass(TTL);
    b.tenure.tryAgain();
    expect(await b.tenure.during(done)).toBe('done');
  });

  it('[POD-10] of a pod that died goes to another after its time', async () => {
    const [dead, next] = [aPod('dead'), aPod('next')];
    void dead.tenure.during(() => new Promise(() => undefined));
    await settle();
    expect(await next.tenure.during(done)).toBeNull();
    // Its clock stands still: it renews nothing.
    await next.pass(TTL - 1);
    expect(await next.tenure.during(done)).toBeNull();
    await next.pass(TTL);
    expect(await next.tenure.during(done)).toBe('done');
  });

  it('[POD-11] of a pod that slept too long writes nothing, and its message stays for the next', async () => {
    const [slow, next] = [aPod('slow'), aPod('next')];
    const commit = (pod: typeof slow) => pod.tenure.fenced(store).commit(commitOf([aCapsule()]));
    await slow.tenure.during(async () => {
      now += TTL;
      expect(await next.tenure.during(() => commit(next))).toMatchObject({ outcome: 'committed' });
      await expect(commit(slow)).rejects.toThrow(LeaseLost);
    });
    expect(slow.tenure.held).toBe(false);
    expect((await store.status()).capsules).toBe(1);
  });

  it('[POD-9] that cannot be asked for fails, and is not believed in beyond its time', async () => {
    const a = aPod('a');
    await a.tenure.during(done);
    store.leases.acquire = () => Promise.reject(new Error('store away'));
    expect(await a.tenure.during(done)).toBe('done');
    await a.pass(TTL);
    expect(a.tenure.held).toBe(false);
    await expect(a.tenure.during(done)).rejects.toThrow('store away');
  });
});
