import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { memoryServer, type ReplyBody, type TestServer } from './fixtures/memory-server.js';

let server: TestServer;
beforeEach(async () => void (server = await memoryServer()));
afterEach(() => server.app.close());

async function chain(): Promise<{ root: ReplyBody; leaf: ReplyBody }> {
  const { body: root } = await server.ask('POST', '/v2/capsules', { type: 'knowledge', content: 'Root.' });
  const derived_from = [{ id: root.id, relation: 'summary' }];
  const { body: leaf } = await server.ask('POST', '/v2/capsules', { type: 'insight', content: 'Leaf.', derived_from });
  return { root, leaf };
}

describe('trust', () => {
  it('takes a reviewed level or a signal, and tells the history', async () => {
    const { root } = await chain();
    const set = await server.ask('POST', `/v2/capsules/${root.id}/trust`, {
      level: 85,
      reason: 'Checked',
      evidence: { by: 2 },
    });
    expect(set).toMatchObject({ status: 200, body: { trust_level: 85, trust_band: 'TRUSTED' } });
    await server.ask('POST', `/v2/capsules/${root.id}/trust`, { signal: 'helpful' });
    const { body } = await server.ask('GET', `/v2/capsules/${root.series_id}/trust?limit=1`);
    expect(body).toMatchObject({
      capsule_id: root.id,
      trust_level: 86,
      history: [{ from: 85, to: 86, cause: 'signal' }],
    });
    const { body: rest } = await server.ask(
      'GET',
      `/v2/capsules/${root.id}/trust?cursor=${encodeURIComponent(body.next_cursor)}`,
    );
    expect(rest.history).toMatchObject([{ to: 85, reason: 'Checked', evidence: { by: 2 } }]);
  });

  it('names the fault of the form that was most likely meant', async () => {
    const { root } = await chain();
    const fieldOf = async (body: unknown) =>
      (await server.ask('POST', `/v2/capsules/${root.id}/trust`, body)).body.errors.map(
        (e: { field: string }) => e.field,
      );
    expect(await fieldOf({ level: 200, reason: 'x' })).toEqual(['level']);
    expect(await fieldOf({ level: 50 })).toEqual(['reason']);
    expect(await fieldOf({ signal: 'great' })).toEqual(['signal']);
  });

  it.each(['quarantine', 'retract'])('%s taints descendants, tells their owners, and can be lifted', async (verb) => {
    const { root, leaf } = await chain();
    await server.ask('POST', `/v2/capsules/${root.id}/${verb}`, { reason: 'Forged' });
    expect((await server.ask('GET', `/v2/capsules/${leaf.id}`)).body.tainted).toBe(true);
    await vi.waitFor(async () => {
      const { body } = await server.ask('GET', '/v2/system/audit-log?type=owner.notified.v1');
      expect(body.items).toMatchObject([{ payload: { kind: 'tainted', affected: 1 } }]);
    });
    await server.ask('POST', `/v2/capsules/${root.id}/${verb}`, { reason: 'Mistaken', lift: true });
    expect((await server.ask('GET', `/v2/capsules/${leaf.id}`)).body).toMatchObject({
      tainted: false,
      chain_trust: 60,
    });
  });
});
