/**
 * Rows that a page shows. Ranking and showing do not wait for the database, so showing runs twice: a first time over
 * rows that are not there, to learn which are wanted, and again when they were read.
 * @module
 */
import { vectorOf, type CapsuleHeader, type JsonObject, type SearchRows } from '@forge-cascade/core/engine';
import type { Connection } from '../connection.js';
import { HEADER, toHeader } from '../reader/capsule-rows.js';
import { bytes } from '../values.js';

interface ShownRow {
  readonly header: CapsuleHeader;
  readonly content: string;
  readonly metadata: JsonObject;
}

interface ShownPassage {
  readonly start: number;
  readonly end: number;
  readonly vector: Float32Array;
}

const ROWS = `UNWIND $seqs AS asked MATCH (c:Capsule {seq: asked}) MATCH (s:Series {id: c.series_id})
  RETURN ${HEADER}, c.content AS content, c.metadata AS metadata`;
const PASSAGES = `UNWIND $places AS place
  MATCH (p:Passage {model: $model, capsule: place.seq, ordinal: place.passage})
  RETURN p.capsule AS seq, p.ordinal AS passage, p.start AS start, p.end AS end, p.bytes AS bytes`;

/** Rows by ordinal, for one request at a time. */
export class ShownRows implements Omit<SearchRows, 'ordinalOf'> {
  readonly #rows = new Map<number, ShownRow>();
  readonly #passages = new Map<string, ShownPassage | null>();
  readonly #wantedRows = new Set<number>();
  readonly #wantedPassages = new Map<string, { seq: number; passage: number }>();
  #model = 0;
  #nothing: ShownPassage = { start: 0, end: 0, vector: new Float32Array(0) };

  constructor(
    private readonly connection: Connection,
    private readonly capsules: {
      /** Place in the ledger. */
      readonly seqOf: (ordinal: number) => number;
      /** Hears of a capsule that has a passage which is damaged or gone. */
      readonly lost: (model: number, seq: number) => void;
    },
  ) {}

  /** What `show` says once every row it asks for was read. `dimensions` are those of the vectors that serve. */
  async shown<T>(model: number, dimensions: number, show: () => T): Promise<T> {
    this.#model = model;
    this.#nothing = { start: 0, end: 0, vector: new Float32Array(dimensions).fill(1) };
    for (;;) {
      const page = show();
      if (this.#wantedRows.size === 0 && this.#wantedPassages.size === 0) return page;
      await this.#read();
    }
  }

  header(ordinal: number): CapsuleHeader {
    return this.#row(ordinal).header;
  }

  content(ordinal: number): string {
    return this.#row(ordinal).content;
  }

  metadata(ordinal: number): JsonObject {
    return this.#row(ordinal).metadata;
  }

  passage(ordinal: number, passage: number): ShownPassage | null {
    const seq = this.capsules.seqOf(ordinal);
    const place = `${seq}/${passage}`;
    const known = this.#passages.get(place);
    if (known !== undefined) return known;
    this.#wantedPassages.set(place, { seq, passage });
    return this.#nothing;
  }

  #row(ordinal: number): ShownRow {
    const seq = this.capsules.seqOf(ordinal);
    const known = this.#rows.get(seq);
    if (known !== undefined) return known;
    this.#wantedRows.add(seq);
    return NOTHING;
  }

  async #read(): Promise<void> {
    const seqs = [...this.#wantedRows];
    const places = [...this.#wantedPassages.values()];
    this.#wantedRows.clear();
    this.#wantedPassages.clear();
    await this.connection.reading(async (statements) => {
      const [rows, passages] = await Promise.all([
        seqs.length === 0 ? [] : statements.run(ROWS, { seqs }),
        places.length === 0 ? [] : statements.run(PASSAGES, { places, model: this.#model }),
      ]);
      for (const row of rows) {
        this.#rows.set(Number(row['seq']), {
          header: toHeader(row),
          content: String(row['content'] ?? ''),
          metadata: JSON.parse(String(row['metadata'] ?? '{}')) as JsonObject,
        });
      }
      for (const { seq, passage } of places) this.#passages.set(`${seq}/${passage}`, null);
      for (const row of passages) {
        const vector = vectorOf(bytes(row['bytes']), this.#nothing.vector.length);
        if (vector === null) continue;
        const [start, end] = [Number(row['start']), Number(row['end'])];
        this.#passages.set(`${Number(row['seq'])}/${Number(row['passage'])}`, { start, end, vector });
      }
      for (const { seq, passage } of places) {
        if (this.#passages.get(`${seq}/${passage}`) === null) this.capsules.lost(this.#model, seq);
      }
    });
    const lost = seqs.find((seq) => !this.#rows.has(seq));
    if (lost !== undefined) throw new Error(`capsule ${lost} is known to search, but not stored`);
  }
}

const NOTHING: ShownRow = {
  header: {
    seq: 0,
    id: '',
    seriesId: '',
    headId: '',
    isHead: false,
    version: '',
    key: null,
    ownerId: '',
    parentId: null,
    type: 'knowledge',
    title: null,
    summary: '',
    tags: [],
    collection: null,
    position: null,
    validFrom: null,
    validTo: null,
    trust: 0,
    chainTrust: 0,
    tainted: false,
    warned: false,
    retracted: false,
    archived: false,
    createdAt: '',
    updatedAt: '',
  },
  content: '',
  metadata: {},
};
