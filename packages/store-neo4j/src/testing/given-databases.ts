/**
 * Databases for tests: the servers that `tools/neo4j-tests.mjs` started. The community edition has one database per
 * server, so a store that must share nothing with another gets a server that no open store is using, emptied.
 * @module
 */
import { generateLedgerKey, type Store } from '@forge-cascade/core/engine';
import { Connection, type ConnectionOptions } from '../connection.js';
import { openNeo4jStore, type Neo4jStoreOptions } from '../neo4j-store.js';

/** Addresses of the servers, separated by commas; those that ask for a password have it in their address. */
const SERVERS = 'FORGE_TEST_NEO4J';

export function givenServers(): readonly ConnectionOptions[] {
  const addresses = process.env[SERVERS]?.split(',') ?? [];
  if (addresses.length === 0) throw new Error('These tests need a Neo4j server: run `npm test -- neo4j`.');
  return addresses.map((address) => {
    const { protocol, host, username, password } = new URL(address);
    const url = `${protocol}//${host}`;
    return username === '' ? { url } : { url, user: username, password };
  });
}

/** The server that asks for a password. */
export function guardedServer(): ConnectionOptions {
  const guarded = givenServers().find(({ user }) => user !== undefined);
  if (guarded === undefined) throw new Error('no test server asks for a password');
  return guarded;
}

/** Removes everything but constraints and indexes. */
export async function empty(server: ConnectionOptions): Promise<void> {
  const connection = new Connection(server);
  try {
    await connection.alone('MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 2000 ROWS');
    await connection.alone('DROP INDEX capsule_embeddings IF EXISTS');
  } finally {
    await connection.close();
  }
}

/** How far a database has been filled. */
export async function filled(
  server: ConnectionOptions,
): Promise<{ readonly entries: number; readonly vectors: number }> {
  const connection = new Connection(server);
  try {
    const [row] = await connection.read(
      'RETURN COUNT { MATCH (a:AuditLog) } AS entries, COUNT { MATCH (p:Passage) } AS vectors',
    );
    return { entries: Number(row?.['entries']), vectors: Number(row?.['vectors']) };
  } finally {
    await connection.close();
  }
}

/** Runs a statement as anyone might who holds the password. */
export async function meddle(server: ConnectionOptions, cypher: string): Promise<void> {
  const connection = new Connection(server);
  try {
    await connection.alone(cypher);
  } finally {
    await connection.close();
  }
}

type GivenOptions = Pick<Neo4jStoreOptions, 'now'>;

interface Opened {
  readonly server: ConnectionOptions;
  readonly options: Neo4jStoreOptions;
}

/** Stores of a test file. */
export class GivenStores {
  readonly #free = new Set(givenServers());
  readonly #opened = new Map<Store, Opened>();
  #key = '';

  /** The public half of the key that all of these stores sign with, for those that verify. */
  verifierKey = '';

  /** A store on an empty database. */
  async open({ now }: GivenOptions = {}): Promise<Store> {
    const server = await this.#freeServer();
    return this.#open(server, {
      ...server,
      ledgerKey: (origin) => {
        const made = generateLedgerKey(origin);
        this.verifierKey = made.verifierKey;
        return (this.#key = made.privateKey);
      },
      ...(now === undefined ? {} : { now }),
    });
  }

  /** A store on an empty database, opened to receive another one's ledger. */
  async receive({ now }: GivenOptions = {}): Promise<Store> {
    const server = await this.#freeServer();
    const ledgerKey = generateLedgerKey('any').privateKey;
    return this.#open(server, {
      ...server,
      ledgerKey: () => ledgerKey,
      receive: { origin: null, ledgerKey },
      ...(now === undefined ? {} : { now }),
    });
  }

  /** Closes a store and opens its database again. */
  async reopen(store: Store): Promise<Store> {
    const { server, options } = this.#of(store);
    await store.close();
    this.#free.delete(server);
    return this.#open(server, { ...options, ledgerKey: () => this.#key });
  }

  /** Another store over the same database, as another process would open it, with options of its own. */
  async another(store: Store, own: Partial<Neo4jStoreOptions> = {}): Promise<Store> {
    const { options } = this.#of(store);
    return openNeo4jStore({ ...options, ...own, ledgerKey: () => this.#key });
  }

  /** How to reach the database of a store. */
  serverOf(store: Store): ConnectionOptions {
    return this.#of(store).server;
  }

  async #open(server: ConnectionOptions, options: Neo4jStoreOptions): Promise<Store> {
    const store = await openNeo4jStore(options);
    this.#opened.set(store, { server, options });
    const close = store.close.bind(store);
    store.close = async () => {
      await close();
      this.#free.add(server);
    };
    return store;
  }

  async #freeServer(): Promise<ConnectionOptions> {
    const [server] = this.#free;
    if (server === undefined) throw new Error('every test server is taken by an open store');
    this.#free.delete(server);
    await empty(server);
    return server;
  }

  #of(store: Store): Opened {
    const opened = this.#opened.get(store);
    if (opened === undefined) throw new Error('this store was not opened here');
    return opened;
  }
}
