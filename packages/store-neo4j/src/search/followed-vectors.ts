/** The vectors that serve, rounded and in memory, kept in step with the database. @module */
import { setTimeout as delay } from 'node:timers/promises';
import { isDomainError, VectorIndex, vectorOf, type ServedVectors } from '@forge-cascade/core/engine';
import type { Connection } from '../connection.js';
import { bytes, type Row } from '../values.js';

interface Served {
  /** The model's number. */
  readonly n: number;
  readonly model: string;
  readonly index: VectorIndex;
  /** Capsules up to this place in the ledger are in the index, those with an ordinal below `documents`. */
  upTo: number;
  documents: number;
  /** Passages taken over. */
  passages: number;
  /** Documents whose passages are damaged. */
  lost: number;
}

/** The model that serves and how far it has come. */
export interface VectorMark {
  readonly n: number;
  readonly model: string;
  readonly dimensions: number;
  readonly upTo: number;
  /** Of all capsules up to there. */
  readonly passages: number;
}

/** Capsules whose passages are read at once. */
const PAGE = 512;
const HALF_APPLIED_MS = 2;
/** What is still not there after so many looks is gone. */
const LOOKS = 250;

const SERVING = `MATCH (m:VectorModel {serving: true})
  RETURN m.n AS n, m.name AS name, m.dimensions AS dimensions, m.mark AS mark`;
const PASSAGES = `MATCH (p:Passage) WHERE p.model = $n AND p.capsule > $after AND p.capsule <= $until AND p.ordinal >= 0
  RETURN p.capsule AS capsule, p.ordinal AS passage, p.bytes AS bytes ORDER BY p.capsule, p.ordinal`;

export class FollowedVectors {
  #served: Served | null = null;

  constructor(private readonly connection: Connection) {}

  /** Which vectors serve now. */
  async mark(): Promise<VectorMark | null> {
    const [row] = await this.connection.read(SERVING);
    if (row === undefined) return null;
    const [upTo = 0, passages = 0] = (row['mark'] ?? []) as readonly number[];
    return { n: Number(row['n']), model: String(row['name']), dimensions: Number(row['dimensions']), upTo, passages };
  }

  /** Takes over what a mark counts. `seqs` are the capsules' places in the ledger, by ordinal. One call at a time. */
  async follow(found: VectorMark | null, seqs: readonly number[]): Promise<void> {
    for (let mark = found, looks = 1; ; mark = await this.mark(), looks++) {
      if (mark === null) {
        this.#served = null;
        return;
      }
      // Its capsules may be newer than those at hand; the next read has both.
      if (mark.upTo > (seqs.at(-1) ?? 0)) return;
      if (this.#served?.n !== mark.n) this.#served = begun(mark);
      const served = this.#served;
      if (mark.upTo <= served.upTo) return;
      const rows = await this.#read(served, mark.upTo, seqs);
      // As with capsules, what is being put may be seen by halves.
      if (rows.length === mark.passages - served.passages || looks >= LOOKS) {
        take(served, rows, mark, seqs);
        return;
      }
      await delay(HALF_APPLIED_MS);
    }
  }

  get served(): ServedVectors | null {
    if (this.#served === null) return null;
    const { model, index, documents, lost } = this.#served;
    return { model, index, below: documents, lost };
  }

  /** The number of the model that serves; 0 when none does. */
  get model(): number {
    return this.#served?.n ?? 0;
  }

  async #read(served: Served, upTo: number, seqs: readonly number[]): Promise<Row[]> {
    const rows: Row[] = [];
    for (let after = served.upTo, place = served.documents; after < upTo; place += PAGE) {
      const until = Math.min(upTo, seqs[place + PAGE] ?? upTo);
      rows.push(...(await this.connection.read(PASSAGES, { n: served.n, after, until })));
      after = until;
    }
    return rows;
  }
}

function begun({ n, model, dimensions }: VectorMark): Served {
  return { n, model, index: new VectorIndex(dimensions), upTo: 0, documents: 0, passages: 0, lost: 0 };
}

function take(served: Served, rows: readonly Row[], { upTo, passages }: VectorMark, seqs: readonly number[]): void {
  let ordinal = served.documents;
  let own: Row[] = [];
  const flush = (): void => {
    if (own.length > 0 && !sets(served.index, ordinal, own)) served.lost++;
    own = [];
  };
  for (const row of rows) {
    const seq = Number(row['capsule']);
    if (seqs[ordinal] !== seq) {
      flush();
      while (ordinal < seqs.length && seqs[ordinal] !== seq) ordinal++;
    }
    own.push(row);
  }
  flush();
  served.upTo = upTo;
  served.passages = passages;
  while (served.documents < seqs.length && (seqs[served.documents] as number) <= upTo) served.documents++;
}

/** False, and nothing is set, when a passage is damaged or gone: passages are told apart by their number. */
function sets(index: VectorIndex, ordinal: number, rows: readonly Row[]): boolean {
  const vectors = rows.flatMap((row, i) => {
    const vector = Number(row['passage']) === i ? vectorOf(bytes(row['bytes']), index.dimensions) : null;
    return vector === null ? [] : [vector];
  });
  if (vectors.length < rows.length) return false;
  try {
    index.set(ordinal, vectors);
    return true;
  } catch (error) {
    if (isDomainError(error) && error.code === 'INVALID_INPUT') return false;
    throw error;
  }
}
