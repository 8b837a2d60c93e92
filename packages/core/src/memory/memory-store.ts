/**
 * The memory engine: the readable model of what an engine does. Nothing survives the process; everything else holds as
 * for any engine, and the contract suite says so.
 * @module
 */
import { uuidv7 } from 'uuidv7';
import type { CapsuleHeader, CapsuleRecord } from '../capsule/capsule.js';
import { DomainError } from '../errors.js';
import { generateLedgerKey, parseSigner } from '../ledger/checkpoint.js';
import { event } from '../ledger/events.js';
import { notReceiving } from '../ledger/receiving.js';
import { replayed } from '../ledger/replay.js';
import { sealEvent, type SealedEvent } from '../ledger/seal.js';
import { sealedError } from '../ledger/sealing.js';
import type { CapsuleFilter, Page } from '../ports/capsule-reader.js';
import type { CommitRequest, CommitResult } from '../ports/commit-port.js';
import type { LedgerQuery } from '../ports/ledger-reader.js';
import type { KeptEntry, KeptWork, Replica, Successor } from '../ports/replica.js';
import type { LineageDirection, LineageGraph } from '../ports/lineage-reader.js';
import type { Outbox } from '../ports/outbox.js';
import type { OverlayStore } from '../ports/overlay-store.js';
import type { SearchPage, SearchRequest, SimilarPage, SimilarRequest } from '../ports/search-reader.js';
import type { Vectors } from '../ports/vector-store.js';
import type { Leases, Store, StoreStatus } from '../ports/store.js';
import { instantOf } from '../ports/instant.js';
import { permits } from './capsule-filter.js';
import { headerOf, recordOf } from './capsule-views.js';
import { assertLimit, decodeCursor, encodeCursor } from '../ports/cursor.js';
import { assertEventsFit } from './event-check.js';
import { walkLineage } from './lineage-walk.js';
import { MemoryLeases } from './memory-leases.js';
import { MemoryLedger, payloadOf, type CommitOrigin, type StoredEntry } from './memory-ledger.js';
import { MemoryOutbox } from './memory-outbox.js';
import { memoryOverlays } from './memory-overlays.js';
import { MemorySearch } from './memory-search.js';
import { MemoryVectors } from './memory-vectors.js';
import { headOf, MemoryState, type CapsuleState } from './memory-state.js';

export interface MemoryStoreOptions {
  /** The owner written into the first entry. Default: a new id. */
  readonly ownerId?: string;
  /** Names the ledger and its signing key: no white space, no plus sign. Default: a new name. */
  readonly origin?: string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Rebuilds the state from another store's entries, all of them, instead of beginning a ledger; owner and origin are theirs. */
  readonly entries?: readonly StoredEntry[];
  /** Begins no ledger, but waits for another store's, which goes on under this name. */
  readonly receive?: { readonly origin: string };
}

/** A {@link Store} that lives in this process, and what checks of it need. */
export interface MemoryStore extends Store {
  /** `name+keyid+base64`: checks the signature of its checkpoints. */
  readonly verifierKey: string;
  readonly ledger: MemoryLedger;
  readonly state: MemoryState;
}

/** @throws CheckpointError for an origin that cannot name a key. */
export async function openMemoryStore(options: MemoryStoreOptions = {}): Promise<MemoryStore> {
  const now = options.now ?? Date.now;
  if (options.entries !== undefined) return rebuilt(options.entries, now);
  if (options.receive !== undefined) return new MemoryEngine('', options.receive.origin, now, true);
  const ownerId = options.ownerId ?? uuidv7();
  const origin = options.origin ?? `forge-memory/${uuidv7()}`;
  const store = new MemoryEngine(ownerId, origin, now);
  await store.commit(openingOf(ownerId, origin));
  return store;
}

function rebuilt(entries: readonly StoredEntry[], now: () => number): MemoryStore {
  const [first] = entries;
  if (first === undefined) throw new Error('a ledger has at least its opening');
  const opening = payloadOf(first);
  const store = new MemoryEngine(String(opening['owner_id']), String(opening['origin']), now);
  store.restore(entries);
  return store;
}

