import { describe, expect, it } from 'vitest';
import type { Store } from '@forge-cascade/core';
import { aCapsule, commitOf, written } from '@forge-cascade/core/contract';
import { GivenStores, meddle } from './testing/given-databases.js';

const MODEL = 'compass-1';
const stores = new GivenStores();

const towards = (title: string | null): Float32Array =>
  Float32Array.of(Math.cos(Number(title) / 4), Math.sin(Number(title) / 4));

/** Two passages for every third capsule; how many capsules were given some. */
async function embed(store: Store): Promise<number> {
  const missing = await store.vectors.missing(MODEL, 100);
  await store.vectors.put(
    MODEL,
    missing.map(({ seq, title }) => {
      const passage = { start: 0, end: 5, vector: towards(title) };
      return { seq, passages: Number(title) % 3 === 0 ? [passage, { ...passage, start: 1 }] : [passage] };
    }),
  );
  return missing.length;
}

const capsules = (count: number) =>
  Array.from({ length: count }, (_, i) => aCapsule({ title: String(i), content: `word${i} in common` }));

describe('vectors that were damaged in the database', () => {
  it('[STO-87] fail no search, and what is like a capsule is told without them', async () => {
    const given = await stores.open();
    const stored = capsules(6);
    await written(given, ...stored);
    await given.vectors.begin(MODEL, 2);
    await embed(given);
    await given.vectors.serve(MODEL);
    const similar = async (store: Store, at: number) => {
      const page = await store.similar({ id: stored[at]?.id ?? '', filter: {}, limit: 10 });
      return { model: page?.model, titles: page?.items.map(({ capsule }) => capsule.title) };
    };
    const all = { model: MODEL, titles: ['1', '2', '3', '4', '5'] };
    expect(await similar(given, 0)).toEqual(all);
    const at = "MATCH (c:Capsule) WHERE c.title IN ['2', '4'] MATCH (p:Passage {capsule: c.seq})";
    await meddle(stores.serverOf(given), `${at} SET p.bytes = CASE c.title WHEN '2' THEN 'damaged' ELSE null END`);
    // What is held in memory stands in.
    expect(await similar(given, 0)).toEqual(all);
    expect((await similar(given, 2)).model).toBe(MODEL);
    const again = await stores.reopen(given);
    expect(await similar(again, 0)).toEqual({ model: MODEL, titles: ['1', '3', '5'] });
    expect(await similar(again, 2)).toMatchObject({ model: null });
    await again.close();
  });

  it('[STO-86] cost their own capsules them, until they are embedded again, for every process', async () => {
    const given = await stores.open();
    await written(given, ...capsules(12));
    await given.vectors.begin(MODEL, 2);
    expect(await embed(given)).toBe(12);
    await given.vectors.serve(MODEL);
    const search = async (store: Store) => {
      const page = await store.search({
        ...{ query: 'unheard ', filter: {}, limit: 20, cursor: null, explain: false, includeContent: false },
        vector: { model: MODEL, values: towards('0') },
      });
      return { titles: page.items.map(({ capsule }) => capsule.title), lag: page.semantic?.lag };
    };
    const lag = async (store: Store) => (await store.vectors.models())[0]?.lag;
    const healthy = await search(given);
    expect(healthy).toMatchObject({ lag: 0 });
    const beside = await stores.another(given);
    expect(await search(beside)).toEqual(healthy);
    const hurt = {
      '2': 'DETACH DELETE p',
      '3': 'SET p.bytes = null',
      '4': "SET p.bytes = 'damaged'",
      '6': 'SET p.ordinal = p.ordinal + 7',
      '7': 'SET p.model = p.model + 1000',
    };
    for (const [title, damage] of Object.entries(hurt)) {
      const first = `MATCH (c:Capsule {title: '${title}'}) MATCH (p:Passage {capsule: c.seq, ordinal: 0})`;
      await meddle(stores.serverOf(given), `${first} ${damage}`);
    }
    const lost = Object.keys(hurt);
    const reopened = await stores.reopen(given);
    const found = await search(reopened);
    expect(found.lag).toBe(lost.length);
    expect(new Set(found.titles)).toEqual(new Set(healthy.titles.filter((title) => !lost.includes(title ?? ''))));
    await expect.poll(() => lag(reopened), { timeout: 30_000 }).toBe(lost.length);
    expect((await reopened.vectors.missing(MODEL, 100)).map(({ title }) => title)).toEqual(lost);
    // Only what lies before the first of them is taken along when a store moves.
    expect(await reopened.replica.vectors(MODEL, 0, 100)).toHaveLength(2);
    expect((await search(beside)).lag).toBe(lost.length);

    await reopened.commit(commitOf([aCapsule({ title: '12', content: 'late' })]));
    expect(await embed(beside)).toBe(lost.length + 1);
    expect([await lag(beside), await embed(beside)]).toEqual([0, 0]);
    const fresh = await stores.another(reopened);
    for (const store of [reopened, beside, fresh]) {
      const { titles, lag } = await search(store);
      expect([titles.filter((title) => title !== '12'), lag]).toEqual([healthy.titles, 0]);
    }
    expect(await reopened.replica.vectors(MODEL, 0, 100)).toHaveLength(13);
    await Promise.all([fresh, beside, reopened].map((store) => store.close()));
  });
});
