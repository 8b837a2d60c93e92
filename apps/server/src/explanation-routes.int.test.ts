import { hashingEmbedder } from '@forge-cascade/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { memoryServer, type TestServer } from './fixtures/memory-server.js';

let server: TestServer;
beforeEach(async () => void (server = await memoryServer()));
afterEach(() => server.app.close());

const create = async (content: string, more: object = {}) =>
  (await server.ask('POST', '/v2/capsules', { type: 'knowledge', content, ...more })).body;

describe('explained hits', () => {
  it('[API-38] keep their numbers and say the same in words, standing included', async () => {
    const bad = await create('The assay was forged.');
    await create('Zinc ore from Peru.', { derived_from: [{ id: bad.id, relation: 'citation' }] });
    await server.ask('POST', `/v2/capsules/${bad.id}/retract`, { reason: 'forged' });
    const { body } = await server.ask('GET', '/v2/capsules/search?q=zinc&explain=true');
    const [hit] = body.items;
    expect(hit.explain).toMatchObject({ body: expect.any(Number) });
    expect(hit.explanation[0]).toMatch(/^Words you asked for stand in its text: \d+ % of its score\.$/);
    expect(hit.explanation.at(-1)).toBe(
      'Its chain trust is 60 (STANDARD); something it cites was retracted or quarantined.',
    );
    const plain = await server.ask('GET', '/v2/capsules/search?q=zinc');
    expect(plain.body.items[0]).not.toHaveProperty('explanation');
  });

  it('[API-38] name the model that took part', async () => {
    await server.app.close();
    const embedder = { ...hashingEmbedder(), model: 'reader-1', ranks: true };
    server = await memoryServer({ embeddings: { openTarget: async () => embedder, openFormer: async () => null } });
    await create('Zinc ore from Peru.');
    await create('Zinc is a metal.');
    await vi.waitFor(async () => {
      const { body } = await server.ask('GET', '/v2/capsules/search?q=zinc%20ore&explain=true');
      expect(body.semantic).toMatchObject({ lag: 0 });
      expect(body.items[0].explanation.join(' ')).toContain(`(model ${embedder.model})`);
    });
  });
});

describe('why not', () => {
  const ask = (query: string) => server.ask('GET', `/v2/capsules/search?q=zinc&limit=1&${query}`);

  it('[API-37] says what keeps a capsule out, in the names of the request’s fields, by GET and POST alike', async () => {
    await create('Zinc zinc zinc.');
    const missed = await create('Some zinc among other things.', { tags: ['ore'] });
    const further = await ask(`why_not=${missed.id}`);
    expect(further.body.items).toHaveLength(1);
    expect(further.body.why_not).toMatchObject({
      capsule_id: missed.id,
      verdict: 'further_down',
      failed: [],
      place: { rank: 2, hits: 2 },
    });
    const out = await ask(`why_not=${missed.series_id}&type=code&tag=metal&min_trust=61`);
    expect(out.body).toMatchObject({ items: [], why_not: { capsule_id: missed.id, verdict: 'kept_out' } });
    expect(out.body.why_not.failed.map(({ condition }: { condition: string }) => condition)).toEqual([
      'min_trust',
      'type',
      'tag',
    ]);
    expect(out.body.why_not.words).toContain('Its type is knowledge, not code.');
    const request = { q: 'zinc', limit: 1, type: 'code', tag: 'metal', min_trust: 61, why_not: missed.id };
    expect((await server.ask('POST', '/v2/capsules/search', request)).body).toEqual(out.body);
    expect((await ask('')).body).not.toHaveProperty('why_not');
  });

  it('[API-37] is 404 for an id that names nothing, and 422 on a later page', async () => {
    const { id } = await create('Zinc one.');
    await create('Zinc two.');
    for (const ref of ['01900000-0000-7000-8000-000000000000', 'nothing']) {
      expect(await ask(`why_not=${ref}`)).toMatchObject({ status: 404, body: { code: 'CAPSULE_NOT_FOUND' } });
    }
    const { body } = await ask('');
    const later = await ask(`why_not=${id}&cursor=${encodeURIComponent(body.next_cursor)}`);
    expect(later).toMatchObject({ status: 422, body: { errors: [{ field: 'why_not' }] } });
  });
});
