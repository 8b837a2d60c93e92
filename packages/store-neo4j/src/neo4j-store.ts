/**
 * The engine that users grow into: one Neo4j database, any number of processes over it. Writes go through one queue per
 * process and one lock in the database; reads ask the database, filters and ranking work in memory.
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import type {
  CapsuleFilter,
  CapsuleHeader,
  CapsuleRecord,
  CommitRequest,
  CommitResult,
  Leases,
  LedgerQuery,
  LineageDirection,
  LineageGraph,
  Outbox,
  OverlayStore,
  Page,
  Replica,
  SearchPage,
  SearchRequest,
  SimilarPage,
  SimilarRequest,
  Store,
  StoreStatus,
  Vectors,
} from '@forge-cascade/core/engine';
import { DomainError } from '@forge-cascade/core/engine';
import { Connection, type ConnectionOptions } from './connection.js';
import { Neo4jReplica } from './neo4j-replica.js';
import { openLedger, type LedgerOptions, type OpenedLedger } from './open-ledger.js';
import { CapsuleRows } from './reader/read-capsules.js';
import { LedgerRows } from './reader/read-ledger.js';
import { followedOverlays } from './reader/followed-overlays.js';
import { LineageRows } from './reader/read-lineage.js';
import { checkServer, prepareSchema } from './schema.js';
import { Finder } from './search/finder.js';
import type { CommitQueue } from './writer/commit-queue.js';
import { leasesOf } from './writer/leases.js';
import { sealingIn } from './writer/read-group.js';
import { outboxOf } from './writer/outbox.js';
import { Neo4jVectors } from './writer/vectors.js';

/** How long opening waits for the capsules to be read. */
const LOADING_MS = 3_000;
/** How long the status waits for search to follow. */
const FOLLOWING_MS = 1_000;

export interface Neo4jStoreOptions extends ConnectionOptions, LedgerOptions {}

/**
 * Opens a database as a store, making what it lacks. The database must hold nothing else.
 * @throws DomainError UNAVAILABLE when it cannot be reached or the server is of an unknown release; UNAUTHENTICATED for a
 * wrong password; STORE_READ_ONLY without the rights; STORE_CORRUPT for one that is not as it was left; INVALID_INPUT.
 */
