/**
 * Verifies a data folder from its files alone, also beside a running server: it reads one snapshot, takes no
 * lock and writes nothing into the folder but what SQLite needs to read beside a writer.
 * @module
 */
import { resolve } from 'node:path';
import { DomainError, verifyLedger, type VerifyOptions, type VerifyReport } from '@forge-cascade/core';
import { dataFolder, folderVerifierKeys, holdsNothing, refuseLostLedger } from '../data-folder.js';
import type { Database } from '../driver.js';
import { hasTable } from './has-table.js';
import { readFolder } from './read-folder.js';
import { schemaFaults, standInForMissing } from './schema-faults.js';
import { sqliteVerifySource } from './sqlite-verify-source.js';

export type VerifyFolderOptions = Omit<VerifyOptions, 'verifierKeys'> & {
  readonly dataDir: string;
  /** Public keys to believe; the folder's own when absent. */
  readonly verifierKeys?: readonly string[];
};

/** @throws DomainError NOT_FOUND without a ledger or key, STORE_CORRUPT when the file cannot be read at all. */
export async function verifyDataFolder(options: VerifyFolderOptions): Promise<VerifyReport> {
  const { dataDir, verifierKeys, ...rest } = options;
  const folder = dataFolder(resolve(dataDir));
  if (holdsNothing(folder)) {
    refuseLostLedger(folder);
    throw new DomainError('NOT_FOUND', 'There is no ledger in this folder; give the data folder with --data.', {
      field: 'data',
    });
  }
  const keys = verifierKeys ?? folderVerifierKeys(folder);
  return readFolder(folder.database, (db) => {
    if (!hasTable(db, 'ledger') && !hasTable(db, 'meta')) refuseLostLedger(folder);
    return verifyDatabase(db, { ...rest, verifierKeys: keys });
  });
}

async function verifyDatabase(db: Database, options: VerifyOptions): Promise<VerifyReport> {
  const faults = schemaFaults(db);
  standInForMissing(db, faults);
  try {
    return await verifyLedger(sqliteVerifySource(db), options);
  } catch (error) {
    // Tables with other columns cannot be read at all.
    const changed = faults.filter(({ fault }) => fault === 'differs').map(({ name }) => name);
    if (changed.length === 0) throw error;
    const message = `The database is not as the engine makes it, and cannot be read: ${changed.join(', ')} changed. Restore the folder from a backup.`;
    throw new DomainError('STORE_CORRUPT', message, {}, { cause: error });
  }
}
