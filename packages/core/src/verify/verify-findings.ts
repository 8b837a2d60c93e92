/** What `verify` can find, and what to do about it. Findings name entries, capsules and fields, never their values. @module */

export type FindingKind =
  | 'leaf-mismatch'
  | 'payload-changed'
  | 'payload-missing'
  | 'private-value-changed'
  | 'private-value-missing'
  | 'private-value-added'
  | 'content-changed'
  | 'stream-changed'
  | 'entry-missing'
  | 'entry-added'
  | 'order-changed'
  | 'timestamp-changed'
  | 'tail-missing'
  | 'checkpoint-signature'
  | 'checkpoint-origin'
  | 'checkpoint-root'
  | 'checkpoint-changed'
  | 'history-rewritten'
  | 'chapter-changed'
  | 'tile-mismatch'
  | 'trust-changed'
  | 'owner-changed'
  | 'capsule-changed'
  | 'series-changed'
  | 'archive-changed'
  | 'edge-changed'
  | 'edge-missing'
  | 'edge-added'
  | 'overlay-changed'
  | 'state-row-missing'
  | 'state-row-added'
  | 'store-changed'
  | 'claim-changed'
  | 'claim-missing'
  | 'claim-added'
  | 'schema-changed'
  | 'graph-changed'
  | 'derived-changed';

export interface Finding {
  readonly kind: FindingKind;
  /** Ledger position. */
  readonly seq?: number;
  /** Capsule, series, overlay or entity. */
  readonly id?: string;
  readonly field?: string;
  /** What is wrong and what to do. */
  readonly message: string;
}

const RESTORE = 'Restore the data from a backup made before the change and verify that.';
const REDERIVE =
  'The ledger says otherwise and counts: restore the data from a backup, or move the store with `forge store migrate`, which makes it anew from the ledger.';

const ADVICE: Readonly<Record<FindingKind, string>> = {
  'leaf-mismatch': RESTORE,
  'payload-changed': RESTORE,
  'payload-missing':
    'If it was erased on purpose, verify with the list of erasures. Otherwise restore it from a backup.',
  'private-value-changed': RESTORE,
  'private-value-missing':
    'If it was erased on purpose, verify with the list of erasures. Otherwise restore it from a backup.',
  'private-value-added': 'Nothing in the ledger vouches for it: delete it.',
  'content-changed': RESTORE,
  'stream-changed': RESTORE,
  'entry-missing': RESTORE,
  'entry-added': RESTORE,
  'order-changed': RESTORE,
  'timestamp-changed': RESTORE,
  'tail-missing': RESTORE,
  'checkpoint-signature':
    'Verify with the right public key, or take the checkpoint from a place the writer of this data cannot reach.',
  'checkpoint-origin': 'This checkpoint belongs to another ledger: find out which was meant.',
  'checkpoint-root': RESTORE,
  'checkpoint-changed': RESTORE,
  'history-rewritten':
    'Somebody who holds the signing key wrote another history. Keep this data as evidence, restore a backup and change the key.',
  'chapter-changed': RESTORE,
  'tile-mismatch': RESTORE,
  'trust-changed': REDERIVE,
  'owner-changed': REDERIVE,
  'capsule-changed': REDERIVE,
  'series-changed': REDERIVE,
  'archive-changed': REDERIVE,
  'edge-changed': REDERIVE,
  'edge-missing': REDERIVE,
  'edge-added': REDERIVE,
  'overlay-changed': REDERIVE,
  'state-row-missing': REDERIVE,
  'state-row-added': REDERIVE,
  'store-changed': RESTORE,
  'claim-changed': RESTORE,
  'claim-missing': RESTORE,
  'claim-added': 'Nothing in the ledger vouches for it, and it keeps others from writing: delete it.',
  'schema-changed':
    'The engine did not make it so, and what it stores may be changed or hidden by it: restore the data from a backup, or move the store with `forge store migrate`.',
  'graph-changed': REDERIVE,
  'derived-changed':
    'Nothing in the ledger vouches for it: delete it, or move the store with `forge store migrate`. What was derived from contents is made anew.',
};

/** Collects findings: all are counted, the first ones are kept. */
export class Findings {
  readonly kept: Finding[] = [];
  readonly counts: Partial<Record<FindingKind, number>> = {};
  #total = 0;

  constructor(private readonly limit: number) {}

  get total(): number {
    return this.#total;
  }

  /** `what` is a sentence without its advice. */
  add(kind: FindingKind, what: string, where: Omit<Finding, 'kind' | 'message'> = {}): void {
    this.#total += 1;
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
    if (this.kept.length < this.limit) this.kept.push({ kind, ...where, message: `${what} ${ADVICE[kind]}` });
  }
}
