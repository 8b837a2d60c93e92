/**
 * Rows beside the state that do not fit what they were made from. Vectors come from a model that is not here: of them only
 * their places and shapes can be told.
 * @module
 */
import type { VerifyEntry, VerifyMisfit } from '@forge-cascade/core';
import { openPayload, type EventType, type JsonObject } from '@forge-cascade/core/engine';
import type { Connection } from '../connection.js';
import { text, type Row } from '../values.js';
import { CapsulePicture } from './capsule-picture.js';
import { pagesOf } from './pages.js';
import { ToldPicture, type ToldEvent } from './told-picture.js';

const COUNTS = `MATCH (l:Ledger {one: 1}) RETURN l.size AS size, l.capsules AS capsules, l.changes AS changes,
  l.messages AS messages, l.models AS models, l.timestamp AS timestamp, l.mark AS mark, COUNT { MATCH (:Capsule) } AS stored`;
const STREAMS = `MATCH (s:Stream) WHERE s.id > $after WITH s ORDER BY s.id LIMIT $limit
  RETURN s.id AS place, s.revision AS revision ORDER BY place`;
const MISDATED = `MATCH (a:AuditLog) WHERE a.timestamp IS NULL OR a.timestamp.epochMillis <> a.at RETURN a.seq AS seq`;
const STRAY_MESSAGES = `MATCH (o:Outbox) WHERE o.n IS NULL OR o.n > $messages
    OR NOT EXISTS { MATCH (:AuditLog {seq: o.seq}) } RETURN o.seq AS seq`;

const LIVE = 'MATCH (m:VectorModel {dropped: false})';
/** What is wrong with vectors, by capsule. */
const VECTORS: readonly (readonly [cypher: string, what: string])[] = [
  [
    'MATCH (p:Passage) WHERE NOT EXISTS { MATCH (:Capsule {seq: p.capsule}) } RETURN DISTINCT p.capsule AS seq',
    'Vectors are stored of an entry that made no capsule.',
  ],
  [
    `MATCH (m:VectorModel) WITH collect(m.n) AS known MATCH (p:Passage) WHERE NOT p.model IN known
     RETURN DISTINCT p.capsule AS seq`,
    'Vectors are stored under a model that is not known.',
  ],
  [
    `${LIVE} MATCH (p:Passage) WHERE p.model = m.n AND p.capsule > 0 AND p.ordinal >= 0
       AND (p.bytes IS NULL OR size(p.bytes) <> 4 * m.dimensions OR p.capsule > m.mark[0]) RETURN DISTINCT p.capsule AS seq`,
    'A vector is not one that its model has made.',
  ],
  [
    `${LIVE} MATCH (p:Passage) WHERE p.model = m.n AND p.capsule > 0 AND p.ordinal >= 0
     WITH m.n AS n, p.capsule AS seq, min(p.ordinal) AS first, max(p.ordinal) AS last, count(*) AS passages
     WHERE first <> 0 OR last <> passages - 1 RETURN DISTINCT seq`,
    'Passages have lost their vectors.',
  ],
];
const MODELS = `${LIVE} RETURN m.n AS n,
  m.n > $models OR m.mark[0] > coalesce(COLLECT { MATCH (c:Capsule) WHERE c.seq > 0 RETURN c.seq ORDER BY c.seq DESC LIMIT 1 }[0], 0) AS beyond,
  m.mark[1] <> COUNT { MATCH (p:Passage) WHERE p.model = m.n AND p.capsule > 0 AND p.ordinal >= 0 } AS counted`;

/** Takes in the entries as they are read, and says afterwards what does not follow from them. */
export class Misfits {
  readonly #told = new ToldPicture();
  readonly #capsules = new CapsulePicture();
  /** The newest entry of each stream. */
  readonly #streams = new Map<string, number>();
  #newest = 0;

  take(entry: VerifyEntry): void {
    const { seq, type, entity_id: entityId, timestamp } = entry.envelope;
    this.#streams.set(entry.stream, Math.max(seq, this.#streams.get(entry.stream) ?? 0));
    this.#newest = Math.max(this.#newest, Date.parse(timestamp) || 0);
    const payload = payloadOf(entry);
    // What cannot be read, or lost a part, was named as an entry.
    if (payload === null) return;
    const event: ToldEvent = { type, entityId, payload, seq, at: Date.parse(timestamp) };
    this.#told.take(event);
    this.#capsules.take(event);
  }

  async *all(connection: Connection): AsyncGenerator<VerifyMisfit> {
    const [counts] = await connection.read(COUNTS);
    if (counts === undefined) return;
    yield* this.#countFaults(counts);
    yield* this.#streamFaults(connection);
    for (const { seq } of await connection.read(MISDATED)) {
      yield { kind: 'graph-changed', what: 'The graph shows another time than the entry has.', seq: Number(seq) };
    }
    yield* this.#told.misfits(connection);
    yield* this.#capsules.misfits(connection, Number(counts['changes']));
    for (const { seq } of await connection.read(STRAY_MESSAGES, { messages: Number(counts['messages']) })) {
      yield {
        what: 'A message waits that no entry promised, or under a number that was not given out.',
        seq: Number(seq),
      };
    }
    yield* vectorFaults(connection, Number(counts['models'] ?? 0));
  }

  *#countFaults(row: Row): Generator<VerifyMisfit> {
    const count = (name: string): number => Number(row[name] ?? 0);
    const fault = (what: string): VerifyMisfit => ({ kind: 'graph-changed', what });
    if (count('capsules') !== count('stored')) yield fault('The ledger counts other capsules than are stored.');
    if (count('timestamp') < this.#newest) yield fault('The ledger is dated before its newest entry.');
    const mark = [count('size'), count('capsules'), count('changes')];
    if (JSON.stringify(row['mark']) !== JSON.stringify(mark)) {
      yield fault('The mark by which readers notice what is new was changed.');
    }
  }

  async *#streamFaults(connection: Connection): AsyncGenerator<VerifyMisfit> {
    const missing = new Map(this.#streams);
    for await (const { place, revision } of pagesOf(connection, STREAMS, '')) {
      const id = String(place);
      if (missing.get(id) !== Number(revision)) {
        yield { kind: 'graph-changed', what: 'The revision of a stream is not its newest entry.', id };
      }
      missing.delete(id);
    }
    for (const [id, seq] of missing) {
      yield { kind: 'graph-changed', what: 'The revision of a stream is not kept any more.', id, seq };
    }
  }
}

async function* vectorFaults(connection: Connection, models: number): AsyncGenerator<VerifyMisfit> {
  for (const [cypher, what] of VECTORS) {
    for (const { seq } of await connection.read(cypher)) yield { what, seq: Number(seq) };
  }
  for (const { n, beyond, counted } of await connection.read(MODELS, { models })) {
    const model = text(n) ?? '';
    if (beyond === true) yield { what: `Model ${model} is said to have made vectors of capsules that are not there.` };
    if (counted === true) yield { what: `The stored vectors of model ${model} are not as many as it has made.` };
  }
}

function payloadOf({ envelope, body, privateValues }: VerifyEntry): unknown {
  if (body === null) return null;
  try {
    return openPayload(envelope.type as EventType, JSON.parse(body) as JsonObject, privateValues);
  } catch {
    return null;
  }
}
