import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryServer, type TestServer } from './fixtures/memory-server.js';

let server: TestServer;
beforeEach(async () => void (server = await memoryServer()));
afterEach(() => server.app.close());

const create = async (content: string, more: object = {}) =>
  (await server.ask('POST', '/v2/capsules', { type: 'knowledge', content, ...more })).body;
const similar = (ref: string, query = '') => server.ask('GET', `/v2/capsules/${ref}/similar${query}`);
const idsOf = (body: { items: { capsule: { id: string } }[] }) => body.items.map(({ capsule }) => capsule.id);

describe('similar capsules', () => {
  it('[API-35] are found by version and by series id, never of the same series', async () => {
    const first = await create('The smelter bought zinc from Peru.');
    const head = await server.ask(
      'PUT',
      `/v2/capsules/${first.id}`,
      { content: 'The smelter bought zinc ore from Peru.' },
      { 'if-match': '*' },
    );
    const alike = await create('Peru sells zinc and lead.');
    await create('Everybody has thirty days of leave.');
    for (const ref of [first.id, head.body.id, first.series_id]) {
      const { status, body } = await similar(ref);
      expect(status).toBe(200);
      expect(idsOf(body)).toEqual([alike.id]);
      expect(body).toMatchObject({
        model: null,
        items: [{ score: 1, passage: { text: 'Peru sells zinc and lead.', start: 0, end: 25 } }],
      });
      expect(body.items[0].capsule).not.toHaveProperty('content');
    }
  });

  it('[API-35] come nearest in meaning first once vectors serve', async () => {
    const [a, near, far] = [await create('One.'), await create('Two.'), await create('Three.')];
    const { vectors } = server.store;
    await vectors.begin('plane-1', 2);
    const directions = [Float32Array.of(1, 0), Float32Array.of(0.9, 0.1), Float32Array.of(0.5, 0.5)];
    const missing = await vectors.missing('plane-1', 10);
    await vectors.put(
      'plane-1',
      missing.map(({ seq, content }, i) => ({
        seq,
        passages: [{ start: 0, end: content.length, vector: directions[i] as Float32Array }],
      })),
    );
    await vectors.serve('plane-1');
    const { body } = await similar(a.id);
    expect(body.model).toBe('plane-1');
    expect(idsOf(body)).toEqual([near.id, far.id]);
    expect(idsOf((await similar(a.id, '?limit=1')).body)).toEqual([near.id]);
  });

  it('[API-35] are narrowed by the filters of search, before the limit', async () => {
    const zinc = await create('Zinc from Peru.');
    await create('Zinc, zinc and zinc from Peru.');
    const tagged = await create('Some zinc.', { tags: ['ore'], type: 'decision', collection: 'mines/peru' });
    const retracted = await create('Peru had zinc.');
    await server.ask('POST', `/v2/capsules/${retracted.id}/retract`, { reason: 'wrong' });
    for (const query of ['tag=ore', 'type=decision', 'collection=mines', 'tag=ore&min_trust=60']) {
      expect(idsOf((await similar(zinc.id, `?limit=1&${query}`)).body), query).toEqual([tagged.id]);
    }
    expect(idsOf((await similar(zinc.id, '?min_trust=61')).body)).toEqual([]);
    expect(idsOf((await similar(zinc.id)).body)).not.toContain(retracted.id);
    expect(idsOf((await similar(zinc.id, '?include_retracted=true')).body)).toContain(retracted.id);
  });

  it('[API-35] of what does not exist are 404, and a bad limit or filter is named', async () => {
    const missing = await similar('01900000-0000-7000-8000-000000000000');
    expect(missing).toMatchObject({ status: 404, body: { code: 'CAPSULE_NOT_FOUND' } });
    const { id } = await create('Zinc.');
    for (const [query, field] of [
      ['limit=101', 'limit'],
      ['q=zinc', 'q'],
      ['min_trust=high', 'min_trust'],
    ]) {
      expect(await similar(id, `?${query}`)).toMatchObject({ status: 422, body: { errors: [{ in: 'query', field }] } });
    }
  });
});
