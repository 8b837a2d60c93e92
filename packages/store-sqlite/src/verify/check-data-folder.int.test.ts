import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { aCapsule, written } from '@forge-cascade/core/contract';
import { checkDataFolder, openSqliteStore } from '@forge-cascade/store-sqlite';
import { openDatabase } from '../driver.js';

let dataDir: string;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'forge-check-'));
  const store = await openSqliteStore({ dataDir });
  await written(store, aCapsule(), aCapsule());
  await store.close();
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const wrong = async (): Promise<string[]> =>
  (await checkDataFolder(dataDir)).flatMap(({ ok, name, found }) => (ok ? [] : [`${name}: ${found}`]));

const changes: readonly (readonly [what: string, sql: string, found: readonly string[]])[] = [
  ['a missing index', 'DROP INDEX edge_parent', ['index edge_parent: missing']],
  [
    'another index of that name',
    'DROP INDEX ledger_stream; CREATE INDEX ledger_stream ON ledger(actor)',
    ['index ledger_stream: differs'],
  ],
  ['a trigger', 'CREATE TRIGGER t AFTER INSERT ON edge BEGIN DELETE FROM edge; END', ['trigger t: not the engine’s']],
  ['another format', 'PRAGMA user_version = 1', ['format: 1']],
  ['a lost content', 'DELETE FROM content WHERE seq = 2', ['contents: 1 instead of 2']],
  [
    'a lost entry',
    'DELETE FROM ledger WHERE seq = 3',
    [
      'entries that the checkpoint covers: 3 instead of 2',
      'payloads: 3 instead of 2',
      'capsules that entries made: 2 instead of 1',
    ],
  ],
  ['a second head', 'DELETE FROM series WHERE series = 2', ['heads: 2 instead of 1']],
];

it.each(changes)('[CLI-15] names %s', async (_what, sql, found) => {
  expect(await wrong()).toEqual([]);
  const db = openDatabase(join(dataDir, 'forge.db'));
  db.exec(sql);
  db.close();
  expect(await wrong()).toEqual(found);
});
