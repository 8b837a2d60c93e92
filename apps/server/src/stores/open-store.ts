/**
 * From an address to an open store, or to the verdict on it. The data folder keeps what belongs to this installation
 * whatever the engine: token, models, and the key that signs the ledger unless it is given. The driver of a database
 * server is loaded by those who use one.
 * @module
 */
import type { Store, VerifyOptions, VerifyReport } from '@forge-cascade/core';
import {
  createDataFolder,
  dataFolder,
  folderVerifierKeys,
  keepPublicKey,
  loadLedgerKey,
  openSqliteStore,
  verifyDataFolder,
} from '@forge-cascade/store-sqlite';
import { resolve } from 'node:path';
import type { StoreAddress } from './store-address.js';

export interface StoreHome {
  readonly store: StoreAddress;
  /** Where token, models and the ledger's key are kept. */
  readonly dataDir: string;
  /** The signing key as text; null: the one kept. */
  readonly ledgerKey: string | null;
  /** Called where a database holds no store yet: none is begun when it throws. */
  readonly mustExist?: () => never;
}

/** @throws DomainError STORE_LOCKED, STORE_READ_ONLY, STORE_FULL, STORE_CORRUPT, UNAVAILABLE, UNAUTHENTICATED, NOT_FOUND or INVALID_INPUT. */
export async function openStore({ store, dataDir, ledgerKey, mustExist }: StoreHome): Promise<Store> {
  const folder = createDataFolder(resolve(dataDir));
  if (store.engine === 'sqlite') {
    return openSqliteStore({ dataDir: store.dataDir, ...(ledgerKey === null ? {} : { ledgerKey }) });
  }
  const { openNeo4jStore } = await import('@forge-cascade/store-neo4j');
  return openNeo4jStore({
    ...store.connection,
    ledgerKey: (origin, exists) => {
      if (!exists) mustExist?.();
      return ledgerKey ?? loadLedgerKey(folder, origin, exists);
    },
    keepPublicKey: (key) => keepPublicKey(folder, key),
  });
}

export type VerifyStoreOptions = Omit<VerifyOptions, 'verifierKeys'> & {
  /** Public keys to believe; those kept in the data folder when absent. */
  readonly verifierKeys?: readonly string[];
};

/** @throws DomainError NOT_FOUND without a ledger or key, STORE_CORRUPT when it cannot be read at all, those of {@link openStore} else. */
export async function verifyStore(
  { store, dataDir }: Pick<StoreHome, 'store' | 'dataDir'>,
  options: VerifyStoreOptions,
): Promise<VerifyReport> {
  if (store.engine === 'sqlite') return verifyDataFolder({ ...options, dataDir: store.dataDir });
  const verifierKeys = options.verifierKeys ?? folderVerifierKeys(dataFolder(resolve(dataDir)));
  const { verifyNeo4jStore } = await import('@forge-cascade/store-neo4j');
  return verifyNeo4jStore(store.connection, { ...options, verifierKeys });
}
