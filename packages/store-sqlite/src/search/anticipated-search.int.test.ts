import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMemoryStore, type SearchPage, type SearchRequest } from '@forge-cascade/core';
import { seededHistory } from '@forge-cascade/core/contract';
import { openSqliteStore } from '@forge-cascade/store-sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import { embedded, LETTERS, numbersFrom, oneOf } from '../fixtures/asked-in-full.js';

/** The words and collections of the histories. */
const QUESTIONS = ['ledger', 'proof trust', 'unheard of'] as const;
const OTHER = 'lineage';
const COLLECTIONS = ['docs', 'docs/api'] as const;

const root = mkdtempSync(join(tmpdir(), 'forge-anticipated-'));

afterAll(() => rmSync(root, { recursive: true, force: true }));

const shown = ({ items, semantic }: SearchPage) => ({
  semantic,
  items: items.map(({ capsule, score, passage }) => ({ id: capsule.id, score: score.toFixed(5), passage })),
});

describe('a search that was announced', () => {
  it.each([1, 2, 3])(
    '[SEA-63] is answered as one that was not, whatever was written or asked in between: seed %i',
    async (seed) => {
      const pick = numbersFrom(seed);
      const history = seededHistory(seed, 90);
      const memory = await openMemoryStore({ now: history.now });
      const sqlite = await openSqliteStore({ dataDir: join(root, `data-${seed}`), now: history.now });
      // Few questions, so that what was made ready for one is often still there when it comes again.
      const vectorOf = new Map<string, Float32Array>();
      for (const question of QUESTIONS) vectorOf.set(question, (await LETTERS.embed([question], 'query'))[0]!);
      let hits = 0;
      try {
        for (const { at, request } of history.steps) {
          history.moveTo(at);
          await Promise.all([memory.commit(request), sqlite.commit(request)]);
          if (pick(6) === 0) await Promise.all([embedded(memory), embedded(sqlite)]);
          const query = oneOf(pick, QUESTIONS);
          const asked: SearchRequest = {
            query,
            filter: pick(3) === 0 ? { collection: oneOf(pick, COLLECTIONS) } : {},
            limit: 1 + pick(6),
            cursor: null,
            explain: false,
            includeContent: false,
            vector: pick(4) === 0 ? null : { model: LETTERS.model, values: vectorOf.get(query)! },
          };
          sqlite.anticipate?.({ ...asked, vector: null });
          // Another question on the other side, so that nothing made ready is left there.
          await memory.search({ ...asked, query: OTHER, vector: null });
          const [expected, answer] = [await memory.search(asked), await sqlite.search(asked)];
          expect(shown(answer), `seed ${seed}: ${JSON.stringify(asked.filter)} ${query}`).toEqual(shown(expected));
          hits += answer.items.length;
        }
        expect(hits).toBeGreaterThan(100);
      } finally {
        await sqlite.close();
      }
    },
  );

  it('[SEA-63] gets its own error, though announcing it was in vain', async () => {
    const sqlite = await openSqliteStore({ dataDir: join(root, 'data-wrong') });
    const wrong: SearchRequest = {
      query: 'numbat',
      filter: {},
      limit: 0,
      cursor: null,
      explain: false,
      includeContent: false,
    };
    sqlite.anticipate?.(wrong);
    await expect(sqlite.search(wrong)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await sqlite.close();
  });
});
