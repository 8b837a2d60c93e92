/**
 * Opening the data folder in this process. It is served on a loopback port of the system's choice meanwhile, so that
 * other commands find it through `server.json` and need not wait for a long import to end.
 * @module
 */
import { createClient } from '@forge-cascade/api';
import { isDomainError } from '@forge-cascade/core';
import { ConfigError, createLog, ownerToken, readConfig, serve } from '@forge-cascade/server';
import type { ConnectionSettings } from '../environment.js';
import { CommandFailure, UsageError } from '../usage-error.js';
import type { Connection } from './open-connection.js';

export async function openFolder({ dataDir, token }: ConnectionSettings): Promise<Connection> {
  try {
    const config = readConfig({ ...(token !== null && { FORGE_TOKEN: token }) }, { data: dataDir, port: '0', host: '127.0.0.1' });
    const running = await serve(config, { print: () => {}, log: createLog('silent'), handleSignals: false });
    const owner = await ownerToken(dataDir, token);
    return {
      client: createClient({ baseUrl: running.url, token: owner.token }),
      where: `data folder ${dataDir}`,
      close: () => running.close(),
    };
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message);
    if (isDomainError(error) && error.code === 'STORE_LOCKED') {
      throw new CommandFailure(
        `The data folder ${dataDir} is held by another process that cannot be reached.`,
        'Wait until it ends, or name its server with --url or FORGE_URL.',
      );
    }
    throw error;
  }
}
