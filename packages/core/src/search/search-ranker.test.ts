import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DocColumns, type DocFacts } from './doc-columns.js';
import { LexicalIndex } from './lexical-index.js';
import { DENSE_HITS, type ScoreChannel } from './score-channel.js';
import { SearchRanker, type SearchCursor, type SearchHit } from './search-ranker.js';

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

  describe('a document in sections', () => {
    /** A folder of documents, one of which has sections that repeat its title. */
    function sectioned(): { store: Store; lead: number; sections: number[] } {
      const store = new Store();
      for (let i = 0; i < 40; i++) {
        store.add(`zinc ${words[i % 7] ?? ''} policy data review`, { collection: 'folder' }, `Data review ${i}`);
      }
      const lead = store.add(`ore parcel ${'governance '.repeat(40)}`, { collection: 'folder' }, 'DOC 7: Zinc policy');
      const sections = ['Review', 'Data', 'Copyright', 'Data › Parcel'].map((heading, i) =>
        store.add(
          'zinc policy',
          { collection: 'folder/doc-7', position: i + 1, parent: lead },
          `DOC 7: Zinc policy › ${heading}`,
        ),
      );
      return { store, lead, sections };
    }
    const first = (store: Store, query: string, filter = {}): number | undefined =>
      store.ranker.search({ query, filter, limit: 3 }).hits[0]?.ordinal;

    it('[SEA-66] is found by its title, by its label and by both before its sections and all others', () => {
      const { store, lead, sections } = sectioned();
      for (const query of ['Zinc policy', 'the zinc policy?', 'DOC 7', 'doc-007', 'DOC 7: Zinc policy']) {
        expect(first(store, query), query).toBe(lead);
      }
      for (const query of ['DOC 7 copyright', 'Zinc policy copyright', 'DOC 7: Zinc policy › Copyright']) {
        expect(first(store, query), query).toBe(sections[2]);
      }
      expect(first(store, 'doc 7 parcel')).toBe(sections[3]);
    });

    it('[SEA-66] is so in its next version too', () => {
      const { store, lead, sections } = sectioned();
      const next = store.add('ore', { collection: 'folder', seriesId: `s${lead}`, parent: lead }, 'DOC 7: Zinc policy');
      store.add(
        'zinc policy',
        { collection: 'folder/doc-7', position: 1, seriesId: `s${sections[0] ?? 0}` },
        'DOC 7: x',
      );
      expect(first(store, 'zinc policy')).toBe(next);
    });

    it('[SEA-62] stands where it was put for a reader who sees none of its sections', () => {
      const alone = new Store();
      const whole = sectioned();
      for (let i = 0; i < 40; i++) {
        alone.add(`zinc ${words[i % 7] ?? ''} policy data review`, { collection: 'folder' }, `Data review ${i}`);
      }
      alone.add(`ore parcel ${'governance '.repeat(40)}`, { collection: 'folder' }, 'DOC 7: Zinc policy');
      const allowed = new Uint8Array(whole.store.columns.size).fill(1);
      for (const section of whole.sections) allowed[section] = 0;
      const order = (store: Store, filter = {}) =>
        store.ranker.search({ query: 'governance zinc', filter, limit: 50 }).hits.map(({ ordinal }) => ordinal);
      expect(order(whole.store, { allowed })).toEqual(order(alone));
    });
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
    // Lexical 1 + n-gram 0.4 against vector 2 · 5/10 and 2 · 10/10.
    expect(hits.map(({ ordinal }) => ordinal)).toEqual([2, 0, 1]);
    [1, 0.7, 0.5].forEach((score, i) => expect(hits[i]?.score).toBeCloseTo(score, 5));
    expect(hits[0]?.explain?.['vector']).toBeCloseTo(1, 5);
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

  it('[SEA-38] shows no context for a document without a collection, and the rest as parts of its score', () => {
    const store = new Store();
    store.add('zinc ore', {}, 'zinc');
    store.add('zinc data', { collection: 'c', position: 0 });
    store.add('ore data', { collection: 'c', position: 1 });
    const { hits } = store.ranker.search({ query: 'zinc ore.', limit: 9, explain: true });
    const lone = hits.find(({ ordinal }) => ordinal === 0);
    expect(lone?.explain?.['context']).toBeCloseTo(0, 5);
    for (const { score, explain } of hits) expect(sum(explain)).toBeCloseTo(score, 5);
    expect(hits.find(({ ordinal }) => ordinal === 1)?.explain?.['context']).toBeGreaterThan(0.1);
  });

  it('[SEA-58] counts as context what others lend, and what a hit lends itself as its own', () => {
    const store = storeOf(['data', 'data'], 'c');
    const channel: ScoreChannel = { name: 'vector', weight: 1, score: (_mask, _limit, out) => void out.set([10, 5]) };
    const { hits } = store.ranker.search({ query: '—', limit: 9, channels: [channel], explain: true });
    // Two members are lent 64 / 66 of what one would be, bodies of one term are lent 96 / 97 of what their neighbours have.
    const best = 1 + (0.8 * 64) / 66 + (0.1 * 0.5 * 96) / 97;
    const [first, second] = hits.map(({ explain }) => explain);
    expect(first?.['vector']).toBeCloseTo((1 + (0.8 * 64) / 66) / best, 5);
    expect(first?.['context']).toBeCloseTo((0.1 * 0.5 * 96) / 97 / best, 5);
    expect(second?.['vector']).toBeCloseTo((0.5 + (0.8 * 0.5 * 64) / 66) / best, 5);
    expect(second?.['context']).toBeCloseTo(((0.8 * 0.5 * 64) / 66 + (0.25 * 96) / 97) / best, 5);
    for (const { score, explain } of hits) expect(sum(explain)).toBeCloseTo(score, 5);
  });

  it('[SEA-58] shares the words of a collection between those who hold them', () => {
    const { hits } = storeOf(['zinc', 'data', 'data', 'opal'], 'c').ranker.search({
      query: 'zinc opal.',
      limit: 9,
      explain: true,
    });
    expect(hits.map(({ ordinal }) => ordinal)).toEqual([3, 0]);
    const [{ explain } = {}] = hits;
    // Each of the two is worth half of the query; they stand too far apart to be neighbours.
    const own = 1.4 + ((0.8 * 1.4 + 0.6 / 2) * 64) / 66;
    const lent = (0.6 * 64) / 2 / 66;
    expect(explain?.['context']).toBeCloseTo(lent / (own + lent), 3);
    expect(explain?.['body']).toBeCloseTo(((1 / 1.4) * own) / (own + lent), 3);
  });

  it('[SEA-58] shows no context for the only hit of a collection', () => {
    const store = storeOf(['zinc ore', 'data', 'data']);
    store.add('zinc ore', { collection: 'c', position: 0 });
    const { hits } = store.ranker.search({ query: 'zinc.', limit: 9, explain: true });
    expect(hits).toHaveLength(2);
    for (const { score, explain } of hits) {
      expect(explain?.['context']).toBeCloseTo(0, 6);
      expect(sum(explain)).toBeCloseTo(score, 5);
    }
  });

  describe('with a dense channel', () => {
    const dense = (scores: ArrayLike<number>, weight = 1): ScoreChannel => ({
      name: 'vector',
      kind: 'dense',
      weight,
      score: (mask, limit, out) => {
        for (let i = 0; i < limit; i++) if (mask[i] === 1) out[i] = scores[i] ?? 0;
      },
    });
    const many = 1000;
    const store = storeOf(Array.from({ length: many }, (_, i) => (i < 300 ? 'zinc' : 'data')));
    /** Typical documents, and one that stands out. */
    const cosines = (offset: number): Float32Array =>
      Float32Array.from({ length: many }, (_, i) => offset + (i === 700 ? 0.3 : 0.02 * Math.sin(i)));

    it('[SEA-39] counts what stands out: a model whose unrelated texts are all alike ranks like another', () => {
      const ranked = (offset: number) =>
        store.ranker
          .search({ query: 'zinc', limit: 50, channels: [dense(cosines(offset))], explain: true })
          .hits.map(({ ordinal, explain }) => [ordinal, Math.round(20 * (explain?.['vector'] ?? 0))]);
      expect(ranked(0.1)).toEqual(ranked(0.4));
      const typical = store.ranker.search({
        query: 'zinc',
        limit: 400,
        channels: [dense(cosines(0.4))],
        explain: true,
      });
      const nothing = typical.hits.filter(({ explain }) => (explain?.['vector'] ?? 1) < 0.001);
      expect(nothing.length).toBeGreaterThan(150);
    });

    it('[SEA-39] holds a missing vector against a document no more than an unrelated one', () => {
      const scores = cosines(0.4);
      scores.fill(0, 0, 10);
      const { hits } = store.ranker.search({ query: 'zinc', limit: 400, channels: [dense(scores)] });
      const without = hits.filter(({ ordinal }) => ordinal < 10).map(({ score }) => score);
      expect(without).toHaveLength(10);
      const lowest = Math.min(
        ...hits.filter(({ ordinal }) => ordinal >= 10 && ordinal < 300).map(({ score }) => score),
      );
      without.forEach((score) => expect(score).toBeCloseTo(lowest, 2));
    });

    it('[SEA-39] ranks a handful of documents by a dense channel too', () => {
      const few = storeOf(['zinc', 'data', 'parcel']);
      const { hits } = few.ranker.search({ query: '—', limit: 9, channels: [dense([0.2, 0.5, 0.4])] });
      expect(hits.map(({ ordinal }) => ordinal)).toEqual([1, 2, 0]);
      const one = storeOf(['zinc']).ranker.search({ query: '—', limit: 9, channels: [dense([0.2])] });
      expect(one.hits).toEqual([{ ordinal: 0, score: 1 }]);
    });

    it('[SEA-40] fills a page of few permitted documents with those that stand out least', () => {
      const allowed = Uint8Array.from({ length: many }, (_, i) => (i % 100 === 0 ? 1 : 0));
      const filter = { allowed };
      const { hits } = store.ranker.search({ query: '—', filter, limit: 20, channels: [dense(cosines(0.4))] });
      expect(hits).toHaveLength(10);
    });

    it('[SEA-40] makes hits of the best hundred only, and still moves the hits of words', () => {
      const scores = Float32Array.from({ length: many }, (_, i) => 0.1 + i / many);
      const { hits } = store.ranker.search({ query: '—', limit: many, channels: [dense(scores)] });
      expect(hits.length).toBeGreaterThanOrEqual(DENSE_HITS);
      expect(hits.length).toBeLessThan(1.2 * DENSE_HITS);
      expect(hits.map(({ ordinal }) => ordinal)).toEqual(hits.map((_, i) => many - 1 - i));
      // Far from the best hundred, but closer than others that hold the word.
      const moved = cosines(0.4);
      for (let i = 400; i < 600; i++) moved[i] = 0.9;
      moved[5] = 0.85;
      expect(store.ranker.search({ query: 'zinc', limit: 1, channels: [dense(moved, 0.5)] }).hits[0]?.ordinal).toBe(5);
    });

    it('[SEA-41] takes its figures from permitted documents alone', () => {
      const allowed = Uint8Array.from({ length: many }, (_, i) => (i < 600 ? 1 : 0));
      const ask = (scores: Float32Array) =>
        store.ranker.search({ query: 'zinc', filter: { allowed }, limit: 400, channels: [dense(scores)] }).hits;
      const loud = cosines(0.4);
      loud.fill(1, 600);
      expect(ask(loud)).toEqual(ask(cosines(0.4)));
    });

    it('[SEA-41] repeats the first page’s figures on later pages', () => {
      const own = storeOf(Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? 'zinc ore' : 'data')));
      const scores = Float32Array.from({ length: 400 }, (_, i) => 0.3 + 0.2 * Math.sin(i * i));
      const whole = own.ranker.search({ query: 'zinc', limit: 400, channels: [dense(scores)] }).hits;
      const walked: SearchHit[] = [];
      let cursor: SearchCursor | null = null;
      do {
        const page = own.ranker.search({ query: 'zinc', limit: 30, channels: [dense(scores)], cursor });
        walked.push(...page.hits);
        cursor = JSON.parse(JSON.stringify(page.nextCursor)) as SearchCursor | null;
        // One leaves and others come: what is typical changes, what was promised does not.
        own.columns.setFlag(199 - walked.length, 'retracted', true);
        own.add('zinc zinc');
      } while (cursor !== null);
      const seen = new Set(walked.map(({ ordinal }) => ordinal));
      expect(seen.size).toBe(walked.length);
      expect(walked).toEqual(whole.filter(({ ordinal }) => seen.has(ordinal)));
      expect(whole.length - walked.length).toBeLessThan(10);
    });
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
