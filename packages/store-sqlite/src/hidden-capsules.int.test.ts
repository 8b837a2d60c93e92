import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ask, askPorts, openMemoryStore, semanticSearch } from '@forge-cascade/core';
import type { CapsuleFilter, Principal, Store } from '@forge-cascade/core';
import { aCapsule, commitOf, retractionOf, seededHistory, type GivenFields } from '@forge-cascade/core/contract';
import { openSqliteStore } from '@forge-cascade/store-sqlite';
import { embedded, idsOf, numbersFrom, oneOf, pagesOf, type Asked, type Pick } from './fixtures/asked-in-full.js';

const root = mkdtempSync(join(tmpdir(), 'forge-hidden-'));
const OWNER: Principal = { id: 'owner-a', reviewer: true, trust: 100 };
let folders = 0;

afterAll(() => rmSync(root, { recursive: true, force: true }));

async function listed(store: Store, filter: CapsuleFilter): Promise<Set<string>> {
  const ids = new Set<string>();
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Store['list']>> = await store.list(filter, 100, cursor);
    for (const { id } of page.items) ids.add(id);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return ids;
}

const WORDS = 'ledger proof trust lineage glucose contract appeal vote quorum notary assay exhibit naïve run'.split(
  ' ',
);

function aFilter(pick: Pick, times: readonly string[]): CapsuleFilter {
  const some = (one: number): boolean => pick(one) === 0;
  return {
    ...(some(3) ? { minTrust: oneOf(pick, [10, 40, 60, 61, 100]) } : {}),
    ...(some(4) ? { tags: oneOf(pick, [['red'], ['green', 'blue'], ['Red'], ['absent']]) } : {}),
    ...(some(4) ? { ownerId: oneOf(pick, ['owner-a', 'owner-b', 'nobody']) } : {}),
    ...(some(3) ? { collection: oneOf(pick, ['docs', 'docs/api', 'docs/api/v2', 'doc']) } : {}),
    ...(some(5) ? { types: oneOf(pick, [['insight'], ['knowledge', 'decision']]) } : {}),
    ...(some(3) ? { asOf: oneOf(pick, times) } : {}),
    ...(some(4) ? { includeArchived: true } : {}),
    ...(some(4) ? { includeRetracted: true } : {}),
    ...(some(6) ? { validAt: oneOf(pick, times) } : {}),
    ...(some(6) ? { createdTo: oneOf(pick, times) } : {}),
  };
}

