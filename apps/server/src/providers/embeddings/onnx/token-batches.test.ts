import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EmbeddingQueue } from './embedding-queue.js';
import { batchesOf, batchInput, cutIds, pooledRows } from './token-batches.js';

const row = (at: number, length: number) => ({ at, ids: Array.from({ length }, (_, i) => i + 1) });

describe('batches', () => {
  it('[EMB-18] hold every text once, few enough tokens, and texts of about one length', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 512 }), { maxLength: 200 }), (lengths) => {
        const batches = batchesOf(lengths.map((length, at) => row(at, length)));
        const all = batches.flat().map(({ at }) => at);
        expect(all.toSorted((a, b) => a - b)).toEqual(lengths.map((_, at) => at));
        let before = 0;
        for (const batch of batches) {
          const sizes = batch.map(({ ids }) => ids.length);
          expect(Math.max(...sizes) * batch.length).toBeLessThanOrEqual(Math.max(2_048, Math.max(...sizes)));
          expect(Math.min(...sizes)).toBeGreaterThanOrEqual(before);
          before = Math.max(...sizes);
        }
        for (const batch of batchesOf(
          lengths.map((length, at) => row(at, length)),
          1,
        ))
          expect(batch).toHaveLength(1);
      }),
    );
  });

  it('[EMB-18] cut a text at the last token the model reads, but end it as any text ends', () => {
    expect(cutIds([101, 5, 6, 7, 102], 5)).toEqual([101, 5, 6, 7, 102]);
    expect(cutIds([101, 5, 6, 7, 102], 3)).toEqual([101, 5, 102]);
  });

  it('[EMB-18] pad to one width and leave the padding out of the mean', () => {
    const batch = [row(0, 1), row(1, 2)];
    const { width, ids, mask } = batchInput(batch);
    expect({ width, ids: [...ids], mask: [...mask] }).toEqual({
      width: 2,
      ids: [1n, 0n, 1n, 2n],
      mask: [1n, 0n, 1n, 1n],
    });
    const tokens = Float32Array.from([1, 2, 99, 99, 3, 4, 5, 6]);
    expect(pooledRows(tokens, batch, 2, 2, 'mean').map((v) => [...v])).toEqual([
      [1, 2],
      [4, 5],
    ]);
    expect(pooledRows(tokens, batch, 2, 2, 'cls').map((v) => [...v])).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });
});

describe('EmbeddingQueue', () => {
  it('[EMB-19] lets a question go before documents, also before the rest of some', () => {
    const queue = new EmbeddingQueue<string>();
    queue.add(1, 'document', ['a', 'b']);
    queue.add(2, 'document', ['c']);
    expect(queue.next()).toEqual({ id: 1, run: 'a', last: false });
    queue.add(3, 'query', ['q']);
    expect(queue.next()).toEqual({ id: 3, run: 'q', last: true });
    expect(queue.next()).toEqual({ id: 1, run: 'b', last: true });
    expect(queue.next()).toEqual({ id: 2, run: 'c', last: true });
    expect(queue.next()).toBeNull();
  });

  it('[EMB-19] forgets what was cancelled', () => {
    const queue = new EmbeddingQueue<string>();
    queue.add(1, 'document', ['a', 'b']);
    queue.add(2, 'document', ['c']);
    queue.next();
    queue.cancel(1);
    expect(queue.next()).toEqual({ id: 2, run: 'c', last: true });
    expect(queue.next()).toBeNull();
  });
});
