import { describe, expect, it } from 'vitest';
import { settle } from '../testing/known-memory.js';
import type { AnswerCache, KeptAnswer } from './answer-cache.js';
import { CachedAnswers, type AnswerOrder } from './cached-answers.js';

function kept(text: string, more: Partial<KeptAnswer['answer']> = {}): KeptAnswer {
  return { answer: { text, citations: [], ...more }, lookups: [] };
}

class MapCache implements AnswerCache {
  readonly kept = new Map<string, KeptAnswer>();
  get = async (key: string): Promise<KeptAnswer | null> => this.kept.get(key) ?? null;
  put = async (key: string, answer: KeptAnswer): Promise<void> => void this.kept.set(key, answer);
  clear = async (): Promise<void> => this.kept.clear();
}

/** An order whose making the test ends. */
function orderOf(key: string, more: Partial<AnswerOrder> = {}) {
  let made = 0;
  let end: (answer: KeptAnswer) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const order: AnswerOrder = {
    key,
    holds: async () => true,
    make: () =>
      new Promise((resolve, reject) => {
        made++;
        end = resolve;
        fail = reject;
      }),
    signal: new AbortController().signal,
    ...more,
  };
  return { order, made: () => made, end: (answer: KeptAnswer) => end(answer), fail: (error: Error) => fail(error) };
}

describe('the same question asked at once', () => {
  it('[PIP-40] is made once, and all get that answer', async () => {
    const answers = new CachedAnswers(new MapCache());
    const { order, made, end } = orderOf('k');
    const all = Promise.all(
      Array.from({ length: 20 }, () => answers.obtain({ ...order, signal: new AbortController().signal })),
    );
    await settle();
    end(kept('one'));
    const results = await all;
    expect(made()).toBe(1);
    expect(results.map(({ answer }) => answer.text)).toEqual(Array(20).fill('one'));
    expect(results.filter(({ cached }) => !cached)).toHaveLength(1);
  });

  it('[PIP-40] fails once for all, and is made anew by the next', async () => {
    const answers = new CachedAnswers(new MapCache());
    const { order, made, fail, end } = orderOf('k');
    const all = Promise.allSettled([answers.obtain(order), answers.obtain(order)]);
    await settle();
    fail(new Error('provider down'));
    expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(made()).toBe(1);
    const next = answers.obtain(order);
    await settle();
    end(kept('later'));
    expect(await next).toEqual({ answer: kept('later').answer, cached: false });
  });

  it('[PIP-40] goes on for those who stay when the one who asked first leaves', async () => {
    const answers = new CachedAnswers(new MapCache());
    const leaving = new AbortController();
    const first = orderOf('k', { signal: leaving.signal });
    const second = orderOf('k');
    const gone = expect(answers.obtain(first.order)).rejects.toThrow('left');
    const stays = answers.obtain(second.order);
    await settle();
    leaving.abort(new Error('left'));
    first.fail(new Error('left'));
    await gone;
    await settle();
    second.end(kept('for the second'));
    expect(await stays).toMatchObject({ answer: { text: 'for the second' }, cached: false });
    expect([first.made(), second.made()]).toEqual([1, 1]);
  });

  it('[PIP-40] lets one who waits leave without the rest', async () => {
    const answers = new CachedAnswers(new MapCache());
    const leaving = new AbortController();
    const first = orderOf('k');
    const stays = answers.obtain(first.order);
    const gone = expect(answers.obtain(orderOf('k', { signal: leaving.signal }).order)).rejects.toThrow('left');
    await settle();
    leaving.abort(new Error('left'));
    await gone;
    first.end(kept('one'));
    expect(await stays).toMatchObject({ answer: { text: 'one' } });
  });

  it('[PIP-39] is not answered by what was made with look-ups that find something else by now', async () => {
    const answers = new CachedAnswers(new MapCache());
    const first = orderOf('k');
    const second = orderOf('k', { holds: async () => false });
    const [one, two] = [answers.obtain(first.order), answers.obtain(second.order)];
    await settle();
    first.end(kept('old'));
    expect((await one).answer.text).toBe('old');
    await settle();
    second.end(kept('new'));
    expect(await two).toMatchObject({ answer: { text: 'new' }, cached: false });
  });
});

describe('keeping', () => {
  it('[PIP-41] leaves out what another provider stood in for', async () => {
    const cache = new MapCache();
    const standIn = kept('quoted', { fallback: { from: 'testing', reason: 'timeout' } });
    const { order } = orderOf('k', { make: async () => standIn });
    await new CachedAnswers(cache).obtain(order);
    expect(cache.kept.size).toBe(0);
  });

  it('[PIP-41] costs nothing when the cache fails', async () => {
    const broken: AnswerCache = {
      get: () => Promise.reject(new Error('cache down')),
      put: () => Promise.reject(new Error('cache down')),
      clear: async () => undefined,
    };
    const { order } = orderOf('k', { make: async () => kept('made') });
    expect(await new CachedAnswers(broken).obtain(order)).toMatchObject({ answer: { text: 'made' }, cached: false });
  });
});
