import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aCapsule, written } from '../contract/given-events.js';
import { openMemoryStore } from '../memory/index.js';
import type { Store } from '../ports/index.js';
import { CapsuleEmbedder, type CapsuleEmbedderOptions } from './capsule-embedder.js';
import type { EmbeddingProvider } from './embedding-provider.js';
import { GivenModel } from './given-model.js';
import { semanticSearch } from './semantic-search.js';

let store: Store;
let now: number;

beforeEach(async () => {
  now = 0;
  store = await openMemoryStore();
});

afterEach(() => store.close());

function embedder(target: EmbeddingProvider | null, rest: Partial<CapsuleEmbedderOptions> = {}): CapsuleEmbedder {
  return new CapsuleEmbedder({
    vectors: store.vectors,
    openTarget: async () => target,
    openFormer: async () => null,
    pause: async () => undefined,
    now: () => now,
    ...rest,
  });
}

async function settle(one: CapsuleEmbedder): Promise<void> {
  while ((await one.round()).more);
}

const notes = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) =>
    aCapsule({ title: `Note ${from + i}`, content: `The numbat number ${from + i}.` }),
  );

const find = async (one: CapsuleEmbedder, query: string, cursor: string | null = null, limit = 5) =>
  semanticSearch(store, one).search({
    query,
    filter: {},
    limit,
    cursor,
    explain: false,
    includeContent: false,
  });

