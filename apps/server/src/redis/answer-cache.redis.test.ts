import { randomUUID } from 'node:crypto';
import { LruAnswerCache, systemClock, type AnswerCache, type KeptAnswer } from '@forge-cascade/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { givenRedis, givenSpace, openLink } from '../fixtures/given-redis.js';
import { RedisAnswerCache } from './redis-answer-cache.js';
import type { RedisLink } from './redis-link.js';
import { SharedSecrets } from './shared-secrets.js';

const SECRET = 'what all pods hold';
const HOUR = 3_600_000;

let link: RedisLink;
beforeAll(async () => void (link = await openLink(givenRedis().open)));
afterAll(() => link.close());

function kept(text: string): KeptAnswer {
  const found = { name: 'n', query: 'q', found: 'f' };
  return { answer: { text, citations: [], sentences: [] }, lookups: [found] };
}

interface Bounds {
  readonly maxBytes?: number;
  readonly maxAgeMs?: number;
}

function inRedis({ maxBytes = 1e6, maxAgeMs = HOUR }: Bounds = {}, origin: string = randomUUID(), secret = SECRET) {
  return new RedisAnswerCache({ ...givenSpace(link, origin, secret), maxBytes, maxAgeMs });
}

function inProcess({ maxBytes = 1e6, maxAgeMs = HOUR }: Bounds = {}): AnswerCache {
  return new LruAnswerCache({ maxBytes, maxAgeMs, clock: systemClock });
}

describe.each([
  ['in the process', inProcess],
  ['in Redis', (bounds?: Bounds) => inRedis(bounds)],
] as const)('answers kept %s', (_, cacheOf) => {
  it('[POD-5] are given out as they were put last, under the very key', async () => {
    const cache = cacheOf();
    await cache.put('a', kept('„ä“ \u{1F40B} \n'));
    await cache.put('b', kept('first'));
    await cache.put('b', kept('second'));
    const found = await Promise.all(['a', 'b', 'c'].map((key) => cache.get(key)));
    expect(found).toEqual([kept('„ä“ \u{1F40B} \n'), kept('second'), null]);
    await cache.clear();
    expect(await cache.get('a')).toBeNull();
  });

  it('[POD-5] are forgotten at their age', async () => {
    const cache = cacheOf({ maxAgeMs: 40 });
    await cache.put('a', kept('x'));
    await expect.poll(() => cache.get('a')).toBeNull();
  });

  it('[POD-6] never outgrow their bytes: the oldest make room, and what has no room at all is not kept', async () => {
    const cache = cacheOf({ maxBytes: 20_000 });
    const keys = Array.from({ length: 30 }, (_, i) => `k${i}`);
    for (const key of keys) await cache.put(key, kept('x'.repeat(1_000)));
    const left = await Promise.all(keys.map(async (key) => (await cache.get(key)) !== null));
    const first = left.indexOf(true);
    expect(first).toBeGreaterThan(10);
    expect(first).toBeLessThan(29);
    expect(left.slice(first)).not.toContain(false);
    await cache.put('k29', kept('x'.repeat(40_000)));
    expect(await cache.get('k29')).toBeNull();
    expect(await cache.get('k28')).not.toBeNull();
  });
});

describe('answers kept in Redis', () => {
  it('[POD-7] are shared by the pods of one store, and by nobody else', async () => {
    const origin = randomUUID();
    await inRedis({}, origin).put('a', kept('shared'));
    expect(await inRedis({}, origin).get('a')).toEqual(kept('shared'));
    expect(await inRedis({}, `${origin}x`).get('a')).toBeNull();
    expect(await inRedis({}, origin, 'another secret').get('a')).toBeNull();
  });

  it('[POD-8] show whoever reads Redis neither keys nor texts, and what was written or moved by hand is not believed', async () => {
    const origin = randomUUID();
    const cache = inRedis({}, origin);
    await cache.put('the key', kept('the text'));
    await cache.put('another', kept('another text'));
    const key = `forge:{${origin}}:answers:1`;
    const stored = await link.run((client) => client.hGetAll(key));
    expect(JSON.stringify(stored)).not.toMatch(/the key|the text/);
    const names = new SharedSecrets(SECRET, origin);
    const [mine, other] = [names.nameOf('the key'), names.nameOf('another')];
    for (const forged of [stored[other], 'AAAA', '', Buffer.from(JSON.stringify(kept('forged'))).toString('base64')]) {
      await link.run((client) => client.hSet(key, mine, forged ?? ''));
      expect(await cache.get('the key')).toBeNull();
    }
  });

  it('[POD-6] leave nothing behind that grows, whatever Redis itself threw out', async () => {
    const origin = randomUUID();
    const cache = inRedis({ maxBytes: 20_000 }, origin);
    const key = `forge:{${origin}}:answers:1`;
    await cache.put('a', kept('x'.repeat(5_000)));
    await link.run((client) => client.del(`${key}:ends`));
    expect(await cache.get('a')).toBeNull();
    await cache.put('b', kept('x'));
    expect(await link.run((client) => client.hLen(key))).toBe(2);
    await link.run((client) => client.del(key));
    expect(await cache.get('b')).toBeNull();
    await cache.put('c', kept('y'));
    expect(await cache.get('c')).toEqual(kept('y'));
    expect(await link.run((client) => client.pTTL(key))).toBeGreaterThan(0);
  });
});
