import { ScriptedRunner, ScriptFault, type Script } from '@forge-cascade/core/contract';
import { capsuleJson } from '@forge-cascade/core';
import { afterEach, describe, expect, it } from 'vitest';
import { memoryServer, type TestServer } from './fixtures/memory-server.js';
import { capsuleBody } from './wire/capsule-body.js';

let server: TestServer;
afterEach(() => server.app.close());

const greeter: Script = {
  greet: async (input, host) => {
    if (input === 'trap') throw new ScriptFault('trap');
    await host.call('event_publish', { type: 'greeted', payload: { whom: input } });
    return { hello: input };
  },
  hear: (input) => input,
  health_check: () => ({ healthy: true }),
};

const manifest = (id: string, fields: object = {}) => ({
  abi: 1,
  id,
  name: id,
  version: '1.0.0',
  capabilities: ['EVENT_PUBLISH', 'EVENT_SUBSCRIBE'],
  exports: ['greet', 'hear', 'health_check'],
  ...fields,
});
const module = Buffer.from('greeter').toString('base64');

async function aServer(): Promise<TestServer> {
  return memoryServer({ overlays: { runner: new ScriptedRunner({ greeter }) } });
}

async function installed(id: string, fields: object = {}): Promise<void> {
  await server.ask('POST', '/v2/overlays', { manifest: manifest(id, fields), module, trust_level: 80 });
  expect((await server.ask('POST', `/v2/overlays/${id}/enable`)).status).toBe(200);
}

