/**
 * Readers fail closed while a wide trust decrease is still spreading: every descendant of a pending root is capped at
 * the root's new chain trust, which for a single decrease is exactly the value it is going to have.
 * @module
 */
import type { Database, Statement } from '../driver.js';

interface PendingRoot {
  readonly event: number;
  readonly bound: number;
  readonly taints: boolean;
  readonly descendants: Set<number>;
}

const NONE_ENDED: ReadonlySet<number>[] = [];

export class TrustBounds {
  readonly #pending: Statement;
  readonly #descendants: Statement;
  #roots = new Map<number, PendingRoot>();

  constructor(db: Database) {
    this.#pending = db.prepare('SELECT root, event, bound, taints FROM trust_pending');
    this.#descendants = db.prepare(
      `WITH RECURSIVE d(seq) AS (
         SELECT child FROM edge WHERE parent = ? AND relation IN ('version','fork','merge','summary')
         UNION SELECT e.child FROM edge e JOIN d ON e.parent = d.seq WHERE e.relation IN ('version','fork','merge','summary'))
       SELECT seq FROM d`,
    );
  }

  /**
   * Takes over what is pending in the current snapshot. Call it first in every read transaction. Returns the capsules
   * whose bound has ended since: who keeps standing in memory must read theirs again.
   */
  refresh(): ReadonlySet<number>[] {
    const rows = this.#pending.all();
    if (rows.length === 0 && this.#roots.size === 0) return NONE_ENDED;
    const next = new Map<number, PendingRoot>();
    for (const row of rows) {
      const root = Number(row['root']);
      const event = Number(row['event']);
      const known = this.#roots.get(root);
      // Capsules created since are not in the set, but were stored with the bound already applied.
      const descendants =
        known?.event === event ? known.descendants : new Set(this.#descendants.all(root).map((d) => Number(d['seq'])));
      next.set(root, { event, bound: Number(row['bound']), taints: row['taints'] === 1, descendants });
    }
    const ended: ReadonlySet<number>[] = [];
    for (const [root, { event, descendants }] of this.#roots) {
      if (next.get(root)?.event !== event) ended.push(descendants);
    }
    this.#roots = next;
    return ended;
  }

  /** The standing to show for a capsule whose stored standing is given. */
  apply(seq: number, chainTrust: number, tainted: boolean): { readonly chainTrust: number; readonly tainted: boolean } {
    for (const { bound, taints, descendants } of this.#roots.values()) {
      if (!descendants.has(seq)) continue;
      if (bound < chainTrust) chainTrust = bound;
      tainted ||= taints;
    }
    return { chainTrust, tainted };
  }

  /** Every bound in force, for readers that keep standing in memory. */
  forEach(visit: (seq: number, bound: number, taints: boolean) => void): void {
    for (const { bound, taints, descendants } of this.#roots.values()) {
      for (const seq of descendants) visit(seq, bound, taints);
    }
  }

  get active(): boolean {
    return this.#roots.size > 0;
  }
}
