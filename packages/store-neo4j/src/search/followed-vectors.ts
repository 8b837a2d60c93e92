/**
 * The vectors that serve, rounded and in memory, kept in step with the database. What is damaged there costs its own
 * capsule its vectors, and no search.
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import { VectorIndex, type ServedVectors } from '@forge-cascade/core/engine';
import type { Connection } from '../connection.js';
import { wholePassages } from '../passage-rows.js';
import { number, type Row } from '../values.js';
import { LOCK_LEDGER } from '../writer/read-group.js';
import type { LostVectors } from '../writer/vector-losses.js';
import type { FollowedColumns } from './followed-columns.js';

interface Served {
  /** The model's number. */
  readonly n: number;
  readonly model: string;
  readonly index: VectorIndex;
  /** Capsules up to this place in the ledger are in the index, those with an ordinal below `documents`. */
  upTo: number;
  documents: number;
  /** Passages stored of those. */
  passages: number;
  /** Losses and repairs taken over. */
  repairs: number;
  /** Places in the ledger of the capsules whose passages are damaged or gone. */
  readonly lost: Set<number>;
}

/** The model that serves and how far it has come. */
export interface VectorMark {
  readonly n: number;
  readonly model: string;
  readonly dimensions: number;
  readonly upTo: number;
  /** Of all capsules up to there. */
  readonly passages: number;
  /** How often capsules were lost or made anew. */
  readonly repairs: number;
}

/** Capsules whose passages are read at once. */
const PAGE = 512;
const HALF_APPLIED_MS = 2;
/** After so many looks it is found out whether what is not there yet is still being written, or gone. */
const LOOKS = 8;

const SERVING = `MATCH (m:VectorModel {serving: true})
  RETURN m.n AS n, m.name AS name, m.dimensions AS dimensions, m.mark AS mark`;
const PASSAGES = `MATCH (p:Passage) WHERE p.model = $n AND p.capsule > $after AND p.capsule <= $until AND p.ordinal >= 0
  RETURN p.capsule AS capsule, p.ordinal AS passage, p.bytes AS bytes ORDER BY p.capsule, p.ordinal`;
const LOSSES = `MATCH (l:VectorLoss) WHERE l.model = $n AND l.capsule > 0 AND (l.repair IS NULL OR l.repair > $after)
  RETURN l.capsule AS capsule, l.repair AS repair, l.passages AS passages`;
const COUNT = `MATCH (p:Passage) WHERE p.model = $n AND p.capsule > 0 AND p.capsule <= $until AND p.ordinal >= 0
  RETURN count(p) AS passages`;
const MISCOUNTED = `MATCH (m:VectorModel {n: $n})
  RETURN m.mark[1] <> COUNT { MATCH (p:Passage) WHERE p.model = $n AND p.capsule > 0 AND p.ordinal >= 0 } AS miscounted`;

export class FollowedVectors {
  #served: Served | null = null;
  #unreported = new Set<number>();
  /** Something is stored otherwise than counted. */
  #miscounted = false;
  #revision = 0;

  constructor(
    private readonly connection: Connection,
    private readonly places: Pick<FollowedColumns, 'seqs' | 'ordinalOf'>,
  ) {}

  /** Which vectors serve now. */
  async mark(): Promise<VectorMark | null> {
    const [row] = await this.connection.read(SERVING);
    if (row === undefined) return null;
    const [upTo = 0, passages = 0, repairs = 0] = (row['mark'] ?? []) as readonly number[];
    const [n, dimensions] = [Number(row['n']), Number(row['dimensions'])];
    return { n, model: String(row['name']), dimensions, upTo, passages, repairs };
  }

