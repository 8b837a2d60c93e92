/**
 * The memory, wherever it is: behind an address, behind the server that holds the data folder, or in the folder itself.
 * All three answer through the same typed client, so what is printed is the same.
 * @module
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient } from '@forge-cascade/api';
import { isBearerToken, type ConnectionSettings } from '../environment.js';
import { CommandFailure } from '../usage-error.js';
import type { Connection, ConnectOptions } from './open-connection.js';

/** How long a server named in the data folder may take to say that it is there. Milliseconds. */
const HEALTH_TIMEOUT_MS = 3_000;

/** @throws CommandFailure when there is nothing to talk to. */
export async function connect(settings: ConnectionSettings, options: ConnectOptions): Promise<Connection> {
  if (settings.url !== null) {
    const token = settings.token ?? (await keptToken(settings.dataDir));
    return remote(settings.url, token);
  }
  const { dataDir, storeDir } = settings;
  if (!options.create && storeDir !== null && !existsSync(storeDir)) {
    throw new CommandFailure(
      `There is no data folder at ${storeDir}.`,
      'Start one with `forge serve` or `forge import FOLDER`, or name another with --data.',
      'NOT_FOUND',
    );
  }
  const { shareFolder } = await import('./shared-folder.js');
  return shareFolder(dataDir, {
    async join() {
      const url = await runningServer(dataDir);
      if (url === null) return null;
      return {
        url,
        token: settings.token ?? (await keptToken(dataDir)),
        where: `server at ${url}`,
        passing: true,
        close: async () => {},
      };
    },
    async open() {
      const { openFolder } = await import('./open-folder.js');
      return openFolder(settings, options);
    },
  });
}

function remote(url: string, token: string | null): Connection {
  return {
    client: createClient({ baseUrl: url, ...(token !== null && { token }) }),
    where: `server at ${url}`,
    close: async () => {},
  };
}

/** The address of the server that holds the folder, or null when none answers there. */
async function runningServer(dataDir: string): Promise<string | null> {
  let address: unknown;
  try {
    address = (JSON.parse(await readFile(join(dataDir, 'server.json'), 'utf8')) as { url?: unknown }).url;
  } catch {
    return null;
  }
  if (typeof address !== 'string' || !URL.canParse(address)) return null;
  try {
    const signal = AbortSignal.timeout(HEALTH_TIMEOUT_MS);
    await createClient({ baseUrl: address }).getHealth({ signal });
    return address;
  } catch {
    // Left behind by a server that was killed. Should one be alive but silent, opening the folder will say so.
    return null;
  }
}

/** @throws CommandFailure when what is kept can be no token; it is not quoted. */
async function keptToken(dataDir: string): Promise<string | null> {
  let token: string;
  try {
    token = (await readFile(join(dataDir, 'token'), 'utf8')).trim();
  } catch {
    return null;
  }
  if (token === '') return null;
  if (isBearerToken(token)) return token;
  throw new CommandFailure(
    'The file `token` in the data folder holds no token.',
    'Put the right one there, or set FORGE_TOKEN.',
  );
}
