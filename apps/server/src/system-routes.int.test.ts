import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildServer } from './build-server.js';
import { memoryServer, TOKEN, type TestServer } from './fixtures/memory-server.js';
import { createLog } from './log.js';
import { Readiness } from './system/readiness.js';

let server: TestServer;
beforeEach(async () => void (server = await memoryServer()));
afterEach(() => server.app.close());

const NOTE = { type: 'knowledge', content: 'A note.' };

describe('maintenance', () => {
  it('[API-11] turns writes away with Retry-After while reading goes on', async () => {
    const { body: note } = await server.ask('POST', '/v2/capsules', NOTE);
    const on = await server.ask('POST', '/v2/system/maintenance', { enabled: true, reason: 'Moving' });
    expect(on).toMatchObject({ status: 200, body: { enabled: true, changed: true } });
    expect((await server.ask('POST', '/v2/system/maintenance', { enabled: true })).body.changed).toBe(false);

    const refused = await server.ask('POST', '/v2/capsules', NOTE);
    expect(refused).toMatchObject({ status: 503, body: { code: 'MAINTENANCE' }, headers: { 'retry-after': '30' } });
    expect((await server.ask('GET', `/v2/capsules/${note.id}`)).status).toBe(200);
    expect((await server.ask('POST', '/v2/capsules/search', { q: 'note' })).status).toBe(200);
    expect((await server.ask('GET', '/v2/system/health')).body.status).toBe('maintenance');

    await server.ask('POST', '/v2/system/maintenance', { enabled: false });
    expect((await server.ask('POST', '/v2/capsules', NOTE)).status).toBe(201);
    const { body: log } = await server.ask(
      'GET',
      '/v2/system/audit-log?type=system.maintenance_changed.v1&order=oldest',
    );
    expect(log.items.map((item: { payload: unknown }) => item.payload)).toMatchObject([
      { enabled: true, reason: 'Moving' },
      { enabled: false },
    ]);
  });

  it('[API-8] is turned once under an idempotency key, and a repeat is told of its first run', async () => {
    const turn = (enabled: boolean, key: string) =>
      server.ask('POST', '/v2/system/maintenance', { enabled }, { 'idempotency-key': key });
    expect((await turn(true, 'on')).body).toEqual({ enabled: true, changed: true });
    expect((await turn(true, 'on')).body).toEqual({ enabled: true, changed: true });
    expect((await turn(true, 'again')).body).toEqual({ enabled: true, changed: false });
    expect((await turn(false, 'on')).body.code).toBe('IDEMPOTENCY_MISMATCH');
    expect((await turn(false, 'off')).body).toEqual({ enabled: false, changed: true });
    expect((await turn(true, 'on')).body).toEqual({ enabled: true, changed: true });
    expect((await server.ask('GET', '/v2/system/health')).body.status).toBe('ok');
    const log = await server.ask('GET', '/v2/system/audit-log?type=system.maintenance_changed.v1');
    expect(log.body.items).toHaveLength(2);
  });

  it('[API-11] outlives the server', async () => {
    await server.ask('POST', '/v2/system/maintenance', { enabled: true });
    const next = buildServer({ store: server.store, token: TOKEN, log: createLog('silent') });
    const headers = { authorization: `Bearer ${TOKEN}` };
    const { statusCode } = await next.inject({ method: 'POST', url: '/v2/capsules', headers, payload: NOTE });
    expect(statusCode).toBe(503);
    await next.close();
  });
});

describe('the ledger', () => {
  it('answers checkpoint, proofs and the audit trail', async () => {
    const { body: note } = await server.ask('POST', '/v2/capsules', NOTE);
    const checkpoint = await server.ask('GET', '/v2/ledger/checkpoint');
    expect(checkpoint.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(checkpoint.text.split('\n')[1]).toBe('2');
    expect((await server.ask('GET', '/v2/ledger/proof?seq=2')).body).toMatchObject({
      seq: 2,
      size: 2,
      hashes: [expect.stringMatching(/^[0-9a-f]{64}$/)],
    });
    expect((await server.ask('GET', '/v2/ledger/consistency?from=1&to=2')).body.hashes).toHaveLength(1);
    for (const url of [
      '/v2/ledger/proof?seq=3',
      '/v2/ledger/proof?seq=1&size=9',
      '/v2/ledger/consistency?from=2&to=1',
    ]) {
      expect((await server.ask('GET', url)).status, url).toBe(422);
    }
    const { body: log } = await server.ask('GET', `/v2/system/audit-log?series=${note.series_id}`);
    expect(log.items).toMatchObject([
      { seq: 2, entity_id: note.id, operation: 'CREATE', payload: { content: 'A note.' } },
    ]);
  });
});

describe('metrics', () => {
  it('counts requests by route, commits by outcome, and shows the backlog', async () => {
    const { body } = await server.ask('POST', '/v2/capsules', NOTE);
    await server.ask('GET', `/v2/capsules/${body.id}`);
    const { text, headers } = await server.ask('GET', '/v2/system/metrics');
    expect(headers['content-type']).toContain('text/plain');
    expect(text).toContain(
      'forge_http_request_duration_seconds_count{method="GET",route="/v2/capsules/:id",status="200"} 1',
    );
    expect(text).toContain('forge_commits_total{outcome="committed"} 1');
    expect(text).toMatch(/^forge_outbox_pending \d/m);
    expect(text).toMatch(/^forge_capsules 1$/m);
    expect(text).not.toContain(body.id);
  });
});

describe('readiness', () => {
  const reasonOf = async ({ ask }: TestServer) => {
    const { status, body } = await ask('GET', '/v2/system/ready', undefined, { authorization: '' });
    return status === 200 ? body : [status, body.code, body.reason];
  };

  it('[POD-14] is there once search has caught up, and stays while it lags behind later writes', async () => {
    const status = await server.store.status();
    let searchLag = 5_000;
    server.store.status = async () => ({ ...status, searchLag });
    expect(await reasonOf(server)).toEqual([503, 'UNAVAILABLE', 'starting']);
    searchLag = 3;
    expect(await reasonOf(server)).toEqual({ ready: true });
    searchLag = 5_000;
    expect(await reasonOf(server)).toEqual({ ready: true });
  });

  it('[POD-14] is not there while the store fails or says nothing, and comes back with it', async () => {
    const { status } = server.store;
    server.store.status = () => Promise.reject(new Error('away'));
    expect(await reasonOf(server)).toEqual([503, 'UNAVAILABLE', 'store']);
    server.store.status = () => new Promise(() => undefined);
    expect(await reasonOf(server)).toEqual([503, 'UNAVAILABLE', 'store']);
    server.store.status = status;
    expect(await reasonOf(server)).toEqual({ ready: true });
  });

  it('[POD-15] ends with the order to stop, which gives the leases up while requests are still answered', async () => {
    const readiness = new Readiness();
    const pod = await memoryServer({ readiness, leaseMs: 600_000 });
    await pod.ask('POST', '/v2/ask', { query: 'What is noted?' });
    const free = async (): Promise<boolean> => (await pod.store.leases.acquire('outbox', 'next', 60_000)) !== null;
    await expect.poll(async () => (await pod.ask('GET', '/v2/system/health')).body.outbox.pending).toBe(0);
    expect(await free()).toBe(false);
    readiness.drain();
    expect(await reasonOf(pod)).toEqual([503, 'UNAVAILABLE', 'draining']);
    await expect.poll(free).toBe(true);
    expect((await pod.ask('POST', '/v2/capsules', NOTE)).status).toBe(201);
    await pod.app.close();
  });
});