/** The commit that begins a ledger. */
function openingOf(ownerId: string, origin: string): CommitRequest {
  const payload = { origin, owner_id: ownerId, parent_checkpoint: null };
  const opened = event('store.opened.v1', 'OPEN', { type: 'Store', id: origin }, payload);
  return {
    actor: ownerId,
    correlationId: uuidv7(),
    causationId: null,
    expect: [],
    claims: [],
    fence: null,
    events: [sealEvent(opened)],
    outbox: [],
    completes: null,
  };
}

interface HeldClaim {
  readonly holder: string;
  readonly expiresAt: number | null;
}

class MemoryEngine implements MemoryStore {
  readonly verifierKey: string;
  readonly ledger: MemoryLedger;
  readonly state = new MemoryState();
  readonly outbox: Outbox;
  readonly leases: Leases;
  readonly vectors: Vectors;
  readonly overlays: OverlayStore;
  readonly replica: Replica;
  readonly #claims = new Map<string, HeldClaim>();
  readonly #outbox = new MemoryOutbox();
  readonly #leases = new MemoryLeases();
  readonly #vectors = new MemoryVectors(this.state);
  readonly #search = new MemorySearch(this.#vectors);
  /** Milliseconds that no later commit may fall behind. */
  #lastAt = 0;
  #closed = false;

