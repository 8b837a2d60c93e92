/**
 * The graph. `Capsule`, `User`, `Overlay`, `Proposal` and `AuditLog`, their relationships and the index
 * `capsule_embeddings` are those of the specification, so that its own queries run; the other labels are the engine's:
 *
 * - `Ledger`: one node, where the ledger ends. Whoever writes locks it first.
 * - `Series`, `Stream`: the head of a series and its archive; the revision of a stream.
 * - `Claim`, `Lease`, `Outbox`, `Tile`: what their names say.
 * - `VectorModel`, `Passage`: vectors by model, as little-endian 32-bit floats; `VectorLoss`: those to be made anew.
 * - `OverlayRecording`: what running an overlay's call again needs, for a while.
 * - `Writer`: the last group that a process committed, to find out about it after a cut connection.
 *
 * A database holds one store. The community edition has no constraints but those of uniqueness.
 * @module
 */
import { DomainError } from '@forge-cascade/core/engine';
import type { Connection } from './connection.js';

/** Bumped by every change of the graph; a database of a newer format is refused. */
export const SCHEMA_VERSION = 1;

const UNIQUE: readonly (readonly [name: string, label: string, properties: readonly string[]])[] = [
  ['capsule_id', 'Capsule', ['id']],
  ['user_id', 'User', ['id']],
  ['overlay_id', 'Overlay', ['id']],
  ['proposal_id', 'Proposal', ['id']],
  ['audit_log_id', 'AuditLog', ['id']],
  ['audit_log_seq', 'AuditLog', ['seq']],
  ['capsule_seq', 'Capsule', ['seq']],
  ['ledger_one', 'Ledger', ['one']],
  ['series_id', 'Series', ['id']],
  ['series_key', 'Series', ['owner_id', 'key']],
  ['stream_id', 'Stream', ['id']],
  ['claim_place', 'Claim', ['space', 'key']],
  ['lease_name', 'Lease', ['name']],
  ['outbox_id', 'Outbox', ['id']],
  ['tile_place', 'Tile', ['level', 'index']],
  ['writer_id', 'Writer', ['id']],
  ['overlay_recording_receipt', 'OverlayRecording', ['receipt']],
  ['passage_place', 'Passage', ['model', 'capsule', 'ordinal']],
  ['vector_loss_place', 'VectorLoss', ['model', 'capsule']],
];

const INDEXES: readonly (readonly [name: string, label: string, property: string])[] = [
  ['capsule_series', 'Capsule', 'series_id'],
  ['capsule_changed', 'Capsule', 'changed'],
  ['audit_log_stream', 'AuditLog', 'stream'],
  ['audit_log_correlation', 'AuditLog', 'correlation_id'],
  ['audit_log_entity', 'AuditLog', 'entity_id'],
  ['audit_log_at', 'AuditLog', 'at'],
  ['claim_expiry', 'Claim', 'expires_at'],
  ['outbox_n', 'Outbox', 'n'],
  ['overlay_recording_instance', 'OverlayRecording', 'instance'],
  ['overlay_recording_overlay', 'OverlayRecording', 'overlay'],
];

/** Makes what is missing of constraints and indexes. */
export async function prepareSchema(connection: Connection): Promise<void> {
  const missing = new Set(await missingSchema(connection));
  if (missing.size === 0) return;
  for (const [name, label, properties] of UNIQUE) {
    if (!missing.has(name)) continue;
    const places = properties.map((property) => `n.${property}`).join(', ');
    await connection.alone(`CREATE CONSTRAINT ${name} IF NOT EXISTS FOR (n:${label}) REQUIRE (${places}) IS UNIQUE`);
  }
  for (const [name, label, property] of INDEXES) {
    if (!missing.has(name)) continue;
    await connection.alone(`CREATE INDEX ${name} IF NOT EXISTS FOR (n:${label}) ON (n.${property})`);
  }
  await connection.alone('CALL db.awaitIndexes(120)');
}

/** All constraints and indexes but the vector index, which depends on the model that serves. */
export function expectedSchema(): readonly {
  readonly name: string;
  readonly label: string;
  readonly properties: readonly string[];
  readonly unique: boolean;
}[] {
  return [
    ...UNIQUE.map(([name, label, properties]) => ({ name, label, properties, unique: true })),
    ...INDEXES.map(([name, label, property]) => ({ name, label, properties: [property], unique: false })),
  ];
}

/** Names of the constraints and indexes that are not there, or not of use yet. */
export async function missingSchema(connection: Connection): Promise<string[]> {
  const found = await connection.alone("SHOW INDEXES YIELD name, state WHERE state = 'ONLINE' RETURN name");
  const names = new Set(found.map(({ name }) => String(name)));
  return expectedSchema().flatMap(({ name }) => (names.has(name) ? [] : [name]));
}

/**
 * The vector index of the specification, for vectors of the model that serves; null drops it. An index of another
 * dimension would pass over every vector without a word, so it is made anew.
 */
export async function prepareVectorIndex(connection: Connection, dimensions: number | null): Promise<void> {
  const [index] = await connection.alone(
    `SHOW VECTOR INDEXES YIELD name, options WHERE name = 'capsule_embeddings'
     RETURN options.indexConfig['vector.dimensions'] AS dimensions`,
  );
  if (index !== undefined && Number(index['dimensions']) !== dimensions) {
    await connection.alone('DROP INDEX capsule_embeddings IF EXISTS');
  }
  if (dimensions === null || dimensions > MOST_INDEXED) return;
  await connection.alone(
    `CREATE VECTOR INDEX capsule_embeddings IF NOT EXISTS FOR (c:Capsule) ON (c.embedding)
     OPTIONS { indexConfig: { \`vector.dimensions\`: ${dimensions}, \`vector.similarity_function\`: 'cosine' } }`,
  );
}

/** Dimensions that a vector index of Neo4j takes. Longer vectors are searched all the same, but by this engine alone. */
const MOST_INDEXED = 4_096;

/** @throws DomainError UNAVAILABLE for a server whose statements may differ from those that were tried. */
export function checkServer(agent: string): void {
  const [, major = '', minor = ''] = /^Neo4j\/(\d+)\.(\d+)/.exec(agent) ?? [];
  const known = (major === '5' && Number(minor) >= 26) || Number(major) >= 2025;
  if (known) return;
  throw new DomainError(
    'UNAVAILABLE',
    `The server calls itself ${JSON.stringify(agent)}. The store needs Neo4j 5.26 or a later release.`,
    { field: 'url' },
  );
}
