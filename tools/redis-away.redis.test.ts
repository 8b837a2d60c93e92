import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog, readConfig, serve, type RunningServer } from '@forge-cascade/server';
import { startRedis, type RedisServer } from './redis-server.mjs';

const TOKEN = 'token-of-the-redis-test';
const PASSWORD = 'Zanzibar-7f3a';
const PATIENCE = { timeout: 40_000, interval: 50 };

let folder: string;
let redis: RedisServer;
let pod: RunningServer | null = null;
let printed: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forge-redis-away-'));
  redis = await startRedis({ password: PASSWORD });
  printed = '';
});
afterEach(async () => {
  await pod?.close();
  pod = null;
  await redis.remove();
  await rm(folder, { recursive: true, force: true });
});

async function start(): Promise<void> {
  const config = readConfig({
    ...{ FORGE_DATA: join(folder, 'data'), FORGE_PORT: '0', FORGE_TOKEN: TOKEN, FORGE_RATE_LIMIT: '1000000' },
    ...{ FORGE_REDIS: redis.url, FORGE_REDIS_PASSWORD: PASSWORD },
  });
  const log = createLog('trace', { write: (line: string) => void (printed += line) });
  pod = await serve(config, { handleSignals: false, log, print: (line) => void (printed += line) });
}

async function ask(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> {
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  const payload = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(`${pod?.url}${path}`, { method, headers, ...payload });
  return { status: answer.status, body: await answer.json() };
}

const redisStatus = async (): Promise<unknown> => {
  const { status, body } = await ask('GET', '/v2/system/health');
  return [status, (body as { redis: { status: string } }).redis.status];
};

/** Asks and writes until told to stop; gives every status there was. */
function underLoad(): () => Promise<readonly number[]> {
  const statuses: number[] = [];
  let ended = false;
  const one = async (n: number): Promise<void> => {
    for (let i = 0; !ended; i++) {
      const created = { type: 'knowledge', content: `Reason ${n}.${i}: the ledger is blue for its ink.` };
      statuses.push((await ask('POST', '/v2/capsules', created)).status);
      statuses.push((await ask('POST', '/v2/ask', { query: 'Why is the ledger blue?' })).status);
    }
  };
  const all = Promise.all([0, 1, 2, 3].map(one));
  return async () => {
    ended = true;
    await all;
    return statuses;
  };
}

describe('a server whose Redis goes away', () => {
  it.each(['SIGKILL', 'SIGSTOP'] as const)(
    '[POD-24] answers everything through %s, and has Redis back',
    async (signal) => {
      await start();
      expect(await redisStatus()).toEqual([200, 'ok']);
      const stop = underLoad();
      if (signal === 'SIGKILL') await redis.stop(signal);
      else redis.signal(signal);
      await expect.poll(redisStatus, PATIENCE).toEqual([200, 'degraded']);
      if (signal === 'SIGKILL') await redis.start();
      else redis.signal('SIGCONT');
      await expect.poll(redisStatus, PATIENCE).toEqual([200, 'ok']);
      const statuses = await stop();
      expect(statuses.length).toBeGreaterThan(8);
      expect([...new Set(statuses)].sort()).toEqual([200, 201]);
      // Nobody writes any more, so the same question is the same answer: kept in the Redis that came back.
      const cached = async () =>
        ((await ask('POST', '/v2/ask', { query: 'Why blue?' })).body as { cached: boolean }).cached;
      await expect.poll(cached, PATIENCE).toBe(true);
      expect(printed).toContain('redis is available again');
      expect(printed).not.toContain(PASSWORD);
    },
  );

  it('[POD-24] starts without it, and has it once it is there', async () => {
    await redis.stop('SIGKILL');
    await start();
    expect(await redisStatus()).toEqual([200, 'degraded']);
    expect((await ask('POST', '/v2/ask', { query: 'Why?' })).status).toBe(200);
    await redis.start();
    await expect.poll(redisStatus, PATIENCE).toEqual([200, 'ok']);
    expect(printed).not.toContain(PASSWORD);
  });
});
