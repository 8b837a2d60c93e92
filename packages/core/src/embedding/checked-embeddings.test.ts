import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../errors.js';
import { checkedEmbeddings, unitVector } from './checked-embeddings.js';
import { embeddingFailure, EMBEDDING_FAILURE_REASONS, embeddingFailureReason, mayPass } from './embedding-failure.js';
import type { EmbeddingProvider } from './embedding-provider.js';

type Embed = EmbeddingProvider['embed'];

const provider = (embed: Embed): EmbeddingProvider => ({ model: 'm', dimensions: 3, maxChars: 100, embed });
const answering = (answer: unknown): EmbeddingProvider => provider(() => Promise.resolve(answer as never));
const vector = (...numbers: number[]): Float32Array => Float32Array.from(numbers);

async function failure(given: EmbeddingProvider, texts = ['a'], signal?: AbortSignal): Promise<DomainError> {
  return checkedEmbeddings(given, { deadlineMs: 20, batchSize: 2 })
    .embed(texts, 'document', signal)
    .then(
      () => expect.unreachable(),
      (error: unknown) => error as DomainError,
    );
}

describe('checkedEmbeddings', () => {
  it('[EMB-1] brings every vector to length 1, in the order of the texts', async () => {
    const lengths = provider((texts) => Promise.resolve(texts.map((text) => vector(text.length, 0, 0.5))));
    const checked = checkedEmbeddings(lengths, { batchSize: 2 });
    const vectors = await checked.embed(['a', 'bb', 'ccc'], 'query');
    expect(vectors.map(([first = 0, , last = 0]) => Math.round((first / last) * 0.5))).toEqual([1, 2, 3]);
    for (const one of vectors) expect(Math.hypot(...one)).toBeCloseTo(1, 6);
    expect(checked).toMatchObject({ model: 'm', dimensions: 3, maxChars: 100 });
  });

  it('[EMB-1] leaves the provider’s own arrays alone', async () => {
    const kept = vector(3, 4, 0);
    await checkedEmbeddings(answering([kept])).embed(['a'], 'document');
    expect([...kept]).toEqual([3, 4, 0]);
  });

  it('[EMB-1] finds the direction of any finite vector, however long', () => {
    const numbers = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(numbers, (given) => {
        const unit = unitVector(given);
        if (given.every((number) => number === 0)) {
          expect(unit).toBeNull();
          return;
        }
        expect(Math.hypot(...unit!)).toBeCloseTo(1, 5);
        for (const [at, number] of given.entries()) expect(unit![at]! * number).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it.each([
    ['no vector', [], 'wrong_count'],
    ['one vector too many', [vector(1, 0, 0), vector(1, 0, 0)], 'wrong_count'],
    ['no list', undefined, 'wrong_count'],
    ['a short vector', [vector(1, 0)], 'wrong_dimensions'],
    ['a plain list of numbers', [[1, 0, 0]], 'wrong_dimensions'],
    ['zeros', [vector(0, 0, 0)], 'not_finite'],
    ['NaN', [vector(1, Number.NaN, 0)], 'not_finite'],
    ['infinity', [vector(1, Number.POSITIVE_INFINITY, 0)], 'not_finite'],
  ])('[EMB-2] refuses %s', async (_, answer, reason) => {
    expect(embeddingFailureReason(await failure(answering(answer)))).toBe(reason);
  });

  it('[EMB-3] cuts a provider that hangs, and tells it to stop', async () => {
    let stopped = false;
    const hanging = provider(
      (_texts, _purpose, signal) =>
        new Promise((_, reject) => {
          signal?.addEventListener('abort', () => {
            stopped = true;
            reject(new Error('late'));
          });
        }),
    );
    const error = await failure(hanging);
    expect(error).toMatchObject({ code: 'UNAVAILABLE', details: { reason: 'timeout', model: 'm' } });
    expect(stopped).toBe(true);
  });

  it.each([
    ['throws', () => Promise.reject(new TypeError('request with sk-secret failed', { cause: 'sk-secret' }))],
    [
      'throws before it promises',
      () => {
        throw new Error('sk-secret');
      },
    ],
    [
      'throws no error',
      () =>
        Promise.resolve().then(
          () => ({ name: 'sk-secret', then: (_: unknown, no: (why: unknown) => void) => no('sk-secret') }) as never,
        ),
    ],
    ['refuses in another way', () => Promise.reject(new DomainError('STORE_FULL', 'sk-secret'))],
  ] as [string, Embed][])('[EMB-4] names a provider that %s, without its words', async (_, embed) => {
    const error = await failure(provider(embed));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', details: { reason: 'unavailable' } });
    expect(JSON.stringify([error.message, error.details, String(error.cause), error.stack])).not.toContain('sk-secret');
  });

  it('[EMB-4] hands on every reason of the list, and no other', async () => {
    for (const reason of EMBEDDING_FAILURE_REASONS) {
      const given = embeddingFailure('m', reason, { retryAfterMs: 7 });
      expect(await failure(provider(() => Promise.reject(given)))).toBe(given);
      expect(given).toMatchObject({ code: 'UNAVAILABLE', details: { reason, model: 'm', retry_after_ms: 7 } });
      expect(given.message).toMatch(/^The embedding model m .+\.$/);
    }
    expect(embeddingFailureReason(new DomainError('UNAVAILABLE', 'x', { reason: 'whim' }))).toBeNull();
    expect(EMBEDDING_FAILURE_REASONS.filter(mayPass)).toEqual(['timeout', 'rate_limited', 'unavailable']);
  });

  it('[EMB-5] sends batches of at most the given size, one after the other', async () => {
    const sizes: number[] = [];
    let running = 0;
    const counting = provider(async (texts) => {
      expect(++running).toBe(1);
      sizes.push(texts.length);
      await Promise.resolve();
      running--;
      return texts.map(() => vector(1, 0, 0));
    });
    const checked = checkedEmbeddings(counting, { batchSize: 2 });
    expect(await checked.embed(['a', 'b', 'c', 'd', 'e'], 'document')).toHaveLength(5);
    expect(await checked.embed([], 'document')).toEqual([]);
    expect(sizes).toEqual([2, 2, 1]);
  });

  it('[EMB-5] stops when it is cancelled, with the caller’s reason', async () => {
    const why = new Error('shutting down');
    const stop = new AbortController();
    let calls = 0;
    const hanging = provider(() => {
      calls++;
      queueMicrotask(() => stop.abort(why));
      return new Promise(() => undefined);
    });
    expect(await failure(hanging, ['a', 'b', 'c'], stop.signal)).toBe(why);
    expect(await failure(hanging, ['a'], stop.signal)).toBe(why);
    expect(calls).toBe(1);
  });

  it.each([{ deadlineMs: 0 }, { deadlineMs: Number.NaN }, { batchSize: 0 }, { batchSize: 1.5 }])(
    'refuses %o',
    (options) => {
      expect(() => checkedEmbeddings(answering([]), options)).toThrow(/must be a positive integer/);
    },
  );

  it('closes the provider', async () => {
    let closed = false;
    await checkedEmbeddings({ ...answering([]), close: async () => void (closed = true) }).close?.();
    expect(closed).toBe(true);
    await expect(checkedEmbeddings(answering([])).close?.()).resolves.toBeUndefined();
  });
});
