/**
 * Moving a store to another place or engine. The ledger is copied byte for byte while the source goes on; then the source is
 * sealed, what came meanwhile follows, and the target opens the next chapter of the same tree. Cut off anywhere, it goes on
 * where it was: each step looks at what the target has.
 * @module
 */
import { DomainError } from '../errors.js';
import { parseCheckpoint } from '../ledger/checkpoint.js';
import { event } from '../ledger/events.js';
import { verifyConsistency } from '../ledger/merkle.js';
import { sealEvent } from '../ledger/seal.js';
import { sealedError } from '../ledger/sealing.js';
import type { Successor } from '../ports/replica.js';
import type { Store, StoreStatus } from '../ports/store.js';
import { copyHistory, type CopyProgress } from './copy-history.js';
import { copyVectors } from './copy-vectors.js';
import { copyWork } from './copy-work.js';
import { openingEntry } from './opening-entry.js';

/** What re-hashing a whole store came to. */
export interface Verdict {
  readonly size: number;
  /** Lower-case hex. */
  readonly root: string;
  readonly capsules: number;
  readonly findings: readonly { readonly kind: string; readonly message: string }[];
  /** Of each kind. */
  readonly counts: Readonly<Partial<Record<string, number>>>;
}

export interface MigrationSource {
  readonly store: Store;
  /** Reads what is stored past the engine's own reading of it. */
  verify(onProgress: (done: number, total: number) => void): Promise<Verdict>;
}

export interface MigrationTarget extends MigrationSource {
  /** For people, where the target's server is; null for a folder. */
  readonly address: string | null;
}

export type MigrationPhase = 'checking' | 'copying' | 'promises' | 'vectors' | 'verifying';

export interface MigrationOptions {
  readonly source: MigrationSource;
  /** Opened to receive. */
  readonly target: MigrationTarget;
  /** The source was sealed before and the target is empty: the store it moved to is lost. */
  readonly again?: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly correlationId: string;
  readonly onProgress: (phase: MigrationPhase, done: number, total: number) => void;
}

export interface MigrationReport {
  readonly from: { readonly engine: string; readonly origin: string; readonly size: number; readonly root: string };
  readonly to: { readonly engine: string; readonly origin: string; readonly size: number; readonly root: string };
  readonly capsules: number;
  /** Copied by this run; an interrupted one had the others. */
  readonly copied: { readonly entries: number; readonly vectors: number };
  readonly promises: { readonly claims: number; readonly leases: number; readonly messages: number };
  /** What was wrong in the source beside its ledger, by kind. None of it came along. */
  readonly madeAnew: Readonly<Partial<Record<string, number>>>;
}

/** Follows from the entries, and the target makes it of them: no reason to stay where it is wrong. */
const MADE_ANEW: ReadonlySet<string> = new Set([
  'trust-changed',
  'owner-changed',
  'capsule-changed',
  'series-changed',
  'archive-changed',
  'edge-changed',
  'edge-missing',
  'edge-added',
  'overlay-changed',
  'state-row-missing',
  'state-row-added',
  'schema-changed',
  'graph-changed',
  'derived-changed',
]);

/**
 * @throws DomainError STORE_CORRUPT when source or target is not what its ledger says; STATE_CONFLICT for a target that
 * holds another ledger; STORE_SEALED for a source that moved elsewhere.
 */
