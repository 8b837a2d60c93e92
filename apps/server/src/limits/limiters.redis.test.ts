import { randomUUID } from 'node:crypto';
import { systemClock } from '@forge-cascade/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { givenRedis, givenSpace, openLink } from '../fixtures/given-redis.js';
import type { RedisLink } from '../redis/redis-link.js';
import { InProcessLimiter } from './in-process-limiter.js';
import { sharedLimiter, type RateLimiter, type RatePolicy } from './rate-limiter.js';
import { RedisLimiter } from './redis-limiter.js';

let link: RedisLink;
beforeAll(async () => void (link = await openLink(givenRedis().open)));
afterAll(() => link.close());

const inRedis = (policy: RatePolicy, origin: string = randomUUID()): RateLimiter =>
  new RedisLimiter(policy, { ...givenSpace(link, origin), name: 'token' });

describe.each([
  ['in the process', (policy: RatePolicy) => new InProcessLimiter(policy, systemClock)],
  ['in Redis', (policy: RatePolicy) => inRedis(policy)],
] as const)('a rate limit counted %s', (_, limiterOf) => {
  it('[POD-16] lets as many of racing requests through as are left, and no more for hours', async () => {
    const limiter = limiterOf({ limit: 20, windowMs: 36_000_000 });
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => limiter.take('a')));
    const passed = verdicts.filter(({ allowed }) => allowed);
    expect(passed.map(({ remaining }) => remaining).sort((x, y) => y - x)).toEqual(
      Array.from({ length: 20 }, (_, i) => 19 - i),
    );
    const refused = await limiter.take('a');
    expect(refused).toMatchObject({ allowed: false, remaining: 0 });
    expect(refused.retryMs).toBeGreaterThan(1_000_000);
    expect(refused.retryMs).toBeLessThanOrEqual(1_800_000);
    expect(refused.resetMs).toBeGreaterThan(35_000_000);
    expect((await limiter.take('b')).remaining).toBe(19);
  });

  it('[POD-16] gives back in time what was spent', async () => {
    const limiter = limiterOf({ limit: 2, windowMs: 60 });
    await expect.poll(async () => (await limiter.take('a')).allowed, { interval: 1 }).toBe(false);
    await expect.poll(async () => (await limiter.take('a')).allowed, { interval: 40 }).toBe(true);
  });
});

describe('a rate limit counted in Redis', () => {
  it('[POD-19] is one for all pods of a store, and none of another store’s', async () => {
    const [policy, origin] = [{ limit: 3, windowMs: 3_600_000 }, randomUUID()];
    const [one, two] = [inRedis(policy, origin), inRedis(policy, origin)];
    expect([await one.take('a'), await two.take('a'), await one.take('a'), await two.take('a')]).toMatchObject([
      { remaining: 2 },
      { remaining: 1 },
      { remaining: 0 },
      { allowed: false },
    ]);
    expect((await inRedis(policy, `${origin}x`).take('a')).remaining).toBe(2);
  });

  it('[POD-19] tells Redis no subject and leaves nothing there for ever', async () => {
    const origin = randomUUID();
    await inRedis({ limit: 3, windowMs: 3_600_000 }, origin).take('192.0.2.7');
    const keys = await link.run((client) => client.keys(`forge:{${origin}}:*`));
    expect(keys).toHaveLength(1);
    expect(keys[0]).not.toContain('192');
    const left = await link.run((client) => client.pTTL(keys[0] ?? ''));
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(1_200_001);
  });

  it('[POD-19] is counted by each pod while Redis is away', async () => {
    const away = await openLink({ ...givenRedis().open, port: 9 }, { connectMs: 100 });
    const policy = { limit: 2, windowMs: 3_600_000 };
    const shared = new RedisLimiter(policy, { ...givenSpace(away, randomUUID()), name: 'token' });
    const limiter = sharedLimiter(shared, new InProcessLimiter(policy, systemClock));
    const verdicts = [await limiter.take('a'), await limiter.take('a'), await limiter.take('a')];
    expect(verdicts.map(({ allowed }) => allowed)).toEqual([true, true, false]);
    away.close();
  });
});
