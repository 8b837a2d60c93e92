import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareAnswers,
  compareStores,
  randomHistory,
  seededHistory,
  trustChangeOf,
  written,
} from '../contract/index.js';
import { parseCheckpoint } from '../ledger/checkpoint.js';
import { openMemoryStore } from './memory-store.js';

const number = fc.nat({ max: 2 ** 31 });
const seeds = fc.array(fc.tuple(number, number, number, number, number), { minLength: 1, maxLength: 60 });

describe('random histories', () => {
  it('[STO-48] leave a store and one rebuilt from its entries alike', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (numbers) => {
        const history = randomHistory(numbers);
        const store = await openMemoryStore({ now: history.now });
        await compareStores([store], history);
        const rebuilt = await openMemoryStore({ entries: store.ledger.entries });
        for (const { id, topic, payload } of await store.outbox.due(Infinity, 1000)) {
          expect([id, topic, payload].every((text) => text.length > 0)).toBe(true);
          await store.outbox.finish([id]);
        }
        await compareAnswers([store, rebuilt]);
        const [a, b] = [parseCheckpoint(await store.checkpoint()), parseCheckpoint(await rebuilt.checkpoint())];
        expect(b.body).toBe(a.body);
      }),
      { numRuns: 15 },
    );
  });

  it('[STO-48] tell two stores the same from beginning to end', async () => {
    const history = seededHistory(7, 200);
    const stores = [await openMemoryStore({ now: history.now }), await openMemoryStore({ now: history.now })];
    await compareStores(stores, history, { every: 100 });
    const status = await stores[0]?.status();
    expect(status?.capsules).toBeGreaterThan(60);
    expect(status?.heads).toBeLessThan(status?.capsules ?? 0);
  });

  it('[STO-48] tell apart two stores of which one learned more', async () => {
    const history = seededHistory(11, 40);
    const stores = [await openMemoryStore({ now: history.now }), await openMemoryStore({ now: history.now })] as const;
    await compareStores(stores, history);
    const [capsule] = (await stores[1].list({ minTrust: 1 }, 1, null)).items;
    if (capsule === undefined) throw new Error('the history made no capsule');
    await written(stores[1], trustChangeOf(capsule, capsule.trust, 0));
    await expect(compareAnswers(stores)).rejects.toThrow('differ');
  });
});