  constructor(
    private ownerId: string,
    origin: string,
    private readonly now: () => number,
    private receiving = false,
  ) {
    const key = generateLedgerKey(origin);
    this.verifierKey = key.verifierKey;
    this.ledger = new MemoryLedger(origin, parseSigner(key.privateKey));
    this.outbox = {
      due: async (now, limit) => this.#open(() => this.#outbox.due(now, limit)),
      defer: async (id, nextAttemptAt) => this.#open(() => this.#outbox.defer(id, nextAttemptAt)),
      finish: async (ids) => this.#open(() => ids.forEach((id) => this.#outbox.end(id))),
      backlog: async () => this.#open(() => this.#outbox.backlog()),
    };
    this.leases = {
      acquire: async (lease, holder, ttlMs) => this.#open(() => this.#leases.acquire(lease, holder, ttlMs, this.now())),
      release: async (lease, holder) => this.#open(() => this.#leases.release(lease, holder)),
    };
    this.vectors = {
      models: async () => this.#open(() => this.#vectors.models()),
      begin: async (model, dimensions) => this.#open(() => this.#vectors.begin(model, dimensions)),
      missing: async (model, limit) => this.#open(() => this.#vectors.missing(model, limit)),
      put: async (model, capsules) => this.#open(() => this.#vectors.put(model, capsules)),
      serve: async (model) => this.#open(() => this.#vectors.serve(model)),
    };
    this.overlays = memoryOverlays(this.state, this.ledger, (work) => this.#open(work));
    this.replica = this.#replica();
  }

  /** Takes over another ledger's entries and what follows from them; claims, leases and the outbox are not in it. */
  restore(entries: readonly KeptEntry[]): void {
    for (const { request, at } of replayed(entries, this.ledger.size)) {
      for (const sealed of request.events) this.#append(sealed, request, at);
      this.#lastAt = at;
    }
    this.#search.follow(this.state, true);
    this.ledger.sign();
  }

  async commit(request: CommitRequest): Promise<CommitResult> {
    return this.#open(() => {
      if (this.state.sealed !== null) throw sealedError(this.state.sealed);
      return this.#refusal(request) ?? this.#write(request);
    });
  }

  async capsule(ref: string): Promise<CapsuleRecord | null> {
    return this.#open(() => this.#record(this.state.resolve(ref)));
  }

  async capsules(ids: readonly string[]): Promise<readonly (CapsuleRecord | null)[]> {
    return this.#open(() => {
      assertCount(ids, 'ids');
      return ids.map((id) => this.#record(this.state.capsules.get(id) ?? null));
    });
  }

  async byKeys(ownerId: string, keys: readonly string[]): Promise<readonly (CapsuleRecord | null)[]> {
    return this.#open(() => {
      assertCount(keys, 'keys');
      return keys.map((key) => {
        const series = this.state.byKey(ownerId, key);
        return series === null ? null : this.#record(headOf(series));
      });
    });
  }

  async versions(seriesId: string): Promise<readonly CapsuleHeader[]> {
    return this.#open(() => (this.state.series.get(seriesId)?.versions ?? []).map(headerOf).reverse());
  }

  async list(filter: CapsuleFilter, limit: number, cursor: string | null): Promise<Page<CapsuleHeader>> {
    return this.#open(() => {
      assertLimit(limit, 500);
      const before = cursor === null ? Infinity : Number(decodeCursor('list', cursor, ['number'], { filter })[0]);
      const permitted = permits(filter, this.#cutoff(filter));
      const matching = [...this.state.capsules.values()].filter((c) => c.seq < before && permitted(c)).reverse();
      const items = matching.slice(0, limit);
      const last = items.at(-1);
      const more = matching.length > items.length && last !== undefined;
      return { items: items.map(headerOf), nextCursor: more ? encodeCursor('list', [last.seq], { filter }) : null };
    });
  }

  async lineage(id: string, direction: LineageDirection, depth: number | null): Promise<LineageGraph | null> {
    return this.#open(() => {
      const root = this.state.capsules.get(id);
      return root === undefined ? null : walkLineage(root, direction, depth);
    });
  }

  async search(request: SearchRequest): Promise<SearchPage> {
    return this.#open(() => this.#search.search(this.state, request, this.#cutoff(request.filter)));
  }

  async similar(request: SimilarRequest): Promise<SimilarPage | null> {
    return this.#open(() => this.#search.similar(this.state, request, this.#cutoff(request.filter)));
  }

  async entries(query: LedgerQuery) {
    return this.#open(() => this.ledger.query(query));
  }

  async checkpoint(): Promise<string> {
    return this.#open(() => this.ledger.checkpoint());
  }

  async inclusionProof(seq: number, size: number): Promise<readonly Uint8Array[]> {
    return this.#open(() => this.ledger.inclusionProof(seq, size));
  }

  async consistencyProof(oldSize: number, newSize: number): Promise<readonly Uint8Array[]> {
    return this.#open(() => this.ledger.consistencyProof(oldSize, newSize));
  }

  async status(): Promise<StoreStatus> {
    return this.#open(() => ({
      engine: 'memory',
      origin: this.ledger.origin,
      ownerId: this.ownerId,
      ledgerSize: this.ledger.size,
      capsules: this.state.capsules.size,
      heads: this.state.series.size,
      searchLag: 0,
      trustPropagations: 0,
      maintenance: this.state.maintenance,
      sealed: this.state.sealed,
    }));
  }

  async settled(): Promise<void> {
    this.#open(() => undefined);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #replica(): Replica {
    const successor = (): Successor | null =>
      this.receiving
        ? { origin: this.ledger.origin, verifierKey: this.verifierKey, begun: this.ledger.size > 0 }
        : null;
    return {
      get successor() {
        return successor();
      },
      history: async (after, limit) =>
        this.#open(() => this.ledger.entries.slice(after, after + limit).map(({ at: _, ...kept }) => kept)),
      work: async (kind, skip, limit) => this.#open(() => this.#work(kind).slice(skip, skip + limit)),
      vectors: async (model, after, limit) => this.#open(() => this.#vectors.dealtWith(model, after, limit)),
      append: async (entries) => this.#open(() => this.#receive(entries)),
      dropWork: async () =>
        this.#open(() => {
          this.#claims.clear();
          this.#leases.clear();
          this.#outbox.clear();
        }),
      putWork: async (work) => this.#open(() => work.forEach((one) => this.#putWork(one))),
    };
  }

  #receive(entries: readonly KeptEntry[]): void {
    if (!this.receiving) throw notReceiving();
    this.restore(entries);
    for (const { envelope } of entries) {
      if (envelope.type !== 'store.opened.v1') continue;
      this.ownerId = envelope.actor;
      if (envelope.entity_id === this.ledger.origin) this.receiving = false;
    }
  }

  #work(kind: KeptWork['kind']): KeptWork[] {
    if (kind === 'lease') return this.#leases.held().map((lease) => ({ kind, ...lease }));
    if (kind === 'message') return this.#outbox.pending().map((message) => ({ kind, ...message }));
    return [...this.#claims].map(([place, { holder, expiresAt }]) => {
      const [space, key] = JSON.parse(place) as [string, string];
      return { kind, space, key, holder, expiresAt };
    });
  }

  #putWork(one: KeptWork): void {
    if (one.kind === 'lease') this.#leases.put(one);
    else if (one.kind === 'message') this.#outbox.put(one);
    else this.#claims.set(claimKey(one.space, one.key), { holder: one.holder, expiresAt: one.expiresAt });
  }

  /** Why a commit loses, in the order every engine checks: fence, claims, expectations, completion. */
  #refusal({ fence, claims, expect, completes }: CommitRequest): CommitResult | null {
    if (fence !== null) {
      const token = this.#leases.tokenOf(fence.lease);
      if (token !== fence.token) return { outcome: 'fenced', lease: fence.lease, token };
    }
    // Before expectations: a repeated request must be told about its first run, not about that run's effect.
    const now = this.now();
    for (const { space, key } of claims) {
      const held = this.#claims.get(claimKey(space, key));
      if (held === undefined || (held.expiresAt !== null && held.expiresAt <= now)) continue;
      return { outcome: 'claimed', space, key, holder: held.holder };
    }
    for (const { stream, revision } of expect) {
      const actual = this.state.revisions.get(stream) ?? 0;
      if (actual !== revision) return { outcome: 'stale', stream, revision: actual };
    }
    if (completes !== null && !this.#outbox.has(completes)) return { outcome: 'completed-before' };
    return null;
  }

  #write(request: CommitRequest): CommitResult {
    assertEventsFit(this.state, request.events);
    const taken = request.outbox.find(({ id }) => id !== request.completes && this.#outbox.has(id));
    if (taken !== undefined) throw new Error(`outbox message ${taken.id} exists already`);
    // Nothing below can fail: what is written is written whole.
    const at = Math.max(this.now(), this.#lastAt);
    this.#lastAt = at;
    const firstSeq = this.ledger.size + 1;
    for (const sealed of request.events) this.#append(sealed, request, at);
    this.#search.follow(
      this.state,
      request.events.some(({ type }) => type.startsWith('capsule.')),
    );
    const lastSeq = this.ledger.size;
    for (const { space, key, holder, expiresAt } of request.claims) {
      this.#claims.set(claimKey(space, key), { holder, expiresAt });
    }
    if (request.completes !== null) this.#outbox.end(request.completes);
    for (const message of request.outbox) this.#outbox.add(message, lastSeq);
    if (request.events.length > 0) this.ledger.sign();
    return { outcome: 'committed', firstSeq, lastSeq, timestamp: new Date(at).toISOString() };
  }

  #append(sealed: SealedEvent, origin: CommitOrigin, at: number): void {
    const entry = this.ledger.append(sealed, origin, at);
    const { seq, timestamp, type, entity_id, operation } = entry.envelope;
    this.state.apply({ seq, timestamp, type, entityId: entity_id, operation, payload: payloadOf(entry) });
  }

  #record(capsule: CapsuleState | null): CapsuleRecord | null {
    return capsule === null ? null : recordOf(capsule, this.state.revisions.get(capsule.series.id) ?? 0);
  }

  #cutoff({ asOf }: CapsuleFilter): number | null {
    const at = instantOf(asOf, 'asOf');
    return at === null ? null : this.ledger.positionAt(at);
  }

  #open<T>(work: () => T): T {
    if (this.#closed) throw new DomainError('STORE_CLOSED', 'The store is closed.');
    return work();
  }
}

function claimKey(space: string, key: string): string {
  return JSON.stringify([space, key]);
}

function assertCount(items: readonly unknown[], field: string): void {
  if (items.length > 1000) throw new DomainError('INVALID_INPUT', `At most 1,000 ${field} at once.`, { field });
}
