/**
 * One door to Neo4j: statements with marked parameters, plain rows, errors by meaning. All reads and writes of a store
 * share one set of bookmarks, so that each read sees what was acknowledged before, also in a cluster.
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import neo4j, {
  type BookmarkManager,
  type Config,
  type Driver,
  type Result,
  type Session,
  type Transaction,
} from 'neo4j-driver';
import { DomainError } from '@forge-cascade/core/engine';
import { isConnectionLost, isTransient, storeError } from './driver-errors.js';
import { fromDriver, toDriver, type Row, type Value } from './values.js';

export interface ConnectionOptions {
  /** `neo4j://`, `bolt://`, or one of them with `+s` or `+ssc` for TLS. */
  readonly url: string;
  /** Absent where the server asks nobody. */
  readonly user?: string;
  readonly password?: string;
  /** The server's default database when absent. */
  readonly database?: string;
  /** File with the certificate authority (PEM) that the server's certificate must be signed by; for addresses with `+s`. */
  readonly caFile?: string;
  /** Milliseconds for reaching the server. Default 15,000. */
  readonly connectTimeoutMs?: number;
  /**
   * Milliseconds after which the server gives up a transaction that writes. A process that stops in the middle of one keeps
   * every other writer waiting for so long. Default 60,000.
   */
  readonly transactionTimeoutMs?: number;
}

const MOST_TRIES = 4;
const PAUSE_MS = 50;

export type Parameters = Readonly<Record<string, Value>>;

/**
 * Runs statements of one transaction, in the order given. Those given before earlier ones have answered travel together;
 * await all of them at once, so that no failure goes unheard.
 */
export interface Statements {
  run(cypher: string, parameters?: Parameters): Promise<Row[]>;
}

export class Connection {
  readonly #driver: Driver;
  readonly #bookmarks: BookmarkManager;
  readonly #database: string | null;
  readonly #transactionMs: number;

  /** @throws DomainError INVALID_INPUT for an address that is none. */
  constructor(options: ConnectionOptions) {
    const { url, user, password = '', database, caFile, connectTimeoutMs = 15_000 } = options;
    this.#transactionMs = options.transactionTimeoutMs ?? 60_000;
    try {
      this.#driver = neo4j.driver(
        caFile === undefined ? url : url.replace('+s:', ':'),
        user === undefined ? undefined : neo4j.auth.basic(user, password),
        {
          connectionTimeout: connectTimeoutMs,
          connectionAcquisitionTimeout: connectTimeoutMs,
          // Retrying is decided here, where it is known what was written.
          maxTransactionRetryTime: 0,
          userAgent: 'forge-cascade',
          // The driver takes an authority of one's own only where the address itself says nothing about TLS.
          ...(caFile === undefined ? {} : trusting(caFile)),
        },
      );
    } catch (error) {
      throw new DomainError(
        'INVALID_INPUT',
        'The address of the store is none that Neo4j knows. Give it like neo4j://host:7687 or bolt+s://host:7687.',
        { field: 'url' },
        { cause: error },
      );
    }
    this.#bookmarks = neo4j.bookmarkManager();
    this.#database = database ?? null;
  }

  /** One statement that reads. Its transaction begins and ends with it: one of its own takes the server a message more. */
  async read(cypher: string, parameters: Parameters = {}): Promise<Row[]> {
    return this.#again(async () => {
      const session = this.#session('READ');
      try {
        return await rows(session.run(cypher, marked(parameters)));
      } finally {
        // Nobody is kept waiting for the connection to go back to the pool.
        void session.close().catch(() => undefined);
      }
    });
  }

  /** Several statements that read. What they found is not kept waiting for the end of their transaction. */
  async reading<T>(work: (statements: Statements) => Promise<T>): Promise<T> {
    return this.#again(async () => {
      const session = this.#session('READ');
      const tx = session.beginTransaction();
      const end = async (ended: Promise<void>): Promise<void> => {
        await ended.catch(() => undefined);
        await session.close().catch(() => undefined);
      };
      try {
        const result = await work(statementsOf(tx));
        void end(tx.commit());
        return result;
      } catch (error) {
        await end(tx.isOpen() ? tx.rollback() : Promise.resolve());
        throw error;
      }
    });
  }

  /** A transaction that writes and may run twice: after a cut connection nobody knows whether it was written. */
  async writingAgain<T>(work: (statements: Statements) => Promise<T>): Promise<T> {
    return this.#again(() => this.writing(work));
  }

  /** One transaction that writes; the driver's own error when it fails, so that the caller can tell what to do. */
  async writing<T>(work: (statements: Statements) => Promise<T>): Promise<T> {
    const session = this.#session('WRITE');
    try {
      const tx = session.beginTransaction({ timeout: this.#transactionMs });
      try {
        const result = await work(statementsOf(tx));
        await tx.commit();
        return result;
      } catch (error) {
        if (tx.isOpen()) await tx.rollback().catch(() => undefined);
        throw error;
      }
    } finally {
      await session.close().catch(() => undefined);
    }
  }

  /**
   * A statement that must not stand in a transaction with others, such as one that changes the schema. It may run twice:
   * processes that prepare one database at once get in each other's way.
   */
  async alone(cypher: string, parameters: Parameters = {}): Promise<Row[]> {
    return this.#again(async () => {
      const session = this.#session('WRITE');
      try {
        return await rows(session.run(cypher, marked(parameters)));
      } finally {
        await session.close();
      }
    });
  }

  /** Such as `Neo4j/5.26.30`. */
  async serverAgent(): Promise<string> {
    try {
      const info = await this.#driver.getServerInfo(this.#database === null ? {} : { database: this.#database });
      return info.agent ?? '';
    } catch (error) {
      throw storeError(error);
    }
  }

  async close(): Promise<void> {
    await this.#driver.close();
  }

  /** Tries again what failed for a reason that may have passed: a restarted server leaves dead connections behind. */
  async #again<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await work();
      } catch (error) {
        if (tries >= MOST_TRIES || !(isTransient(error) || isConnectionLost(error))) throw storeError(error);
        await delay(PAUSE_MS * tries);
      }
    }
  }

  #session(mode: 'READ' | 'WRITE'): Session {
    return this.#driver.session({
      defaultAccessMode: mode,
      bookmarkManager: this.#bookmarks,
      ...(this.#database === null ? {} : { database: this.#database }),
    });
  }
}

function trusting(caFile: string): Config {
  return {
    encrypted: 'ENCRYPTION_ON',
    trust: 'TRUST_CUSTOM_CA_SIGNED_CERTIFICATES',
    trustedCertificates: [caFile],
  };
}

function statementsOf(tx: Pick<Transaction, 'run'>): Statements {
  return { run: (cypher, parameters) => rows(tx.run(cypher, marked(parameters))) };
}

function marked(parameters: Parameters = {}): Record<string, unknown> {
  return toDriver(parameters) as Record<string, unknown>;
}

async function rows(result: Result): Promise<Row[]> {
  const { records } = await result;
  return records.map((record) => {
    const row: Record<string, Value> = {};
    for (const key of record.keys) row[key as string] = fromDriver(record.get(key as string));
    return row;
  });
}
