import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DocColumns, type DocFacts } from './doc-columns.js';
import { LexicalIndex } from './lexical-index.js';
import { SearchRanker, type ScoreChannel, type SearchCursor, type SearchHit } from './search-ranker.js';

const words = ['policy', 'data', 'governance', 'review', 'zinc', 'ore', 'parcel'];
const prose = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 12 }).map((list) => list.join(' '));

class Store {
  readonly index = new LexicalIndex();
  readonly columns = new DocColumns();
  readonly ranker = new SearchRanker(this.index, this.columns);

  add(body: string, facts: Partial<DocFacts> = {}, title = ''): number {
    this.columns.add({
      seriesId: `s${this.columns.size}`,
      ownerId: 'ann',
      type: 'knowledge',
      collection: null,
      position: null,
      tags: [],
      chainTrust: 60,
      createdAt: 0,
      validFrom: null,
      validTo: null,
      recordedFrom: 1,
      parent: null,
      ...facts,
    });
    return this.index.add({ title, tags: '', body });
  }
}

function storeOf(bodies: readonly string[], collection: string | null = null): Store {
  const store = new Store();
  bodies.forEach((body, position) => store.add(body, collection === null ? {} : { collection, position }));
  return store;
}

const sum = (explain: SearchHit['explain']) => Object.values(explain ?? {}).reduce((a, b) => a + b, 0);

