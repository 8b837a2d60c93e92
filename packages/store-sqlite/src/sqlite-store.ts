/**
 * The embedded engine: one data folder, one writer thread with group commit, one thread for look-ups and one for search.
 * @module
 */
import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import type {
  CapsuleFilter,
  CapsuleHeader,
  CapsuleRecord,
  CapsuleVectors,
  CommitRequest,
  CommitResult,
  DueMessage,
  Leases,
  LedgerQuery,
  LineageDirection,
  LineageGraph,
  Outbox,
  OverlayStore,
  Page,
  ReceiveOptions,
  SearchPage,
  SearchRequest,
  SimilarPage,
  SimilarRequest,
  Store,
  StoreStatus,
  Vectors,
} from '@forge-cascade/core/engine';
import { checkVectors, DomainError, unknownModel } from '@forge-cascade/core/engine';
import { encodeCommit } from './commit-message.js';
import { dataFolder } from './data-folder.js';
import { KeptOverlays } from './kept-overlays.js';
import type { StoreCounts } from './reader/read-counts.js';
import { decodeLineage, type LineageMessage } from './reader/lineage-message.js';
import { SqliteReplica } from './sqlite-replica.js';
import { WorkerClient } from './thread-rpc.js';
import type { StoreFacts, WriterOptions } from './writer/open-writer.js';
import type { SegmentChange } from './writer/segments.js';
import type { LostVectors, VectorSegments } from './writer/vector-writer.js';
import { encodeVectors } from './vector-message.js';

export interface SqliteStoreOptions {
  readonly dataDir: string;
  /** The ledger's signing key as text; the folder's own key file when absent. */
  readonly ledgerKey?: string;
  /** For a new folder only. */
  readonly ownerId?: string;
  readonly origin?: string;
  /** Takes in another store's ledger instead of beginning one. */
  readonly receive?: ReceiveOptions;
  /** Milliseconds since the epoch; the system clock when absent. */
  readonly now?: () => number;
}

/** What one turn of indexing did. */
interface FollowTurn {
  /** Capsules still to be indexed. */
  readonly left: number;
  /** Of the ledger, in the snapshot that was followed. */
  readonly size: number;
  /** Change-log row up to which the search thread has followed. */
  readonly followed: number;
  readonly segments: SegmentChange | null;
  readonly vectorSegments: VectorSegments | null;
}

/** Change-log rows that are followed before the writer, which drops them in the end, hears of it. */
const FOLLOWED_SLACK = 1_000;

/** How many capsule ids or keys one look-up may name. */
const LOOKUP_LIMIT = 1_000;

