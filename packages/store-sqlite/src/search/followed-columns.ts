/**
 * The search thread's picture of all capsules: columns for filters, kept in step with the tables by the change log,
 * inside the snapshot of each read.
 * @module
 */
import { DocColumns } from '@forge-cascade/core/engine';
import type { Database, Row, Statement } from '../driver.js';
import { text } from '../reader/capsule-rows.js';
import type { TrustBounds } from '../reader/trust-bounds.js';

const COLUMNS = `c.seq, c.chain_trust, c.tainted, c.warned, c.retracted, c.created_at, c.type, c.owner_id, c.position,
  c.valid_from, c.valid_to, c.collection, c.tags, s.id AS series_id,
  (SELECT parent FROM edge e WHERE e.child = c.seq AND e.ord = 0) AS parent`;

export class FollowedColumns {
  readonly columns = new DocColumns();
  /** Ledger position by ordinal, ascending. */
  readonly seqs: number[] = [];
  readonly #all: Statement;
  readonly #one: Statement;
  readonly #changes: Statement;
  readonly #newestChange: Statement;
  readonly #spans: Statement;
  readonly #allSpans: Statement;
  readonly #anySpan: Statement;
  readonly #spansSeen = new Map<string, { count: number; open: boolean }>();
  #followed = 0;
  #loaded = false;

  constructor(
    db: Database,
    private readonly bounds: TrustBounds,
  ) {
    this.#all = db.prepare(`SELECT ${COLUMNS} FROM capsule c JOIN series s ON s.series = c.series ORDER BY c.seq`);
    this.#one = db.prepare(`SELECT ${COLUMNS} FROM capsule c JOIN series s ON s.series = c.series WHERE c.seq = ?`);
    this.#changes = db.prepare('SELECT DISTINCT capsule FROM change_log WHERE n > ? AND n <= ? ORDER BY capsule');
    this.#newestChange = db.prepare('SELECT max(n) AS n FROM change_log');
    this.#spans = db.prepare(
      'SELECT from_seq, to_seq FROM archive_span WHERE series = (SELECT series FROM series WHERE id = ?) ORDER BY from_seq',
    );
    this.#anySpan = db.prepare('SELECT 1 FROM archive_span LIMIT 1');
    this.#allSpans = db.prepare('SELECT DISTINCT s.id FROM archive_span a JOIN series s ON s.series = a.series');
  }

  /** The newest change-log row taken over. */
  get followed(): number {
    return this.#followed;
  }

  /** Takes over everything the current snapshot has. */
  follow(): void {
    const ended = this.bounds.refresh();
    const newest = Number(this.#newestChange.get()?.['n'] ?? 0);
    if (!this.#loaded) {
      for (const row of this.#all.iterate()) this.#add(row);
      for (const row of this.#allSpans.all()) this.#archives(String(row['id']));
      this.#loaded = true;
      this.#followed = newest;
    } else if (newest > this.#followed) {
      const archives = this.#anySpan.get() !== undefined;
      for (const change of this.#changes.all(this.#followed, newest))
        this.#refresh(Number(change['capsule']), archives);
      this.#followed = newest;
    }
    for (const descendants of ended) for (const seq of descendants) this.#refresh(seq, false);
    if (this.bounds.active) this.bounds.forEach((seq, bound, taints) => this.#bound(seq, bound, taints));
  }

  /** Ordinal of the capsule at a ledger position, or −1. */
  ordinalOf(seq: number): number {
    let low = 0;
    let high = this.seqs.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.seqs[middle] as number;
      if (found === seq) return middle;
      if (found < seq) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  /** `archives`: whether its series may have been archived or brought back. */
  #refresh(seq: number, archives: boolean): void {
    const row = this.#one.get(seq);
    if (row === undefined) return;
    const ordinal = this.ordinalOf(seq);
    if (ordinal < 0) {
      this.#add(row);
    } else {
      this.#standing(ordinal, row);
    }
    // Looked up even when it is not archived: it may have been, and back, since the last time.
    if (archives) this.#archives(String(row['series_id']));
  }

  #add(row: Row): void {
    const parent = row['parent'];
    const ordinal = this.columns.add({
      seriesId: String(row['series_id']),
      ownerId: String(row['owner_id']),
      type: String(row['type']),
      collection: text(row['collection']),
      position: row['position'] === null ? null : Number(row['position']),
      tags: row['tags'] === '[]' ? [] : (JSON.parse(String(row['tags'])) as string[]),
      chainTrust: Number(row['chain_trust']),
      createdAt: Number(row['created_at']),
      validFrom: row['valid_from'] === null ? null : Date.parse(String(row['valid_from'])),
      validTo: row['valid_to'] === null ? null : Date.parse(String(row['valid_to'])),
      recordedFrom: Number(row['seq']),
      parent: parent === null || parent === undefined ? null : this.ordinalOf(Number(parent)),
    });
    this.seqs[ordinal] = Number(row['seq']);
    this.#standing(ordinal, row);
  }

  #standing(ordinal: number, row: Row): void {
    this.columns.setChainTrust(ordinal, Number(row['chain_trust']));
    this.columns.setFlag(ordinal, 'tainted', row['tainted'] === 1);
    this.columns.setFlag(ordinal, 'warned', row['warned'] === 1);
    this.columns.setFlag(ordinal, 'retracted', row['retracted'] === 1);
  }

  #bound(seq: number, bound: number, taints: boolean): void {
    const ordinal = this.ordinalOf(seq);
    if (ordinal < 0) return;
    if ((this.columns.chainTrust[ordinal] ?? 0) > bound) this.columns.setChainTrust(ordinal, bound);
    if (taints) this.columns.setFlag(ordinal, 'tainted', true);
  }

  #archives(series: string): void {
    const spans = this.#spans.all(series);
    if (spans.length === 0) return;
    const seen = this.#spansSeen.get(series) ?? { count: 0, open: false };
    for (let i = seen.open ? seen.count - 1 : seen.count; i < spans.length; i++) {
      const span = spans[i];
      if (span === undefined) continue;
      this.columns.archive(series, Number(span['from_seq']));
      if (span['to_seq'] !== null) this.columns.unarchive(series, Number(span['to_seq']));
    }
    this.#spansSeen.set(series, { count: spans.length, open: spans.at(-1)?.['to_seq'] === null });
  }
}
