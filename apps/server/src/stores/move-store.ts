/** Moving a store from one address to another, with the key that signs it. @module */
import {
  DomainError,
  migrateStore,
  type MigrationOptions,
  type MigrationReport,
  type Store,
} from '@forge-cascade/core';
import {
  createDataFolder,
  dataFolder,
  keepLedgerKey,
  keepPublicKey,
  openSqliteStore,
  readLedgerKey,
} from '@forge-cascade/store-sqlite';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { uuidv7 } from 'uuidv7';
import { openStore, verifyStore, type StoreHome } from './open-store.js';
import { shownAddress, type StoreAddress } from './store-address.js';

export interface MoveOptions extends Pick<StoreHome, 'dataDir' | 'ledgerKey'>, Pick<MigrationOptions, 'onProgress'> {
  readonly from: StoreAddress;
  readonly to: StoreAddress;
  /** The source moved before, and the store it moved to is lost. */
  readonly again: boolean;
}

/** @throws DomainError as opening, verifying and migrating do. */
export async function moveStore(options: MoveOptions): Promise<MigrationReport> {
  const { from, to, dataDir, ledgerKey } = options;
  if (shownAddress(from) === shownAddress(to)) {
    throw new DomainError('INVALID_INPUT', 'The store to move to is the one to move from.', { field: 'to' });
  }
  const source = await openSource(options);
  try {
    const { sealed } = await source.status();
    const home = (address: StoreAddress): string => (address.engine === 'sqlite' ? address.dataDir : dataDir);
    const kept = (folder: string): string | null => readLedgerKey(dataFolder(resolve(folder)));
    const key = ledgerKey ?? kept(home(to)) ?? kept(home(from));
    if (key === null)
      throw new DomainError('STORE_CORRUPT', 'The key that signs the ledger is missing. Pass it in FORGE_LEDGER_KEY.');
    const target = await openTarget(options, { origin: sealed?.successor ?? null, ledgerKey: key });
    if (ledgerKey === null) keepLedgerKey(dataFolder(resolve(home(to))), key);
    try {
      const verify = (store: StoreAddress) => (onProgress: (done: number, total: number) => void) =>
        verifyStore({ store, dataDir }, { onProgress: ({ done, total }) => onProgress(done, total ?? done) });
      return await migrateStore({
        source: { store: source, verify: verify(from) },
        target: { store: target, verify: verify(to), address: to.engine === 'sqlite' ? null : shownAddress(to) },
        again: options.again,
        now: Date.now,
        correlationId: uuidv7(),
        onProgress: options.onProgress,
      });
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** Opens what is to be moved; an empty place is none, and nothing is begun in it. */
async function openSource({ from, dataDir, ledgerKey }: MoveOptions): Promise<Store> {
  const none = (): never => {
    throw new DomainError('NOT_FOUND', `There is no store at ${shownAddress(from)}.`, { field: 'from' });
  };
  if (from.engine === 'sqlite' && !existsSync(dataFolder(from.dataDir).database)) none();
  return openStore({ store: from, dataDir, ledgerKey, mustExist: none });
}

async function openTarget(
  { to, dataDir }: MoveOptions,
  receive: { origin: string | null; ledgerKey: string },
): Promise<Store> {
  if (to.engine === 'sqlite') return openSqliteStore({ dataDir: to.dataDir, receive });
  const { openNeo4jStore } = await import('@forge-cascade/store-neo4j');
  const folder = createDataFolder(resolve(dataDir));
  return openNeo4jStore({
    ...to.connection,
    ledgerKey: () => receive.ledgerKey,
    keepPublicKey: (key) => keepPublicKey(folder, key),
    receive,
  });
}
