import { openMemoryStore, type MemoryStore } from '@forge-cascade/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryServer, type TestServer } from './fixtures/memory-server.js';

let server: TestServer;
beforeEach(async () => void (server = await memoryServer()));
afterEach(() => server.app.close());

const content = 'Audit records are kept for ten years, because the regulator asks for nine.';
const NOTE = { type: 'decision', title: 'Retention', content };
const create = (more: object = {}, query = '', headers: Record<string, string> = {}) =>
  server.ask('POST', `/v2/capsules${query}`, { ...NOTE, ...more }, headers);

/** A server over a memory that answers one method differently. */
async function serverWith(similar: MemoryStore['similar']): Promise<TestServer> {
  const store = await openMemoryStore();
  store.similar = similar;
  return memoryServer({ store });
}

describe('creating what was said before', () => {
  it('[API-36] points out near-duplicates, and says nothing where there are none', async () => {
    const first = await create();
    expect(first.body).not.toHaveProperty('near_duplicates');
    const second = await create({ content: content.toUpperCase() });
    expect(second.status).toBe(201);
    const { id, series_id, title } = first.body;
    expect(second.body.near_duplicates).toEqual([
      { id, series_id, title, collection: null, resemblance: 1, in_this: 1, in_new: 1, parts: 1 },
    ]);
    expect((await server.ask('GET', `/v2/capsules/${second.body.id}`)).body).not.toHaveProperty('near_duplicates');
  });

  it('[API-36] says nothing when nothing was made, in batches, and where it is told not to look', async () => {
    await create();
    await create({ key: 'k' });
    const again = await create({ key: 'k' });
    expect(again.status).toBe(200);
    expect(again.body).not.toHaveProperty('near_duplicates');
    const batch = await server.ask('POST', '/v2/capsules/batch', { items: [NOTE] });
    expect(batch.text).not.toContain('near_duplicates');
    expect((await create({}, '?check_duplicates=false')).body).not.toHaveProperty('near_duplicates');
    expect((await create({}, '?check_duplicates=true')).body.near_duplicates).toHaveLength(4);
    expect(await create({}, '?check_duplicates=perhaps')).toMatchObject({ status: 422 });
  });

  it('[API-36] lets each of those who say the same at once know of the ones before', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => create()));
    const made = answers.map(({ body }) => body.id as string);
    expect(new Set(made).size).toBe(6);
    const pointed = answers.map(({ body }) => (body.near_duplicates ?? []) as { id: string }[]);
    pointed.forEach((near, i) => {
      expect(made.filter((id) => id !== made[i])).toEqual(expect.arrayContaining(near.map(({ id }) => id)));
    });
    // Whoever was written last sees all the others, and whoever comes before can be unaware of later ones alone.
    expect(pointed.filter((near) => near.length === 5).length).toBeGreaterThanOrEqual(1);
    expect(pointed.filter((near) => near.length === 0).length).toBeLessThanOrEqual(1);
  });

  it('[API-36] names those of its own time when it is repeated under an idempotency key', async () => {
    const other = await create();
    const key = { 'idempotency-key': 'once' };
    const first = await create({}, '', key);
    expect(first.body.near_duplicates).toMatchObject([{ id: other.body.id }]);
    expect((await create({}, '', key)).body).toEqual(first.body);
    await server.ask('DELETE', `/v2/capsules/${other.body.id}`);
    const later = await create({}, '', key);
    expect(later).toMatchObject({ status: 201, body: { id: first.body.id } });
    expect(later.body).not.toHaveProperty('near_duplicates');
  });

  it.each([
    ['fails', () => Promise.reject(new Error('index gone'))],
    ['never ends', () => new Promise<never>(() => undefined)],
  ])('[API-36] creates all the same when the look-up %s, and logs it without what was written', async (_, similar) => {
    const broken = await serverWith(similar);
    const { status, body } = await broken.ask('POST', '/v2/capsules', NOTE);
    expect(status).toBe(201);
    expect(body).not.toHaveProperty('near_duplicates');
    expect(broken.log()).toContain('near-duplicates');
    expect(broken.log()).not.toContain('Retention');
    await broken.app.close();
  });
});