describe('SearchRanker', () => {
  it('[SEA-25] fills the page with permitted hits, however many better ones are not permitted', () => {
    const store = new Store();
    for (let i = 0; i < 500; i++) store.add('zinc zinc', { chainTrust: 40 }, 'zinc');
    const permitted = [1, 2, 3, 4].map(() => store.add(`zinc ${'other words '.repeat(20)}`, { chainTrust: 80 }));
    const { hits, nextCursor, eligible } = store.ranker.search({ query: 'zinc', filter: { minTrust: 60 }, limit: 3 });
    expect(hits.map(({ ordinal }) => ordinal)).toEqual(permitted.slice(1).reverse());
    expect(nextCursor).not.toBeNull();
    expect(eligible).toBe(4);
  });

  it('[SEA-25] ranks alike whether hidden documents have any bearing on it or not', () => {
    // Neighbours lend context, so what may not be seen must not lend any.
    const visible = new Store();
    visible.add('zinc ore', { collection: 'c', position: 1 });
    visible.add('zinc data parcel', {});
    const hidden = new Store();
    hidden.add('zinc ore', { collection: 'c', position: 1 });
    hidden.add('zinc data parcel', {});
    const secret = hidden.add('zinc zinc zinc', { collection: 'c', position: 0 });
    const allowed = Uint8Array.from([1, 1, 0]);
    expect(hidden.ranker.search({ query: 'zinc', limit: 9 }).hits.map(({ ordinal }) => ordinal)).toContain(secret);
    const contextOf = (store: Store) =>
      store.ranker
        .search({ query: 'zinc', filter: { allowed }, limit: 9, explain: true })
        .hits.map(({ ordinal, explain }) => [
          ordinal,
          (explain?.['context'] ?? 0) / ((explain?.['body'] ?? 0) + (explain?.['ngram'] ?? 0)),
        ]);
    const [a, b] = [contextOf(visible), contextOf(hidden)];
    expect(b.map(([ordinal]) => ordinal)).toEqual(a.map(([ordinal]) => ordinal));
    b.forEach(([, share], i) => expect(share).toBeCloseTo(a[i]?.[1] ?? NaN, 5));
  });

  it('[SEA-26] scores from 0 to 1, best first, each score the sum of its explained parts', () => {
    fc.assert(
      fc.property(fc.array(prose, { minLength: 1, maxLength: 20 }), prose, fc.boolean(), (bodies, query, placed) => {
        const { hits } = storeOf(bodies, placed ? 'c' : null).ranker.search({ query, limit: 50, explain: true });
        expect(hits.length === 0 || hits[0]?.score === 1).toBe(true);
        hits.forEach(({ score, explain }, i) => {
          expect(score).toBeGreaterThan(0);
          expect(score).toBeLessThanOrEqual(hits[i - 1]?.score ?? 1);
          expect(sum(explain)).toBeCloseTo(score, 4);
          expect(Object.keys(explain ?? {})).toEqual(['body', 'title', 'prefix', 'ngram', 'context']);
        });
        expect(new Set(hits.map(({ ordinal }) => ordinal)).size).toBe(hits.length);
      }),
    );
  });

  it('[SEA-26] gives the title, a half-typed word and a misspelt one their own parts', () => {
    const store = new Store();
    store.add('nothing', {}, 'governance');
    const part = (query: string, name: string) =>
      store.ranker.search({ query, limit: 1, explain: true }).hits[0]?.explain?.[name] ?? 0;
    expect(part('governance.', 'title')).toBeGreaterThan(0.5);
    expect(part('governance.', 'body')).toBe(0);
    expect(part('gov', 'prefix')).toBeGreaterThan(0.5);
    expect(part('goverance.', 'ngram')).toBeCloseTo(1, 4);
  });

  it('[SEA-27] walks page by page through what the first page saw, while documents keep coming', () => {
    fc.assert(
      fc.property(
        fc.array(prose, { minLength: 1, maxLength: 25 }),
        fc.array(prose, { minLength: 1, maxLength: 6 }),
        prose,
        fc.integer({ min: 1, max: 4 }),
        fc.nat(25),
        (bodies, arrivals, query, limit, sealAt) => {
          const whole = storeOf(bodies, 'c').ranker.search({ query, limit: 100 }).hits;
          const store = new Store();
          bodies.forEach((body, position) => {
            store.add(body, { collection: 'c', position });
            if (position === sealAt) store.index.seal();
          });
          const walked: SearchHit[] = [];
          let cursor: SearchCursor | null = null;
          let page = 0;
          do {
            const found: ReturnType<SearchRanker['search']> = store.ranker.search({ query, limit, cursor });
            walked.push(...found.hits);
            cursor = JSON.parse(JSON.stringify(found.nextCursor)) as SearchCursor | null;
            // Their words change every statistic; their places are elsewhere.
            store.add(arrivals[page++ % arrivals.length] ?? '');
            if (page % 2 === 0) store.index.seal();
          } while (cursor !== null);
          expect(walked).toEqual(whole);
        },
      ),
    );
  });

  it('[SEA-28] sums further channels, each divided by its best eligible score', () => {
    const store = storeOf(['zinc', 'data', 'parcel']);
    const channel: ScoreChannel = {
      name: 'vector',
      weight: 2,
      score: (mask, limit, out) => {
        for (let i = 0; i < limit; i++) if (mask[i] === 1) out[i] = [0, 5, 10][i] ?? 0;
      },
    };
    const { hits } = store.ranker.search({ query: 'zinc', limit: 9, channels: [channel], explain: true });
    // Lexical 1 + n-gram ½ against vector 2 · 5/10 and 2 · 10/10.
    expect(hits.map(({ ordinal }) => ordinal)).toEqual([2, 0, 1]);
    expect(hits.map(({ score }) => score)).toEqual([1, 0.75, 0.5]);
    expect(hits[0]?.explain?.['vector']).toBe(1);
    const narrowed = store.ranker.search({
      query: 'zinc',
      filter: { allowed: Uint8Array.from([1, 1, 0]) },
      limit: 9,
      channels: [channel],
    });
    expect(narrowed.hits.map(({ ordinal }) => ordinal)).toEqual([1, 0]);
  });

  it('[SEA-28] finds nothing for a query without words, unless another channel does', () => {
    const store = storeOf(['zinc', 'data']);
    expect(store.ranker.search({ query: '—', limit: 9 })).toEqual({ hits: [], nextCursor: null, eligible: 2 });
    const channel: ScoreChannel = { name: 'vector', weight: 1, score: (_mask, _limit, out) => void (out[1] = 0.3) };
    expect(store.ranker.search({ query: '—', limit: 9, channels: [channel] }).hits).toEqual([{ ordinal: 1, score: 1 }]);
  });

  it('[SEA-29] ranks alike on an index rebuilt from content and on one of merged segments', () => {
    fc.assert(
      fc.property(fc.array(prose, { minLength: 2, maxLength: 30 }), prose, (bodies, query) => {
        const fresh = storeOf(bodies, 'c');
        const worn = new Store();
        bodies.forEach((body, position) => {
          worn.add(body, { collection: 'c', position });
          worn.index.seal();
          const plan = worn.index.mergePlan();
          if (plan !== null) worn.index.merge(plan);
        });
        const ask = (store: Store) => store.ranker.search({ query, limit: 50, explain: true });
        expect(ask(worn)).toEqual(ask(fresh));
      }),
    );
  });
});
