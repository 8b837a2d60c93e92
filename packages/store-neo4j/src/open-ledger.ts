/** Opens the ledger of a database, or begins one; its end must agree with the signed checkpoint. @module */
import {
  DomainError,
  event,
  ledgerSigner,
  parseCheckpoint,
  receivedOrigin,
  receivingSigner,
  refuseUnfinished,
  sealEvent,
  type FoundLedger,
  type ReceiveOptions,
} from '@forge-cascade/core/engine';
import { uuidv7 } from 'uuidv7';
import type { Connection } from './connection.js';
import { SCHEMA_VERSION } from './schema.js';
import { bytes, text, type Row } from './values.js';
import { Arrival } from './writer/arrival.js';
import { CommitQueue } from './writer/commit-queue.js';
import { restoreFrontier } from './writer/decide-group.js';

export interface LedgerOptions {
  /**
   * The ledger's signing key as text. Asked for with the name of the ledger, which a new key must bear, and whether the
   * ledger exists: then its key must be put back, not made anew. All processes of a store sign with the same key.
   */
  readonly ledgerKey: (origin: string, exists: boolean) => string;
  /** Given the public half, for those that verify. */
  readonly keepPublicKey?: (verifierKey: string) => void;
  /** Takes in another store's ledger instead of beginning one. */
  readonly receive?: ReceiveOptions;
  /** For a new ledger only. */
  readonly ownerId?: string;
  readonly origin?: string;
  /** Milliseconds since the epoch; stands in for the database's clock, for tests. */
  readonly now?: () => number;
}

interface LedgerFacts {
  readonly origin: string;
  readonly ownerId: string;
}

export interface OpenedLedger {
  readonly queue: CommitQueue;
  readonly arrival: Arrival | null;
}

const BEGIN = `MERGE (l:Ledger {one: 1})
  ON CREATE SET l.format = $format, l.origin = $origin, l.owner_id = $owner, l.size = 0, l.timestamp = 0, l.frontier = $edge,
    l.capsules = 0, l.changes = 0, l.messages = 0, l.models = 0, l.mark = [0, 0, 0], l.maintenance = false
  SET l.locked_by = 'opening'
  RETURN l.format AS format, l.origin AS origin, l.owner_id AS owner, l.size AS size, l.frontier AS frontier, l.note AS note,
    l.sealed AS sealed, l.receiving AS receiving`;

export async function openLedger(
  connection: Connection,
  options: LedgerOptions,
  onWritten: (change: number) => void,
): Promise<OpenedLedger> {
  const origin = options.origin ?? newOrigin();
  const owner = options.ownerId ?? uuidv7();
  const [row] = await connection.writingAgain((statements) =>
    statements.run(BEGIN, { format: SCHEMA_VERSION, origin, owner, edge: new Uint8Array(0) }),
  );
  if (row === undefined) throw new Error('the ledger could not be made');
  checkFormat(Number(row['format']));
  const facts: LedgerFacts = { origin: String(row['origin']), ownerId: String(row['owner']) };
  const exists = Number(row['size']) > 0;
  if (exists) checkEnd(row);
  const { receive } = options;
  const found: FoundLedger = {
    ...{ origin: facts.origin, size: Number(row['size']), note: text(row['note']) },
    ...{ sealed: text(row['sealed']) !== null, receiving: text(row['receiving']) },
  };
  if (receive !== undefined) {
    const arriving = receivedOrigin(found, receive.origin, newOrigin);
    if (arriving !== null) {
      const signer = receivingSigner(receive.ledgerKey, arriving, found);
      options.keepPublicKey?.(signer.verifierKey);
      const queue = new CommitQueue({ connection, origin: arriving, signer, now: options.now, onWritten });
      return {
        queue,
        arrival: new Arrival({
          connection,
          origin: arriving,
          signer,
          begun: found.receiving !== null,
          writer: queue.writer,
          onWritten,
        }),
      };
    }
  }
  refuseUnfinished(found);
  const key = options.ledgerKey(facts.origin, exists);
  const signer = ledgerSigner(key, facts.origin, exists ? text(row['note']) : null);
  const queue = new CommitQueue({ connection, origin: facts.origin, signer, now: options.now, onWritten });
  // Another process may have begun the ledger meanwhile: then its key counts.
  if (!exists && !(await begin(queue, facts))) ledgerSigner(key, facts.origin, await newestNote(connection));
  options.keepPublicKey?.(signer.verifierKey);
  return { queue, arrival: null };
}

function newOrigin(): string {
  return `forge-cascade.local/${uuidv7()}`;
}

function checkFormat(format: number): void {
  if (format <= SCHEMA_VERSION) return;
  throw new DomainError(
    'STORE_CORRUPT',
    `The database has format ${format}; this version of Forge Cascade reads up to ${SCHEMA_VERSION}. Use a newer version.`,
  );
}

function checkEnd(row: Row): void {
  const root = restoreFrontier(Number(row['size']), bytes(row['frontier'])).root();
  const note = parseCheckpoint(text(row['note']) ?? '');
  if (note.size === Number(row['size']) && Buffer.compare(root, note.root) === 0) return;
  throw new DomainError(
    'STORE_CORRUPT',
    'The end of the ledger does not match its signed checkpoint. Verify the store before writing to it; nothing was changed.',
  );
}

/** The first entry: who owns this ledger and under which name it signs. Of processes that begin at once one writes it. */
async function begin(queue: CommitQueue, { origin, ownerId }: LedgerFacts): Promise<boolean> {
  const payload = { origin, owner_id: ownerId, parent_checkpoint: null };
  const opened = event('store.opened.v1', 'OPEN', { type: 'Store', id: origin }, payload);
  const { outcome } = await queue.commit({
    actor: ownerId,
    correlationId: uuidv7(),
    causationId: null,
    expect: [{ stream: origin, revision: 0 }],
    claims: [],
    fence: null,
    events: [sealEvent(opened)],
    outbox: [],
    completes: null,
  });
  return outcome === 'committed';
}

async function newestNote(connection: Connection): Promise<string | null> {
  const [row] = await connection.read('MATCH (l:Ledger {one: 1}) RETURN l.note AS note');
  return text(row?.['note']);
}
