/**
 * Reads a data folder that may not be written to. SQLite's log needs a file of shared memory beside the database, which
 * it makes even for readers; where none can be made the database is read as one that nobody changes, or from a copy.
 * @module
 */
import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DomainError, isDomainError } from '@forge-cascade/core';
import { fileError } from '../data-folder.js';
import { openDatabase, readSnapshot, storeError, type Database } from '../driver.js';

/** @throws DomainError UNAVAILABLE when somebody wrote to a folder that could only be read file by file. */
export async function readFolder<T>(database: string, work: (db: Database) => T | Promise<T>): Promise<T> {
  if (opens(database)) return readSnapshot(database, work);
  const before = stamp(database);
  const unchanging = `${pathToFileURL(database).href}?immutable=1`;
  if (!hasLog(database) && opens(unchanging)) {
    const result = await readSnapshot(unchanging, work);
    assertUnchanged(database, before);
    return result;
  }
  const folder = mkdtempSync(join(tmpdir(), 'forge-verify-'));
  try {
    const copy = copied(database, folder);
    assertUnchanged(database, before);
    return await readSnapshot(copy, work);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** False only where something would have to be written; every other fault is for the reading itself to report. */
function opens(path: string): boolean {
  let db: Database | null = null;
  try {
    db = openDatabase(path, { readOnly: true });
    db.prepare('SELECT count(*) FROM sqlite_master').get();
    return true;
  } catch (error) {
    const reason = storeError(error);
    return !(isDomainError(reason) && reason.code === 'STORE_READ_ONLY');
  } finally {
    db?.close();
  }
}

const log = (database: string): string => `${database}-wal`;

function hasLog(database: string): boolean {
  return (statSync(log(database), { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** A copy in `folder`, with what its log has beyond it; the log's shared memory is made anew there. */
function copied(database: string, folder: string): string {
  const copy = join(folder, 'forge.db');
  try {
    copyFileSync(database, copy);
    if (hasLog(database)) copyFileSync(log(database), log(copy));
    return copy;
  } catch (error) {
    throw fileError(error, 'The database file cannot be read');
  }
}

/** Changes with the files that are read. */
function stamp(database: string): string {
  return [database, log(database)]
    .map((path) => statSync(path, { throwIfNoEntry: false, bigint: true }))
    .map((stats) => (stats === undefined ? 'none' : `${stats.size} ${stats.mtimeNs} ${stats.ino}`))
    .join();
}

/** What was read while somebody wrote need not fit together, and would be taken for tampering. */
function assertUnchanged(database: string, before: string): void {
  if (stamp(database) === before) return;
  throw new DomainError(
    'UNAVAILABLE',
    'Somebody wrote to the data folder while it was read, and it may not be read beside a writer because it cannot be written to. Try again when nobody writes.',
  );
}
