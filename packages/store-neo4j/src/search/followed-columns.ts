/**
 * This process's picture of all capsules: columns for filters and the index of their words, kept in step with the
 * database by the number of the group that last changed each capsule.
 *
 * Neo4j reads what is committed while it is being applied, so a read may meet half of a group. A group is known to be
 * whole once a later one exists, because groups wait for each other, or when this process wrote it itself; until then
 * its capsules are read again. New capsules are taken in only when there are as many as the ledger's head says.
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import { DocColumns, LexicalIndex } from '@forge-cascade/core/engine';
import type { Connection } from '../connection.js';
import { number, text, type Row } from '../values.js';

const FACTS = `c.seq AS seq, c.id AS id, c.series_id AS series_id, c.owner_id AS owner_id, c.type AS type,
  c.collection AS collection, c.position AS position, c.tags AS tags, c.chain_trust AS chain_trust,
  c.tainted AS tainted, c.warned AS warned, c.retracted AS retracted, c.created_at.epochMillis AS created_at,
  c.valid_from AS valid_from, c.valid_to AS valid_to, c.parent_seq AS parent_seq, s.spans AS spans,
  CASE WHEN c.seq > $known THEN c.title ELSE null END AS title,
  CASE WHEN c.seq > $known THEN c.content ELSE null END AS content`;

const MARK = 'MATCH (l:Ledger {one: 1}) RETURN l.mark AS mark';
// The head first: whatever it counts was there before the capsules were read.
const CHANGED = `MATCH (l:Ledger {one: 1}) WITH l.mark AS mark
  OPTIONAL MATCH (c:Capsule) WHERE c.changed >= $from
  OPTIONAL MATCH (s:Series {id: c.series_id})
  WITH mark, c, s WHERE c IS NULL OR s IS NOT NULL
  RETURN mark, ${FACTS} ORDER BY seq`;
const LOAD = `MATCH (c:Capsule) WHERE c.seq > $known WITH c ORDER BY c.seq LIMIT $limit
  MATCH (s:Series {id: c.series_id}) RETURN ${FACTS} ORDER BY c.seq`;

/** Capsules read and indexed at once when a store is opened; others get their turn in between. */
const LOAD_PAGE = 256;
const HALF_APPLIED_MS = 2;

interface Mark {
  readonly size: number;
  readonly capsules: number;
  readonly change: number;
}

export class FollowedColumns {
  readonly columns = new DocColumns();
  readonly index = new LexicalIndex();
  /** Ledger position by ordinal, ascending. */
  readonly seqs: number[] = [];
  readonly #ordinals = new Map<string, number>();
  /** How many ends of archive spans were taken over, by series. */
  readonly #spans = new Map<string, number>();
  #revision = 0;
  #followed = 0;
  #whole = 0;
  #loaded = false;

  constructor(private readonly connection: Connection) {}

  /** Grows with every capsule that is taken in or changes. */
  get revision(): number {
    return this.#revision;
  }

  /** A group that this process was told has been written. */
  wrote(change: number): void {
    if (change > this.#whole) this.#whole = change;
  }

  /** Takes over everything acknowledged so far. One call at a time. */
  async follow(): Promise<void> {
    if (!this.#loaded) await this.#load();
    for (;;) {
      const from = this.#followed > this.#whole ? this.#followed : this.#followed + 1;
      const rows = await this.connection.read(CHANGED, { from, known: this.#known });
      if (this.#take(rows)) return;
      await delay(HALF_APPLIED_MS);
    }
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

  /** Ordinal of a version by its id, or null. */
  ordinalOfId(id: string): number | null {
    return this.#ordinals.get(id) ?? null;
  }

  get #known(): number {
    return this.seqs.at(-1) ?? 0;
  }

  /** False when some of what the head counts was not to be seen yet. */
  #take(found: readonly Row[]): boolean {
    const [head] = found;
    // Whatever changed lacks its series yet.
    if (head === undefined) return false;
    const mark = toMark(head);
    const rows = found.filter(({ seq }) => seq !== null);
    const known = this.#known;
    const added = rows.filter((row) => Number(row['seq']) > known && Number(row['seq']) <= mark.size);
    if (added.length !== mark.capsules - this.columns.size) return false;
    this.#revision += rows.length;
    for (const row of added) this.#add(row);
    for (const row of rows) {
      const ordinal = this.ordinalOf(Number(row['seq']));
      if (ordinal < 0) continue;
      this.#standing(ordinal, row);
      this.#archives(row);
    }
    this.#followed = mark.change;
    return true;
  }

  /** Reads every capsule once, page after page. What changes meanwhile is followed afterwards. */
  async #load(): Promise<void> {
    const [head] = await this.connection.read(MARK);
    const { change, size } = toMark(head);
    const loaded: Row[] = [];
    for (let more = true; more;) {
      const rows = await this.connection.read(LOAD, { known: this.#known, limit: LOAD_PAGE });
      const page = rows.filter((row) => Number(row['seq']) <= size);
      for (const row of page) {
        this.#add(row);
        loaded.push({ series_id: row['series_id'] ?? null, spans: row['spans'] ?? null });
      }
      more = rows.length === LOAD_PAGE && page.length === rows.length;
    }
    // Only when all versions are there is it known which of them an archive hides.
    for (const row of loaded) this.#archives(row);
    this.#revision += loaded.length;
    this.#followed = change;
    this.#loaded = true;
  }

  #add(row: Row): void {
    const seq = Number(row['seq']);
    const parent = number(row['parent_seq']);
    const tags = (row['tags'] ?? []) as readonly string[];
    const ordinal = this.columns.add({
      seriesId: String(row['series_id']),
      ownerId: String(row['owner_id']),
      type: String(row['type']),
      collection: text(row['collection']),
      position: number(row['position']),
      tags,
      chainTrust: Number(row['chain_trust']),
      createdAt: Number(row['created_at']),
      validFrom: moment(row['valid_from']),
      validTo: moment(row['valid_to']),
      recordedFrom: seq,
      parent: parent === null ? null : this.ordinalOf(parent),
    });
    this.seqs[ordinal] = seq;
    this.#ordinals.set(String(row['id']), ordinal);
    this.#standing(ordinal, row);
    this.index.add({ title: text(row['title']) ?? '', tags: tags.join(' '), body: text(row['content']) ?? '' });
  }

  #standing(ordinal: number, row: Row): void {
    this.columns.setChainTrust(ordinal, Number(row['chain_trust']));
    this.columns.setFlag(ordinal, 'tainted', row['tainted'] === true);
    this.columns.setFlag(ordinal, 'warned', row['warned'] === true);
    this.columns.setFlag(ordinal, 'retracted', row['retracted'] === true);
  }

  #archives(row: Row): void {
    const series = String(row['series_id']);
    const spans = (row['spans'] ?? []) as readonly number[];
    for (let i = this.#spans.get(series) ?? 0; i < spans.length; i++) {
      const seq = spans[i] as number;
      if (i % 2 === 0) this.columns.archive(series, seq);
      else this.columns.unarchive(series, seq);
      this.#spans.set(series, i + 1);
    }
  }
}

function toMark(row: Row | undefined): Mark {
  const [size = 0, capsules = 0, change = 0] = (row?.['mark'] ?? []) as readonly number[];
  return { size, capsules, change };
}

function moment(value: Row[string] | undefined): number | null {
  const time = text(value);
  return time === null ? null : Date.parse(time);
}