describe('overlays over HTTP', () => {
  it('[API-50] are installed, enabled, run, looked after and disabled', async () => {
    server = await aServer();
    const made = await server.ask('POST', '/v2/overlays', { manifest: manifest('greeter'), module, trust_level: 80 });
    expect([made.status, made.body.state, made.body.manifest.id]).toEqual([201, 'VALIDATED', 'greeter']);
    const again = await server.ask('POST', '/v2/overlays', { manifest: manifest('greeter'), module, trust_level: 80 });
    expect(again.status).toBe(200);
    expect((await server.ask('POST', '/v2/overlays/greeter/run', { handler: 'greet', input: 'x' })).status).toBe(409);
    expect((await server.ask('POST', '/v2/overlays/greeter/enable')).body.state).toBe('ACTIVE');
    const run = await server.ask('POST', '/v2/overlays/greeter/run', { handler: 'greet', input: 'you' });
    expect(run.body).toMatchObject({ output: { hello: 'you' }, fault: null, host_calls: 1 });
    const fault = await server.ask('POST', '/v2/overlays/greeter/run', { handler: 'greet', input: 'trap' });
    expect([fault.status, fault.body.fault.code]).toEqual([200, 'trap']);
    expect((await server.ask('GET', '/v2/overlays/greeter/health')).body).toMatchObject({ healthy: true });
    expect((await server.ask('GET', '/v2/overlays/greeter/metrics')).body).toMatchObject({ runs: 3, faults: 1 });
    const { items } = (await server.ask('GET', '/v2/overlays/greeter/receipts?limit=5')).body;
    expect(items.map((one: { handler: string }) => one.handler)).toEqual(['health_check', 'greet', 'greet']);
    expect((await server.ask('GET', '/v2/overlays')).body.items).toMatchObject([{ id: 'greeter', state: 'ACTIVE' }]);
    const off = await server.ask('POST', '/v2/overlays/greeter/disable', { reason: 'enough' });
    expect(off.body).toMatchObject({ state: 'DISABLED', reason: 'enough' });
    expect((await server.ask('GET', '/v2/overlays/greeter')).body.state).toBe('DISABLED');
  });

  it('[API-50] give a receipt that is run again, and refused once it says something else', async () => {
    server = await aServer();
    await installed('greeter');
    const { body: run } = await server.ask('POST', '/v2/overlays/greeter/run', { handler: 'greet', input: 'you' });
    const replay = `/v2/overlays/receipts/${run.receipt_id}/replay`;
    expect((await server.ask('POST', replay)).body).toMatchObject({ same: true, calls: 1, output: { hello: 'you' } });
    const changed = await server.ask('POST', replay, { receipt: { fuel: 1 } });
    expect([changed.status, changed.body.code]).toEqual([409, 'STATE_CONFLICT']);
    const key = { 'idempotency-key': 'one' };
    const once = await server.ask('POST', '/v2/overlays/greeter/run', { handler: 'greet', input: 'x' }, key);
    const twice = await server.ask('POST', '/v2/overlays/greeter/run', { handler: 'greet', input: 'x' }, key);
    expect([once.status, twice.status]).toEqual([200, 409]);
    expect(twice.text).toContain('carried out already');
  });

  it('[API-8] hold the idempotency key of whatever is asked of them', async () => {
    server = await aServer();
    await installed('greeter');
    const { body: run } = await server.ask('POST', '/v2/overlays/greeter/run', { handler: 'greet', input: 'you' });
    const asked: readonly (readonly [path: string, body: object])[] = [
      ['/v2/overlays', { manifest: manifest('greeter'), module, trust_level: 80 }],
      ['/v2/overlays/greeter/enable', {}],
      ['/v2/overlays/greeter/run', { handler: 'greet', input: 'x' }],
      [`/v2/overlays/receipts/${run.receipt_id}/replay`, {}],
      ['/v2/overlays/greeter/disable', {}],
    ];
    for (const [path, body] of asked) {
      const key = { 'idempotency-key': path };
      const first = await server.ask('POST', path, path.endsWith('enable') ? undefined : body, key);
      expect([path, first.status]).toEqual([path, 200]);
      const other = await server.ask('POST', '/v2/capsules', { type: 'knowledge', content: 'x' }, key);
      expect([path, other.body.code]).toEqual([path, 'IDEMPOTENCY_MISMATCH']);
    }
  });

  it('[API-51] show a cascade and its reach', async () => {
    server = await aServer();
    await installed('greeter');
    await installed('hearer', { subscriptions: [{ type: 'greeted', handler: 'hear' }] });
    const { body: run } = await server.ask('POST', '/v2/overlays/greeter/run', { handler: 'greet', input: 'you' });
    const cascade = async () => server.ask('GET', `/v2/cascades/${run.correlation_id}`);
    await expect.poll(async () => (await cascade()).status).toBe(200);
    expect((await cascade()).body).toMatchObject({
      correlation_id: run.correlation_id,
      hops: 1,
      depth: 1,
      cuts: {},
      steps: [
        {
          source: 'greeter',
          target: 'hearer',
          type: 'greeted',
          published_by: run.receipt_id,
          payload: { whom: 'you' },
        },
      ],
    });
    expect((await server.ask('GET', '/v2/overlays/greeter/reach?hops=1')).body.items).toEqual([
      { id: 'hearer', name: 'hearer', hops: 1 },
    ]);
  });

  it('[API-51] hear of capsules that are created', async () => {
    server = await aServer();
    await installed('hearer', { subscriptions: [{ type: 'capsule.created', handler: 'hear' }] });
    const made = await server.ask('POST', '/v2/capsules', { type: 'knowledge', content: 'News' });
    const path = `/v2/cascades/${made.headers['x-correlation-id'] ?? ''}`;
    await expect.poll(async () => (await server.ask('GET', path)).status).toBe(200);
    expect((await server.ask('GET', path)).body.steps).toMatchObject([
      { source: 'engine', payload: { id: made.body.id } },
    ]);
    const capsule = await server.store.capsule(made.body.id);
    if (capsule === null) throw new Error('the capsule is gone');
    expect(capsuleJson(capsule)).toEqual(capsuleBody(capsule));
    expect(capsuleJson(capsule)).toEqual((await server.ask('GET', `/v2/capsules/${capsule.id}`)).body);
  });

  it('[API-52] are refused by name: unknown ones, bad manifests, and all that runs where nothing runs', async () => {
    server = await memoryServer();
    const none = await server.ask('POST', '/v2/overlays', { manifest: manifest('greeter'), module });
    expect([none.status, none.body.code]).toEqual([503, 'UNAVAILABLE']);
    expect((await server.ask('POST', '/v2/overlays/nobody/run', { handler: 'x' })).status).toBe(404);
    expect((await server.ask('GET', '/v2/overlays')).body).toEqual({ items: [] });
    await server.app.close();
    server = await aServer();
    const bad = await server.ask('POST', '/v2/overlays', { manifest: manifest('Greeter'), module });
    expect([bad.status, bad.body.code]).toEqual([422, 'INVALID_INPUT']);
    expect(bad.body.detail).toContain('id must be 1 to 64 lower-case letters');
    const refused = await server.ask('POST', '/v2/overlays', { manifest: manifest('other'), module: 'AAAA' });
    expect([refused.status, refused.body.detail]).toEqual([
      422,
      'The module is refused: there is no script \u0000\u0000\u0000',
    ]);
  });
});
