import { migrateStore, openMemoryStore, type MemoryStore } from '@forge-cascade/core';
import { expect, it } from 'vitest';
import { memoryServer } from './fixtures/memory-server.js';

const side = (store: MemoryStore) => ({
  store,
  verify: async () => ({
    counts: {},
    size: store.ledger.size,
    root: '',
    capsules: store.state.capsules.size,
    findings: [],
  }),
});

it('[LED-69] a server over a sealed store answers readers, turns writers away and says where the memory went', async () => {
  const store = await openMemoryStore();
  const server = await memoryServer({ store });
  try {
    const { body: note } = await server.ask('POST', '/v2/capsules', { type: 'knowledge', content: 'A numbat.' });
    expect((await server.ask('GET', '/v2/system/health')).body).toMatchObject({ status: 'ok', moved_to: null });
    await migrateStore({
      source: side(store),
      target: {
        ...side(await openMemoryStore({ receive: { origin: 'the-new-place' } })),
        address: 'neo4j://db.example',
      },
      now: Date.now,
      correlationId: 'the move',
      onProgress: () => undefined,
    });
    const refused = await server.ask('POST', '/v2/capsules', { type: 'knowledge', content: 'Too late.' });
    expect(refused).toMatchObject({ status: 503, body: { code: 'STORE_SEALED' } });
    expect(refused.body.detail).toContain('neo4j://db.example');
    expect(refused.headers['retry-after']).toBeUndefined();
    expect((await server.ask('GET', `/v2/capsules/${note.id}`)).status).toBe(200);
    expect((await server.ask('POST', '/v2/capsules/search', { q: 'numbat' })).body.items).toHaveLength(1);
    // Where nothing can be written no other request could use the key.
    const named = await server.ask('POST', '/v2/capsules/search', { q: 'numbat' }, { 'idempotency-key': 'k' });
    expect(named.body.items).toHaveLength(1);
    expect((await server.ask('GET', '/v2/system/health')).body).toMatchObject({
      status: 'sealed',
      moved_to: { origin: 'the-new-place', engine: 'memory', address: 'neo4j://db.example' },
    });
  } finally {
    await server.app.close();
  }
});
