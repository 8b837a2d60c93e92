import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { openMemoryStore } from '@forge-cascade/core';
import { compareAnswers, compareStores, randomHistory, seededHistory } from '@forge-cascade/core/contract';
import { openSqliteStore } from '@forge-cascade/store-sqlite';

const root = mkdtempSync(join(tmpdir(), 'forge-history-'));
let folders = 0;

afterAll(() => rmSync(root, { recursive: true, force: true }));

const number = fc.nat({ max: 2 ** 31 });
const seeds = fc.array(fc.tuple(number, number, number, number, number), { minLength: 1, maxLength: 60 });

describe('random histories on memory and SQLite', () => {
  it('[STO-48] get the same answers to every query, whatever happened', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (numbers) => {
        const history = randomHistory(numbers);
        const memory = await openMemoryStore({ now: history.now });
        const sqlite = await openSqliteStore({ dataDir: join(root, `data-${folders++}`), now: history.now });
        try {
          await compareStores([memory, sqlite], history);
        } finally {
          await sqlite.close();
        }
      }),
      { numRuns: 15 },
    );
  });

  it('[STO-48] get the same answers when asked again after every few steps', async () => {
    const history = seededHistory(11, 60);
    const memory = await openMemoryStore({ now: history.now });
    const sqlite = await openSqliteStore({ dataDir: join(root, `data-${folders++}`), now: history.now });
    await compareStores([memory, sqlite], history, { every: 3 });
    await sqlite.close();
  });

  it('[STO-48] get the same answers over a long history, also after reopening', async () => {
    const history = seededHistory(7, 300);
    const memory = await openMemoryStore({ now: history.now });
    const options = { dataDir: join(root, `data-${folders++}`), now: history.now };
    const sqlite = await openSqliteStore(options);
    await compareStores([memory, sqlite], history, { every: 150 });
    await sqlite.close();
    const reopened = await openSqliteStore(options);
    await compareAnswers([memory, reopened]);
    expect((await reopened.status()).capsules).toBeGreaterThan(60);
    await reopened.close();
  });
});
