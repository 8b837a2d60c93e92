import { afterEach, describe, expect, it } from 'vitest';
import { memoryServer, type TestServer } from './fixtures/memory-server.js';
import { requestLimits } from './limits/request-limits.js';

let server: TestServer;
afterEach(() => server.app.close());

async function limited(perToken: number, perAddress: number, proxyHops = 0): Promise<TestServer> {
  const limits = requestLimits({ perToken, perAddress, proxyHops }, null);
  server = await memoryServer({ limits, proxyHops });
  return server;
}

const list = (headers: Record<string, string> = {}) => server.ask('GET', '/v2/capsules', undefined, headers);

describe('limits on requests', () => {
  it('[POD-17] say what is left, and answer 429 with Retry-After beyond it', async () => {
    await limited(2, 0);
    const [first, second, third] = [await list(), await list(), await list()];
    expect(first).toMatchObject({
      status: 200,
      headers: { 'ratelimit-policy': '"token";q=2;w=60', ratelimit: expect.stringMatching(/^"token";r=1;t=\d+$/) },
    });
    expect(second.headers['ratelimit']).toMatch(/^"token";r=0;t=\d+$/);
    expect(third).toMatchObject({ status: 429, body: { code: 'RATE_LIMITED', status: 429 } });
    expect(third.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(Number(third.headers['retry-after'])).toBeGreaterThan(0);
    expect(third.headers['ratelimit']).toMatch(/^"token";r=0;t=\d+$/);
    for (const probe of ['health', 'ready']) {
      expect((await server.ask('GET', `/v2/system/${probe}`)).status).toBe(200);
    }
  });

  it('[POD-18] count guesses at the token by address, before the token is looked at', async () => {
    await limited(100, 3);
    const wrong = { authorization: 'Bearer wrong' };
    const statuses = [await list(wrong), await list(wrong), await list(), await list(wrong), await list()];
    expect(statuses.map(({ status }) => status)).toEqual([401, 401, 200, 429, 429]);
    expect(statuses[2]?.headers['ratelimit']).toMatch(/^"address";r=0;t=\d+, "token";r=99;t=\d+$/);
  });

  it.each([
    [0, [200, 429, 429]],
    [1, [200, 200, 429]],
  ])('[POD-18] believe what %i proxies say of the address', async (hops, statuses) => {
    await limited(0, 1, hops);
    const from = async (addresses: string) => (await list({ 'x-forwarded-for': addresses })).status;
    expect([await from('192.0.2.1'), await from('192.0.2.2'), await from('192.0.2.77, 192.0.2.2')]).toEqual(statuses);
  });

  it('[POD-17] are not there unless they were asked for', async () => {
    server = await memoryServer();
    const { headers } = await list();
    expect(headers).not.toHaveProperty('ratelimit');
  });
});