  /** Takes over what a mark counts. One call at a time. */
  async follow(found: VectorMark | null): Promise<void> {
    for (let mark = found, looks = 1; ; mark = await this.mark(), looks++) {
      if (mark === null) {
        this.#serve(null);
        return;
      }
      // Its capsules may be newer than those at hand; the next read has both.
      if (mark.upTo > (this.places.seqs.at(-1) ?? 0)) return;
      if (this.#served?.n !== mark.n) this.#serve(begun(mark));
      // As with capsules, what is being put may be seen by halves.
      const gone = looks % LOOKS === 0 && (await this.#isMiscounted(mark.n));
      if (this.#served === null || (await this.#took(this.#served, mark, gone))) return;
      await delay(HALF_APPLIED_MS);
    }
  }

  /** Grows with everything that changes which vectors serve. */
  get revision(): number {
    return this.#revision;
  }

  get served(): ServedVectors | null {
    if (this.#served === null) return null;
    const { model, index, documents, lost } = this.#served;
    return { model, index, below: documents, lost: lost.size };
  }

  /** The number of the model that serves; 0 when none does. */
  get model(): number {
    return this.#served?.n ?? 0;
  }

  /** A passage of this capsule, of the model of that number, was found to be damaged or gone. */
  lose(model: number, seq: number): void {
    if (this.#served?.n === model) this.#lose(this.#served, seq);
  }

  /** What was found to be lost and not taken yet, or null. */
  takeLost(): LostVectors | null {
    if (this.#served === null || (this.#unreported.size === 0 && !this.#miscounted)) return null;
    const capsules = [...this.#unreported];
    this.#unreported.clear();
    this.#miscounted = false;
    return { model: this.#served.n, capsules };
  }

  #serve(served: Served | null): void {
    if (served !== this.#served) this.#revision += 1;
    this.#served = served;
    this.#unreported.clear();
    this.#miscounted = false;
  }

  /** Whether there are other passages than counted while nobody is writing any. */
  async #isMiscounted(n: number): Promise<boolean> {
    const [, [row]] = await this.connection.writingAgain((statements) =>
      Promise.all([statements.run(LOCK_LEDGER, { writer: 'counting' }), statements.run(MISCOUNTED, { n })]),
    );
    return row?.['miscounted'] === true;
  }

  /** False when some of what the mark counts is not to be seen yet; with `anyway` that is taken to be lost. */
  async #took(served: Served, mark: VectorMark, anyway: boolean): Promise<boolean> {
    if (mark.repairs !== served.repairs && !(await this.#tookRepairs(served, mark, anyway))) return false;
    if (mark.upTo <= served.upTo) return true;
    const rows = await this.#read(served, mark.upTo);
    const whole = rows.length === mark.passages - served.passages;
    if (!whole && !anyway) return false;
    this.#take(served, rows, mark, whole);
    return true;
  }

  async #read(served: Served, upTo: number): Promise<Row[]> {
    const { seqs } = this.places;
    const rows: Row[] = [];
    for (let after = served.upTo, place = served.documents; after < upTo; place += PAGE) {
      const until = Math.min(upTo, seqs[place + PAGE] ?? upTo);
      rows.push(...(await this.connection.read(PASSAGES, { n: served.n, after, until })));
      after = until;
    }
    return rows;
  }

  #take(served: Served, rows: readonly Row[], { upTo, passages }: VectorMark, whole: boolean): void {
    const { seqs } = this.places;
    const own = new Map<number, Row[]>();
    for (const row of rows) {
      const seq = Number(row['capsule']);
      const known = own.get(seq);
      if (known === undefined) own.set(seq, [row]);
      else known.push(row);
    }
    for (const [seq, passages] of own) this.#set(served, seq, passages);
    for (; served.documents < seqs.length; served.documents++) {
      const seq = seqs[served.documents] as number;
      if (seq > upTo) break;
      // Capsules without passages are few: only when rows are gone they are worth trying again.
      if (!whole && !own.has(seq)) this.#lose(served, seq);
    }
    if (!whole) this.#miscounted = true;
    this.#revision += 1;
    served.upTo = upTo;
    served.passages = passages;
  }

  /** Takes over which capsules were lost and which were made anew; false when that is not whole yet. */
  async #tookRepairs(served: Served, mark: VectorMark, anyway: boolean): Promise<boolean> {
    const { n, upTo } = served;
    const [losses, [count]] = await this.connection.reading((statements) =>
      Promise.all([statements.run(LOSSES, { n, after: served.repairs }), statements.run(COUNT, { n, until: upTo })]),
    );
    const passages = Number(count?.['passages'] ?? 0);
    if (mark.upTo <= upTo && passages !== mark.passages) {
      if (!anyway) return false;
      this.#miscounted = true;
    }
    const made: { seq: number; rows: Row[] }[] = [];
    for (const loss of losses) {
      const seq = Number(loss['capsule']);
      // Those beyond are read with all the others.
      if (loss['repair'] === null || seq > upTo) continue;
      const rows = await this.connection.read(PASSAGES, { n, after: seq - 1, until: seq });
      if (rows.length !== number(loss['passages']) && !anyway) return false;
      made.push({ seq, rows });
    }
    for (const loss of losses) if (loss['repair'] === null) served.lost.add(Number(loss['capsule']));
    for (const { seq, rows } of made) {
      served.lost.delete(seq);
      served.index.remove(this.places.ordinalOf(seq));
      this.#set(served, seq, rows);
    }
    this.#revision += 1;
    served.passages = passages;
    served.repairs = mark.repairs;
    return true;
  }

  #set(served: Served, seq: number, rows: readonly Row[]): void {
    const ordinal = this.places.ordinalOf(seq);
    const vectors = wholePassages(rows, served.index.dimensions);
    if (vectors === null) this.#lose(served, seq);
    else if (ordinal >= 0) served.index.set(ordinal, vectors);
  }

  #lose(served: Served, seq: number): void {
    if (served.lost.has(seq)) return;
    this.#revision += 1;
    served.lost.add(seq);
    this.#unreported.add(seq);
  }
}

function begun({ n, model, dimensions }: VectorMark): Served {
  const index = new VectorIndex(dimensions);
  return { n, model, index, upTo: 0, documents: 0, passages: 0, repairs: 0, lost: new Set() };
}
