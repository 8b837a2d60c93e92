import { describe, expect, it } from 'vitest';
import { aCapsule, written } from '@forge-cascade/core/contract';
import { Connection } from './connection.js';
import { GivenStores } from './testing/given-databases.js';

const MODEL = 'compass-1';
const stores = new GivenStores();

describe('vectors that were damaged in the database', () => {
  it.each([
    ['is gone', 'DETACH DELETE p'],
    ['is no list of numbers', "SET p.bytes = 'damaged'"],
  ])('[STO-86] fail no search, and what is like a capsule is told, when a passage %s', async (_, damage) => {
    const given = await stores.open();
    const capsules = Array.from({ length: 5 }, (__, i) =>
      aCapsule({ title: String(i), content: `word${i} in common` }),
    );
    await written(given, ...capsules);
    await given.vectors.begin(MODEL, 2);
    const missing = await given.vectors.missing(MODEL, 10);
    await given.vectors.put(
      MODEL,
      missing.map(({ seq, title }) => {
        const vector = Float32Array.of(Math.cos(Number(title) / 4), Math.sin(Number(title) / 4));
        return { seq, passages: [{ start: 0, end: 5, vector }] };
      }),
    );
    await given.vectors.serve(MODEL);
    const similar = async (store: typeof given, at: number) => {
      const page = await store.similar({ id: capsules[at]?.id ?? '', filter: {}, limit: 10 });
      return { model: page?.model, titles: page?.items.map(({ capsule }) => capsule.title) };
    };
    expect(await similar(given, 0)).toEqual({ model: MODEL, titles: ['1', '2', '3', '4'] });
    const connection = new Connection(stores.serverOf(given));
    await connection.alone(`MATCH (p:Passage {capsule: ${missing[2]?.seq}}) ${damage}`);
    await connection.close();
    // What is held in memory stands in.
    expect(await similar(given, 0)).toEqual({ model: MODEL, titles: ['1', '2', '3', '4'] });
    expect((await similar(given, 2)).model).toBe(MODEL);
    const again = await stores.reopen(given);
    try {
      expect(await similar(again, 0)).toEqual({ model: MODEL, titles: ['1', '3', '4'] });
      expect(await similar(again, 2)).toMatchObject({ model: null });
    } finally {
      await again.close();
    }
  });
});