describe('a model that fails', () => {
  it.each(['quota', 'unauthorized', 'timeout', 'wrong_count', 'model_corrupt'] as const)(
    '[EMB-50] while another one is to serve does not hold that one up: %s',
    async (reason) => {
      const former = new GivenModel('a');
      await written(store, ...notes(0, 100));
      await settle(embedder(former));
      await written(store, ...notes(100, 110));
      former.failing = reason;
      const one = embedder(new GivenModel('b'), { openFormer: async () => former });
      await settle(one);
      expect(one.status()).toEqual({ serving: 'b', ranks: true, target: 'b', embedded: 110, lag: 0, failing: null });
      expect((await store.vectors.models()).map(({ model }) => model)).toEqual(['b']);
    },
  );

  it('[EMB-51] is named until it reads questions again, though there is nothing to embed', async () => {
    await written(store, ...notes(0, 2));
    const model = new GivenModel('a');
    const one = embedder(model);
    await settle(one);
    model.failing = 'unauthorized';
    expect((await find(one, 'numbat')).semantic).toBe(null);
    await settle(one);
    expect(one.status().failing).toBe('unauthorized');
    model.failing = null;
    now += 10_000;
    await settle(one);
    expect(one.status().failing).toBe(null);
    expect((await find(one, 'numbat')).semantic).toEqual({ model: 'a', lag: 0 });
  });

  it('[EMB-55] to make anything of plain words is named and passes over no text, in documents and in questions', async () => {
    await written(store, ...notes(0, 3));
    const model = new GivenModel('a');
    const one = embedder(model);
    // Every text has a space.
    model.speechless = ' ';
    await expect(one.round()).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { reason: 'not_finite' } });
    expect(one.status()).toMatchObject({ serving: null, failing: 'not_finite' });
    expect(await store.vectors.models()).toMatchObject([{ model: 'a', embedded: 0, lag: 3 }]);
    model.speechless = '';
    await settle(one);
    expect(one.status()).toMatchObject({ serving: 'a', embedded: 3, lag: 0, failing: null });
    model.speechless = ' ';
    expect((await find(one, 'numbat number 1')).items).toHaveLength(3);
    expect(one.status()).toMatchObject({ failing: 'not_finite' });
    model.speechless = '';
    now += 20_000;
    await settle(one);
    expect(one.status()).toMatchObject({ failing: null });
    expect((await find(one, 'numbat number 2')).semantic).toEqual({ model: 'a', lag: 0 });
  });

  it('[EMB-52] with another dimension under the same name is named, costs no vector, and leaves search by words', async () => {
    await written(store, ...notes(0, 3));
    await settle(embedder(new GivenModel('a')));
    const changed = embedder(new GivenModel('a', 128));
    expect(await find(changed, 'numbat')).toMatchObject({ semantic: null, items: [{}, {}, {}] });
    await written(store, ...notes(3, 4));
    await expect(changed.round()).rejects.toMatchObject({ details: { reason: 'wrong_dimensions' } });
    expect(changed.status()).toMatchObject({ serving: 'a', failing: 'wrong_dimensions' });
    expect(await find(changed, 'numbat')).toMatchObject({ semantic: null, items: [{}, {}, {}, {}] });
    expect(await store.vectors.models()).toMatchObject([{ model: 'a', dimensions: 384, embedded: 3, lag: 1 }]);
    const back = embedder(new GivenModel('a'));
    await settle(back);
    expect((await find(back, 'numbat')).semantic).toEqual({ model: 'a', lag: 0 });
  });

  it('[EMB-53] changes what questions are said to be read by, and so does each time it recovers or embeds', async () => {
    await written(store, ...notes(0, 2));
    const model = new GivenModel('a');
    const one = embedder(model);
    await settle(one);
    const states = [one.state()];
    const next = async (what: () => Promise<unknown>): Promise<void> => {
      await what();
      states.push(one.state());
    };
    model.failing = 'timeout';
    await next(() => find(one, 'numbat'));
    model.failing = null;
    now += 10_000;
    await next(() => find(one, 'numbat'));
    await written(store, ...notes(2, 3));
    await next(() => settle(one));
    expect(new Set(states).size).toBe(4);
    await next(() => find(one, 'numbat'));
    expect(states[4]).toBe(states[3]);
  });

  it('[EMB-53] and serves beside one that cannot be opened: what it embeds changes what is found', async () => {
    await written(store, ...notes(0, 2));
    const former = new GivenModel('a');
    await settle(embedder(former));
    const one = embedder(null, { openTarget: () => Promise.reject(new Error()), openFormer: async () => former });
    await expect(one.round()).rejects.toThrow();
    const before = one.state();
    await written(store, ...notes(2, 3));
    await expect(one.round()).rejects.toThrow();
    expect((await find(one, 'numbat')).semantic).toEqual({ model: 'a', lag: 0 });
    expect(one.state()).not.toBe(before);
  });

  it('[SEA-60] lets the pages of a search go on by words that began by words', async () => {
    await written(store, ...notes(0, 6));
    const model = new GivenModel('a');
    const one = embedder(model);
    await settle(one);
    model.failing = 'timeout';
    const first = await find(one, 'numbat', null, 4);
    model.failing = null;
    now += 10_000;
    expect((await find(one, 'numbat', null, 4)).semantic).not.toBe(null);
    const second = await find(one, 'numbat', first.nextCursor, 4);
    expect(second.semantic).toBe(null);
    const ids = [...first.items, ...second.items].map(({ capsule }) => capsule.id);
    expect([ids.length, new Set(ids).size]).toEqual([6, 6]);
  });
});

describe('closing', () => {
  it('[EMB-54] ends a round and a question whose provider hangs, keeps what was put, and says nothing', async () => {
    await written(store, ...notes(0, 70));
    const model = new GivenModel('a');
    const one = embedder(model);
    await one.round();
    model.hanging = true;
    const round = one.round();
    const question = one.vectorOf('numbat');
    while (model.asked.length < 66) await new Promise(setImmediate);
    await one.close();
    expect(await round).toEqual({ more: false });
    expect(await question).toBe(null);
    expect(one.status().failing).toBe(null);
    expect(await store.vectors.models()).toMatchObject([{ embedded: 64, lag: 6 }]);
    const next = embedder(new GivenModel('a'));
    await settle(next);
    expect(next.status()).toMatchObject({ embedded: 70, lag: 0 });
  });

  it('[EMB-54] does not wait for a model that is being opened, and closes it when it comes', async () => {
    let come: (provider: EmbeddingProvider) => void = () => undefined;
    const one = embedder(null, { openTarget: () => new Promise((resolve) => (come = resolve)) });
    const round = one.round();
    await new Promise(setImmediate);
    await one.close();
    expect(await round).toEqual({ more: false });
    const late = new GivenModel('a');
    come(late);
    await new Promise(setImmediate);
    expect(late.closed).toBe(true);
  });
});
