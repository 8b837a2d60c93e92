/**
 * Keeping vectors. Derived data: nothing here is an event, and everything can be made again from the contents. Whoever
 * writes takes the ledger's lock, so that a head and its vector in the index cannot pass each other.
 * @module
 */
import {
  assertLimit,
  checkDimensions,
  checkVectors,
  unknownModel,
  VectorIndex,
  type CapsuleVectors,
  type UnembeddedCapsule,
  type VectorModel,
  type Vectors,
} from '@forge-cascade/core/engine';
import type { Connection, Statements } from '../connection.js';
import { prepareVectorIndex } from '../schema.js';
import { text, type Row } from '../values.js';
import { bytesOf, reviveEmbeddings, showEmbeddings } from './embeddings.js';
import { LOCK_LEDGER } from './read-group.js';
import { loseVectors, lostAmong, repairVectors, type LostVectors } from './vector-losses.js';

/** Heads given their vector at once when another model begins to serve. */
const SHOWN_AT_ONCE = 200;

const MODEL = `MATCH (m:VectorModel {name: $model, dropped: false})
  RETURN m.n AS n, m.dimensions AS dimensions, m.mark AS mark, m.serving AS serving`;
const KEPT = `MATCH (m:VectorModel {n: $n, dropped: false})
  RETURN m.n AS n, m.dimensions AS dimensions, m.mark AS mark, m.serving AS serving`;
const BEGIN = `MATCH (l:Ledger {one: 1}) SET l.models = coalesce(l.models, 0) + 1
  CREATE (:VectorModel {n: l.models, name: $model, dimensions: $dimensions, mark: [0, 0, 0], serving: false, dropped: false,
    shown_to: 0})`;
const PUT = `UNWIND $passages AS row CREATE (p:Passage) SET p = row`;
const ADVANCE = 'MATCH (m:VectorModel {n: $n}) SET m.mark = $mark';
const SERVE = `MATCH (m:VectorModel {dropped: false})
  SET m.serving = (m.n = $n), m.dropped = (m.n <> $n), m.shown_to = CASE WHEN m.n = $n AND m.serving THEN m.shown_to ELSE 0 END`;
const MODELS = `MATCH (l:Ledger {one: 1}) MATCH (m:VectorModel {dropped: false})
  RETURN m.name AS name, m.dimensions AS dimensions, m.serving AS serving, l.capsules AS capsules,
    COUNT { MATCH (c:Capsule) WHERE c.seq > m.mark[0] }
      + COUNT { MATCH (v:VectorLoss) WHERE v.model = m.n AND v.capsule > 0 AND v.repair IS NULL } AS lag ORDER BY m.n`;
const MISSING = `MATCH (c:Capsule) WHERE c.seq > $after
  RETURN c.seq AS seq, c.title AS title, c.content AS content ORDER BY c.seq LIMIT $limit`;
const LOST = `MATCH (l:VectorLoss) WHERE l.model = $n AND l.capsule > 0 AND l.repair IS NULL
  MATCH (c:Capsule {seq: l.capsule})
  RETURN c.seq AS seq, c.title AS title, c.content AS content ORDER BY c.seq LIMIT $limit`;
const TO_SHOW = `MATCH (m:VectorModel {n: $n, serving: true}) MATCH (c:Capsule) WHERE c.seq > m.shown_to
  RETURN c.seq AS seq ORDER BY c.seq LIMIT ${SHOWN_AT_ONCE}`;
const HIDE_ALL = `MATCH (c:Capsule) WHERE c.embedding IS NOT NULL
  CALL (c) { REMOVE c.embedding } IN TRANSACTIONS OF 500 ROWS`;
const PRUNE = `MATCH (p:Passage) WHERE p.model = $n AND p.capsule > 0 AND p.ordinal >= 0
  CALL (p) { DELETE p } IN TRANSACTIONS OF 500 ROWS`;
const PRUNE_LOSSES = `MATCH (l:VectorLoss) WHERE l.model = $n AND l.capsule > 0
  CALL (l) { DELETE l } IN TRANSACTIONS OF 500 ROWS`;

interface KnownModel {
  readonly n: number;
  readonly dimensions: number;
  readonly upTo: number;
  readonly passages: number;
  /** How often capsules were lost or made anew. */
  readonly repairs: number;
  readonly serving: boolean;
}

export class Neo4jVectors implements Vectors {
  #tidying: Promise<void> = Promise.resolve();
  #closing = false;

  constructor(
    private readonly connection: Connection,
    private readonly writer: string,
  ) {}

  async models(): Promise<readonly VectorModel[]> {
    const rows = await this.connection.read(MODELS);
    return rows.map((row) => {
      const lag = Number(row['lag']);
      return {
        model: String(row['name']),
        dimensions: Number(row['dimensions']),
        embedded: Number(row['capsules']) - lag,
        lag,
        serving: row['serving'] === true,
      };
    });
  }