describe('whatever a reader asks for, on memory and SQLite', () => {
  it.each([11, 12, 13, 14, 15, 16])(
    '[SEA-61] search, similarity, explanations, counts, cursors and answers tell of nothing outside the filter: seed %i',
    async (seed) => {
      const pick = numbersFrom(seed);
      const history = seededHistory(seed, 120);
      const memory = await openMemoryStore({ now: history.now });
      const sqlite = await openSqliteStore({ dataDir: join(root, `data-${folders++}`), now: history.now });
      try {
        const times: string[] = [];
        for (const { at, request } of history.steps) {
          history.moveTo(at);
          times.push(new Date(at).toISOString());
          await Promise.all([memory.commit(request), sqlite.commit(request)]);
        }
        await sqlite.settled();
        const everything = [...memory.state.capsules.keys()];
        const contentOf = (id: string): string => memory.state.capsules.get(id)?.content ?? '';
        for (const store of [memory, sqlite]) {
          const embedder = await embedded(store);
          let hits = 0;
          for (let round = 0; round < 25; round++) {
            const filter = aFilter(pick, times);
            const query = `${oneOf(pick, WORDS)} ${oneOf(pick, ['', oneOf(pick, WORDS), 'unheard '])}`;
            const asked: Asked = { query, filter, limit: 1 + pick(9), byWords: pick(3) === 0 };
            const what = `seed ${seed}, round ${round}: ${JSON.stringify(asked)}`;
            // The memory engine's list goes by conditions of its own, not by the mask that searches use.
            const permitted = await listed(memory, filter);

            const pages = await pagesOf(store, embedder, asked);
            const items = pages.flatMap((page) => page.items);
            const ids = idsOf(items);
            hits += ids.length;
            expect(
              ids.filter((id) => !permitted.has(id)),
              what,
            ).toEqual([]);
            expect(new Set(ids).size, what).toBe(ids.length);
            for (const { capsule, passage, content } of items) {
              expect(content, what).toBe(contentOf(capsule.id));
              expect(passage.text, what).toBe(content?.slice(passage.start, passage.end));
            }
            for (const [i, { nextCursor }] of pages.entries()) {
              if (nextCursor === null) continue;
              const [, , json] = JSON.parse(Buffer.from(nextCursor, 'base64url').toString()) as [
                string,
                string,
                string,
              ];
              const last = pages[i]?.items.at(-1)?.capsule.id;
              // All that a cursor points at is the last hit of its page.
              expect(everything[(JSON.parse(json) as { ordinal: number }).ordinal], what).toBe(last);
            }

            const id = oneOf(pick, everything);
            const series = memory.state.capsules.get(id)?.series.id;
            const similar = await store.similar({ id, filter, limit: 1 + pick(20) });
            const alike = similar?.items ?? [];
            expect(
              idsOf(alike).filter((one) => !permitted.has(one)),
              what,
            ).toEqual([]);
            expect(
              alike.filter(({ capsule }) => capsule.seriesId === series),
              what,
            ).toEqual([]);
            for (const { capsule, passage } of alike) {
              expect(passage.text, what).toBe(contentOf(capsule.id).slice(passage.start, passage.end));
            }

            const page = await semanticSearch(store, embedder).search({
              query,
              filter,
              limit: 3,
              cursor: null,
              explain: false,
              includeContent: false,
              whyNot: id,
              ...(asked.byWords ? { vector: null } : {}),
            });
            const { failed, place, words } = page.whyNot ?? { failed: [], place: null, words: [] };
            expect(failed.length === 0, what).toBe(permitted.has(id));
            // Who is let in alone may become a hit by meaning in place of another one, never beside more than there are.
            const others = permitted.has(id) ? ids.length : ids.length + 1;
            if (asked.byWords && place !== null) expect(place.hits, what).toBe(others);
            if (place !== null) expect(place.hits, what).toBeLessThanOrEqual(permitted.size + 1);
            for (const count of words.join(' ').matchAll(/(\d+) (?:hits?|capsules? comes?)/gu)) {
              expect(Number(count[1]), what).toBeLessThanOrEqual(permitted.size + 1);
            }
          }
          expect(hits).toBeGreaterThan(40);
          for (let round = 0; round < 8; round++) {
            const { minTrust, collection, asOf } = aFilter(pick, times);
            const narrow = {
              ...(minTrust === undefined ? {} : { minTrust }),
              ...(collection === undefined ? {} : { collection }),
              ...(asOf === undefined ? {} : { asOf }),
            };
            const permitted = await listed(memory, narrow);
            const ctx = { principal: OWNER, correlationId: `ask-${round}`, causationId: null, now: history.now };
            const query = `What is ${oneOf(pick, WORDS)}, and why ${oneOf(pick, WORDS)}?`;
            const { citations, answer } = await ask(
              askPorts(store, { queries: embedder }),
              { ...ctx, idempotency: null },
              { query, ...narrow },
            );
            const what = `seed ${seed}, ask ${round}: ${query} ${JSON.stringify(narrow)}`;
            expect(
              citations.map(({ capsuleId }) => capsuleId).filter((cited) => !permitted.has(cited)),
              what,
            ).toEqual([]);
            for (const { capsuleId, quote } of citations) expect(contentOf(capsuleId), what).toContain(quote);
            if (citations.length > 0) {
              const single = (text: string): string => text.replace(/\s+/gu, ' ').trim();
              expect(answer, what).toBe(citations.map(({ quote }, i) => `${single(quote)} [${i + 1}]`).join('\n'));
            }
          }
        }
      } finally {
        await sqlite.close();
      }
    },
  );

  it.each([21, 22, 23, 24, 25, 26, 27, 28])(
    '[SEA-62] what stands between seen capsules and is not seen changes nothing: seed %i',
    async (seed) => {
      const pick = numbersFrom(seed);
      const given = Array.from({ length: 60 }, (_, i) => {
        const hidden = oneOf(pick, ['', '', 'tag', 'trust', 'retraction']);
        const fields: GivenFields = {
          title: `number${i}`,
          content: Array.from({ length: 1 + pick(6) }, () => oneOf(pick, WORDS)).join(' '),
          tags: hidden === 'tag' ? ['closed'] : ['open'],
          trust: hidden === 'trust' ? 40 : 60,
        };
        return { hidden, fields, place: { collection: oneOf(pick, ['a', 'b']), position: pick(14) } };
      });
      // The other time whatever is hidden stands in no collection: its words count as before, its place does not.
      const storeOf = async (store: Store, everywhere: boolean): Promise<Store> => {
        for (const { hidden, fields, place } of given) {
          const capsule = aCapsule(everywhere || hidden === '' ? { ...fields, ...place } : fields);
          await store.commit(commitOf([capsule]));
          if (hidden === 'retraction') await store.commit(commitOf([retractionOf(capsule)]));
        }
        return store;
      };
      const filter = { tags: ['open'], minTrust: 50 };
      const asked = Array.from({ length: 12 }, (): Asked => {
        const query = `${oneOf(pick, WORDS)} ${oneOf(pick, WORDS)} `;
        return { query, filter, limit: 1 + pick(20), byWords: pick(2) === 0 };
      });
      const found = async (store: Store) => {
        const embedder = await embedded(store);
        const all = await Promise.all(asked.map((one) => pagesOf(store, embedder, one)));
        const hits = all.map((pages) => pages.flatMap(({ items }) => items));
        return hits.map((items) => items.map(({ capsule, score, explain }) => [capsule.title, score, explain]));
      };
      const dataDirs = [root, root].map((path) => join(path, `data-${folders++}`));
      const opened = await Promise.all([
        openMemoryStore(),
        openMemoryStore(),
        ...dataDirs.map((dataDir) => openSqliteStore({ dataDir })),
      ]);
      try {
        const expected = await found(await storeOf(opened[0] as Store, false));
        expect(expected.flat().length).toBeGreaterThan(30);
        expect(await found(await storeOf(opened[1] as Store, true))).toEqual(expected);
        expect(await found(await storeOf(opened[2] as Store, false))).toEqual(expected);
        expect(await found(await storeOf(opened[3] as Store, true))).toEqual(expected);
      } finally {
        await Promise.all(opened.map((store) => store.close()));
      }
    },
  );
});
