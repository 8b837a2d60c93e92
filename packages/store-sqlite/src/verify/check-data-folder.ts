/** Looks at the tables of a data folder and at numbers that must agree; also beside the process that holds it. @module */
import { resolve } from 'node:path';
import { agreement, DomainError, type CheckLine } from '@forge-cascade/core';
import { dataFolder, holdsNothing, refuseLostLedger } from '../data-folder.js';
import { openDatabase, type Database } from '../driver.js';
import { prepareSchema } from '../schema.js';
import { readFolder } from './read-folder.js';
import { objectsOf } from './schema-faults.js';

/** @throws DomainError NOT_FOUND without a database, STORE_CORRUPT when it cannot be read at all. */
export async function checkDataFolder(dataDir: string): Promise<CheckLine[]> {
  const folder = dataFolder(resolve(dataDir));
  if (holdsNothing(folder)) {
    refuseLostLedger(folder);
    throw new DomainError('NOT_FOUND', 'There is no store in this folder; give the data folder with --data.', {
      field: 'data',
    });
  }
  return readFolder(folder.database, (db) => [...checkSchema(db), ...checkCounts(db)]);
}

function checkSchema(db: Database): CheckLine[] {
  const model = openDatabase(':memory:');
  try {
    prepareSchema(model);
    const [expected, actual] = [objectsOf(model), objectsOf(db)];
    const lines = [...expected].map(([name, sql]): CheckLine => {
      const own = actual.get(name);
      const found = own === undefined ? 'missing' : own === sql ? 'as expected' : 'differs';
      return { area: 'schema', name, ok: own === sql, found };
    });
    const added = [...actual.keys()].filter((name) => !expected.has(name));
    const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
    const newest = Number(model.prepare('PRAGMA user_version').get()?.['user_version']);
    const pages = String(db.prepare('PRAGMA quick_check(1)').get()?.['quick_check']);
    return [
      { area: 'schema', name: 'format', ok: version === newest, found: String(version) },
      { area: 'schema', name: 'pages', ok: pages === 'ok', found: pages },
      ...lines,
      ...added.map((name): CheckLine => ({ area: 'schema', name, ok: false, found: 'not the engine’s' })),
    ];
  } finally {
    model.close();
  }
}

function checkCounts(db: Database): CheckLine[] {
  const count = (sql: string): number => Number(db.prepare(`SELECT (${sql}) AS n`).get()?.['n'] ?? 0);
  const entries = count('SELECT count(*) FROM ledger');
  const capsules = count('SELECT count(*) FROM capsule');
  return [
    agreement('entries that the checkpoint covers', count('SELECT size FROM checkpoint'), entries),
    agreement('payloads', count('SELECT count(*) FROM payload'), entries),
    agreement('contents', count('SELECT count(*) FROM content'), capsules),
    agreement(
      'capsules that entries made',
      capsules,
      count("SELECT count(*) FROM ledger WHERE type IN ('capsule.created.v1', 'capsule.versioned.v1')"),
    ),
    agreement('heads', count('SELECT count(*) FROM capsule WHERE head = 1'), count('SELECT count(*) FROM series')),
    agreement(
      'vectors without a capsule',
      count(
        'SELECT count(DISTINCT v.capsule) FROM vector v LEFT JOIN capsule c ON c.seq = v.capsule WHERE c.seq IS NULL',
      ),
      0,
    ),
  ];
}
