/**
 * The search thread: filters and ranks in memory, reads what it shows from its own snapshot.
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { CapsuleFilter, SearchRequest, SimilarRequest } from '@forge-cascade/core/engine';
import { openDatabase, storeError, type Database } from '../driver.js';
import { CapsuleRows } from '../reader/read-capsules.js';
import { LedgerRows } from '../reader/read-ledger.js';
import { TrustBounds } from '../reader/trust-bounds.js';
import { configure } from '../schema.js';
import { serveMethods } from '../thread-rpc.js';
import { FollowedColumns } from './followed-columns.js';
import { FollowedIndex } from './followed-index.js';
import { FollowedVectors } from './followed-vectors.js';
import { Finder } from './finder.js';

/** Documents indexed per turn while following; a search in between waits for one turn at most. */
const TURN = 64;

const port = parentPort;
if (port === null) throw new Error('search runs in a worker thread');
const { database } = workerData as { readonly database: string };

interface Open {
  readonly db: Database;
  readonly columns: FollowedColumns;
  readonly index: FollowedIndex;
  readonly vectors: FollowedVectors;
  readonly finder: Finder;
  readonly ledger: LedgerRows;
}

let open: Open | null = null;

function ready(): Open {
  if (open === null) {
    const db = openDatabase(database);
    configure(db, 'reader');
    const bounds = new TrustBounds(db);
    const columns = new FollowedColumns(db, bounds);
    const index = new FollowedIndex(db);
    const vectors = new FollowedVectors(db, columns);
    const ledger = new LedgerRows(db);
    const finder = new Finder({
      columns,
      index,
      vectors,
      capsules: new CapsuleRows(db, bounds),
      ledger,
    });
    open = { db, columns, index, vectors, finder, ledger };
  }
  return open;
}

function snapshot<T>(read: (open: Open) => T): T {
  const now = ready();
  now.db.exec('BEGIN');
  try {
    now.columns.follow();
    now.vectors.follow();
    return read(now);
  } catch (error) {
    throw storeError(error);
  } finally {
    now.db.exec('COMMIT');
  }
}

serveMethods(port, {
  list: (q: { filter: CapsuleFilter; limit: number; cursor: string | null }) =>
    snapshot(({ finder }) => JSON.stringify(finder.list(q.filter, q.limit, q.cursor))),
  // As text: pages of small objects cross between threads several times faster this way than by cloning.
  search: (request: SearchRequest) => snapshot(({ finder }) => JSON.stringify(finder.search(request))),
  anticipate: (request: SearchRequest) => snapshot(({ finder }) => finder.anticipate(request)),
  similar: (request: SimilarRequest) => snapshot(({ finder }) => JSON.stringify(finder.similar(request))),
  /** One turn of indexing. The caller asks again while something is left, so that searches get in between. */
  follow: () =>
    snapshot(({ columns, index, vectors, ledger }) => ({
      size: ledger.size(),
      left: index.catchUp(columns.seqs, TURN),
      followed: columns.followed,
      segments: index.maintain(false),
      vectorSegments: vectors.maintain(),
    })),
  /** Vectors found damaged or gone since the last call. */
  lostVectors: () => snapshot(({ vectors }) => vectors.takeLost()),
  status: () => snapshot(({ columns, index }) => ({ lag: columns.seqs.length - index.index.size })),
  close: () => {
    const segments = open?.index.maintain(true) ?? null;
    open?.db.close();
    open = null;
    return segments;
  },
});
