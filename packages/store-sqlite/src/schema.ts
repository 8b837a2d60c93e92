/**
 * The tables of the embedded engine. `ledger`, `payload` and `content` are the truth; everything below the line is
 * written in the same transaction from the events, and `verify` compares the two.
 * @module
 */
import { DomainError } from '@forge-cascade/core/engine';
import type { Database } from './driver.js';

/** Bumped by every change of the tables; a folder of a newer format is refused, an older one is migrated. */
export const SCHEMA_VERSION = 4;

const TABLES = `
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE ledger(
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  entity_type TEXT NOT NULL,
  entity_id TEXT NOT NULL,
  actor TEXT NOT NULL,
  operation TEXT NOT NULL,
  correlation_id TEXT NOT NULL,
  causation_id TEXT,
  timestamp INTEGER NOT NULL,
  payload_commitment BLOB NOT NULL,
  leaf_hash BLOB NOT NULL,
  stream TEXT NOT NULL
) STRICT;
CREATE INDEX ledger_stream ON ledger(stream);
CREATE INDEX ledger_correlation ON ledger(correlation_id);

CREATE TABLE payload(seq INTEGER PRIMARY KEY, salt BLOB NOT NULL, body TEXT NOT NULL, private TEXT NOT NULL) STRICT;
CREATE TABLE content(seq INTEGER PRIMARY KEY, salt BLOB NOT NULL, text TEXT NOT NULL) STRICT;

CREATE TABLE tile(level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY(level, idx)) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoint(one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, frontier BLOB NOT NULL, note TEXT NOT NULL) STRICT;

CREATE TABLE claim(space TEXT NOT NULL, key TEXT NOT NULL, holder TEXT NOT NULL, expires_at INTEGER, PRIMARY KEY(space, key)) STRICT, WITHOUT ROWID;
CREATE INDEX claim_expiry ON claim(expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE lease(name TEXT PRIMARY KEY, holder TEXT NOT NULL, token INTEGER NOT NULL, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE outbox(
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  seq INTEGER NOT NULL,
  topic TEXT NOT NULL,
  payload TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL DEFAULT 0,
  error TEXT
) STRICT;

-- Image of the ledger ----------------------------------------------------------------------------------------------

CREATE TABLE series(
  series INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  owner_id TEXT NOT NULL,
  key TEXT,
  head INTEGER NOT NULL,
  archived INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX series_key ON series(owner_id, key) WHERE key IS NOT NULL;

-- The fields that filters and lineage read come first: SQLite stops decoding a row at the last column asked for.
CREATE TABLE capsule(
  seq INTEGER PRIMARY KEY,
  series INTEGER NOT NULL,
  head INTEGER NOT NULL,
  trust INTEGER NOT NULL,
  chain_trust INTEGER NOT NULL,
  tainted INTEGER NOT NULL,
  warned INTEGER NOT NULL,
  retracted INTEGER NOT NULL,
  trust_before INTEGER,
  recorded_to INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  id TEXT NOT NULL UNIQUE,
  version TEXT NOT NULL,
  type TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  position INTEGER,
  valid_from TEXT,
  valid_to TEXT,
  collection TEXT,
  title TEXT,
  summary TEXT NOT NULL,
  tags TEXT NOT NULL,
  metadata TEXT NOT NULL
) STRICT;
CREATE INDEX capsule_series ON capsule(series);

CREATE TABLE edge(
  child INTEGER NOT NULL,
  ord INTEGER NOT NULL,
  parent INTEGER NOT NULL,
  relation TEXT NOT NULL,
  reason TEXT,
  changes TEXT NOT NULL,
  PRIMARY KEY(child, ord)
) STRICT, WITHOUT ROWID;
CREATE INDEX edge_parent ON edge(parent, child, relation);

CREATE TABLE archive_span(series INTEGER NOT NULL, from_seq INTEGER NOT NULL, to_seq INTEGER, PRIMARY KEY(series, from_seq)) STRICT, WITHOUT ROWID;

-- Trust changes on their way to descendants. Readers apply \`bound\` and \`taints\` to all of them until the row is gone.
CREATE TABLE trust_pending(root INTEGER PRIMARY KEY, event INTEGER NOT NULL, bound INTEGER NOT NULL, taints INTEGER NOT NULL) STRICT;

-- Derived data -----------------------------------------------------------------------------------------------------

-- Which capsule rows changed, in order, so that the search worker can follow inside its own snapshot.
CREATE TABLE change_log(n INTEGER PRIMARY KEY AUTOINCREMENT, capsule INTEGER NOT NULL) STRICT;
CREATE TABLE search_segment(first INTEGER PRIMARY KEY, documents INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
`;

