/**
 * Where the memory lies, as people write it: `sqlite:DIR`, or the address of a Neo4j server.
 * @module
 */
import type { ConnectionOptions } from '@forge-cascade/store-neo4j';

export type StoreAddress =
  | { readonly engine: 'sqlite'; readonly dataDir: string }
  | { readonly engine: 'neo4j'; readonly connection: ConnectionOptions };

/** What is not part of an address. */
export interface StoreCredentials {
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  /** PEM file with the authority that signed the server's certificate. */
  readonly caFile?: string;
}

/** An address that cannot be used. The message says why and never quotes it: it may hold a password. */
export class StoreAddressError extends Error {
  override readonly name = 'StoreAddressError';
}

const EMBEDDED = 'sqlite:';
const SERVED = /^(neo4j|bolt)(\+s|\+ssc)?:$/;
const SHAPE =
  'must be sqlite:DIR, or the address of a Neo4j server such as neo4j://host:7687 (schemes neo4j, bolt; +s or +ssc for TLS)';

/** User, password and database may stand in the address; what is given beside it wins. @throws StoreAddressError */
export function parseStoreAddress(text: string, credentials: StoreCredentials = {}): StoreAddress {
  if (text.startsWith(EMBEDDED)) {
    const dataDir = text.slice(EMBEDDED.length).replace(/^\/\//, '');
    if (dataDir === '') throw new StoreAddressError('must name a folder behind sqlite:');
    return { engine: 'sqlite', dataDir };
  }
  const url = URL.canParse(text) ? new URL(text) : null;
  if (
    url === null ||
    !SERVED.test(url.protocol) ||
    url.host === '' ||
    !['', '/'].includes(url.pathname) ||
    url.hash !== ''
  ) {
    throw new StoreAddressError(SHAPE);
  }
  for (const name of url.searchParams.keys()) {
    if (name !== 'database') throw new StoreAddressError('takes no parameter but database');
  }
  if (credentials.caFile !== undefined && !url.protocol.endsWith('+s:')) {
    throw new StoreAddressError('must begin with neo4j+s:// or bolt+s:// where FORGE_STORE_CA is set');
  }
  const user = credentials.user ?? given(decoded(url.username));
  const password = credentials.password ?? given(decoded(url.password));
  const database = credentials.database ?? given(url.searchParams.get('database'));
  return {
    engine: 'neo4j',
    connection: {
      url: `${url.protocol}//${url.host}`,
      ...(user !== undefined && { user }),
      ...(password !== undefined && { password }),
      ...(database !== undefined && { database }),
      ...(credentials.caFile !== undefined && { caFile: credentials.caFile }),
    },
  };
}

/** The address for people: without user and password. */
export function shownAddress(address: StoreAddress): string {
  if (address.engine === 'sqlite') return `${EMBEDDED}${address.dataDir}`;
  const { url, database } = address.connection;
  return database === undefined ? url : `${url}?database=${encodeURIComponent(database)}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new StoreAddressError('holds a user or password that is not percent-encoded');
  }
}

function given(value: string | null): string | undefined {
  return value === null || value === '' ? undefined : value;
}
