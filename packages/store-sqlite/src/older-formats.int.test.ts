import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { semanticSearch, type SearchRequest, type Store } from '@forge-cascade/core';
import { aCapsule, commitOf } from '@forge-cascade/core/contract';
import { openSqliteStore, verifyDataFolder } from '@forge-cascade/store-sqlite';
import { openDatabase } from './driver.js';
import { embedded, LETTERS } from './fixtures/asked-in-full.js';
import { SCHEMA_VERSION } from './schema.js';
import { schemaFaults } from './verify/schema-faults.js';

const OWNER = '0190a000-0000-7000-8000-000000000001';
/** Made for these folders alone. */
const KEY = 'PRIVATE+KEY+ledger.example/format-1+232dcd0d+AU5cv8/gcYgNNKVoHjfSY1kwlP0P6ptD6sNC2CLGglZi\n';

let dataDir: string;

beforeEach(() => {
  dataDir = join(mkdtempSync(join(tmpdir(), 'forge-older-')), 'data');
});
afterEach(() => rmSync(join(dataDir, '..'), { recursive: true, force: true }));

/** Lays out a folder as versions up to `format` left it. */
function folderOf(format: number): void {
  mkdirSync(dataDir, { mode: 0o700 });
  writeFileSync(join(dataDir, 'ledger.key'), KEY, { mode: 0o600 });
  const db = openDatabase(join(dataDir, 'forge.db'));
  for (let version = 1; version <= format; version++) {
    const script = fileURLToPath(new URL(`./fixtures/older-formats/format-${version}.sql`, import.meta.url));
    db.exec(readFileSync(script, 'utf8'));
  }
  db.close();
}

function formatNow(): number {
  const db = openDatabase(join(dataDir, 'forge.db'), { readOnly: true });
  try {
    return Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
  } finally {
    db.close();
  }
}

const ASKED = { filter: {}, limit: 10, cursor: null, explain: false, includeContent: false } as const;
const titlesOf = async (store: Pick<Store, 'search'>, request: Partial<SearchRequest> & { readonly query: string }) =>
  (await store.search({ ...ASKED, ...request })).items.map(({ capsule }) => capsule.title);

describe('a data folder of an older format', () => {
  it('[STO-89] from before vectors is taken over whole, and gets its vectors', async () => {
    folderOf(1);
    for (const round of ['first', 'second']) {
      const store = await openSqliteStore({ dataDir });
      expect(await store.status()).toMatchObject({ ledgerSize: 6, capsules: 4, heads: 3, ownerId: OWNER });
      const [kept] = await store.byKeys(OWNER, ['retention']);
      expect(kept).toMatchObject({ content: 'Keep audit records for nine years.', version: '1.1.0', tags: ['audit'] });
      expect((await store.versions(kept?.seriesId ?? '')).map(({ version }) => version)).toEqual(['1.1.0', '1.0.0']);
      expect(await titlesOf(store, { query: 'zinc ' })).toEqual(['Smelter']);
      // The first time it has none yet, the second time they are there again.
      expect((await store.vectors.models()).map(({ embedded: done }) => done)).toEqual(round === 'first' ? [] : [4]);
      const embedder = await embedded(store);
      const model = { model: LETTERS.model, embedded: 4, lag: 0, serving: true };
      expect(await store.vectors.models()).toMatchObject([model]);
      // No word of it occurs: only its letters resemble.
      const page = await semanticSearch(store, embedder).search({ ...ASKED, query: 'smelters in orurotown' });
      expect(page.semantic).toEqual({ model: LETTERS.model, lag: 0 });
      expect(page.items[0]?.capsule.title).toBe('Smelter');
      await store.close();
      expect(formatNow()).toBe(SCHEMA_VERSION);
      expect(await verifyDataFolder({ dataDir })).toMatchObject({ ok: true });
    }
    const store = await openSqliteStore({ dataDir });
    expect(await store.commit(commitOf([aCapsule({ title: 'New' })]))).toMatchObject({ firstSeq: 7 });
    await store.close();
    expect(await verifyDataFolder({ dataDir })).toMatchObject({ ok: true });
  });

  it('[STO-89] keeps the vectors it has, of the model that serves and of the one that is to', async () => {
    folderOf(2);
    const store = await openSqliteStore({ dataDir });
    const vector = { model: 'compass-1', values: Float32Array.of(0, 1) };
    expect((await titlesOf(store, { query: 'unheard ', vector }))[0]).toBe('Smelter');
    expect(await store.vectors.models()).toEqual([
      { model: 'compass-1', dimensions: 2, embedded: 4, lag: 0, serving: true },
      { model: 'compass-2', dimensions: 2, embedded: 2, lag: 2, serving: false },
    ]);
    expect(await store.vectors.missing('compass-1', 10)).toEqual([]);
    await store.close();
    expect(formatNow()).toBe(SCHEMA_VERSION);
    expect(await verifyDataFolder({ dataDir })).toMatchObject({ ok: true });
  });

  it.each([1, 2])('[LED-73] has the schema of its own format %i', (format) => {
    folderOf(format);
    const db = openDatabase(join(dataDir, 'forge.db'));
    expect(schemaFaults(db)).toEqual([]);
    db.close();
  });

  it('[STO-89] is refused, and stays as it is, when a newer version wrote it', async () => {
    folderOf(1);
    const db = openDatabase(join(dataDir, 'forge.db'));
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    db.close();
    await expect(openSqliteStore({ dataDir })).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    expect(formatNow()).toBe(SCHEMA_VERSION + 1);
  });
});
