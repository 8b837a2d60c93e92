import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { Store } from '@forge-cascade/core';
import { aCapsule, commitOf } from '@forge-cascade/core/contract';
import { ANALYZER_VERSION } from '@forge-cascade/core/engine';
import { openSqliteStore } from '@forge-cascade/store-sqlite';
import { openDatabase } from '../driver.js';

const dataDir = mkdtempSync(join(tmpdir(), 'forge-segments-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

/** Where a segment states the version of the analyzer that made its terms. */
const ANALYZER_WORD = 2;

/** The versions in the saved segments, after writing `version` into each of them when given. */
function savedVersions(version?: number): number[] {
  const db = openDatabase(join(dataDir, 'forge.db'));
  try {
    return db
      .prepare('SELECT first, bytes FROM search_segment ORDER BY first')
      .all()
      .map(({ first, bytes }) => {
        const own = Uint8Array.from(bytes as Uint8Array);
        const words = new Uint32Array(own.buffer);
        if (version !== undefined) {
          words[ANALYZER_WORD] = version;
          db.prepare('UPDATE search_segment SET bytes = ? WHERE first = ?').run(own, first ?? null);
        }
        return words[ANALYZER_WORD] ?? NaN;
      });
  } finally {
    db.close();
  }
}

async function titlesFound(store: Store, query: string): Promise<(string | null)[]> {
  const ask = () => store.search({ query, filter: {}, limit: 10, cursor: null, explain: false, includeContent: false });
  await vi.waitFor(async () => expect((await ask()).lag).toBe(0));
  return (await ask()).items.map(({ capsule }) => capsule.title);
}

describe('saved segments', () => {
  it('[SEA-9] are made anew from the content when another analyzer made them', async () => {
    const store = await openSqliteStore({ dataDir });
    await store.commit(
      commitOf([aCapsule({ title: 'A', content: 'zinc ore' }), aCapsule({ title: 'B', content: 'news' })]),
    );
    expect(await titlesFound(store, 'zinc')).toEqual(['A']);
    await store.close();
    expect(savedVersions()).toEqual([ANALYZER_VERSION]);
    expect(savedVersions(ANALYZER_VERSION - 1)).toEqual([ANALYZER_VERSION - 1]);

    const again = await openSqliteStore({ dataDir });
    expect(await titlesFound(again, 'zinc')).toEqual(['A']);
    expect(await titlesFound(again, 'news')).toEqual(['B']);
    await again.close();
    expect(savedVersions()).toEqual([ANALYZER_VERSION]);
  });
});
