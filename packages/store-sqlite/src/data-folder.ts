/**
 * The data folder: its files, its lock and its signing key.
 * @module
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DomainError, generateLedgerKey, isDomainError } from '@forge-cascade/core/engine';
import { openDatabase, storeError, type Database } from './driver.js';

export interface DataFolder {
  readonly database: string;
  readonly lock: string;
  readonly key: string;
  /** The public half, for those who verify. */
  readonly publicKey: string;
}

export function dataFolder(path: string): DataFolder {
  return {
    database: join(path, 'forge.db'),
    lock: join(path, 'forge.lock'),
    key: join(path, 'ledger.key'),
    publicKey: join(path, 'ledger.pub'),
  };
}

/** Makes the folder (mode 700) when it is missing. */
export function createDataFolder(path: string): DataFolder {
  try {
    makeFolder(path);
  } catch (error) {
    throw fileError(error, 'The data folder cannot be created');
  }
  return dataFolder(path);
}

/**
 * Step by step from the deepest folder that is there: Node's own recursive mode tries for ever where a file system
 * answers that there is no such folder although its parent exists, as /proc does.
 */
function makeFolder(path: string): void {
  const missing: string[] = [];
  for (let at = path; !existsSync(at) && dirname(at) !== at; at = dirname(at)) missing.push(at);
  for (const step of missing.reverse()) makeOne(step);
  // What is there need not be a folder.
  if (!statSync(path).isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
}

function makeOne(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process that starts at the same time may have made it.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/**
 * Holds the folder for this process. The lock is SQLite's own, on a database of its own: the operating system drops it
 * when the process ends in whatever way, and `verify` can read the data beside a running server.
 */
export function lockDataFolder(folder: DataFolder): Database {
  const lock = openDatabase(folder.lock, { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=DELETE; BEGIN EXCLUSIVE; COMMIT;');
  } catch (error) {
    lock.close();
    const reason = storeError(error);
    if (isDomainError(reason) && reason.code === 'STORE_LOCKED') {
      throw new DomainError(
        'STORE_LOCKED',
        'Another process holds this data folder. Stop it, or talk to it: set FORGE_URL to its address.',
        {},
        { cause: error },
      );
    }
    throw reason;
  }
  return lock;
}

/**
 * The ledger's signing key as text. Made on first use unless the folder already has a ledger: a lost key must be put
 * back, not quietly replaced by one that nobody trusts.
 */
export function loadLedgerKey(folder: DataFolder, origin: string, ledgerExists: boolean): string {
  try {
    const kept = readLedgerKey(folder);
    if (kept !== null) return kept;
    if (ledgerExists) {
      throw new DomainError(
        'STORE_CORRUPT',
        `The key that signs the ledger ${origin} is missing. Put the file ledger.key into the data folder, or pass the key in FORGE_LEDGER_KEY.`,
      );
    }
    return keepLedgerKey(folder, generateLedgerKey(origin).privateKey);
  } catch (error) {
    throw fileError(error, 'The ledger key cannot be read or written');
  }
}

/**
 * A public key is laid down once a ledger has begun, so where it lies and no entry does, a ledger was lost: a new one,
 * signed with its key, would pass for it. A first start that was cut off leaves a signing key at most.
 * @throws DomainError STORE_CORRUPT
 */
export function refuseLostLedger(folder: DataFolder): void {
  if (!existsSync(folder.publicKey)) return;
  throw new DomainError(
    'STORE_CORRUPT',
    'The data folder has the key of a ledger (ledger.pub), but the ledger itself is gone: forge.db is missing or empty. Restore the folder from a backup or use another one; where a database holds the ledger, name it in FORGE_STORE.',
  );
}

/** Whether the database file is missing or has nothing in it. */
export function holdsNothing(folder: DataFolder): boolean {
  return (statSync(folder.database, { throwIfNoEntry: false })?.size ?? 0) === 0;
}

/** The key kept in the folder; null when there is none. */
export function readLedgerKey(folder: DataFolder): string | null {
  return existsSync(folder.key) ? readFileSync(folder.key, 'utf8').trim() : null;
}

/** Puts a key into the folder that has none; of processes that come at once one does, and all have its key. */
export function keepLedgerKey(folder: DataFolder, key: string): string {
  try {
    writeFileSync(folder.key, `${key}\n`, { mode: 0o600, flag: 'wx' });
    chmodSync(folder.key, 0o600);
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return readFileSync(folder.key, 'utf8').trim();
    throw fileError(error, 'The ledger key cannot be read or written');
  }
}

/**
 * Lays the public key beside the data, below those of earlier ledgers. Convenience for `verify`; whoever trusts nobody
 * brings their own copy.
 */
export function keepPublicKey(folder: DataFolder, verifierKey: string): void {
  try {
    const kept = existsSync(folder.publicKey) ? keysOf(readFileSync(folder.publicKey, 'utf8')) : [];
    if (kept.includes(verifierKey)) return;
    writeFileSync(folder.publicKey, [...kept, verifierKey, ''].join('\n'), { mode: 0o644 });
  } catch (error) {
    throw fileError(error, 'The public key cannot be written');
  }
}

/** The keys of the checkpoints that were signed from this folder, as far as the folder can be believed. */
export function folderVerifierKeys(folder: DataFolder): readonly string[] {
  try {
    return keysOf(readFileSync(folder.publicKey, 'utf8'));
  } catch (error) {
    throw new DomainError(
      'NOT_FOUND',
      'The folder has no public key (ledger.pub). Give the one you trust with --key.',
      { field: 'key' },
      { cause: error },
    );
  }
}

function keysOf(text: string): string[] {
  return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
}

/** Names a failure of the file system by what it means to the user; anything unknown is passed on as it is. */
export function fileError(error: unknown, what: string): unknown {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new DomainError(
      'STORE_READ_ONLY',
      `${what}: permission denied. Check its permissions and mount.`,
      {},
      { cause: error },
    );
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new DomainError('STORE_FULL', `${what}: the disk is full.`, {}, { cause: error });
  }
  if (code === 'ENOENT') {
    return new DomainError(
      'INVALID_INPUT',
      `${what}: no folder can be made in that place. Give another one.`,
      {},
      { cause: error },
    );
  }
  if (code === 'ENOTDIR' || code === 'EEXIST') {
    return new DomainError('INVALID_INPUT', `${what}: a file is in the way.`, {}, { cause: error });
  }
  return error;
}
