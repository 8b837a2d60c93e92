/**
 * Answers list and search requests: follow the database, mask and rank in memory, read only the rows that are shown.
 * @module
 */
import { setImmediate } from 'node:timers/promises';
import {
  assertLimit,
  buildMask,
  decodeCursor,
  encodeCursor,
  instantOf,
  maskConditions,
  StoreSearch,
  type CapsuleFilter,
  type CapsuleHeader,
  type Page,
  type RankedSearch,
  type SearchPage,
  type SearchRequest,
  type SimilarPage,
  type SimilarRequest,
} from '@forge-cascade/core/engine';
import type { Connection } from '../connection.js';
import type { LedgerRows } from '../reader/read-ledger.js';
import type { LostVectors } from '../writer/vector-losses.js';
import { FollowedColumns } from './followed-columns.js';
import { FollowedVectors } from './followed-vectors.js';
import { ShownRows } from './shown-rows.js';

const LIST_LIMIT = 500;

export class Finder {
  readonly #columns: FollowedColumns;
  readonly #vectors: FollowedVectors;
  readonly #search: StoreSearch;
  #shown: ShownRows;
  #mask = new Uint8Array(0);
  #onLost: ((lost: LostVectors) => void) | null = null;
  /** The last look found nothing new, so the next one is likely to find nothing either. */
  #calm = false;
  #following: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor(
    private readonly connection: Connection,
    private readonly ledger: LedgerRows,
  ) {
    this.#columns = new FollowedColumns(connection);
    this.#vectors = new FollowedVectors(connection, this.#columns);
    this.#shown = this.#rows();
    this.#search = new StoreSearch(this.#columns.index, this.#columns.columns, {
      header: (ordinal) => this.#shown.header(ordinal),
      content: (ordinal) => this.#shown.content(ordinal),
      metadata: (ordinal) => this.#shown.metadata(ordinal),
      passage: (ordinal, passage) => this.#shown.passage(ordinal, passage),
      ordinalOf: (id) => this.#columns.ordinalOfId(id),
    });
  }

  /** Capsules known to search. */
  get size(): number {
    return this.#columns.columns.size;
  }

  /** Who hears of capsules whose vectors are damaged or gone, from now on. */
  tellLost(onLost: (lost: LostVectors) => void): void {
    this.#onLost = onLost;
    this.#reportLost();
  }

  /** A group that changed capsules was written by this process. */
  wrote(change: number): void {
    this.#columns.wrote(change);
  }

  /** Takes over everything acknowledged before this call. */
  follow(): Promise<void> {
    // One that is under way may have read already; whoever comes meanwhile shares the next.
    if (this.#following === null) return this.#begin();
    this.#next ??= this.#following.catch(() => undefined).then(() => this.#begin());
    return this.#next;
  }

  async list(filter: CapsuleFilter, limit: number, cursor: string | null): Promise<Page<CapsuleHeader>> {
    assertLimit(limit, LIST_LIMIT);
    const before = cursor === null ? Infinity : Number(decodeCursor('list', cursor, ['number'], { filter })[0]);
    const asOf = await this.#asOfSeq(filter);
    const conditions = maskConditions(filter, asOf);
    await this.follow();
    const { columns, seqs } = this.#columns;
    if (this.#mask.length < columns.size) this.#mask = new Uint8Array(columns.size * 2);
    buildMask(columns, conditions, this.#mask);
    const found: number[] = [];
    for (let ordinal = columns.size - 1; ordinal >= 0 && found.length <= limit; ordinal--) {
      if (this.#mask[ordinal] === 1 && (seqs[ordinal] as number) < before) found.push(ordinal);
    }
    const rows = this.#rows();
    const items = await rows.shown(0, 0, () => found.slice(0, limit).map((ordinal) => rows.header(ordinal)));
    const last = items.at(-1);
    return {
      items,
      nextCursor: found.length > limit && last !== undefined ? encodeCursor('list', [last.seq], { filter }) : null,
    };
  }

  async search(request: SearchRequest): Promise<SearchPage> {
    const asOf = await this.#asOfSeq(request.filter);
    const ranked = await this.#ranked(request, asOf);
    return this.#shownBy(this.#rows(), (search) => search.show(ranked));
  }

  /** Null when the id is unknown. */
  async similar(request: SimilarRequest): Promise<SimilarPage | null> {
    const asOf = await this.#asOfSeq(request.filter);
    await this.follow();
    const ordinal = this.#columns.ordinalOfId(request.id);
    if (ordinal === null) return null;
    const rows = this.#rows();
    const { served } = this.#vectors;
    return this.#shownBy(rows, (search) => search.similar(ordinal, request, asOf, served));
  }

  /** Ranks while the database says what is new, and again where anything is. */
  async #ranked(request: SearchRequest, asOf: number | null): Promise<RankedSearch> {
    const rank = () => this.#search.rank(request, asOf, this.#vectors.served);
    const following = this.follow();
    if (!this.#calm) return following.then(rank);
    // Ranking may fail first.
    following.catch(() => undefined);
    // What asks the database is sent before ranking takes the thread.
    await setImmediate();
    const revision = this.#revision;
    const ranked = rank();
    await following;
    return revision === this.#revision ? ranked : rank();
  }

  /** Of everything that ranking looks at. */
  get #revision(): number {
    return this.#columns.revision + this.#vectors.revision;
  }

  #begin(): Promise<void> {
    this.#next = null;
    const following = this.#follow().finally(() => {
      if (this.#following === following) this.#following = null;
    });
    this.#following = following;
    return following;
  }

  async #follow(): Promise<void> {
    // Side by side: a mark that counts capsules which the columns do not have yet is left for the next search.
    const before = this.#revision;
    const [mark] = await Promise.all([this.#vectors.mark(), this.#columns.follow()]);
    await this.#vectors.follow(mark);
    this.#calm = before === this.#revision;
    this.#reportLost();
  }

  #rows(): ShownRows {
    return new ShownRows(this.connection, {
      seqOf: (ordinal) => this.#columns.seqs[ordinal] as number,
      lost: (model, seq) => this.#vectors.lose(model, seq),
    });
  }

  #reportLost(): void {
    if (this.#onLost === null) return;
    const lost = this.#vectors.takeLost();
    if (lost !== null) this.#onLost(lost);
  }

  async #shownBy<T>(rows: ShownRows, work: (search: StoreSearch) => T): Promise<T> {
    const { served, model } = this.#vectors;
    const page = await rows.shown(model, served?.index.dimensions ?? 0, () => this.#over(rows, work));
    this.#reportLost();
    return page;
  }

  /** Nothing of the search waits between being handed its rows and its answer, so one search serves all requests. */
  #over<T>(rows: ShownRows, work: (search: StoreSearch) => T): T {
    this.#shown = rows;
    return work(this.#search);
  }

  /** Inclusive: what was recorded in that very millisecond was known. */
  async #asOfSeq(filter: CapsuleFilter): Promise<number | null> {
    const at = instantOf(filter.asOf, 'asOf');
    return at === null ? null : this.ledger.positionAt(at);
  }
}
