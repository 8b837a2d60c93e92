import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateLedgerKey, type Store } from '@forge-cascade/core';
import { storeContract } from '@forge-cascade/core/contract';
import { openSqliteStore, type SqliteStoreOptions } from '@forge-cascade/store-sqlite';

const root = mkdtempSync(join(tmpdir(), 'forge-contract-'));
let folders = 0;
const opened = new Map<Store, SqliteStoreOptions>();

afterAll(() => rmSync(root, { recursive: true, force: true }));

async function open(options: SqliteStoreOptions): Promise<Store> {
  const store = await openSqliteStore(options);
  opened.set(store, options);
  return store;
}

storeContract(
  {
    name: 'sqlite',
    open: (options = {}) => open({ dataDir: join(root, `data-${folders++}`), ...options }),
    receive: (options = {}) => {
      const receive = { origin: null, ledgerKey: generateLedgerKey('any').privateKey };
      return open({ dataDir: join(root, `data-${folders++}`), ...options, receive });
    },
    reopen: async (store) => {
      await store.close();
      const options = opened.get(store);
      if (options === undefined) throw new Error('this store was not opened here');
      return open(options);
    },
  },
  { describe, it, expect, beforeEach, afterEach },
);
