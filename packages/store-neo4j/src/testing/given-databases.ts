/**
 * Databases for tests: the servers that `tools/neo4j-tests.mjs` started. The community edition has one database per
 * server, so a store that must share nothing with another gets a server that no open store is using, emptied.
 * @module
 */
import { generateLedgerKey, type Store } from '@forge-cascade/core/engine';
import { Connection } from '../connection.js';
import { openNeo4jStore, type Neo4jStoreOptions } from '../neo4j-store.js';

/** Addresses of the servers, separated by commas. */
const SERVERS = 'FORGE_TEST_NEO4J';

export function givenServers(): readonly string[] {
  const urls = process.env[SERVERS]?.split(',') ?? [];
  if (urls.length === 0) throw new Error(`These tests need a Neo4j server: run \`npm test -- neo4j\`.`);
  return urls;
}

/** Removes everything but constraints and indexes. */
export async function empty(url: string): Promise<void> {
  const connection = new Connection({ url });
  try {
    await connection.alone('MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 2000 ROWS');
    await connection.alone('DROP INDEX capsule_embeddings IF EXISTS');
  } finally {
    await connection.close();
  }
}

type GivenOptions = Pick<Neo4jStoreOptions, 'now'>;

interface Opened {
  readonly url: string;
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
    const [url] = this.#free;
    if (url === undefined) throw new Error('every test server is taken by an open store');
    this.#free.delete(url);
    await empty(url);
    return this.#open({
      url,
      ledgerKey: (origin) => {
        const made = generateLedgerKey(origin);
        this.verifierKey = made.verifierKey;
        return (this.#key = made.privateKey);
      },
      ...(now === undefined ? {} : { now }),
    });
  }

  /** Closes a store and opens its database again. */
  async reopen(store: Store): Promise<Store> {
    const { options } = this.#of(store);
    await store.close();
    this.#free.delete(options.url);
    return this.#open({ ...options, ledgerKey: () => this.#key });
  }

  /** Another store over the same database, as another process would open it. */
  async another(store: Store): Promise<Store> {
    return openNeo4jStore({ ...this.#of(store).options, ledgerKey: () => this.#key });
  }

  urlOf(store: Store): string {
    return this.#of(store).url;
  }

  async #open(options: Neo4jStoreOptions): Promise<Store> {
    const store = await openNeo4jStore(options);
    this.#opened.set(store, { url: options.url, options });
    const close = store.close.bind(store);
    store.close = async () => {
      await close();
      this.#free.add(options.url);
    };
    return store;
  }

  #of(store: Store): Opened {
    const opened = this.#opened.get(store);
    if (opened === undefined) throw new Error('this store was not opened here');
    return opened;
  }
}
