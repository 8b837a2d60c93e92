/**
 * The reader's thread for everything but search: ids, keys, versions, lineage, ledger, outbox. Every call sees one
 * snapshot, taken when it starts, and so every commit acknowledged before.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { DueMessage, KeptWork, LedgerQuery, LineageDirection } from '@forge-cascade/core/engine';
import { openDatabase, storeError, type Database } from '../driver.js';
import { configure } from '../schema.js';
import { serveMethods } from '../thread-rpc.js';
import { encodeLineage } from './lineage-message.js';
import { CapsuleRows } from './read-capsules.js';
import { CountRows } from './read-counts.js';
import { LedgerRows } from './read-ledger.js';
import { LineageRows } from './read-lineage.js';
import { OverlayRows } from './read-overlays.js';
import { VectorRows } from './read-vectors.js';
import { ReplicaRows } from './read-replica.js';
import { TrustBounds } from './trust-bounds.js';

const port = parentPort;
if (port === null) throw new Error('the reader runs in a worker thread');
const { database } = workerData as { readonly database: string };

interface Reader {
  readonly db: Database;
  readonly bounds: TrustBounds;
  readonly capsules: CapsuleRows;
  readonly lineage: LineageRows;
  readonly ledger: LedgerRows;
  readonly vectors: VectorRows;
  readonly overlays: OverlayRows;
  readonly replica: ReplicaRows;
  readonly counts: CountRows;
}

let reader: Reader | null = null;

/** Opened by the first call, when the writer has made the tables. */
function ready(): Reader {
  if (reader === null) {
    const db = openDatabase(database);
    configure(db, 'reader');
    const bounds = new TrustBounds(db);
    const ledger = new LedgerRows(db);
    reader = {
      db,
      bounds,
      capsules: new CapsuleRows(db, bounds),
      lineage: new LineageRows(db, bounds),
      ledger,
      vectors: new VectorRows(db),
      overlays: new OverlayRows(db, ledger),
      replica: new ReplicaRows(db),
      counts: new CountRows(db),
    };
  }
  return reader;
}

function snapshot<A, T>(read: (reader: Reader, argument: A) => T): (argument: A) => T {
  return (argument) => {
    const open = ready();
    open.db.exec('BEGIN');
    try {
      open.bounds.refresh();
      return read(open, argument);
    } catch (error) {
      throw storeError(error);
    } finally {
      open.db.exec('COMMIT');
    }
  };
}

serveMethods(port, {
  capsule: snapshot((r, ref: string) => r.capsules.byRef(ref)),
  capsules: snapshot((r, ids: readonly string[]) => ids.map((id) => r.capsules.byId(id))),
  byKeys: snapshot((r, { ownerId, keys }: { ownerId: string; keys: readonly string[] }) =>
    keys.map((key) => r.capsules.byKey(ownerId, key)),
  ),
  versions: snapshot((r, seriesId: string) => r.capsules.versions(seriesId)),
  lineage: snapshot((r, q: { id: string; direction: LineageDirection; depth: number | null }) => {
    const walked = r.lineage.graph(q.id, q.direction, q.depth);
    return walked === null ? null : encodeLineage(walked);
  }),
  entries: snapshot((r, query: LedgerQuery) => r.ledger.entries(query)),
  checkpoint: snapshot((r) => r.ledger.checkpoint()),
  inclusionProof: snapshot((r, q: { seq: number; size: number }) => r.ledger.inclusionProof(q.seq, q.size)),
  consistencyProof: snapshot((r, q: { oldSize: number; newSize: number }) =>
    r.ledger.consistencyProof(q.oldSize, q.newSize),
  ),
  due: snapshot((r, q: { now: number; limit: number }): DueMessage[] =>
    r.db
      .prepare('SELECT id, topic, payload, seq, attempts FROM outbox WHERE next_at <= ? ORDER BY n LIMIT ?')
      .all(q.now, q.limit)
      .map((row) => ({
        id: String(row['id']),
        topic: String(row['topic']),
        payload: String(row['payload']),
        seq: Number(row['seq']),
        attempts: Number(row['attempts']),
      })),
  ),
  backlog: snapshot((r) => {
    const row = r.db.prepare('SELECT count(*) AS pending, coalesce(sum(attempts > 0), 0) AS failing FROM outbox').get();
    return { pending: Number(row?.['pending'] ?? 0), failing: Number(row?.['failing'] ?? 0) };
  }),
  counts: snapshot((r) => r.counts.read()),
  vectorModels: snapshot((r) => r.vectors.models()),
  missingVectors: snapshot((r, q: { model: string; limit: number }) => r.vectors.missing(q.model, q.limit)),
  overlays: snapshot((r) => r.overlays.all()),
  overlayReceipts: snapshot((r, q: { id: string; limit: number; cursor: string | null }) =>
    r.overlays.receipts(q.id, q.limit, q.cursor),
  ),
  overlayValue: snapshot((r, q: { id: string; key: string }) => r.overlays.value(q.id, q.key)),
  overlayValues: snapshot((r, id: string) => r.overlays.valueCount(id)),
  overlayReach: snapshot((r, q: { id: string; hops: number }) => r.overlays.reach(q.id, q.hops)),
  overlayRecordings: snapshot((r, q: { instance: string; upTo: number }) => r.overlays.recordings(q.instance, q.upTo)),
  history: snapshot((r, q: { after: number; limit: number }) => r.replica.history(q.after, q.limit)),
  work: snapshot((r, q: { kind: KeptWork['kind']; skip: number; limit: number }) =>
    r.replica.work(q.kind, q.skip, q.limit),
  ),
  keptVectors: snapshot((r, q: { model: string; after: number; limit: number }) =>
    r.replica.vectors(q.model, q.after, q.limit),
  ),
  close: () => {
    reader?.db.close();
    reader = null;
    return null;
  },
});
