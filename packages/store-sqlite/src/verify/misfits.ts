/**
 * Derived rows that do not fit what they were derived from. The search index is made anew from the contents and compared
 * byte for byte. Vectors come from a model that is not here: of them only their places and shapes can be told.
 * @module
 */
import type { VerifyMisfit } from '@forge-cascade/core';
import { LexicalIndex, SegmentFormatError } from '@forge-cascade/core/engine';
import type { Database, Row } from '../driver.js';
import { hasTable } from './has-table.js';
import { schemaFaults, type SchemaFault } from './schema-faults.js';

export function* misfits(db: Database): Generator<VerifyMisfit> {
  yield* schemaMisfits(db);
  yield* searchMisfits(db);
  yield* messageMisfits(db);
  // A folder of an older format has no vectors.
  if (hasTable(db, 'vector')) yield* vectorMisfits(db);
}

const SCHEMA_FAULT: Readonly<Record<SchemaFault['fault'], string>> = {
  missing: 'is missing in the database',
  differs: 'of the database was changed',
  added: 'was added to the database',
};

function* schemaMisfits(db: Database): Generator<VerifyMisfit> {
  for (const { name, fault } of schemaFaults(db)) {
    yield { kind: 'schema-changed', what: `The ${name} ${SCHEMA_FAULT[fault]}.` };
  }
}

/** Ends at the first segment that the engine would not read either: it drops all from there on and indexes anew. */
function* searchMisfits(db: Database): Generator<VerifyMisfit> {
  const documents = db
    .prepare('SELECT c.title, c.tags, t.text FROM capsule c LEFT JOIN content t ON t.seq = c.seq ORDER BY c.seq')
    .iterate();
  try {
    yield* segmentMisfits(db, documents);
  } finally {
    // Read half, it would hold its snapshot beyond the connection, and a writer that closes would wait for it.
    documents.return?.();
  }
}

function* segmentMisfits(db: Database, documents: Iterator<Row>): Generator<VerifyMisfit> {
  const index = new LexicalIndex();
  for (const row of db.prepare('SELECT first, documents, bytes FROM search_segment ORDER BY first').all()) {
    const [first, count, bytes] = [Number(row['first']), Number(row['documents']), row['bytes'] as Uint8Array];
    const refusal = refusalOf(bytes);
    if (refusal === 'SEGMENT_VERSION') return;
    const which = `The segment of the search index from document ${first} on`;
    if (refusal === 'SEGMENT_CORRUPT') return yield { what: `${which} is damaged.` };
    if (first !== index.size) return yield { what: `${which} does not follow the one before it.` };
    for (let i = 0; i < count; i++) {
      const next = documents.next();
      if (next.done === true) return yield { what: `${which} has more documents than there are capsules.` };
      add(index, next.value);
    }
    const sealed = index.seal()?.bytes ?? new Uint8Array();
    if (Buffer.compare(sealed, bytes) !== 0) yield { what: `${which} is not the index of the contents.` };
  }
}

function add(index: LexicalIndex, row: Row): void {
  index.add({ title: String(row['title'] ?? ''), tags: tagsOf(row['tags']), body: String(row['text'] ?? '') });
}

function tagsOf(stored: unknown): string {
  try {
    return (JSON.parse(String(stored)) as string[]).join(' ');
  } catch {
    // Was named when the capsule was compared.
    return '';
  }
}

/** Why the engine would not load these bytes wherever they stood; null when it would. */
function refusalOf(bytes: Uint8Array): SegmentFormatError['code'] | null {
  try {
    new LexicalIndex().load(bytes);
    return null;
  } catch (error) {
    if (!(error instanceof SegmentFormatError)) throw error;
    return error.code === 'SEGMENT_GAP' ? null : error.code;
  }
}

function* messageMisfits(db: Database): Generator<VerifyMisfit> {
  const strays = 'SELECT seq FROM outbox o WHERE NOT EXISTS (SELECT 1 FROM ledger l WHERE l.seq = o.seq) ORDER BY n';
  for (const row of db.prepare(strays).iterate()) {
    const seq = Number(row['seq']);
    yield { what: `A message waits that entry ${seq} is said to have promised, but there is no such entry.`, seq };
  }
}

function* vectorMisfits(db: Database): Generator<VerifyMisfit> {
  const ofCapsules: readonly (readonly [sql: string, what: (seq: number) => string])[] = [
    [
      'SELECT DISTINCT capsule AS seq FROM vector WHERE capsule NOT IN (SELECT seq FROM capsule)',
      (seq) => `Vectors are stored of entry ${seq}, which made no capsule.`,
    ],
    [
      'SELECT DISTINCT capsule AS seq FROM vector WHERE model NOT IN (SELECT n FROM vector_model)',
      (seq) => `Vectors of entry ${seq} are stored under a model that is not known.`,
    ],
    [
      `SELECT DISTINCT capsule AS seq FROM vector JOIN vector_model m ON m.n = model
        WHERE length(bytes) <> 4 * dimensions OR (dropped = 0 AND capsule > up_to)`,
      (seq) => `A vector of entry ${seq} is not one that its model has made.`,
    ],
    [
      `SELECT capsule AS seq FROM vector JOIN vector_model m ON m.n = model WHERE dropped = 0
        GROUP BY model, capsule HAVING min(passage) <> 0 OR max(passage) <> count(*) - 1`,
      (seq) => `Passages of entry ${seq} have lost their vectors.`,
    ],
  ];
  for (const [sql, what] of ofCapsules) {
    for (const row of db.prepare(sql).iterate()) yield { what: what(Number(row['seq'])), seq: Number(row['seq']) };
  }
  const models = `SELECT n FROM vector_model WHERE dropped = 0 AND up_to > (SELECT coalesce(max(seq), 0) FROM capsule)`;
  for (const { n } of db.prepare(models).iterate()) {
    yield { what: `Model ${n} is said to have made vectors of capsules that are not there.` };
  }
  // Rows that have no number, in folders of an older format, cannot be missed.
  if (!hasTable(db, 'vector_loss')) return;
  const counts = `SELECT n FROM vector_model WHERE dropped = 0
    AND passages <> (SELECT count(*) FROM vector WHERE model = n)`;
  for (const { n } of db.prepare(counts).iterate()) {
    yield { what: `The stored vectors of model ${n} are not as many as it has made.` };
  }
  const segments = `SELECT first FROM vector_segment WHERE model NOT IN (SELECT n FROM vector_model)
    OR first + documents > (SELECT count(*) FROM capsule) ORDER BY first`;
  for (const { first } of db.prepare(segments).iterate()) {
    yield {
      what: `The segment of vectors from document ${first} on is of no model, or of capsules that are not there.`,
    };
  }
}
