import { describe, expect, it } from 'vitest';
import { givenRedis, keptLog, openLink } from '../fixtures/given-redis.js';
import { memoryServer } from '../fixtures/memory-server.js';

const SECRET = 'Zanzibar-7f3a';

describe('the link to Redis', () => {
  it('[POD-2] answers when it is there, with its password where it asks for one', async () => {
    for (const settings of Object.values(givenRedis())) {
      const link = await openLink(settings);
      expect(await link.run((client) => client.ping())).toBe('PONG');
      expect(link.status()).toEqual({ available: true, fault: null });
      link.close();
    }
  });

  it.each([
    ['refused', () => ({ ...givenRedis().guarded, password: SECRET })],
    ['refused', () => ({ ...givenRedis().guarded, username: SECRET, password: SECRET })],
    ['unreachable', () => ({ ...givenRedis().open, port: 9, password: SECRET })],
    ['unreachable', () => ({ ...givenRedis().open, tls: true, password: SECRET })],
  ] as const)('[POD-3] says %s by a code, fails at once and never shows its password', async (fault, settings) => {
    const { log, text } = keptLog();
    const link = await openLink(settings(), { connectMs: 300 }, log);
    const error = await link.run((client) => client.ping()).catch((reason: unknown) => reason as Error);
    expect(error).toBeInstanceOf(Error);
    expect(link.status()).toEqual({ available: false, fault });
    expect(text()).toContain(`"fault":"${fault}"`);
    expect(text() + String(error)).not.toContain(SECRET);
    link.close();
  });

  it('[POD-3] does not wait for a Redis that says nothing, and soon asks no more', async () => {
    const link = await openLink(givenRedis().open, { commandMs: 30, pauseMs: 200 });
    const silence = () => link.run(() => new Promise<never>(() => undefined));
    for (let i = 0; i < 3; i++) await expect(silence()).rejects.toThrow();
    expect(link.status()).toEqual({ available: false, fault: 'timeout' });
    let asked = false;
    await expect(link.run(async () => (asked = true))).rejects.toThrow();
    expect(asked).toBe(false);
    await expect.poll(() => link.run((client) => client.ping()).catch(() => null), { timeout: 10_000 }).toBe('PONG');
    expect(link.status()).toEqual({ available: true, fault: null });
    expect(Object.fromEntries(link.faults)).toMatchObject({ timeout: 3 });
    link.close();
  });

  it('[POD-4] is named in health, which stays 200 without it, and in the metrics', async () => {
    for (const [settings, redis, available] of [
      [givenRedis().open, { status: 'ok', fault: null }, 1],
      [{ ...givenRedis().guarded, password: SECRET }, { status: 'degraded', fault: 'refused' }, 0],
    ] as const) {
      const link = await openLink(settings);
      await link.run((client) => client.ping()).catch(() => null);
      const server = await memoryServer({ redis: link });
      expect(await server.ask('GET', '/v2/system/health')).toMatchObject({ status: 200, body: { redis } });
      const { text } = await server.ask('GET', '/v2/system/metrics');
      expect(text).toContain(`forge_redis_available ${available}`);
      expect(text.includes('forge_redis_faults_total{fault="unreachable"} 1')).toBe(available === 0);
      await server.app.close();
      link.close();
    }
    const alone = await memoryServer();
    expect((await alone.ask('GET', '/v2/system/health')).body.redis).toBeNull();
    await alone.app.close();
  });
});
