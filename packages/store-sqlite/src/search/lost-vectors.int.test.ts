import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { SearchPage, SimilarPage, Store } from '@forge-cascade/core';
import { aCapsule, commitOf } from '@forge-cascade/core/contract';
import { openSqliteStore } from '@forge-cascade/store-sqlite';
import { openDatabase, type Row, type SqlValue } from '../driver.js';

const MODEL = 'compass-1';
/** Documents of a stored blob. */
const SEGMENT = 8_192;
const FEW = 24;
const MANY = 2 * SEGMENT + 20;

const root = mkdtempSync(join(tmpdir(), 'forge-lost-vectors-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let copies = 0;

/** Two passages for every third capsule; titles are numbers. */
function vectorsOf(title: string | null): Float32Array[] {
  const number = Number(title);
  const angles = number % 3 === 0 ? [number, number + 2_000] : [number];
  return angles.map((angle) => Float32Array.of(Math.cos(angle), Math.sin(angle), Math.cos(angle / 50), 1));
}

async function embed(store: Store): Promise<number> {
  await store.vectors.begin(MODEL, 4);
  let embedded = 0;
  for (;;) {
    const missing = await store.vectors.missing(MODEL, 500);
    if (missing.length === 0) return embedded;
    embedded += missing.length;
    await store.vectors.put(
      MODEL,
      missing.map(({ seq, title, content }) => ({
        seq,
        passages: vectorsOf(title).map((vector) => ({ start: 0, end: content.length, vector })),
      })),
    );
  }
}

async function makeFolder(dataDir: string, documents: number): Promise<void> {
  const store = await openSqliteStore({ dataDir });
  for (let from = 0; from < documents; from += 500) {
    const capsules = Array.from({ length: Math.min(500, documents - from) }, (_, i) =>
      aCapsule({ title: String(from + i), content: `word${from + i} in common` }),
    );
    await store.commit(commitOf(capsules));
  }
  await embed(store);
  await store.vectors.serve(MODEL);
  await vi.waitFor(() => expect(blobs(dataDir)).toHaveLength(Math.floor(documents / SEGMENT)), { timeout: 60_000 });
  await store.close();
}

const sql = (dataDir: string, statement: string, ...values: SqlValue[]): Row[] => {
  const db = openDatabase(join(dataDir, 'forge.db'));
  try {
    return db.prepare(statement).all(...values);
  } finally {
    db.close();
  }
};
const blobs = (dataDir: string): Row[] =>
  sql(dataDir, 'SELECT first, documents, bytes FROM vector_segment ORDER BY first');
const seqOf = (dataDir: string, title: string): number =>
  Number(sql(dataDir, 'SELECT seq FROM capsule WHERE title = ?', title)[0]?.['seq']);

function search(store: Store, title: string, limit = 20): Promise<SearchPage> {
  const values = vectorsOf(title)[0] as Float32Array;
  return store.search({
    query: 'unheard ',
    filter: {},
    limit,
    cursor: null,
    explain: false,
    includeContent: false,
    vector: { model: MODEL, values },
  });
}
const titles = (page: SearchPage | SimilarPage | null) => (page?.items ?? []).map(({ capsule }) => capsule.title);
const lag = async (store: Store) => (await store.vectors.models())[0]?.lag;

async function opened<T>(dataDir: string, use: (store: Store) => Promise<T>): Promise<T> {
  const store = await openSqliteStore({ dataDir });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

describe('vectors that were damaged in the folder', () => {
  const few = join(root, 'few');
  const many = join(root, 'many');
  const copyOf = (folder: string): string => {
    const copy = join(root, `copy-${copies++}`);
    cpSync(folder, copy, { recursive: true });
    return copy;
  };
  const idOf = (dataDir: string, title: string): string =>
    String(sql(dataDir, 'SELECT id FROM capsule WHERE title = ?', title)[0]?.['id']);

  beforeAll(async () => {
    await makeFolder(few, FEW);
    await makeFolder(many, MANY);
  }, 120_000);

  it.each([
    ['is cut short', 'UPDATE vector_segment SET bytes = substr(bytes, 1, length(bytes) - 16) WHERE first = 0'],
    [
      'has changed bytes',
      "UPDATE vector_segment SET bytes = CAST(substr(bytes, 1, 90) || x'5a5a5a' || substr(bytes, 94) AS BLOB) WHERE first = 0",
    ],
    [
      'is that of other documents',
      'UPDATE vector_segment SET bytes = (SELECT bytes FROM vector_segment WHERE first = 8192) WHERE first = 0',
    ],
    ['stands for fewer documents', 'UPDATE vector_segment SET documents = 8000 WHERE first = 8192'],
    ['stands at another place', 'UPDATE vector_segment SET first = 4 WHERE first = 0'],
    ['is gone', 'DELETE FROM vector_segment WHERE first = 0'],
  ])('[VEC-19] are read from the exact rows and stored anew when a blob %s', async (_, damage) => {
    const dataDir = copyOf(many);
    const before = blobs(dataDir);
    const asked = ['5', '8191', '8192', '16390'];
    const expected = await opened(dataDir, (store) => Promise.all(asked.map((title) => search(store, title))));
    sql(dataDir, damage);
    await opened(dataDir, async (store) => {
      expect(await Promise.all(asked.map((title) => search(store, title)))).toEqual(expected);
      expect(await lag(store)).toBe(0);
      await vi.waitFor(() => expect(blobs(dataDir)).toEqual(before), { timeout: 30_000 });
    });
    rmSync(dataDir, { recursive: true });
  });

  it('[LED-64] take what follows with them when a store moves, since only that is known to be whole', async () => {
    const dataDir = copyOf(few);
    const place = seqOf(dataDir, '9');
    const taken = () => opened(dataDir, async ({ replica }) => (await replica.vectors(MODEL, 0, 1_000)).at(-1)?.seq);
    expect(await taken()).toBe(seqOf(dataDir, String(FEW - 1)));
    sql(dataDir, 'UPDATE vector SET bytes = substr(bytes, 1, 8) WHERE capsule = ? AND passage = 1', place);
    expect(await taken()).toBe(place - 1);
    await opened(dataDir, async (store) => {
      await search(store, '9');
      await vi.waitFor(async () => expect(await lag(store)).toBe(1));
      expect((await store.replica.vectors(MODEL, 0, 1_000)).at(-1)?.seq).toBe(place - 1);
    });
    rmSync(dataDir, { recursive: true });
  });

  it.each([
    ['has too few bytes', 'UPDATE vector SET bytes = substr(bytes, 1, 8)'],
    ['has no whole numbers', 'UPDATE vector SET bytes = substr(bytes, 1, 5)'],
    ['is not finite', "UPDATE vector SET bytes = CAST(x'0000c07f' || substr(bytes, 5) AS BLOB)"],
    ['is zero', 'UPDATE vector SET bytes = zeroblob(16)'],
    ['stands in another place', 'UPDATE vector SET passage = 7'],
    ['is gone', 'DELETE FROM vector'],
  ])('[STO-86] cost their own capsule its vectors, until it is embedded again, when a row %s', async (_, damage) => {
    const dataDir = copyOf(few);
    const healthy = await opened(dataDir, (store) => search(store, '7', FEW));
    // One capsule has a single passage, the other two of which the first is hurt.
    for (const title of ['7', '9']) sql(dataDir, `${damage} WHERE capsule = ? AND passage = 0`, seqOf(dataDir, title));
    await opened(dataDir, async (store) => {
      const hurt = await search(store, '7', FEW);
      expect(titles(hurt)).not.toContain('7');
      expect(new Set(titles(hurt))).toEqual(new Set(titles(healthy).filter((title) => title !== '7' && title !== '9')));
      expect(hurt.semantic).toEqual({ model: MODEL, lag: 2 });
      // Its words find it all the same, and what is like it.
      const page = await store.search({ ...WORDS, query: 'word7 ' });
      expect(titles(page)[0]).toBe('7');
      expect((await store.similar({ id: idOf(dataDir, '7'), filter: {}, limit: 3 }))?.model).toBe(null);
      expect(await lag(store)).toBe(2);
      expect((await store.vectors.missing(MODEL, 500)).map(({ title }) => title)).toEqual(['7', '9']);
    });
    await opened(dataDir, async (store) => {
      expect((await search(store, '7')).semantic).toEqual({ model: MODEL, lag: 2 });
      await store.commit(commitOf([aCapsule({ title: '100', content: 'late' })]));
      expect(await embed(store)).toBe(3);
      expect(await lag(store)).toBe(0);
      const mended = await search(store, '7', FEW);
      expect(mended.semantic).toEqual({ model: MODEL, lag: 0 });
      expect(titles(mended).slice(0, 3)).toEqual(titles(healthy).slice(0, 3));
      expect(await embed(store)).toBe(0);
    });
    await opened(dataDir, async (store) => {
      expect(titles(await search(store, '7', FEW)).slice(0, 3)).toEqual(titles(healthy).slice(0, 3));
      expect(await lag(store)).toBe(0);
    });
  });

  it.each([
    ['is damaged', 'UPDATE vector SET bytes = substr(bytes, 1, 8)'],
    ['is gone', 'DELETE FROM vector'],
  ])('[STO-87] are stood in for by the rounded ones where there are any, when a row %s', async (_, damage) => {
    const dataDir = copyOf(many);
    const similar = (store: Store, title: string) => store.similar({ id: idOf(dataDir, title), filter: {}, limit: 10 });
    const healthy = await opened(dataDir, (store) => Promise.all([similar(store, '30'), similar(store, '61')]));
    const before = blobs(dataDir);
    sql(dataDir, `${damage} WHERE capsule = ?`, seqOf(dataDir, '30'));
    await opened(dataDir, async (store) => {
      const [own, others] = await Promise.all([similar(store, '30'), similar(store, '61')]);
      expect([own?.model, others?.model]).toEqual([MODEL, MODEL]);
      own?.items.forEach(({ score }, i) => expect(score).toBeCloseTo(healthy[0]?.items[i]?.score ?? 0, 2));
      others?.items.forEach(({ score }, i) => expect(score).toBeCloseTo(healthy[1]?.items[i]?.score ?? 0, 2));
      expect(await lag(store)).toBe(1);
      expect(await embed(store)).toBe(1);
      expect(await similar(store, '30')).toEqual(healthy[0]);
      await vi.waitFor(() => expect(blobs(dataDir)).toEqual(before), { timeout: 30_000 });
    });
    rmSync(dataDir, { recursive: true });
  });
});

const WORDS = { filter: {}, limit: 5, cursor: null, explain: false, includeContent: false } as const;