/**
 * Opens a data folder, making it when it is missing.
 * @throws DomainError STORE_LOCKED, STORE_READ_ONLY, STORE_FULL, STORE_CORRUPT.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const now = options.now ?? Date.now;
  const dataDir = resolve(options.dataDir);
  const writerOptions: WriterOptions = {
    dataDir,
    ledgerKey: options.ledgerKey ?? null,
    ownerId: options.ownerId ?? null,
    origin: options.origin ?? null,
    receive: options.receive ?? null,
    now: now(),
  };
  // All threads load their code at once; only the writer touches the folder until it has made sure of it.
  const reading = { database: dataFolder(dataDir).database };
  const writer = new WorkerClient(worker('./writer/writer-worker.js', writerOptions), 'writer');
  const lookup = new WorkerClient(worker('./reader/lookup-worker.js', reading), 'reader');
  const search = new WorkerClient(worker('./search/search-worker.js', reading), 'search thread');
  let facts: StoreFacts;
  try {
    facts = await writer.call<StoreFacts>('open', null);
  } catch (error) {
    await Promise.all([writer.terminate(), lookup.terminate(), search.terminate()]);
    throw error;
  }
  return new SqliteStore(writer, lookup, search, facts, now);
}

function worker(module: string, workerData: unknown): Worker {
  return new Worker(new URL(module, import.meta.url), { workerData });
}

class SqliteStore implements Store {
  readonly outbox: Outbox;
  readonly leases: Leases;
  readonly vectors: Vectors;
  readonly overlays: OverlayStore;
  readonly replica: SqliteReplica;
  #following = false;
  /** Ledger position up to which everything is known to be in the search index. */
  #indexedTo = -1;
  /** The change-log row that the writer was last told of. */
  #toldFollowed = 0;
  #followAgain = false;
  readonly #overlays = new KeptOverlays(() => this.#ask(this.lookup, 'overlays', null));
  /** Kept until the writer has taken note, which a full disk may put off. */
  #lost: LostVectors | null = null;
  #closed: Promise<void> | null = null;

  constructor(
    private readonly writer: WorkerClient,
    private readonly lookup: WorkerClient,
    private readonly searching: WorkerClient,
    facts: StoreFacts,
    private readonly now: () => number,
  ) {
    this.outbox = {
      due: (at, limit) => this.#ask<readonly DueMessage[]>(this.lookup, 'due', { now: at, limit }),
      defer: (id, nextAttemptAt, error) => this.#ask(this.writer, 'defer', { id, nextAttemptAt, error }),
      finish: (ids) => this.#ask(this.writer, 'finish', ids),
      backlog: () => this.#ask(this.lookup, 'backlog', null),
    };
    this.leases = {
      acquire: (lease, holder, ttlMs) =>
        this.#ask(this.writer, 'acquireLease', { lease, holder, ttlMs, now: this.now() }),
      release: (lease, holder) => this.#ask(this.writer, 'releaseLease', { lease, holder, ttlMs: 0, now: this.now() }),
    };
    this.vectors = {
      models: async () => {
        await this.#reportLostVectors();
        return this.#ask(this.lookup, 'vectorModels', null);
      },
      begin: (model, dimensions) => this.#ask(this.writer, 'beginVectors', { model, dimensions }),
      missing: (model, limit) => this.#ask(this.lookup, 'missingVectors', { model, limit }),
      put: (model, capsules) => this.#putVectors(model, capsules),
      serve: async (model) => {
        await this.#ask(this.writer, 'serveVectors', model);
        this.#follow();
      },
    };
    this.overlays = {
      all: () => this.#ask(this.lookup, 'overlays', null),
      one: (id) => this.#overlays.one(id),
      receipts: (id, limit, cursor) => this.#ask(this.lookup, 'overlayReceipts', { id, limit, cursor }),
      value: (id, key) => this.#ask(this.lookup, 'overlayValue', { id, key }),
      valueCount: (id) => this.#ask(this.lookup, 'overlayValues', id),
      reach: (id, hops) => this.#ask(this.lookup, 'overlayReach', { id, hops }),
      keepRecordings: (recordings, most) => this.#ask(this.writer, 'keepRecordings', { recordings, most }),
      recordings: (instance, upTo) => this.#ask(this.lookup, 'overlayRecordings', { instance, upTo }),
    };
    this.replica = new SqliteReplica(facts.successor, {
      read: (method, argument) => this.#ask(this.lookup, method, argument),
      write: async (method, argument) => {
        const result = await this.#ask<never>(this.writer, method, argument);
        this.#overlays.forget();
        this.#follow();
        return result;
      },
    });
    this.#follow();
  }

  async commit(request: CommitRequest): Promise<CommitResult> {
    const result = await this.#ask<CommitResult>(this.writer, 'commit', encodeCommit(request, this.now()));
    this.#overlays.forget();
    if (result.outcome === 'committed') this.#follow();
    return result;
  }

  capsule(ref: string): Promise<CapsuleRecord | null> {
    return this.#ask(this.lookup, 'capsule', ref);
  }

  async capsules(ids: readonly string[]): Promise<readonly (CapsuleRecord | null)[]> {
    withinLimit(ids);
    return this.#ask(this.lookup, 'capsules', ids);
  }

  async byKeys(ownerId: string, keys: readonly string[]): Promise<readonly (CapsuleRecord | null)[]> {
    withinLimit(keys);
    return this.#ask(this.lookup, 'byKeys', { ownerId, keys });
  }

  versions(seriesId: string): Promise<readonly CapsuleHeader[]> {
    return this.#ask(this.lookup, 'versions', seriesId);
  }

  async list(filter: CapsuleFilter, limit: number, cursor: string | null): Promise<Page<CapsuleHeader>> {
    return JSON.parse(
      await this.#ask<string>(this.searching, 'list', { filter, limit, cursor }),
    ) as Page<CapsuleHeader>;
  }

  anticipate(request: SearchRequest): void {
    // Nobody who asks now waits for what somebody else will ask.
    if (!this.searching.idle) return;
    this.searching.call('anticipate', request).catch(() => {
      // The search itself fails the same way, and says so.
    });
  }

  async search(request: SearchRequest): Promise<SearchPage> {
    return JSON.parse(await this.#ask<string>(this.searching, 'search', request)) as SearchPage;
  }

  async lineage(id: string, direction: LineageDirection, depth: number | null): Promise<LineageGraph | null> {
    const message = await this.#ask<LineageMessage | null>(this.lookup, 'lineage', { id, direction, depth });
    return message === null ? null : decodeLineage(message);
  }

  async similar(request: SimilarRequest): Promise<SimilarPage | null> {
    return JSON.parse(await this.#ask<string>(this.searching, 'similar', request)) as SimilarPage | null;
  }

  entries(query: LedgerQuery): ReturnType<Store['entries']> {
    return this.#ask(this.lookup, 'entries', query);
  }

  checkpoint(): Promise<string> {
    return this.#ask(this.lookup, 'checkpoint', null);
  }

  inclusionProof(seq: number, size: number): Promise<readonly Uint8Array[]> {
    return this.#ask(this.lookup, 'inclusionProof', { seq, size });
  }

  consistencyProof(oldSize: number, newSize: number): Promise<readonly Uint8Array[]> {
    return this.#ask(this.lookup, 'consistencyProof', { oldSize, newSize });
  }

  async status(): Promise<StoreStatus> {
    const counts = await this.#ask<StoreCounts>(this.lookup, 'counts', null);
    const indexed = counts.ledgerSize === this.#indexedTo;
    const { lag } = indexed ? { lag: 0 } : await this.#ask<{ lag: number }>(this.searching, 'status', null);
    return { engine: 'sqlite', ...counts, searchLag: lag };
  }

  settled(): Promise<void> {
    return this.#ask(this.writer, 'settled', null);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    // Readers first: the writer's last checkpoint empties the log only when nobody reads it.
    const segments = await this.searching.call<SegmentChange | null>('close', null).catch(() => null);
    if (segments !== null) await this.writer.call('saveSegments', segments).catch(() => null);
    await this.lookup.call('close', null).catch(() => null);
    await this.writer.call('close', null).catch(() => null);
    await Promise.all([this.searching.terminate(), this.lookup.terminate(), this.writer.terminate()]);
  }

  #ask<T>(thread: WorkerClient, method: string, argument: unknown): Promise<T> {
    if (this.#closed !== null) return Promise.reject(new DomainError('STORE_CLOSED', 'The store is closed.'));
    return thread.call<T>(method, argument);
  }

  /** What searches found damaged or gone is missing from now on. */
  async #reportLostVectors(): Promise<void> {
    this.#lost ??= await this.#ask<LostVectors | null>(this.searching, 'lostVectors', null);
    if (this.#lost !== null) await this.#ask(this.writer, 'loseVectors', this.#lost);
    this.#lost = null;
  }

  async #putVectors(model: string, capsules: readonly CapsuleVectors[]): Promise<void> {
    const kept = (await this.vectors.models()).find((one) => one.model === model);
    if (kept === undefined) throw unknownModel(model);
    checkVectors(kept, capsules);
    await this.#ask(this.writer, 'putVectors', encodeVectors(model, kept.dimensions, capsules));
    this.#follow();
  }

  /** Lets the search thread index what was committed, one round at a time; searches index the rest themselves. */
  #follow(): void {
    if (this.#following) {
      this.#followAgain = true;
      return;
    }
    this.#following = true;
    void this.#followOnce().finally(() => {
      this.#following = false;
      if (this.#followAgain && this.#closed === null) {
        this.#followAgain = false;
        this.#follow();
      }
    });
  }

  async #followOnce(): Promise<void> {
    try {
      for (let left = 1; left > 0 && this.#closed === null;) {
        const turn = await this.searching.call<FollowTurn>('follow', null);
        if (turn.segments !== null) await this.writer.call('saveSegments', turn.segments);
        if (turn.vectorSegments !== null) await this.writer.call('saveVectorSegments', turn.vectorSegments);
        if (turn.followed - this.#toldFollowed >= FOLLOWED_SLACK) {
          await this.writer.call('followed', turn.followed);
          this.#toldFollowed = turn.followed;
        }
        left = turn.left;
        if (left === 0) this.#indexedTo = turn.size;
      }
    } catch {
      // The next commit or search follows again; a store that is closing has nothing left to follow.
    }
  }
}

function withinLimit(items: readonly string[]): void {
  if (items.length <= LOOKUP_LIMIT) return;
  throw new DomainError(
    'INVALID_INPUT',
    `At most ${LOOKUP_LIMIT} capsules can be looked up at once, not ${items.length}.`,
  );
}
