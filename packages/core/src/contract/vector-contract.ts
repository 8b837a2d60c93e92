/** Vectors are kept by model, in the order of the ledger, and searched exactly within the filter. @module */
import type { CapsuleFilter } from '../ports/capsule-reader.js';
import type { SearchRequest } from '../ports/search-reader.js';
import type { CapsuleVectors } from '../ports/vector-store.js';
import { aCapsule, aVersionOf, retractionOf, trustChangeOf, written, type GivenCapsule } from './given-events.js';
import { freshStore, START, timeOf, type ContractEngine, type TestApi } from './test-api.js';

const MODEL = 'compass-1';

/** A direction in the plane, in degrees, as a vector of four numbers. */
function pointing(degrees: number): Float32Array {
  const radians = (degrees / 180) * Math.PI;
  return Float32Array.of(Math.cos(radians), Math.sin(radians), 0, 0);
}

export function vectorContract(engine: ContractEngine, t: TestApi): void {
  const { it, expect } = t;

  t.describe('vectors', () => {
    const subject = freshStore(engine, t);

    /** Gives every capsule without vectors those that `of` names, whole contents as their passages. */
    async function embed(of: (title: string | null) => readonly number[], model = MODEL): Promise<void> {
      const { vectors } = subject.store;
      await vectors.begin(model, 4);
      const missing = await vectors.missing(model, 500);
      const capsules = missing.map(({ seq, title, content }): CapsuleVectors => {
        const passages = of(title).map((degrees) => ({ start: 0, end: content.length, vector: pointing(degrees) }));
        return { seq, passages };
      });
      await vectors.put(model, capsules);
    }
    const byTitle = (title: string | null): readonly number[] => [Number(title)];
    const towards = (degrees: number, content = 'about nothing'): GivenCapsule =>
      aCapsule({ title: String(degrees), content });
    const search = (degrees: number, rest: Partial<SearchRequest> = {}) =>
      subject.store.search({
        query: 'unheard ',
        filter: {},
        limit: 10,
        cursor: null,
        explain: false,
        includeContent: false,
        vector: { model: MODEL, values: pointing(degrees) },
        ...rest,
      });
    const titles = (items: readonly { readonly capsule: { readonly title: string | null } }[]) =>
      items.map(({ capsule }) => Number(capsule.title));

    it('[STO-70] are missing of every version, oldest first, until they are put', async () => {
      const { store } = subject;
      const first = towards(0);
      const second = aVersionOf(first, { title: '10', content: 'more' });
      await written(store, first, second);
      await store.vectors.begin(MODEL, 4);
      const missing = await store.vectors.missing(MODEL, 500);
      expect(missing.map(({ title, content }) => [title, content])).toEqual([
        ['0', 'about nothing'],
        ['10', 'more'],
      ]);
      expect(await store.vectors.missing(MODEL, 1)).toEqual(missing.slice(0, 1));
      await store.vectors.put(
        MODEL,
        missing.slice(0, 1).map(({ seq }) => ({ seq, passages: [] })),
      );
      expect(await store.vectors.missing(MODEL, 500)).toEqual(missing.slice(1));
      const kept = { model: MODEL, dimensions: 4, embedded: 1, lag: 1, serving: false };
      expect(await store.vectors.models()).toEqual([kept]);
      await written(store, towards(20));
      expect(await store.vectors.models()).toEqual([{ ...kept, lag: 2 }]);
      for (const limit of [0, 501, 0.5]) {
        await expect(store.vectors.missing(MODEL, limit)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
      }
    });

    it('[STO-70] put twice are kept once, whatever they say the second time', async () => {
      const { store } = subject;
      await written(store, towards(0), towards(80));
      await store.vectors.begin(MODEL, 4);
      const seqs = (await store.vectors.missing(MODEL, 500)).map(({ seq }) => seq);
      const put = (...degrees: number[]) =>
        store.vectors.put(
          MODEL,
          degrees.map((d, i) => ({ seq: seqs[i] ?? 0, passages: [{ start: 0, end: 5, vector: pointing(d) }] })),
        );
      await put(0);
      await put(180, 80);
      await store.vectors.serve(MODEL);
      expect(titles((await search(0)).items)).toEqual([0, 80]);
    });

    it('[STO-71] of another dimension, not finite or zero are refused, and nothing of their group is kept', async () => {
      const { store } = subject;
      await written(store, towards(0), towards(10));
      await store.vectors.begin(MODEL, 4);
      await store.vectors.begin(MODEL, 4);
      const invalid = { code: 'INVALID_INPUT' };
      await expect(store.vectors.begin(MODEL, 5)).rejects.toMatchObject(invalid);
      await expect(store.vectors.begin('flat', 0)).rejects.toMatchObject(invalid);
      const [one, two] = await store.vectors.missing(MODEL, 2);
      const item = (seq: number, vector: Float32Array) => ({ seq, passages: [{ start: 0, end: 1, vector }] });
      for (const bad of [
        Float32Array.of(1, 2),
        Float32Array.of(1, NaN, 0, 0),
        Float32Array.of(1, Infinity, 0, 0),
        new Float32Array(4),
      ]) {
        const group = [item(one?.seq ?? 0, pointing(0)), item(two?.seq ?? 0, bad)];
        await expect(store.vectors.put(MODEL, group)).rejects.toMatchObject(invalid);
      }
      expect((await store.vectors.models())[0]?.embedded).toBe(0);
      for (const unknown of [
        () => store.vectors.missing('unknown', 1),
        () => store.vectors.put('unknown', []),
        () => store.vectors.serve('unknown'),
      ]) {
        await expect(unknown()).rejects.toMatchObject(invalid);
      }
    });

    it('[STO-72] of one model serve; the others go', async () => {
      const { store } = subject;
      await written(store, towards(0), towards(90));
      await embed(byTitle);
      expect((await search(0)).semantic).toBe(null);
      expect((await search(0)).items).toEqual([]);
      await store.vectors.serve(MODEL);
      expect(titles((await search(80)).items)).toEqual([90, 0]);
      // The other model sees everything the other way round.
      await embed((title) => [90 - Number(title)], 'mirror-1');
      expect((await store.vectors.models()).map(({ model, serving }) => [model, serving])).toEqual([
        [MODEL, true],
        ['mirror-1', false],
      ]);
      expect(titles((await search(80)).items)).toEqual([90, 0]);
      await store.vectors.serve('mirror-1');
      expect((await store.vectors.models()).map(({ model, serving }) => [model, serving])).toEqual([
        ['mirror-1', true],
      ]);
      const mirrored = { vector: { model: 'mirror-1', values: pointing(80) } };
      expect(titles((await search(80, mirrored)).items)).toEqual([0, 90]);
      expect((await search(80, mirrored)).semantic).toEqual({ model: 'mirror-1', lag: 0 });
      // A question read by another model is answered by its words alone.
      expect((await search(80)).semantic).toBe(null);
      await store.vectors.serve(null);
      expect(await store.vectors.models()).toEqual([]);
      expect((await search(80, mirrored)).items).toEqual([]);
    });

    it('[STO-73] find what means the same within the filter, as many as there are', async () => {
      const { store } = subject;
      const capsules = Array.from({ length: 40 }, (_, i) =>
        aCapsule({ title: String(i), tags: i % 8 === 0 ? ['rare'] : [] }),
      );
      await written(store, ...capsules, retractionOf(capsules[3] as GivenCapsule));
      await embed(byTitle);
      await store.vectors.serve(MODEL);
      const found = async (filter: CapsuleFilter, limit = 100) => titles((await search(0, { filter, limit })).items);
      expect((await found({}, 5)).join()).toBe('0,1,2,4,5');
      expect((await found({ tags: ['rare'] })).join()).toBe('0,8,16,24,32');
      expect(await found({})).toHaveLength(39);
      await written(store, trustChangeOf(capsules[0] as GivenCapsule, 60, 0));
      expect((await found({ minTrust: 50, tags: ['rare'] })).join()).toBe('8,16,24,32');
      expect(await found({ asOf: timeOf(START - 1) })).toEqual([]);
    });

    it('[STO-73] count by a capsule’s nearest passage, which is shown', async () => {
      const { store } = subject;
      const content = 'First about one thing. Then about another.';
      const long = aCapsule({ title: 'long', content });
      await written(store, long, towards(40));
      await store.vectors.begin(MODEL, 4);
      const [one, two] = await store.vectors.missing(MODEL, 2);
      await store.vectors.put(MODEL, [
        {
          seq: one?.seq ?? 0,
          passages: [
            { start: 0, end: 22, vector: pointing(90) },
            { start: 23, end: content.length, vector: pointing(0) },
          ],
        },
        { seq: two?.seq ?? 0, passages: [{ start: 0, end: 5, vector: pointing(40) }] },
      ]);
      await store.vectors.serve(MODEL);
      const { items } = await search(5);
      expect(items.map(({ capsule }) => capsule.title)).toEqual(['long', '40']);
      expect(items[0]?.passage).toEqual({ text: 'Then about another.', start: 23, end: content.length });
    });

    it('[STO-74] let pages go on through what the first one saw, whatever is written and embedded meanwhile', async () => {
      const { store } = subject;
      await written(store, ...Array.from({ length: 30 }, (_, i) => towards(i)));
      await embed(byTitle);
      await store.vectors.serve(MODEL);
      await written(store, towards(31));
      const seen: number[] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof search>> = await search(0, { limit: 7, cursor });
        seen.push(...titles(page.items));
        cursor = page.nextCursor;
        await written(store, towards(seen.length / 100));
        await embed(byTitle);
      } while (cursor !== null);
      expect(seen).toEqual(Array.from({ length: 30 }, (_, i) => i));
      const first = await search(0, { limit: 7 });
      await store.vectors.serve(null);
      await expect(search(0, { limit: 7, cursor: first.nextCursor })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    });

    it('[STO-74] end a cursor whose model was dropped and has not come so far again', async () => {
      const { store } = subject;
      await written(store, ...Array.from({ length: 20 }, (_, i) => towards(i)));
      await embed(byTitle);
      await store.vectors.serve(MODEL);
      const { nextCursor: cursor } = await search(0, { limit: 5 });
      await store.vectors.serve(null);
      await store.vectors.begin(MODEL, 4);
      const [one] = await store.vectors.missing(MODEL, 1);
      const passages = [{ start: 0, end: 5, vector: pointing(Number(one?.title)) }];
      await store.vectors.put(MODEL, [{ seq: one?.seq ?? 0, passages }]);
      await store.vectors.serve(MODEL);
      await expect(search(0, { limit: 5, cursor })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
      await embed(byTitle);
      expect(titles((await search(0, { limit: 5, cursor })).items)).toEqual([5, 6, 7, 8, 9]);
    });

    it('[STO-90] let pages go by one model or end by name, while models change again and again under writes', async () => {
      const { store } = subject;
      const first = Array.from({ length: 31 }, (_, i) => towards(3 * i, 'in common'));
      await written(store, ...first);
      const mirrored = (title: string | null) => [90 - Number(title)];
      await embed(byTitle);
      await store.vectors.serve(MODEL);
      let switching = true;
      let finished = 0;
      const switches = async (): Promise<void> => {
        for (let i = 0; i < 12; i++) {
          const model = i % 2 === 0 ? 'mirror-1' : MODEL;
          await embed(model === MODEL ? byTitle : mirrored, model);
          await store.vectors.serve(model);
          // Mostly in the middle of what others read, and then again not before somebody came to an end.
          const before = finished;
          for (let turn = 0; turn < 6 || (i % 3 > 0 && finished === before); turn++) await search(0);
        }
        switching = false;
      };
      const writes = async (): Promise<void> => {
        while (switching) {
          await written(store, towards(200, 'in common'));
          for (let turn = 0; turn < 3; turn++) await search(0);
        }
      };
      /** Titles by the model that ranked them; null when the cursor ended. */
      const paging = async (): Promise<{ model: string | null; ids: string[]; found: number[] } | null> => {
        const model = (await store.vectors.models()).find(({ serving }) => serving)?.model ?? MODEL;
        const ids: string[] = [];
        const found: number[] = [];
        let seen: string | null | undefined;
        let cursor: string | null = null;
        do {
          const vector = { model, values: pointing(0) };
          const page: Awaited<ReturnType<typeof search>> | null = await search(0, {
            query: 'common ',
            limit: 7,
            cursor,
            vector,
          }).catch((error: { readonly code?: string; readonly details?: { readonly field?: string } }) => {
            expect(error).toMatchObject({ code: 'INVALID_INPUT', details: { field: 'cursor' } });
            return null;
          });
          if (page === null) return null;
          seen ??= page.semantic?.model ?? null;
          expect(page.semantic?.model ?? null).toBe(seen);
          ids.push(...page.items.map(({ capsule }) => capsule.id));
          found.push(...titles(page.items));
          cursor = page.nextCursor;
        } while (cursor !== null);
        return { model: seen, ids, found };
      };
      const models = new Set<string | null>();
      const pages = async (): Promise<void> => {
        while (switching) {
          const all = await paging();
          if (all === null) continue;
          models.add(all.model);
          expect(new Set(all.ids).size).toBe(all.ids.length);
          const seen = new Set(all.ids);
          expect(first.filter(({ id }) => !seen.has(id))).toEqual([]);
          if (all.model === null) continue;
          // Rounded vectors tell ten degrees apart wherever they point.
          const angles = all.found.filter((title) => title <= 90);
          const way = all.model === MODEL ? 1 : -1;
          for (let i = 1; i < angles.length; i++) {
            expect(way * ((angles[i] as number) - (angles[i - 1] as number))).toBeGreaterThan(-10);
          }
          finished++;
        }
      };
      await Promise.all([switches(), writes(), pages(), pages()]);
      expect([...models].filter((model) => model !== null)).toHaveLength(2);
    });

    it('[STO-75] tell what is like a capsule: nearest first, within the filter, never its own series', async () => {
      const { store } = subject;
      const old = towards(0);
      const head = aVersionOf(old, { title: '1' });
      const near = towards(5);
      const far = towards(60);
      await written(store, old, head, near, far, retractionOf(far));
      await embed(byTitle);
      await store.vectors.serve(MODEL);
      const similar = (id: string, filter: CapsuleFilter = {}) => store.similar({ id, filter, limit: 10 });
      const page = await similar(head.id);
      expect(page?.model).toBe(MODEL);
      expect(titles(page?.items ?? [])).toEqual([5]);
      expect(page?.items[0]?.score).toBeGreaterThan(0.99);
      expect(titles((await similar(old.id, { includeRetracted: true }))?.items ?? [])).toEqual([5, 60]);
      expect((await similar(near.id))?.items.map(({ capsule }) => capsule.id)).toEqual([head.id]);
      expect(await similar('unknown')).toBe(null);
      await expect(store.similar({ id: head.id, filter: {}, limit: 0 })).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      });
    });

    it('[STO-75] go by words where there are no vectors', async () => {
      const { store } = subject;
      const one = aCapsule({ title: 'Zinc', content: 'The smelter bought zinc from Peru.' });
      const alike = aCapsule({ title: 'Ore', content: 'Peru sells zinc and lead.' });
      const other = aCapsule({ title: 'Leave', content: 'Everybody has thirty days of leave.' });
      await written(store, one, alike, other);
      const page = await store.similar({ id: one.id, filter: {}, limit: 10 });
      expect(page?.model).toBe(null);
      expect(page?.items.map(({ capsule }) => capsule.id)).toEqual([alike.id]);
    });

    it('[STO-76] are there again after reopening, and what was dropped is not', async () => {
      const { store } = subject;
      await written(store, towards(0), towards(90));
      await embed(byTitle, 'earlier');
      await embed(byTitle);
      await store.vectors.serve(MODEL);
      const before = await search(70);
      if (engine.reopen === undefined) {
        // An engine that keeps nothing keeps no vectors either.
        await store.close();
        await expect(store.vectors.models()).rejects.toMatchObject({ code: 'STORE_CLOSED' });
        return;
      }
      const reopened = await engine.reopen(store);
      const after = await reopened.search({
        query: 'unheard ',
        filter: {},
        limit: 10,
        cursor: null,
        explain: false,
        includeContent: false,
        vector: { model: MODEL, values: pointing(70) },
      });
      expect(after).toEqual(before);
      expect((await reopened.vectors.models()).map(({ model }) => model)).toEqual([MODEL]);
      await reopened.close();
    });
  });
}
