/** Why a search does not show a capsule. What is said in which words is proved in `core/search`. @module */
import type { CapsuleFilter } from '../ports/capsule-reader.js';
import type { WhyNot } from '../ports/search-reader.js';
import {
  aCapsule,
  aVersionOf,
  archivalOf,
  retractionOf,
  trustChangeOf,
  written,
  type CapsuleRef,
} from './given-events.js';
import { freshStore, START, timeOf, type ContractEngine, type TestApi } from './test-api.js';

export function whyNotContract(engine: ContractEngine, t: TestApi): void {
  const { it, expect } = t;

  t.describe('why not', () => {
    const subject = freshStore(engine, t);
    const search = (whyNot: string, filter: CapsuleFilter = {}, cursor: string | null = null, limit = 2) =>
      subject.store.search({
        query: 'numbat ',
        filter,
        limit,
        cursor,
        explain: false,
        includeContent: false,
        whyNot,
      });
    const ask = async ({ id }: Pick<CapsuleRef, 'id'>, filter: CapsuleFilter = {}): Promise<WhyNot> => {
      const { whyNot } = await search(id, filter);
      if (whyNot === undefined) throw new Error('the search does not say why');
      return whyNot;
    };
    const failing = async (capsule: CapsuleRef, filter: CapsuleFilter = {}) =>
      (await ask(capsule, filter)).failed.map(({ condition }) => condition);

    it('[STO-80] names the conditions that a capsule fails, and none that it meets', async () => {
      const { store } = subject;
      const content = 'numbat';
      const old = aCapsule({ content, type: 'code', tags: ['x'], collection: 'a/b', validTo: '2025-01-01T00:00:00Z' });
      const weak = aCapsule({ content, trust: 45 });
      const archived = aCapsule({ content });
      const retracted = aCapsule({ content });
      await written(store, old, weak, archived, retracted);
      subject.now += 1000;
      const head = aVersionOf(old, { content, type: 'code', tags: ['x'], collection: 'a/b' });
      const heir = aCapsule({ content, trust: 80, derivedFrom: [{ id: weak.id, relation: 'fork' }] });
      await written(store, head, heir, archivalOf(archived), retractionOf(retracted));
      await store.settled();
      expect(await failing(head)).toEqual([]);
      expect(await failing(old)).toEqual(['newerVersion']);
      expect(await failing(archived)).toEqual(['archived']);
      expect(await failing(retracted)).toEqual(['retracted']);
      expect(await failing(archived, { includeArchived: true })).toEqual([]);
      expect(await failing(heir, { minTrust: 60 })).toEqual(['minTrust']);
      expect((await ask(heir, { minTrust: 60 })).words[0]).toBe(
        'Its chain trust 45 is below the 60 asked for, though its own trust is 80.',
      );
      const narrow: CapsuleFilter = { types: ['decision'], tags: ['x', 'y'], ownerId: 'nobody', collection: 'a/c' };
      expect(await failing(head, narrow)).toEqual(['types', 'tags', 'ownerId', 'collection']);
      expect(await failing(head, { types: ['code'], tags: ['x'], collection: 'a' })).toEqual([]);
      expect(await failing(old, { validAt: timeOf(START) })).toEqual(['newerVersion', 'validAt']);
      expect(await failing(heir, { createdTo: timeOf(START + 500) })).toEqual(['createdTo']);
      expect(await failing(weak, { createdFrom: timeOf(START + 500) })).toEqual(['createdFrom']);
      expect(await failing(head, { asOf: timeOf(START + 500) })).toEqual(['asOf']);
      expect(await failing(old, { asOf: timeOf(START + 500) })).toEqual([]);
      await written(store, trustChangeOf(weak, 45, 70));
      await store.settled();
      expect(await failing(heir, { minTrust: 60 })).toEqual([]);
    });

    it('[STO-81] tells the place of a hit that the page does not show, as paging would find it', async () => {
      const { store } = subject;
      const capsules = Array.from({ length: 7 }, (_, i) => aCapsule({ content: `numbat ${'filler word '.repeat(i)}` }));
      const other = aCapsule({ content: 'A quarterly report on zinc.' });
      await written(store, ...capsules, other);
      const { items } = await store.search({
        query: 'numbat ',
        filter: {},
        limit: 100,
        cursor: null,
        explain: true,
        includeContent: false,
      });
      for (const [i, { capsule, score, explain }] of items.entries()) {
        const { verdict, place } = await ask(capsule);
        expect(verdict).toBe(i < 2 ? 'shown' : 'further_down');
        expect(place).toEqual({ rank: i + 1, hits: 7, score, explain });
      }
      const last = items[6]?.capsule ?? other;
      expect(
        (await ask(last)).words[0]?.startsWith('It is a hit: number 7 of 7 hits. The page shows the first 2'),
      ).toBe(true);
      expect(await ask(other)).toMatchObject({ verdict: 'no_match', place: null, failed: [] });
      expect(
        'whyNot' in
          (await store.search({
            query: 'numbat',
            filter: {},
            limit: 1,
            cursor: null,
            explain: false,
            includeContent: false,
          })),
      ).toBe(false);
    });

    it('[STO-82] counts nothing that the filter keeps out but the capsule itself', async () => {
      const { store } = subject;
      const better = Array.from({ length: 30 }, () => aCapsule({ title: 'numbat', content: 'numbat', trust: 50 }));
      const permitted = [1, 2, 3].map((n) => aCapsule({ content: `numbat ${'filler '.repeat(n)}`, trust: 80 }));
      await written(store, ...better, ...permitted);
      const one = await ask(better[0] ?? { id: '' }, { minTrust: 60 });
      expect(one).toMatchObject({ verdict: 'kept_out', place: { rank: 1, hits: 4 } });
      expect(one.words.at(-1)).toBe('Otherwise it would be number 1 of 4 hits.');
      expect((await ask(permitted[2] ?? { id: '' }, { minTrust: 60 })).place).toMatchObject({ rank: 3, hits: 3 });
    });

    it('[STO-83] does not know unknown ids, and goes with the first page alone', async () => {
      const { store } = subject;
      const capsules = Array.from({ length: 4 }, () => aCapsule({ content: 'numbat' }));
      await written(store, ...capsules);
      const [first] = capsules;
      const unknown = { code: 'CAPSULE_NOT_FOUND' };
      await expect(search('unknown')).rejects.toMatchObject(unknown);
      await expect(search(first?.seriesId ?? '')).rejects.toMatchObject(unknown);
      const { nextCursor } = await search(first?.id ?? '');
      await expect(search(first?.id ?? '', {}, nextCursor)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    });
  });
}
