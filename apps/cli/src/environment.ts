/**
 * The settings of the command line: read once from the environment, flags win.
 * @module
 */
import { UsageError } from './usage-error.js';

export interface ConnectionSettings {
  /** A server to talk to; null: the one that holds the data folder, or the folder itself. */
  readonly url: string | null;
  /** Null: the one kept in the data folder. */
  readonly token: string | null;
  /** As given; relative to the working directory. */
  readonly dataDir: string;
  /** The folder that the memory itself lies in; null when a database server holds it. */
  readonly storeDir: string | null;
}

export interface ConnectionFlags {
  readonly url?: string;
  readonly data?: string;
}

/** @throws UsageError naming the setting that cannot be used, never its value. */
export function readConnectionSettings(
  env: Readonly<Record<string, string | undefined>>,
  flags: ConnectionFlags,
): ConnectionSettings {
  // Naming a folder on the command line means that folder, whatever server the environment points to.
  const url = flags.url ?? (flags.data === undefined ? filled(env['FORGE_URL']) : null);
  if (flags.url !== undefined && flags.data !== undefined)
    throw new UsageError('Give either --url or --data, not both.');
  if (url !== null && !isHttpAddress(url)) {
    throw new UsageError(
      `${flags.url === undefined ? 'FORGE_URL' : '--url'} must be an address such as http://127.0.0.1:8787`,
    );
  }
  const token = filled(env['FORGE_TOKEN']);
  if (token !== null && !isBearerToken(token)) {
    throw new UsageError('FORGE_TOKEN must be letters, digits and the characters . _ ~ + / -');
  }
  const dataDir = flags.data ?? filled(env['FORGE_DATA']) ?? './data';
  return { url, token, dataDir, storeDir: storeDirOf(filled(env['FORGE_STORE']), dataDir) };
}

/**
 * A verdict on a store here would be taken for one on the store of the server that was named. A store that is named as
 * well is meant, whatever server the environment points to.
 * @throws UsageError
 */
export function assertOwnStore(
  command: string,
  env: Readonly<Record<string, string | undefined>>,
  flags: ConnectionFlags,
  { url }: ConnectionSettings,
): void {
  if (url === null || (flags.url === undefined && filled(env['FORGE_STORE']) !== null)) return;
  throw new UsageError(
    `\`forge ${command}\` reads a store itself and asks no server: name the store with --data or FORGE_STORE instead of ${flags.url === undefined ? 'FORGE_URL' : '--url'}.`,
  );
}

/** What may stand in an Authorization header after `Bearer` (RFC 6750): anything else is refused there, and quoted. */
export function isBearerToken(text: string): boolean {
  return /^[A-Za-z0-9._~+/-]+=*$/.test(text);
}

/** Only whether there is a folder matters here: what cannot be used is refused when the store is opened. */
function storeDirOf(store: string | null, dataDir: string): string | null {
  if (store === null) return dataDir;
  return store.startsWith('sqlite:') ? store.slice('sqlite:'.length) : null;
}

function filled(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value;
}

function isHttpAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