/** What version 2 added: vectors, by model. Derived data like the search segments. */
const VECTOR_TABLES = `
-- A model's vectors are made in the order of the ledger: \`up_to\` is the newest capsule dealt with.
CREATE TABLE vector_model(
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  dimensions INTEGER NOT NULL,
  up_to INTEGER NOT NULL DEFAULT 0,
  serving INTEGER NOT NULL DEFAULT 0,
  dropped INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE vector(
  id INTEGER PRIMARY KEY,
  model INTEGER NOT NULL,
  capsule INTEGER NOT NULL,
  passage INTEGER NOT NULL,
  start_at INTEGER NOT NULL,
  end_at INTEGER NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX vector_place ON vector(model, capsule, passage);
CREATE TABLE vector_segment(model INTEGER NOT NULL, first INTEGER NOT NULL, documents INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY(model, first)) STRICT;
`;

/** What version 3 added: how losses among the vectors are noticed and made good. */
const VECTOR_LOSSES = `
ALTER TABLE vector_model ADD COLUMN passages INTEGER NOT NULL DEFAULT 0;
ALTER TABLE vector_model ADD COLUMN refills INTEGER NOT NULL DEFAULT 0;
UPDATE vector_model SET passages = (SELECT count(*) FROM vector WHERE model = n);
-- Capsules up to \`up_to\` whose vectors were lost: missing again, until they are made anew as the model's \`refill\`.
CREATE TABLE vector_loss(model INTEGER NOT NULL, capsule INTEGER NOT NULL, refill INTEGER, PRIMARY KEY(model, capsule)) STRICT, WITHOUT ROWID;
`;

/** What version 4 added: overlays. All but the recordings is image of the ledger. */
const OVERLAY_TABLES = `
-- How an overlay stands and what came of its runs, as JSON: the core evolves both.
CREATE TABLE overlay(id TEXT PRIMARY KEY, standing TEXT NOT NULL, activity TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE overlay_receipt(overlay TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(overlay, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE overlay_value(overlay TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY(overlay, key)) STRICT, WITHOUT ROWID;
CREATE TABLE overlay_trigger(source TEXT NOT NULL, target TEXT NOT NULL, PRIMARY KEY(source, target)) STRICT, WITHOUT ROWID;
CREATE TABLE overlay_recording(
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  receipt TEXT NOT NULL UNIQUE,
  overlay TEXT NOT NULL,
  instance TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX overlay_recording_instance ON overlay_recording(instance, ordinal);
CREATE INDEX overlay_recording_age ON overlay_recording(overlay, n);
`;

/** What takes a folder from each version to the next. */
const STEPS: readonly string[] = [TABLES, VECTOR_TABLES, VECTOR_LOSSES, OVERLAY_TABLES];

/**
 * Connection settings. `synchronous` is set on every connection because the default in WAL mode would not survive a
 * power cut; `secure_delete` because erasure must be physical.
 */
export function configure(db: Database, role: 'writer' | 'reader'): void {
  if (role === 'writer') db.exec('PRAGMA page_size=8192; PRAGMA journal_mode=WAL;');
  db.exec('PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536;');
  // Checkpointing 16 MB at a time keeps most commits to one sequential write.
  db.exec(role === 'writer' ? 'PRAGMA wal_autocheckpoint=2000;' : 'PRAGMA query_only=ON; PRAGMA mmap_size=268435456;');
}

/** Makes the tables of a format in an empty database. */
export function makeSchema(db: Database, format: number): void {
  db.exec(STEPS.slice(0, format).join(''));
}

/** Creates the tables in a new folder, adds what an older one lacks, refuses a newer one. True when it was new. */
export function prepareSchema(db: Database): boolean {
  const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  if (version > SCHEMA_VERSION) {
    throw new DomainError(
      'STORE_CORRUPT',
      `The data folder has format ${version}; this version of Forge Cascade reads up to ${SCHEMA_VERSION}. Use a newer version.`,
    );
  }
  if (version === SCHEMA_VERSION) return false;
  db.exec(`BEGIN IMMEDIATE; ${STEPS.slice(version).join('')} PRAGMA user_version=${SCHEMA_VERSION}; COMMIT;`);
  return version === 0;
}
