import { expect, it } from 'vitest';
import { generateLedgerKey } from '@forge-cascade/core';
import { aCapsule, commitOf } from '@forge-cascade/core/contract';
import { openNeo4jStore, verifyNeo4jStore } from '@forge-cascade/store-neo4j';
import { startNeo4j } from './neo4j-server.mjs';

it('[NEO-8] loses and doubles nothing when the server is killed under load and started again', async () => {
  const server = await startNeo4j(process.env['FORGE_TEST_JAVA'] ?? 'java');
  try {
    let verifierKey = '';
    const store = await openNeo4jStore({
      url: server.url,
      connectTimeoutMs: 3_000,
      ledgerKey: (origin) => {
        const key = generateLedgerKey(origin);
        verifierKey = key.verifierKey;
        return key.privateKey;
      },
    });
    const acknowledged = new Set<string>();
    let refused = 0;
    let ended = false;
    const writer = async (): Promise<void> => {
      while (!ended) {
        const capsule = aCapsule();
        const outbox = [{ id: capsule.id, topic: 'x', payload: '{}' }];
        try {
          const result = await store.commit(commitOf([capsule], { outbox }));
          if (result.outcome === 'committed') acknowledged.add(capsule.id);
        } catch (error) {
          expect(error).toMatchObject({ code: 'UNAVAILABLE' });
          refused++;
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      }
    };
    const writers = Array.from({ length: 8 }, writer);
    const reaches = async (count: number): Promise<void> => {
      while (acknowledged.size < count) await new Promise((resolve) => setTimeout(resolve, 20));
    };
    await reaches(100);
    await server.stop('SIGKILL');
    await server.start();
    await reaches(acknowledged.size + 50);
    ended = true;
    await Promise.all(writers);
    const ids = [...acknowledged];
    const records = [];
    for (let i = 0; i < ids.length; i += 500) records.push(...(await store.capsules(ids.slice(i, i + 500))));
    expect(records.filter((record) => record === null)).toEqual([]);
    const { ledgerSize, capsules } = await store.status();
    // What was refused because nobody could tell may have been stored, once.
    expect(capsules).toBe(ledgerSize - 1);
    expect(capsules).toBeLessThanOrEqual(acknowledged.size + refused);
    expect((await store.outbox.backlog()).pending).toBe(capsules);
    await store.close();
    const report = await verifyNeo4jStore({ url: server.url }, { verifierKeys: [verifierKey] });
    expect(report).toMatchObject({ ok: true, findings: [], capsules });
  } finally {
    await server.remove();
  }
});