export async function migrateStore(options: MigrationOptions): Promise<MigrationReport> {
  const { source, target, onProgress } = options;
  const copying: CopyProgress = (done, total) => onProgress('copying', done, total);
  await source.store.settled();
  const before = await source.store.status();
  await refuseOthers(options, before);
  const found = await source.verify((done, total) => onProgress('checking', done, total));
  judge('to move from', found, MADE_ANEW);
  let entries = 0;
  let vectors = 0;
  let promises = { claims: 0, leases: 0, messages: 0 };
  const { successor } = target.store.replica;
  if (successor !== null) {
    entries += await copyHistory(source.store, target.store, copying);
    if (before.sealed === null) await seal(options, before, successor);
    entries += await copyHistory(source.store, target.store, copying);
    const { ledgerSize } = await source.store.status();
    promises = await copyWork(source.store.replica, target.store.replica, ledgerSize, (done) =>
      onProgress('promises', done, done),
    );
    vectors = await copyVectors(source.store, target.store, (done, total) => onProgress('vectors', done, total));
    const opening = await openingEntry(source.store, {
      origin: successor.origin,
      now: options.now(),
      correlationId: options.correlationId,
    });
    await target.store.replica.append([opening]);
  }
  await target.store.settled();
  const arrived = judge('to move to', await target.verify((done, total) => onProgress('verifying', done, total)));
  const after = await source.store.status();
  if (after.sealed === null) throw new Error('the source was not sealed');
  const end = parseCheckpoint(await source.store.checkpoint());
  return {
    from: { engine: after.engine, origin: after.origin, size: end.size, root: Buffer.from(end.root).toString('hex') },
    to: { engine: after.sealed.engine, origin: after.sealed.successor, size: arrived.size, root: arrived.root },
    capsules: arrived.capsules,
    copied: { entries, vectors },
    promises,
    madeAnew: found.counts,
  };
}

/** @throws DomainError STORE_CORRUPT for a finding that is not of the kinds borne. */
function judge(which: string, verdict: Verdict, borne: ReadonlySet<string> = new Set()): Verdict {
  const kinds = Object.keys(verdict.counts).filter((kind) => !borne.has(kind));
  const [kind] = kinds;
  if (kind === undefined) return verdict;
  const first = verdict.findings.find((finding) => finding.kind === kind);
  throw new DomainError(
    'STORE_CORRUPT',
    `The store ${which} is not what its ledger says (${kind}): ${first?.message ?? 'verify it to see where.'}`,
    { findings: kinds },
  );
}

/** Whether the target can be given the source's ledger. Nothing has been changed so far. */
async function refuseOthers({ source, target, again }: MigrationOptions, { sealed }: StoreStatus): Promise<void> {
  const [mine, theirs] = [await source.store.status(), await target.store.status()];
  const successor = target.store.replica.successor?.origin ?? theirs.origin;
  if (sealed !== null && sealed.successor !== successor) throw sealedError(sealed);
  // Before a source is sealed, its target has got something of it.
  if (sealed !== null && target.store.replica.successor?.begun === false && again !== true) {
    const { message, details } = sealedError(sealed);
    throw new DomainError('STORE_SEALED', `${message} If that store is lost, move again with --again.`, details);
  }
  if (theirs.ledgerSize === 0) return;
  const [from, to] = [await source.store.checkpoint(), await target.store.checkpoint()].map(parseCheckpoint);
  // A target that has arrived holds its own opening besides, and perhaps more since.
  const common = Math.min(theirs.ledgerSize, mine.ledgerSize);
  const longer = theirs.ledgerSize > mine.ledgerSize ? target.store : source.store;
  const [short, long] = theirs.ledgerSize > mine.ledgerSize ? [from, to] : [to, from];
  if (short === undefined || long === undefined) throw new Error('a checkpoint is missing');
  const proof = short.size === long.size ? [] : await longer.consistencyProof(common, long.size);
  const claim = { oldSize: short.size, newSize: long.size, oldRoot: short.root, newRoot: long.root, proof };
  if (verifyConsistency(claim)) return;
  throw new DomainError(
    'STATE_CONFLICT',
    `The store to move to is not empty: it holds ${theirs.ledgerSize} entries of another ledger. Name an empty one. Nothing was changed.`,
  );
}

async function seal(
  { source, target, correlationId }: MigrationOptions,
  { origin, ownerId }: StoreStatus,
  successor: Successor,
): Promise<void> {
  const { engine } = await target.store.status();
  const sealed = event(
    'store.sealed.v1',
    'SEAL',
    { type: 'Store', id: origin },
    { successor: successor.origin, verifier_key: successor.verifierKey, engine, address: target.address },
  );
  const { outcome } = await source.store.commit({
    actor: ownerId,
    correlationId,
    causationId: null,
    expect: [],
    claims: [],
    fence: null,
    events: [sealEvent(sealed)],
    outbox: [],
    completes: null,
  });
  if (outcome !== 'committed') throw new Error(`an unconditional commit was refused as ${outcome}`);
}