  async begin(model: string, dimensions: number): Promise<void> {
    await this.#locked(async (statements) => {
      const kept = await modelOf(statements, model);
      if (kept !== null) return checkDimensions(model, kept.dimensions, dimensions);
      // Refuses what no index could hold.
      new VectorIndex(dimensions);
      await statements.run(BEGIN, { model, dimensions });
    });
  }

  async missing(model: string, limit: number): Promise<readonly UnembeddedCapsule[]> {
    assertLimit(limit, 500);
    return this.connection.reading(async (statements) => {
      const kept = await modelOf(statements, model);
      if (kept === null) throw unknownModel(model);
      const lost = await statements.run(LOST, { n: kept.n, limit });
      const rows = await statements.run(MISSING, { after: kept.upTo, limit: limit - lost.length });
      return [...lost, ...rows].map((row) => ({
        seq: Number(row['seq']),
        title: text(row['title']),
        content: text(row['content']) ?? '',
      }));
    });
  }

  async put(model: string, capsules: readonly CapsuleVectors[]): Promise<void> {
    await this.#locked(async (statements) => {
      const kept = await modelOf(statements, model);
      if (kept === null) throw unknownModel(model);
      checkVectors({ model, dimensions: kept.dimensions }, capsules);
      const before = capsules.flatMap(({ seq }) => (seq <= kept.upTo ? [seq] : []));
      const lost = await lostAmong(statements, kept.n, before);
      const again: CapsuleVectors[] = [];
      const fresh: CapsuleVectors[] = [];
      let last = kept.upTo;
      for (const capsule of capsules) {
        if (lost.delete(capsule.seq)) again.push(capsule);
        else if (capsule.seq > last) last = capsule.seq;
        else continue;
        fresh.push(capsule);
      }
      if (fresh.length === 0) return;
      const repairs = kept.repairs + (again.length > 0 ? 1 : 0);
      if (again.length > 0) await repairVectors(statements, kept.n, again, repairs);
      const passages = fresh.flatMap(({ seq, passages }) =>
        passages.map(({ start, end, vector }, ordinal) => ({
          ...{ model: kept.n, capsule: seq, ordinal, start, end },
          bytes: bytesOf(vector),
        })),
      );
      const written: Promise<unknown>[] = [];
      if (passages.length > 0) written.push(statements.run(PUT, { passages }));
      written.push(statements.run(ADVANCE, { n: kept.n, mark: [last, kept.passages + passages.length, repairs] }));
      if (kept.serving) {
        const vectors = new Map(fresh.map(({ seq, passages }) => [seq, passages.map(({ vector }) => vector)]));
        written.push(showEmbeddings(statements, vectors));
      }
      await Promise.all(written);
    });
  }

  /** Makes capsules missing again, in the background: those whose vectors a search found damaged or gone. */
  lose(lost: LostVectors): void {
    this.#tidying = this.#tidying
      .then(() =>
        this.#locked(async (statements) => {
          const [row] = await statements.run(KEPT, { n: lost.model });
          // Nothing of a model that was dropped meanwhile.
          if (row !== undefined) await loseVectors(statements, lost, known(row));
        }),
      )
      .catch(() => undefined);
  }

  async serve(model: string | null): Promise<void> {
    const dimensions = await this.#locked(async (statements) => {
      const kept = model === null ? null : await modelOf(statements, model);
      if (model !== null && kept === null) throw unknownModel(model);
      await statements.run(SERVE, { n: kept?.n ?? 0 });
      return kept?.dimensions ?? null;
    });
    await prepareVectorIndex(this.connection, dimensions);
    this.tidy();
  }

  /**
   * Carries on in the background what a change of models leaves to do: old vectors go, active heads are given theirs.
   * What does not come to an end is taken up again by the next call or when the store is opened.
   */
  tidy(): void {
    this.#tidying = this.#tidying.then(() => this.#tidy()).catch(() => undefined);
  }

  /** Resolves when nothing goes on in the background. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#tidying;
  }

  async #tidy(): Promise<void> {
    for (const { n } of await this.connection.read('MATCH (m:VectorModel {dropped: true}) RETURN m.n AS n')) {
      if (this.#closing) return;
      await this.connection.alone(PRUNE, { n: Number(n) });
      await this.connection.alone(PRUNE_LOSSES, { n: Number(n) });
      await this.connection.alone('MATCH (m:VectorModel {n: $n, dropped: true}) DELETE m', { n: Number(n) });
    }
    const [serving] = await this.connection.read(
      'MATCH (m:VectorModel {serving: true}) RETURN m.n AS n, m.shown_to AS shown_to, m.dimensions AS dimensions',
    );
    if (serving === undefined || Number(serving['shown_to']) === 0) await this.connection.alone(HIDE_ALL);
    if (serving === undefined) return;
    const n = Number(serving['n']);
    while (!this.#closing && (await this.#showSome(n)) > 0);
  }

  /** Gives some active heads the vector of the model that serves; how many were looked at. */
  async #showSome(n: number): Promise<number> {
    return this.#locked(async (statements) => {
      const seqs = (await statements.run(TO_SHOW, { n })).map(({ seq }) => Number(seq));
      const last = seqs.at(-1);
      if (last === undefined) return 0;
      await reviveEmbeddings(statements, seqs);
      await statements.run('MATCH (m:VectorModel {n: $n}) SET m.shown_to = $last', { n, last });
      return seqs.length;
    });
  }

  #locked<T>(work: (statements: Statements) => Promise<T>): Promise<T> {
    return this.connection.writingAgain(async (statements) => {
      await statements.run(LOCK_LEDGER, { writer: this.writer });
      return work(statements);
    });
  }
}

async function modelOf(statements: Statements, model: string): Promise<KnownModel | null> {
  const [row] = await statements.run(MODEL, { model });
  return row === undefined ? null : known(row);
}

function known(row: Row): KnownModel {
  const [upTo = 0, passages = 0, repairs = 0] = (row['mark'] ?? []) as readonly number[];
  return {
    n: Number(row['n']),
    dimensions: Number(row['dimensions']),
    upTo,
    passages,
    repairs,
    serving: row['serving'] === true,
  };
}
