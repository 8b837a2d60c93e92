import fc from 'fast-check';
import type { Store } from '@forge-cascade/core';
import { compareAnswers, randomHistory, seededHistory, type History } from '@forge-cascade/core/contract';
import { empty, givenServers } from '@forge-cascade/store-neo4j/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkStore } from './check-store.js';
import { moveStore } from './move-store.js';
import { openStore, verifyStore } from './open-store.js';
import type { StoreAddress } from './store-address.js';

const [server] = givenServers();
if (server === undefined) throw new Error('there is no test server');
const neo4j: StoreAddress = { engine: 'neo4j', connection: server };

let dataDir: string;
beforeEach(async () => void (dataDir = await mkdtemp(join(tmpdir(), 'forge-move-'))));
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const folder = (name: string): StoreAddress => ({ engine: 'sqlite', dataDir: join(dataDir, name) });
const open = (store: StoreAddress): Promise<Store> => openStore({ store, dataDir, ledgerKey: null });
const move = (from: StoreAddress, to: StoreAddress) =>
  moveStore({ from, to, dataDir, ledgerKey: null, again: false, onProgress: () => undefined });

async function told(history: History, store: StoreAddress): Promise<void> {
  const opened = await open(store);
  for (const { request } of history.steps) await opened.commit(request);
  await opened.vectors.begin('m-1', 3);
  const missing = await opened.vectors.missing('m-1', 500);
  const vectors = missing.map(({ seq, content }) => {
    const vector = Float32Array.of(seq % 7, content.length % 5, 1);
    return { seq, passages: content === '' ? [] : [{ start: 0, end: content.length, vector }] };
  });
  await opened.vectors.put('m-1', vectors);
  await opened.vectors.serve('m-1');
  await opened.close();
}

/** Compares what stores at these addresses answer, and what is like each of their capsules. */
async function alike(...addresses: readonly StoreAddress[]): Promise<void> {
  const stores = await Promise.all(addresses.map(open));
  try {
    await compareAnswers(stores);
    const [first] = stores;
    const { items } = (await first?.list({ includeArchived: true, includeRetracted: true }, 20, null)) ?? { items: [] };
    for (const { id } of items) {
      const near = await Promise.all(stores.map((store) => store.similar({ id, filter: {}, limit: 5 })));
      for (const page of near) expect(page).toEqual(near[0]);
    }
  } finally {
    await Promise.all(stores.map((store) => store.close()));
  }
}

async function thereAndBack(history: History): Promise<void> {
  await empty(server!);
  await rm(dataDir, { recursive: true, force: true });
  await told(history, folder('old'));
  const there = await move(folder('old'), neo4j);
  const back = await move(neo4j, folder('new'));
  expect(back.from).toMatchObject({ engine: 'neo4j', origin: there.to.origin, size: there.to.size + 1 });
  await alike(folder('old'), neo4j, folder('new'));
  for (const store of [folder('old'), neo4j, folder('new')]) {
    expect(await verifyStore({ store, dataDir }, {})).toMatchObject({ ok: true, findings: [] });
  }
}

describe('a memory that moves from a folder to Neo4j and back', () => {
  it('[NEO-14] answers every query as before, whatever happened in it', async () => {
    const number = fc.nat({ max: 2 ** 31 });
    const seeds = fc.array(fc.tuple(number, number, number, number, number), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(seeds, (numbers) => thereAndBack(randomHistory(numbers))),
      { numRuns: 2, seed: 3, endOnFailure: true },
    );
  });

  it('[NEO-14] answers every query as before after a long history, and is as it should be in every place', async () => {
    await thereAndBack(seededHistory(5, 40));
    for (const store of [neo4j, folder('new')]) {
      const { ok, lines } = await checkStore({ store, dataDir }, {});
      expect(lines.filter((line) => !line.ok)).toEqual([]);
      expect([ok, new Set(lines.map(({ area }) => area))]).toEqual([true, new Set(['schema', 'counts', 'ledger'])]);
    }
  });

  it('[NEO-15] goes home into the folder it came from, which has the beginning already', async () => {
    await empty(server);
    await told(seededHistory(8, 12), folder('home'));
    await move(folder('home'), neo4j);
    const back = await move(neo4j, folder('home'));
    expect(back.copied).toEqual({ entries: 2, vectors: 0 });
    const home = await open(folder('home'));
    expect((await home.status()).sealed).toBeNull();
    await home.close();
    expect(await verifyStore({ store: folder('home'), dataDir }, {})).toMatchObject({ ok: true });
    await expect(move(neo4j, folder('elsewhere'))).rejects.toMatchObject({ code: 'STORE_SEALED' });
    const again = { from: neo4j, to: folder('elsewhere'), dataDir, ledgerKey: null, again: true };
    expect(await moveStore({ ...again, onProgress: () => undefined })).toMatchObject({
      to: { origin: back.to.origin },
    });
  });
});
