/**
 * One thin door to SQLite: Node's own module where it is good enough, a prebuilt twin with the same API elsewhere.
 * @module
 */
import { createRequire } from 'node:module';
import { DomainError } from '@forge-cascade/core/engine';

export type SqlValue = null | number | string | Uint8Array;
export type Row = Readonly<Record<string, SqlValue>>;

export interface Statement {
  run(...values: SqlValue[]): { readonly changes: number | bigint };
  get(...values: SqlValue[]): Row | undefined;
  all(...values: SqlValue[]): Row[];
  iterate(...values: SqlValue[]): IterableIterator<Row>;
}

export interface Database {
  readonly isTransaction: boolean;
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

type DatabaseConstructor = new (path: string, options?: { readOnly?: boolean; timeout?: number }) => Database;

/** `node:sqlite` lost its experimental flag in 22.13; before that the twin brings a newer SQLite than Node has. */
function constructor(): DatabaseConstructor {
  const require = createRequire(import.meta.url);
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const builtin = major > 22 || (major === 22 && minor >= 13);
  const module = require(builtin ? 'node:sqlite' : '@photostructure/sqlite') as { DatabaseSync: DatabaseConstructor };
  return module.DatabaseSync;
}

export interface OpenOptions {
  readonly readOnly?: boolean;
  /** Milliseconds to wait for another connection's lock. */
  readonly timeout?: number;
}

/** Opens a database file. Throws {@link DomainError} by meaning, see {@link storeError}. */
export function openDatabase(path: string, options: OpenOptions = {}): Database {
  try {
    return new (constructor())(path, { readOnly: options.readOnly ?? false, timeout: options.timeout ?? 5_000 });
  } catch (error) {
    throw storeError(error);
  }
}

/** Reads a database file in one snapshot. */
export async function readSnapshot<T>(path: string, work: (db: Database) => T | Promise<T>): Promise<T> {
  const db = openDatabase(path, { readOnly: true });
  try {
    db.exec('BEGIN');
    return await work(db);
  } catch (error) {
    throw storeError(error);
  } finally {
    // Statements outlive the connection until they are collected; a snapshot must not: a writer that closes waits for it.
    if (db.isTransaction) db.exec('ROLLBACK');
    db.close();
  }
}

const SQLITE_MEANING: Readonly<Record<number, { code: DomainError['code']; message: string }>> = {
  5: { code: 'STORE_LOCKED', message: 'The data folder is in use by another process.' },
  6: { code: 'STORE_LOCKED', message: 'The data folder is in use by another process.' },
  8: { code: 'STORE_READ_ONLY', message: 'The data folder cannot be written to; check its permissions and mount.' },
  10: { code: 'UNAVAILABLE', message: 'The disk did not accept a read or write; the change was not stored.' },
  11: { code: 'STORE_CORRUPT', message: 'The database file is damaged; restore the folder from a backup.' },
  13: { code: 'STORE_FULL', message: 'The disk is full; the change was not stored. Free some space and try again.' },
  14: {
    code: 'STORE_READ_ONLY',
    message:
      'The data folder cannot be opened for writing; check its permissions, and whether it is mounted read-only.',
  },
  23: { code: 'STORE_READ_ONLY', message: 'The data folder cannot be written to; check its permissions and mount.' },
  26: {
    code: 'STORE_CORRUPT',
    message: 'The database file is not a database; restore the folder from a backup.',
  },
};

/** SQLite's extended code for "the disk refused because it is full or over quota" hides under I/O errors on some systems. */
const FULL_HINT = /no space|disk is full|quota/i;

/** Every statement of the engine fits the tables that it makes. */
const FOREIGN_TABLES = /^no such (?:table|column)|has no column named|cannot modify \S+ because it is a view/;

/** Names an SQLite failure by what it means to the user; anything unknown is passed on as it is. */
export function storeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { errcode, sqliteCode } = error as Error & { errcode?: number; sqliteCode?: number };
  const code = errcode ?? sqliteCode;
  if (typeof code !== 'number') return error;
  const meaning = FULL_HINT.test(error.message) ? SQLITE_MEANING[13] : SQLITE_MEANING[code & 0xff];
  if (meaning === undefined && FOREIGN_TABLES.test(error.message)) {
    return new DomainError(
      'STORE_CORRUPT',
      'The tables of the database are not those of this engine; `forge verify` names what differs.',
      {},
      { cause: error },
    );
  }
  return meaning === undefined ? error : new DomainError(meaning.code, meaning.message, {}, { cause: error });
}
