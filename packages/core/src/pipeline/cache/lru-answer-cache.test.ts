import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HandClock } from '../testing/known-memory.js';
import type { KeptAnswer } from './answer-cache.js';
import { LruAnswerCache } from './lru-answer-cache.js';

function kept(text: string): KeptAnswer {
  return { answer: { text, citations: [], sentences: [] }, lookups: [] };
}

function cacheOf(maxBytes: number, maxAgeMs = 1_000) {
  const clock = new HandClock();
  return { clock, cache: new LruAnswerCache({ maxBytes, maxAgeMs, clock }) };
}

describe('answers kept in the process', () => {
  it('[PIP-41] are forgotten at their age, used or not', async () => {
    const { clock, cache } = cacheOf(1e6, 100);
    await cache.put('a', kept('x'));
    clock.move(99);
    expect(await cache.get('a')).toEqual(kept('x'));
    clock.move(1);
    expect(await cache.get('a')).toBeNull();
    expect([cache.size, cache.bytes]).toEqual([0, 0]);
  });

  it('[PIP-41] make room by the least recently used', async () => {
    const { cache } = cacheOf(2_500);
    await cache.put('a', kept('x'));
    await cache.put('b', kept('x'));
    await cache.put('c', kept('x'));
    await cache.get('a');
    await cache.put('d', kept('x'));
    expect(await Promise.all(['a', 'b', 'c', 'd'].map(async (key) => (await cache.get(key)) !== null))).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it('[PIP-41] never outgrow their bytes, and give out nothing but what was put last under the very key', async () => {
    const step = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), size: fc.nat(4_000), read: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { cache } = cacheOf(8_000);
        const put = new Map<string, KeptAnswer>();
        for (const { key, size, read } of steps) {
          if (read) {
            const found = await cache.get(key);
            if (found !== null) expect(found).toBe(put.get(key));
          } else {
            put.set(key, kept(`${key}${'x'.repeat(size)}`));
            await cache.put(key, put.get(key) as KeptAnswer);
          }
          expect(cache.bytes).toBeLessThanOrEqual(8_000);
        }
        await cache.clear();
        expect([cache.size, cache.bytes]).toEqual([0, 0]);
      }),
    );
  });
});
