import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { openMemoryStore } from '@forge-cascade/core';
import { compareAnswers, compareStores, randomHistory, seededHistory } from '@forge-cascade/core/contract';
import { GivenStores } from '@forge-cascade/store-neo4j/testing';
import { openSqliteStore } from '@forge-cascade/store-sqlite';

// More of them are other ones each time; a failure says which seed repeats it.
const asked = process.env['FORGE_TEST_HISTORIES'];
const RUN = asked === undefined ? { numRuns: 3, seed: 5 } : { numRuns: Number(asked) };

const root = mkdtempSync(join(tmpdir(), 'forge-engines-'));
const neo4jStores = new GivenStores();
let folders = 0;
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A store of each engine with this clock, memory first. */
async function oneOfEach(now: () => number) {
  return Promise.all([
    openMemoryStore({ now }),
    openSqliteStore({ dataDir: join(root, `data-${folders++}`), now }),
    neo4jStores.open({ now }),
  ]);
}

describe('random histories on all engines', () => {
  const number = fc.nat({ max: 2 ** 31 });
  const seeds = fc.array(fc.tuple(number, number, number, number, number), { minLength: 1, maxLength: 30 });

  it(
    '[STO-48] get the same answers to every query, whatever happened',
    async () => {
      await fc.assert(
        fc.asyncProperty(seeds, async (numbers) => {
          const history = randomHistory(numbers);
          const engines = await oneOfEach(history.now);
          try {
            await compareStores(engines, history, { vectors: true });
          } finally {
            await Promise.all(engines.map((engine) => engine.close()));
          }
        }),
        RUN,
      );
    },
    RUN.numRuns * 60_000,
  );

  it('[STO-48] get the same answers over a long history, also after reopening and from another process', async () => {
    const history = seededHistory(7, 120);
    const [memory, sqlite, neo4j] = await oneOfEach(history.now);
    await compareStores([memory, sqlite, neo4j], history, { vectors: true });
    await sqlite.close();
    const another = await neo4jStores.another(neo4j);
    const reopened = await neo4jStores.reopen(neo4j);
    await compareAnswers([memory, another, reopened]);
    expect((await reopened.status()).capsules).toBeGreaterThan(25);
    await Promise.all([memory, another, reopened].map((store) => store.close()));
  }, 240_000);
});
