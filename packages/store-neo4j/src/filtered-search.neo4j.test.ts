import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CapsuleFilter, SearchPage, Store } from '@forge-cascade/core';
import { aCapsule, commitOf } from '@forge-cascade/core/contract';
import { GivenStores } from './testing/given-databases.js';

const MODEL = 'clustered-64';
const DIMENSIONS = 64;
const CAPSULES = 3_000;
const CLUSTERS = 30;
const QUERIES = 24;
const LIMIT = 10;

/** A number from 0 to 1 that follows from the place in the sequence. */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x = (x + Math.imul(x ^ (x >>> 7), x | 61)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

const next = chance(5);
/** Near to Gaussian, which makes directions even. */
const deviation = (): number => next() + next() + next() + next() - 2;
const direction = (): Float32Array => Float32Array.from({ length: DIMENSIONS }, deviation);
const near = (centre: Float32Array): Float32Array => centre.map((value) => value + 0.6 * deviation());

function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return dot / Math.sqrt(aa * bb);
}

const centres = Array.from({ length: CLUSTERS }, direction);
// Most queries lie in clusters where next to nothing is permitted: what is permitted lies in the last ones.
const given = Array.from({ length: CAPSULES }, (_, i) => {
  const permitted = i % 100 < 3;
  const cluster = permitted ? CLUSTERS - 1 - (((i / 100) % 6) | 0) : i % CLUSTERS;
  const kind = i % 100;
  return {
    vector: near(centres[cluster] as Float32Array),
    capsule: aCapsule({
      title: String(i),
      content: `Note ${i}.`,
      trust: kind === 0 ? 90 + (((i / 100) % 10) | 0) : 60 + (i % 30),
      tags: kind === 1 ? ['rare'] : ['common'],
      ownerId: kind === 2 ? 'the reader' : 'another',
    }),
  };
});
const queries = Array.from({ length: QUERIES }, (_, i) => near(centres[i % CLUSTERS] as Float32Array));

const stores = new GivenStores();
let store: Store;

beforeAll(async () => {
  store = await stores.open();
  for (let from = 0; from < CAPSULES; from += 500) {
    await store.commit(commitOf(given.slice(from, from + 500).map(({ capsule }) => capsule)));
  }
  await store.vectors.begin(MODEL, DIMENSIONS);
  for (;;) {
    const missing = await store.vectors.missing(MODEL, 500);
    if (missing.length === 0) break;
    const put = missing.map(({ seq, title, content }) => {
      const vector = given[Number(title)]?.vector ?? new Float32Array(DIMENSIONS);
      return { seq, passages: [{ start: 0, end: content.length, vector }] };
    });
    await store.vectors.put(MODEL, put);
  }
  await store.vectors.serve(MODEL);
});

afterAll(() => store.close());

type Given = (typeof given)[number];

const cases: [string, CapsuleFilter, (one: Given) => boolean][] = [
  ['everything is permitted', {}, () => true],
  ['trust is at least 90', { minTrust: 90 }, ({ capsule }) => capsule.payload.trust >= 90],
  ['a tag is on 1 %', { tags: ['rare'] }, ({ capsule }) => capsule.payload.tags.includes('rare')],
  ['the reader may see 1 %', { ownerId: 'the reader' }, ({ capsule }) => capsule.payload.owner_id === 'the reader'],
];

describe('a search by meaning under a filter', () => {
  const search = (values: Float32Array, filter: CapsuleFilter, cursor: string | null) =>
    store.search({
      ...{ query: '', filter, limit: LIMIT, cursor, explain: false, includeContent: false },
      vector: { model: MODEL, values },
    });

  it.each(cases)('[NEO-41] finds as many as are asked for, and the nearest, where %s', async (_, filter, permits) => {
    const permitted = given.filter(permits);
    const share = permitted.length / CAPSULES;
    expect(share === 1 || share === 0.01).toBe(true);
    let found = 0;
    for (const query of queries) {
      const nearest = nearestOf(permitted, query);
      const { items } = await search(query, filter, null);
      expect(new Set(items.map(({ capsule }) => capsule.id)).size).toBe(LIMIT);
      found += items.filter(({ capsule }) => nearest.has(capsule.id)).length;
    }
    expect(found / (QUERIES * LIMIT)).toBeGreaterThanOrEqual(0.95);
  });

  it.each(cases.slice(1))(
    '[NEO-41] pages through all that is permitted, however far away, where %s',
    async (_, filter, permits) => {
      const permitted = given.filter(permits).map(({ capsule }) => capsule.id);
      const seen: string[] = [];
      for (let cursor: string | null = null, more = true; more; more = cursor !== null) {
        const page: SearchPage = await search(queries[0] as Float32Array, filter, cursor);
        seen.push(...page.items.map(({ capsule }) => capsule.id));
        cursor = page.nextCursor;
      }
      expect(seen.sort()).toEqual(permitted.sort());
    },
  );

  it.each(cases)(
    '[NEO-41] tells as many as are asked for that are like a capsule, where %s',
    async (_, filter, permits) => {
      let found = 0;
      for (const asked of given.slice(0, QUERIES)) {
        const nearest = nearestOf(
          given.filter((one) => one !== asked && permits(one)),
          asked.vector,
        );
        const page = await store.similar({ id: asked.capsule.id, filter, limit: LIMIT });
        expect(page?.items).toHaveLength(LIMIT);
        found += page?.items.filter(({ capsule }) => nearest.has(capsule.id)).length ?? 0;
      }
      expect(found / (QUERIES * LIMIT)).toBeGreaterThanOrEqual(0.95);
    },
  );
});

function nearestOf(permitted: readonly Given[], query: Float32Array): ReadonlySet<string> {
  const scored = permitted.map(({ capsule, vector }) => ({ id: capsule.id, score: cosine(vector, query) }));
  return new Set(
    scored
      .sort((a, b) => b.score - a.score)
      .slice(0, LIMIT)
      .map(({ id }) => id),
  );
}
