/**
 * A memory that lives for one evaluation: a temporary folder, served by this process.
 * @module
 */
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createClient, type Client } from '@forge-cascade/api';
import { createLog, modelsDirOf, ownerToken, serve, type ServerConfig } from '@forge-cascade/server';
import { readSettings } from '../store-config.js';

export interface FreshMemoryOptions {
  /** Where the embedding model's settings are. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder whose local models can be used. */
  readonly dataDir: string;
}

/**
 * The folder is gone afterwards, also when `work` fails or the process is interrupted.
 * @throws UsageError for settings that cannot be used
 */
export async function withFreshMemory<T>(
  options: FreshMemoryOptions,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'forge-eval-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const interrupted = (signal: NodeJS.Signals): void => {
    remove();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    const config = configOf(options, folder);
    const models = modelsDirOf(options.dataDir);
    if (existsSync(models)) await symlink(resolve(models), modelsDirOf(folder), 'junction');
    return await served(config, work);
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    remove();
  }
}

async function served<T>(config: Readonly<ServerConfig>, work: (client: Client) => Promise<T>): Promise<T> {
  const running = await serve(config, { print: () => {}, log: createLog('silent'), handleSignals: false });
  try {
    const { token } = await ownerToken(config.dataDir, null);
    return await work(createClient({ baseUrl: running.url, token }));
  } finally {
    await running.close();
  }
}

function configOf({ env }: FreshMemoryOptions, folder: string): Readonly<ServerConfig> {
  // Store, key and token of the folder's own: those in the environment belong to a memory that stays.
  const { FORGE_TOKEN: _token, FORGE_LEDGER_KEY: _key, FORGE_STORE: _store, ...rest } = env;
  return readSettings(rest, { data: folder, port: '0', host: '127.0.0.1' });
}
