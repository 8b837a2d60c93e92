/**
 * Opens the data folder for writing: lock, tables, key, and the ledger's end, which must agree with the checkpoint.
 * @module
 */
import {
  DomainError,
  event,
  isDomainError,
  ledgerSigner,
  MerkleFrontier,
  parseCheckpoint,
  receivedOrigin,
  receivingSigner,
  refuseUnfinished,
  sealEvent,
  type FoundLedger,
  type ReceiveOptions,
  type Successor,
} from '@forge-cascade/core/engine';
import { statfsSync } from 'node:fs';
import { uuidv7 } from 'uuidv7';
import { encodeCommit } from '../commit-message.js';
import {
  createDataFolder,
  holdsNothing,
  keepPublicKey,
  loadLedgerKey,
  lockDataFolder,
  refuseLostLedger,
  type DataFolder,
} from '../data-folder.js';
import { openDatabase, storeError, type Database } from '../driver.js';
import { text } from '../reader/capsule-rows.js';
import { configure, prepareSchema } from '../schema.js';
import { VectorWriter } from './vector-writer.js';
import { Writer, type LedgerHead } from './writer.js';

export interface WriterOptions {
  readonly dataDir: string;
  /** The signing key as text, when it lives elsewhere than in the folder. */
  readonly ledgerKey: string | null;
  /** For a new folder: who owns it. */
  readonly ownerId: string | null;
  readonly origin: string | null;
  /** Takes in another store's ledger instead of beginning one. */
  readonly receive: ReceiveOptions | null;
  /** Milliseconds since the epoch, for the first entry. */
  readonly now: number;
}

export interface StoreFacts {
  readonly origin: string;
  readonly ownerId: string;
  /** Present while the store receives. */
  readonly successor: Successor | null;
}

export interface OpenedWriter {
  readonly db: Database;
  readonly writer: Writer;
  readonly vectors: VectorWriter;
  readonly facts: StoreFacts;
  close(): void;
}

const HASH = 32;
const NO_HEAD = { frontier: new MerkleFrontier(), timestamp: 0, note: null };

function newOrigin(): string {
  return `forge-cascade.local/${uuidv7()}`;
}

/** Throws DomainError STORE_LOCKED, STORE_READ_ONLY, STORE_FULL or STORE_CORRUPT. */
export function openWriter(options: WriterOptions): OpenedWriter {
  const folder = createDataFolder(options.dataDir);
  const lock = lockDataFolder(folder);
  let db: Database | null = null;
  try {
    // Before SQLite opens it: of an empty file it drops the log, which may be all that is left.
    if (options.receive === null && holdsNothing(folder)) refuseLostLedger(folder);
    db = openDatabase(folder.database);
    configure(db, 'writer');
    prepareSchema(db);
    const { writer, facts } = openLedger(db, folder, options);
    const opened = db;
    return {
      db: opened,
      writer,
      vectors: new VectorWriter(opened),
      facts,
      close: () => {
        opened.exec('PRAGMA wal_checkpoint(TRUNCATE)');
        opened.close();
        lock.close();
      },
    };
  } catch (error) {
    db?.close();
    lock.close();
    throw openingError(storeError(error), options.dataDir);
  }
}

/** Bytes that opening may take beside the database: shared memory of its log, and the first pages of that. */
const ROOM = 256 * 1024;

/**
 * Nothing was to be stored yet. SQLite reports a disk too full for the shared memory of its log as one that fails.
 * @returns the error to throw
 */
function openingError(error: unknown, dataDir: string): unknown {
  if (!isDomainError(error)) return error;
  const full = error.code === 'STORE_FULL' || (error.code === 'UNAVAILABLE' && roomAt(dataDir) < ROOM);
  if (!full) return error;
  const message =
    'The disk is full: opening the data folder takes a little room, also for those who only read. A server that has it open goes on answering.';
  return new DomainError('STORE_FULL', message, {}, { cause: error });
}