export async function openNeo4jStore(options: Neo4jStoreOptions): Promise<Store> {
  const connection = new Connection(options);
  try {
    checkServer(await connection.serverAgent());
    await prepareSchema(connection);
    const ledger = new LedgerRows(connection);
    const finder = new Finder(connection, ledger);
    const opened = await openLedger(connection, options, (change) => finder.wrote(change));
    // The first search should find this done; a large store goes on with it in the background.
    await within(LOADING_MS, finder.follow());
    return new Neo4jStore(connection, finder, ledger, opened, options.now);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Waits for something that may take longer, and then goes on by itself. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const enough = new AbortController();
  const limit = delay(ms, undefined, { signal: enough.signal }).catch(() => undefined);
  try {
    await Promise.race([work, limit]);
  } finally {
    enough.abort();
    work.catch(() => undefined);
  }
}

class Neo4jStore implements Store {
  readonly outbox: Outbox;
  readonly leases: Leases;
  readonly vectors: Vectors;
  readonly overlays: OverlayStore;
  readonly replica: Replica;
  readonly #capsules: CapsuleRows;
  readonly #lineage: LineageRows;
  readonly #vectors: Neo4jVectors;
  readonly #queue: CommitQueue;
  readonly #underWay = new Set<Promise<unknown>>();
  #closed: Promise<void> | null = null;

  constructor(
    private readonly connection: Connection,
    private readonly finder: Finder,
    private readonly ledger: LedgerRows,
    { queue, arrival }: OpenedLedger,
    now: (() => number) | undefined,
  ) {
    this.#queue = queue;
    this.#capsules = new CapsuleRows(connection);
    this.#lineage = new LineageRows(connection);
    const outbox = outboxOf(connection, now);
    const leases = leasesOf(connection, queue.writer, now);
    const vectors = (this.#vectors = new Neo4jVectors(connection, queue.writer));
    this.outbox = {
      due: (at, limit) => this.#open(() => outbox.due(at, limit)),
      defer: (id, nextAttemptAt, error) => this.#open(() => outbox.defer(id, nextAttemptAt, error)),
      finish: (ids) => this.#open(() => outbox.finish(ids)),
      backlog: () => this.#open(() => outbox.backlog()),
    };
    this.leases = {
      acquire: (lease, holder, ttlMs) => this.#open(() => leases.acquire(lease, holder, ttlMs)),
      release: (lease, holder) => this.#open(() => leases.release(lease, holder)),
    };
    this.vectors = {
      models: () => this.#open(() => vectors.models()),
      begin: (model, dimensions) => this.#open(() => vectors.begin(model, dimensions)),
      missing: (model, limit) => this.#open(() => vectors.missing(model, limit)),
      put: (model, capsules) => this.#open(() => vectors.put(model, capsules)),
      serve: (model) => this.#open(() => vectors.serve(model)),
    };
    const overlays = followedOverlays(connection, ledger);
    this.overlays = {
      all: () => this.#open(() => overlays.all()),
      one: (id) => this.#open(() => overlays.one(id)),
      receipts: (id, limit, cursor) => this.#open(() => overlays.receipts(id, limit, cursor)),
      value: (id, key) => this.#open(() => overlays.value(id, key)),
      valueCount: (id) => this.#open(() => overlays.valueCount(id)),
      reach: (id, hops) => this.#open(() => overlays.reach(id, hops)),
      keepRecordings: (recordings, most) => this.#open(() => overlays.keepRecordings(recordings, most)),
      recordings: (instance, upTo) => this.#open(() => overlays.recordings(instance, upTo)),
    };
    const replica = new Neo4jReplica(connection, queue.writer, arrival);
    this.replica = {
      get successor() {
        return replica.successor;
      },
      history: (after, limit) => this.#open(() => replica.history(after, limit)),
      work: (kind, skip, limit) => this.#open(() => replica.work(kind, skip, limit)),
      vectors: (model, after, limit) => this.#open(() => replica.vectors(model, after, limit)),
      append: (entries) => this.#open(() => replica.append(entries)),
      dropWork: () => this.#open(() => replica.dropWork()),
      putWork: (work) => this.#open(() => replica.putWork(work)),
    };
    vectors.tidy();
    finder.tellLost((lost) => vectors.lose(lost));
  }

  commit(request: CommitRequest): Promise<CommitResult> {
    return this.#open(() => this.#queue.commit(request));
  }

  capsule(ref: string): Promise<CapsuleRecord | null> {
    return this.#open(() => this.#capsules.byRef(ref));
  }

  capsules(ids: readonly string[]): Promise<readonly (CapsuleRecord | null)[]> {
    return this.#open(() => this.#capsules.byIds(ids));
  }

  byKeys(ownerId: string, keys: readonly string[]): Promise<readonly (CapsuleRecord | null)[]> {
    return this.#open(() => this.#capsules.byKeys(ownerId, keys));
  }

  versions(seriesId: string): Promise<readonly CapsuleHeader[]> {
    return this.#open(() => this.#capsules.versions(seriesId));
  }

  list(filter: CapsuleFilter, limit: number, cursor: string | null): Promise<Page<CapsuleHeader>> {
    return this.#open(() => this.finder.list(filter, limit, cursor));
  }

  search(request: SearchRequest): Promise<SearchPage> {
    return this.#open(() => this.finder.search(request));
  }

  similar(request: SimilarRequest): Promise<SimilarPage | null> {
    return this.#open(() => this.finder.similar(request));
  }

  lineage(id: string, direction: LineageDirection, depth: number | null): Promise<LineageGraph | null> {
    return this.#open(() => this.#lineage.graph(id, direction, depth));
  }

  entries(query: LedgerQuery): ReturnType<Store['entries']> {
    return this.#open(() => this.ledger.entries(query));
  }

  checkpoint(): Promise<string> {
    return this.#open(() => this.ledger.checkpoint());
  }

  inclusionProof(seq: number, size: number): Promise<readonly Uint8Array[]> {
    return this.#open(() => this.ledger.inclusionProof(seq, size));
  }

  consistencyProof(oldSize: number, newSize: number): Promise<readonly Uint8Array[]> {
    return this.#open(() => this.ledger.consistencyProof(oldSize, newSize));
  }

  status(): Promise<StoreStatus> {
    return this.#open(async () => {
      // What lags is what cannot be followed at once.
      await within(FOLLOWING_MS, this.finder.follow());
      const [row] = await this.connection.read(
        `MATCH (l:Ledger {one: 1}) RETURN l.size AS size, l.capsules AS capsules, l.maintenance AS maintenance,
           l.origin AS origin, l.owner_id AS owner, l.sealed AS sealed,
           COUNT { MATCH (s:Series) } AS heads`,
      );
      const capsules = Number(row?.['capsules'] ?? 0);
      return {
        engine: 'neo4j',
        origin: String(row?.['origin']),
        ownerId: String(row?.['owner']),
        sealed: sealingIn(row?.['sealed']),
        ledgerSize: Number(row?.['size'] ?? 0),
        capsules,
        heads: Number(row?.['heads'] ?? 0),
        searchLag: Math.max(0, capsules - this.finder.size),
        // Every change settles in the commit that makes it.
        trustPropagations: 0,
        maintenance: row?.['maintenance'] === true,
      };
    });
  }

  settled(): Promise<void> {
    return this.#open(() => Promise.resolve());
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await this.#queue.idle();
    await this.#vectors.close();
    await this.#queue.forget();
    await this.connection.close();
  }

  /** Async, so that whatever fails is a rejection. */
  async #open<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed !== null) throw new DomainError('STORE_CLOSED', 'The store is closed.');
    const promise = work();
    this.#underWay.add(promise);
    try {
      return await promise;
    } finally {
      this.#underWay.delete(promise);
    }
  }
}
