import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openMemoryStore } from '@forge-cascade/core';
import { compareAnswers, compareStores, randomHistory, seededHistory } from '@forge-cascade/core/contract';
import { GivenStores } from './testing/given-databases.js';

const stores = new GivenStores();
const number = fc.nat({ max: 2 ** 31 });
const seeds = fc.array(fc.tuple(number, number, number, number, number), { minLength: 1, maxLength: 30 });

describe('random histories on memory and Neo4j', () => {
  it('[STO-48] get the same answers to every query, whatever happened', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (numbers) => {
        const history = randomHistory(numbers);
        const memory = await openMemoryStore({ now: history.now });
        const neo4j = await stores.open({ now: history.now });
        try {
          await compareStores([memory, neo4j], history);
        } finally {
          await neo4j.close();
        }
      }),
      { numRuns: 3, seed: 5 },
    );
  });

  it('[STO-48] get the same answers over a long history, also after reopening and from another process', async () => {
    const history = seededHistory(7, 120);
    const memory = await openMemoryStore({ now: history.now });
    const neo4j = await stores.open({ now: history.now });
    await compareStores([memory, neo4j], history, { every: 60 });
    const another = await stores.another(neo4j);
    await compareAnswers([memory, another]);
    await another.close();
    const reopened = await stores.reopen(neo4j);
    await compareAnswers([memory, reopened]);
    expect((await reopened.status()).capsules).toBeGreaterThan(25);
    await reopened.close();
  });
});
