import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aCapsule, written } from '../contract/given-events.js';
import { openMemoryStore } from '../memory/index.js';
import type { Store } from '../ports/index.js';
import { CapsuleEmbedder, type CapsuleEmbedderOptions } from './capsule-embedder.js';
import { embeddingFailure } from './embedding-failure.js';
import type { EmbeddingProvider } from './embedding-provider.js';
import { GivenModel as Model } from './given-model.js';
import { hashingEmbedder } from './hashing-embedder.js';
import { semanticSearch } from './semantic-search.js';

let store: Store;

beforeEach(async () => {
  store = await openMemoryStore();
});

afterEach(() => store.close());

function embedder(target: EmbeddingProvider | null, rest: Partial<CapsuleEmbedderOptions> = {}): CapsuleEmbedder {
  return new CapsuleEmbedder({
    vectors: store.vectors,
    openTarget: async () => target,
    openFormer: async () => null,
    pause: async () => undefined,
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

const find = async (one: CapsuleEmbedder, query: string) =>
  semanticSearch(store, one).search({
    query,
    filter: {},
    limit: 5,
    cursor: null,
    explain: false,
    includeContent: false,
  });

describe('CapsuleEmbedder', () => {
  it('[EMB-40] embeds what is missing round by round and lets the model serve from the first on', async () => {
    await written(store, ...notes(0, 100));
    const one = embedder(new Model('a'));
    expect((await one.round()).more).toBe(true);
    expect(one.status()).toEqual({ serving: 'a', ranks: true, target: 'a', embedded: 64, lag: 36, failing: null });
    expect((await find(one, 'numbat')).semantic).toEqual({ model: 'a', lag: 36 });
    await settle(one);
    expect(one.status()).toMatchObject({ embedded: 100, lag: 0 });
    await written(store, ...notes(100, 101));
    await settle(one);
    expect((await store.vectors.models())[0]).toMatchObject({ embedded: 101, lag: 0, serving: true });
  });

  it('[EMB-41] keeps the model that served, new capsules included, until the other one has caught up', async () => {
    const former = new Model('a');
    await written(store, ...notes(0, 80));
    await settle(embedder(former));
    const target = new Model('b');
    const one = embedder(target, { openFormer: async (model) => (model === 'a' ? former : null) });
    await written(store, ...notes(80, 82));
    expect((await one.round()).more).toBe(true);
    expect((await store.vectors.models()).map(({ model, lag, serving }) => [model, lag, serving])).toEqual([
      ['a', 0, true],
      ['b', 18, false],
    ]);
    expect((await find(one, 'numbat')).semantic).toEqual({ model: 'a', lag: 0 });
    await settle(one);
    expect((await store.vectors.models()).map(({ model, serving }) => [model, serving])).toEqual([['b', true]]);
    expect((await find(one, 'numbat')).semantic).toEqual({ model: 'b', lag: 0 });
    expect([former.closed, target.closed]).toEqual([true, false]);
  });

  it('[POD-12] follows the work of another one without doing any, and reads questions by what serves', async () => {
    await written(store, ...notes(0, 80));
    const [working, model] = [embedder(new Model('a')), new Model('a')];
    const following = embedder(model);
    expect(await following.follow()).toBe(true);
    expect(following.status()).toMatchObject({ serving: null, target: 'a' });
    await working.round();
    expect(await following.follow()).toBe(true);
    expect(following.status()).toMatchObject({ serving: 'a', ranks: true, embedded: 64, lag: 16 });
    await settle(working);
    expect(await following.follow()).toBe(false);
    expect(following.status()).toEqual({ serving: 'a', ranks: true, target: 'a', embedded: 80, lag: 0, failing: null });
    expect((await find(following, 'numbat')).semantic).toEqual({ model: 'a', lag: 0 });
    expect(model.asked).toEqual(['numbat']);
    await settle(embedder(new Model('b')));
    const both = embedder(model, { openFormer: async () => new Model('b') });
    expect(await both.follow()).toBe(true);
    expect((await find(both, 'numbat')).semantic).toEqual({ model: 'b', lag: 0 });
    expect(await embedder(null).follow()).toBe(true);
    await settle(embedder(null));
    expect(await embedder(null).follow()).toBe(false);
  });

  it('[EMB-61] keeps the model that serves where it is not to replace it, and embeds what is new by it', async () => {
    await written(store, ...notes(0, 70));
    await settle(embedder(new Model('a')));
    // A change of the model that another process began is left where it is.
    const changing = embedder(new Model('b'), { openFormer: async () => new Model('a') });
    await changing.round();
    await written(store, ...notes(70, 72));
    const kept = new Model('a');
    const openFormer = async (model: string) => (model === 'a' ? kept : new Model(model));
    const one = embedder(new Model('c'), { openFormer, keepsServing: () => true });
    await settle(one);
    expect(one.status()).toEqual({ serving: 'a', ranks: true, target: 'a', embedded: 72, lag: 0, failing: null });
    expect(await one.follow()).toBe(false);
    expect(kept.asked).toHaveLength(2);
    expect((await store.vectors.models()).map(({ model, embedded }) => [model, embedded])).toEqual([
      ['a', 72],
      ['b', 64],
    ]);
    expect((await find(one, 'numbat')).semantic).toEqual({ model: 'a', lag: 0 });
    await settle(changing);
    await settle(one);
    expect((await store.vectors.models()).map(({ model }) => model)).toEqual(['b']);
  });

  it('[EMB-61] names a model that it cannot reach, keeps its vectors, and searches by words', async () => {
    await written(store, ...notes(0, 3));
    await settle(embedder(new Model('a')));
    await written(store, ...notes(3, 5));
    for (const target of [new Model('b'), null]) {
      const one = embedder(target, { keepsServing: () => true });
      expect((await find(one, 'numbat')).items).toHaveLength(5);
      expect(await one.follow()).toBe(false);
      await expect(one.round()).rejects.toMatchObject({ details: { reason: 'not_set_up', model: 'a' } });
      const failing = 'not_set_up';
      expect(one.status()).toEqual({ serving: 'a', ranks: false, target: null, embedded: 3, lag: 2, failing });
      expect((await find(one, 'numbat')).semantic).toBeNull();
    }
    expect(await store.vectors.models()).toMatchObject([{ model: 'a', embedded: 3, serving: true }]);
    const back = new Model('a');
    await settle(embedder(back));
    expect(back.asked).toHaveLength(2);
  });

  it('[EMB-61] lets its target serve a store that nothing served, and what another process chose afterwards', async () => {
    await written(store, ...notes(0, 3));
    const target = new Model('b');
    const one = embedder(target, { keepsServing: () => true, openFormer: async (model) => new Model(model) });
    await settle(one);
    expect(one.status()).toMatchObject({ serving: 'b', target: 'b', embedded: 3 });
    await settle(embedder(new Model('a')));
    await settle(one);
    expect(one.status()).toMatchObject({ serving: 'a', ranks: true, target: 'a', embedded: 3, lag: 0 });
    expect(target.closed).toBe(true);
    expect((await store.vectors.models()).map(({ model }) => model)).toEqual(['a']);
  });

  it('[EMB-41] goes on where another process was stopped', async () => {
    await written(store, ...notes(0, 150));
    await settle(embedder(new Model('a')));
    const first = embedder(new Model('b'));
    await first.round();
    // Nothing is said to the first one: it was killed.
    const target = new Model('b');
    const second = embedder(target);
    await settle(second);
    expect(second.status()).toMatchObject({ serving: 'b', embedded: 150, lag: 0 });
    expect(target.asked).toHaveLength(86);
  });

  it('[EMB-41] says from the first question on how far another process had come', async () => {
    await written(store, ...notes(0, 100));
    const first = embedder(new Model('a'));
    await first.round();
    const second = embedder(new Model('a'));
    await second.vectorOf('numbat');
    expect(second.status()).toMatchObject({ serving: 'a', target: 'a', embedded: 64, lag: 36 });
  });

  it('[EMB-42] names a provider that fails, loses nothing and searches by words meanwhile', async () => {
    await written(store, ...notes(0, 3));
    const model = new Model('a');
    const one = embedder(model);
    model.failing = 'quota';
    await expect(one.round()).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { reason: 'quota' } });
    expect(one.status()).toMatchObject({ serving: null, failing: 'quota' });
    expect(await find(one, 'numbat')).toMatchObject({ semantic: null, items: [{}, {}, {}] });
    model.failing = null;
    await settle(one);
    expect(one.status()).toMatchObject({ serving: 'a', lag: 0, failing: null });
  });

  it('[EMB-42] lets what served go on while the chosen model cannot be opened', async () => {
    const former = new Model('a');
    await written(store, ...notes(0, 2));
    await settle(embedder(former));
    let installed = false;
    const one = embedder(null, {
      openTarget: async () => {
        if (!installed) throw embeddingFailure('b', 'model_missing');
        return new Model('b');
      },
      openFormer: async () => former,
    });
    await written(store, ...notes(2, 3));
    await expect(one.round()).rejects.toMatchObject({ details: { reason: 'model_missing' } });
    expect(one.status()).toMatchObject({ serving: 'a', target: null, failing: 'model_missing' });
    expect((await find(one, 'numbat')).semantic).toEqual({ model: 'a', lag: 0 });
    installed = true;
    await settle(one);
    expect(one.status()).toMatchObject({ serving: 'b', target: 'b', failing: null });
  });

  it('[EMB-42] does not wait for a provider again right after a question it could not read', async () => {
    await written(store, ...notes(0, 2));
    const model = new Model('a');
    let now = 0;
    const one = embedder(model, { now: () => now });
    await settle(one);
    model.failing = 'timeout';
    expect(await one.vectorOf('first')).toBe(null);
    model.failing = null;
    expect(await one.vectorOf('second')).toBe(null);
    now += 10_000;
    expect((await one.vectorOf('third'))?.model).toBe('a');
    const before = model.asked.length;
    await one.vectorOf('third');
    expect(model.asked).toHaveLength(before);
  });

  it('[EMB-43] passes over a text that its model makes nothing of, and embeds the others', async () => {
    await written(store, aCapsule({ content: 'Silence.' }), aCapsule({ content: 'The numbat speaks.' }));
    const model = new Model('a');
    model.speechless = 'Silence';
    const one = embedder(model);
    await settle(one);
    expect(one.status()).toMatchObject({ embedded: 2, lag: 0, failing: null });
    expect((await find(one, 'numbat')).items).toHaveLength(1);
    expect(await one.vectorOf('Silence')).toBe(null);
    expect((await one.vectorOf('numbat'))?.model).toBe('a');
  });

  it('[EMB-44] keeps no vectors where there shall be no model', async () => {
    await written(store, ...notes(0, 2));
    await settle(embedder(new Model('a')));
    const one = embedder(null);
    await settle(one);
    expect(await store.vectors.models()).toEqual([]);
    expect(one.status()).toEqual({ serving: null, ranks: false, target: null, embedded: 0, lag: 0, failing: null });
    expect((await find(one, 'numbat')).semantic).toBe(null);
  });

  it('[EMB-46] does not rank by a model that knows no meaning, and tells by it what is alike', async () => {
    const [one, other] = [
      aCapsule({ content: 'The numbat eats termites.' }),
      aCapsule({ content: 'The numbat ate termites!' }),
    ];
    await written(store, one, other);
    const hashing = embedder(hashingEmbedder());
    await settle(hashing);
    expect(hashing.status()).toMatchObject({ serving: hashingEmbedder().model, ranks: false, lag: 0 });
    expect((await find(hashing, 'numbat')).semantic).toBe(null);
    expect((await store.similar({ id: one.id, filter: {}, limit: 1 }))?.model).toBe(hashingEmbedder().model);
  });

  it('[EMB-45] reads the first question by the model that serves already', async () => {
    await written(store, ...notes(0, 2));
    await settle(embedder(new Model('a')));
    expect((await find(embedder(new Model('a')), 'numbat')).semantic).toEqual({ model: 'a', lag: 0 });
  });
});
