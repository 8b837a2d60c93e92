/** What search may show, and that filters act inside the ranking. Ranking itself is proved in `core/search`. @module */
import type { CapsuleFilter } from '../ports/capsule-reader.js';
import type { SearchRequest } from '../ports/search-reader.js';
import {
  aCapsule,
  aVersionOf,
  archivalOf,
  reinstatementOf,
  retractionOf,
  trustChangeOf,
  unarchivalOf,
  written,
} from './given-events.js';
import { freshStore, START, timeOf, type ContractEngine, type TestApi } from './test-api.js';

export function searchContract(engine: ContractEngine, t: TestApi): void {
  const { it, expect } = t;

  t.describe('search', () => {
    const subject = freshStore(engine, t);
    const ask = (rest: Partial<SearchRequest> = {}) =>
      subject.store.search({
        query: 'numbat',
        filter: {},
        limit: 100,
        cursor: null,
        explain: false,
        includeContent: false,
        ...rest,
      });
    const found = async (filter: CapsuleFilter = {}) =>
      (await ask({ filter })).items.map(({ capsule }) => capsule.id).sort();
    const ids = (...capsules: readonly { readonly id: string }[]) => capsules.map(({ id }) => id).sort();

    it('[STO-40] finds what holds the words, in content, title and tags, and nothing else', async () => {
      const { store } = subject;
      const inContent = aCapsule({ content: 'The numbat eats termites.' });
      const inTitle = aCapsule({ title: 'Numbats', content: 'Small and striped.' });
      const inTags = aCapsule({ tags: ['numbat'], content: 'Lives in hollow logs.' });
      const other = aCapsule({ content: 'A quarterly report on zinc.' });
      await written(store, inContent, inTitle, inTags, other);
      expect(await found()).toEqual(ids(inContent, inTitle, inTags));
      expect((await ask({ query: 'unheard' })).items).toEqual([]);
    });

    it('[STO-40] covers heads that are neither archived nor retracted, unless asked for more', async () => {
      const { store } = subject;
      const content = 'numbat';
      const [plain, archived, retracted, old] = [0, 1, 2, 3].map(() => aCapsule({ content })) as [
        ReturnType<typeof aCapsule>,
        ReturnType<typeof aCapsule>,
        ReturnType<typeof aCapsule>,
        ReturnType<typeof aCapsule>,
      ];
      const head = aVersionOf(old, { content });
      await written(store, plain, archived, retracted, old, head, archivalOf(archived), retractionOf(retracted));
      expect(await found()).toEqual(ids(plain, head));
      expect(await found({ includeRetracted: true })).toEqual(ids(plain, head, retracted));
      expect(await found({ includeArchived: true })).toEqual(ids(plain, head, archived));
      await written(store, unarchivalOf(archived), reinstatementOf(retracted));
      expect(await found()).toEqual(ids(plain, head, archived, retracted));
      await written(store, aVersionOf(plain, { content: 'about something else' }));
      expect(await found()).toEqual(ids(head, archived, retracted));
    });

    it('[STO-40] narrows by chain trust, type, tags, owner, collection, creation and validity', async () => {
      const { store } = subject;
      const content = 'numbat';
      const a = aCapsule({
        content,
        type: 'code',
        tags: ['x', 'y'],
        ownerId: 'ann',
        collection: 'docs/api',
        trust: 80,
      });
      const b = aCapsule({
        content,
        type: 'decision',
        tags: ['x'],
        ownerId: 'ben',
        collection: 'docs/apiary',
        trust: 50,
      });
      const c = aCapsule({
        content,
        trust: 90,
        derivedFrom: [{ id: b.id, relation: 'fork' }],
        validTo: '2025-01-01T00:00:00Z',
      });
      await written(store, a, b);
      subject.now += 1000;
      await written(store, c);
      expect(await found({ minTrust: 51 })).toEqual(ids(a));
      expect(await found({ minTrust: 50 })).toEqual(ids(a, b, c));
      expect(await found({ types: ['decision', 'insight'] })).toEqual(ids(b));
      expect(await found({ types: [] })).toEqual([]);
      expect(await found({ tags: ['y', 'x'] })).toEqual(ids(a));
      expect(await found({ tags: ['unknown'] })).toEqual([]);
      expect(await found({ ownerId: 'ben' })).toEqual(ids(b));
      expect(await found({ ownerId: 'nobody' })).toEqual([]);
      expect(await found({ collection: 'docs/api' })).toEqual(ids(a));
      expect(await found({ collection: 'docs' })).toEqual(ids(a, b));
      expect(await found({ createdFrom: timeOf(START + 1) })).toEqual(ids(c));
      expect(await found({ createdTo: timeOf(START + 1000) })).toEqual(ids(a, b));
      expect(await found({ validAt: '2025-01-01T00:00:00Z' })).toEqual(ids(a, b));
      expect(await found({ validAt: '2024-12-31T00:00:00Z' })).toEqual(ids(a, b, c));
      await written(store, trustChangeOf(b, 50, 70));
      await store.settled();
      expect(await found({ minTrust: 51 })).toEqual(ids(a, b, c));
    });

    it('[STO-40] returns as many permitted hits as the limit allows, however many better ones are not permitted', async () => {
      const { store } = subject;
      const better = Array.from({ length: 120 }, () =>
        aCapsule({ title: 'numbat', content: 'numbat numbat', trust: 50 }),
      );
      const permitted = Array.from({ length: 6 }, () =>
        aCapsule({ content: `the numbat is mentioned once among ${'many other words '.repeat(20)}`, trust: 80 }),
      );
      await written(store, ...better, ...permitted);
      const { items } = await ask({ filter: { minTrust: 60 }, limit: 5 });
      expect(items).toHaveLength(5);
      expect(items.filter(({ capsule }) => capsule.chainTrust < 60)).toHaveLength(0);
    });

    it('[STO-42] searches what was known at a recorded time', async () => {
      const { store } = subject;
      const a = aCapsule({ content: 'numbat one' });
      const a2 = aVersionOf(a, { content: 'numbat two' });
      const b = aCapsule({ content: 'numbat three' });
      for (const events of [[a], [a2, b], [archivalOf(b)], [unarchivalOf(b)]]) {
        await written(store, ...events);
        subject.now += 1000;
      }
      const asOf = (ms: number) => found({ asOf: timeOf(START + ms) });
      expect(await asOf(-1)).toEqual([]);
      expect(await asOf(999)).toEqual(ids(a));
      expect(await asOf(1000)).toEqual(ids(a2, b));
      expect(await asOf(2500)).toEqual(ids(a2));
      expect(await asOf(3000)).toEqual(ids(a2, b));
    });

    it('[STO-40] finds a document by the name that its title begins with, before texts that hold its words more often', async () => {
      const { store } = subject;
      const guide = aCapsule({ title: 'PEP 8: Style Guide', content: 'Spaces are the preferred indentation method.' });
      const others = Array.from({ length: 12 }, (_, i) =>
        aCapsule({ title: `PEP ${i + 80}: UTF-8 in part ${i}`, content: 'This PEP is about UTF-8. '.repeat(8 + i) }),
      );
      await written(store, guide, ...others);
      for (const query of ['PEP 8', 'pep 8', 'PEP 8 ']) {
        expect((await ask({ query })).items[0]?.capsule.id).toBe(guide.id);
      }
    });

    it('[STO-41] pages through hits in descending score, each once, while writes go on', async () => {
      const { store } = subject;
      const capsules = Array.from({ length: 30 }, (_, i) =>
        aCapsule({ content: `numbat ${'filler word '.repeat(i)}` }),
      );
      await written(store, ...capsules);
      const seen: string[] = [];
      const scores: number[] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof store.search>> = await ask({ limit: 8, cursor });
        seen.push(...page.items.map(({ capsule }) => capsule.id));
        scores.push(...page.items.map(({ score }) => score));
        cursor = page.nextCursor;
        if (seen.length === 8) await written(store, aCapsule({ content: 'numbat' }), aCapsule({ title: 'numbat' }));
      } while (cursor !== null);
      expect([...seen].sort()).toEqual(ids(...capsules));
      expect(scores).toEqual([...scores].sort((x, y) => y - x));
      expect(scores.filter((score) => !(score > 0 && score <= 1))).toEqual([]);
    });

    it('[STO-41] quotes a passage exactly, and adds content, metadata and reasons when asked', async () => {
      const { store } = subject;
      const content = `${'Preamble of no interest. '.repeat(60)}🧪 The numbat sleeps at night. ${'Coda. '.repeat(60)}`;
      const capsule = aCapsule({ content, metadata: { page: 7 }, title: 'Habits' });
      await written(store, capsule);
      const [plain] = (await ask()).items;
      const { passage } = plain ?? { passage: { text: '', start: 0, end: 0 } };
      expect(content.slice(passage.start, passage.end)).toBe(passage.text);
      expect(passage.text.includes('numbat sleeps')).toBe(true);
      expect(passage.text.length).toBeLessThanOrEqual(400);
      expect(Object.keys(plain ?? {}).sort()).toEqual(['capsule', 'passage', 'score']);
      expect(plain?.capsule).toMatchObject({ id: capsule.id, title: 'Habits', isHead: true });
      expect('content' in (plain?.capsule ?? {})).toBe(false);
      const [full] = (await ask({ explain: true, includeContent: true })).items;
      expect(full).toMatchObject({ content, metadata: { page: 7 } });
      const sum = Object.values(full?.explain ?? {}).reduce((x, y) => x + y, 0);
      expect(Math.abs(sum - (full?.score ?? NaN))).toBeLessThanOrEqual(1e-5);
    });

    it('[STO-41] refuses limits outside 1 to 100 and cursors it did not give; says what it has not indexed', async () => {
      const { store } = subject;
      await written(store, aCapsule({ content: 'numbat' }), aCapsule({ content: 'numbat' }));
      const invalid = { code: 'INVALID_INPUT' };
      for (const limit of [0, 101, 0.5]) await expect(ask({ limit })).rejects.toMatchObject(invalid);
      const foreign = (await store.list({}, 1, null)).nextCursor;
      const forged = ['{}', 'no json', 'null', '[]', '{"score":1,"ordinal":1,"size":1}'].map((inner) =>
        Buffer.from(JSON.stringify(['search', inner])).toString('base64url'),
      );
      for (const cursor of ['x', '', foreign, ...forged]) {
        await expect(ask({ cursor })).rejects.toMatchObject(invalid);
      }
      expect((await ask()).lag).toBe(0);
    });

    it('[STO-41] refuses the cursor of another query or filter, and one that was changed', async () => {
      const { store } = subject;
      await written(store, ...Array.from({ length: 3 }, () => aCapsule({ content: 'numbat', type: 'decision' })));
      const invalid = { code: 'INVALID_INPUT' };
      const cursor = (await ask({ limit: 1 })).nextCursor ?? '';
      expect((await ask({ limit: 2, cursor, explain: true })).items.length).toBe(2);
      await expect(ask({ cursor, query: 'wombat' })).rejects.toMatchObject(invalid);
      await expect(ask({ cursor, filter: { types: ['decision'] } })).rejects.toMatchObject(invalid);
      const [kind, sign, inner] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [string, string, string];
      for (const change of [{ size: -1 }, { size: 1.5 }, { ordinal: -1 }, { ordinal: 0.5 }, { score: null }]) {
        const changed = JSON.stringify([kind, sign, JSON.stringify({ ...(JSON.parse(inner) as object), ...change })]);
        await expect(ask({ cursor: Buffer.from(changed).toString('base64url') })).rejects.toMatchObject(invalid);
      }
      const listed = (await store.list({}, 1, null)).nextCursor;
      expect((await store.list({}, 2, listed)).items.length).toBe(2);
      await expect(store.list({ types: ['decision'] }, 2, listed)).rejects.toMatchObject(invalid);
    });

    it('[STO-41] has an answer for every query, also for those without a word', async () => {
      await written(subject.store, aCapsule({ content: 'numbat' }));
      for (const query of [
        '',
        ' ',
        '"',
        '"numbat',
        'AND OR NOT',
        '*',
        'numbat*',
        '(',
        'a:b',
        "'; DROP TABLE",
        '🧪',
        '\u0000',
        'x'.repeat(5000),
      ]) {
        const page = await ask({ query });
        expect(page.items.length).toBeLessThanOrEqual(1);
      }
    });
  });
}