function roomAt(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

interface OpenedLedger {
  readonly writer: Writer;
  readonly facts: StoreFacts;
}

function openLedger(db: Database, folder: DataFolder, options: WriterOptions): OpenedLedger {
  const meta = db.prepare('SELECT value FROM meta WHERE key = ?');
  const stored = (key: string): string | null => text(meta.get(key)?.['value']);
  const [origin, ownerId] = [stored('origin'), stored('owner_id')];
  const head = origin === null ? NO_HEAD : readHead(db);
  const found: FoundLedger = {
    ...{ origin, size: head.frontier.size, note: head.note },
    ...{ sealed: stored('sealed') !== null, receiving: stored('receiving') },
  };
  // What the search worker has not followed it will read from the tables when it opens.
  db.exec('DELETE FROM change_log; DELETE FROM vector_loss WHERE refill IS NOT NULL;');
  const { receive } = options;
  if (receive !== null) {
    const arriving = receivedOrigin(found, receive.origin, newOrigin);
    if (arriving !== null) {
      const signer = receivingSigner(receive.ledgerKey, arriving, found);
      keepPublicKey(folder, signer.verifierKey);
      const successor = { origin: arriving, verifierKey: signer.verifierKey, begun: found.receiving !== null };
      return {
        writer: new Writer(db, head, arriving, signer),
        facts: { origin: arriving, ownerId: ownerId ?? '', successor },
      };
    }
  }
  refuseUnfinished(found);
  if (origin === null) refuseLostLedger(folder);
  const facts = { origin: origin ?? options.origin ?? newOrigin(), ownerId: ownerId ?? options.ownerId ?? uuidv7() };
  const key = options.ledgerKey ?? loadLedgerKey(folder, facts.origin, origin !== null);
  const signer = ledgerSigner(key, facts.origin, head.note);
  const writer = new Writer(db, head, facts.origin, signer);
  if (origin === null) begin(writer, facts, options.now);
  // Only now: it says that there is a ledger.
  keepPublicKey(folder, signer.verifierKey);
  return { writer, facts: { ...facts, successor: null } };
}

/** The first entry: who owns this ledger and under which name it signs. */
function begin(writer: Writer, facts: Pick<StoreFacts, 'origin' | 'ownerId'>, now: number): void {
  const opened = event(
    'store.opened.v1',
    'OPEN',
    { type: 'Store', id: facts.origin },
    {
      origin: facts.origin,
      owner_id: facts.ownerId,
      parent_checkpoint: null,
    },
  );
  const [result] = writer.commitGroup([
    encodeCommit(
      {
        actor: facts.ownerId,
        correlationId: uuidv7(),
        causationId: null,
        expect: [{ stream: facts.origin, revision: 0 }],
        claims: [],
        fence: null,
        events: [sealEvent(opened)],
        outbox: [],
        completes: null,
      },
      now,
    ),
  ]);
  if (result instanceof Error) throw result;
}

function readHead(db: Database): LedgerHead & { readonly note: string } {
  const newest = db.prepare('SELECT seq, timestamp FROM ledger ORDER BY seq DESC LIMIT 1').get();
  const checkpoint = db.prepare('SELECT size, frontier, note FROM checkpoint WHERE one = 1').get();
  const size = Number(newest?.['seq'] ?? 0);
  const damaged = (what: string): DomainError =>
    new DomainError(
      'STORE_CORRUPT',
      `${what} Run "forge verify" on the folder before writing to it; nothing was changed.`,
    );
  if (checkpoint === undefined || Number(checkpoint['size']) !== size) {
    throw damaged(`The ledger has ${size} entries, its checkpoint covers ${Number(checkpoint?.['size'] ?? 0)}.`);
  }
  const bytes = checkpoint['frontier'] as Uint8Array;
  const hashes = Array.from({ length: bytes.length / HASH }, (_, i) => bytes.slice(i * HASH, (i + 1) * HASH));
  let frontier: MerkleFrontier;
  try {
    frontier = MerkleFrontier.restore(size, hashes);
  } catch (error) {
    throw new DomainError(
      'STORE_CORRUPT',
      damaged('The edge of the hash tree does not fit the ledger.').message,
      {},
      { cause: error },
    );
  }
  const note = String(checkpoint['note']);
  if (Buffer.compare(frontier.root(), parseCheckpoint(note).root) !== 0) {
    throw damaged('The edge of the hash tree does not match the signed checkpoint.');
  }
  return { frontier, timestamp: Number(newest?.['timestamp'] ?? 0), note };
}
