/**
 * Opening the memory in this process. It is served on a loopback port of the system's choice meanwhile, so that
 * other commands find it through `server.json` and need not wait for a long import to end.
 * @module
 */
import { isDomainError } from '@forge-cascade/core';
import { createLog, ownerToken, serve, shownAddress } from '@forge-cascade/server';
import type { ConnectOptions } from './open-connection.js';
import type { ConnectionSettings } from '../environment.js';
import { readSettings } from '../store-config.js';
import type { FolderAccess } from './shared-folder.js';

/** Null when another process holds the folder. @throws UsageError for settings that cannot be used. */
export async function openFolder(
  { dataDir, token }: ConnectionSettings,
  { env, backgroundWork }: Pick<ConnectOptions, 'env' | 'backgroundWork'>,
): Promise<FolderAccess | null> {
  try {
    // Whatever a server would read from the environment holds here too.
    const config = readSettings(
      { ...env, FORGE_TOKEN: token ?? undefined },
      { data: dataDir, port: '0', host: '127.0.0.1' },
    );
    // Vectors may have cost money and hours: a server is started for another model, no command changes it in passing.
    const running = await serve(
      { ...config, keepsModel: true },
      {
        print: () => {},
        log: createLog('silent'),
        handleSignals: false,
        backgroundWork,
      },
    );
    const owner = await ownerToken(dataDir, token);
    return {
      url: running.url,
      token: owner.token,
      where:
        config.store.engine === 'sqlite'
          ? `data folder ${config.store.dataDir}`
          : `store ${shownAddress(config.store)}`,
      passing: false,
      close: () => running.close(),
    };
  } catch (error) {
    if (isDomainError(error) && error.code === 'STORE_LOCKED') return null;
    throw error;
  }
}
