/**
 * Carries a change of trust or retraction to everything that rests on a capsule.
 *
 * Edges only point to older capsules, so visiting descendants in ascending `seq` settles each of them once. Small
 * fan-outs settle inside the commit that caused them. Larger ones are recorded in `trust_pending` by that commit and
 * settled in slices afterwards; until then readers bound every descendant themselves, so nobody sees a trust that is
 * too high. A slice can be lost to a crash at any point: what is pending is walked again from its root.
 * @module
 */
import {
  deriveStanding,
  isTaintCause,
  sameStanding,
  type ParentStanding,
  type Relation,
  type Standing,
} from '@forge-cascade/core/engine';
import type { Database, Row, Statement } from '../driver.js';
import { MinHeap } from './min-heap.js';

/** Descendants settled inside the causing commit; more are put off. */
const INLINE_LIMIT = 256;
/** Descendants settled per slice: a few milliseconds, so that commits in between do not wait long. */
const SLICE = 400;

interface Propagation {
  readonly event: number;
  /** Readers cap descendants' chain trust at this. */
  readonly bound: number;
  readonly taints: boolean;
  readonly queue: MinHeap;
  /** After a restart or on top of unfinished work nothing may be taken as settled. */
  readonly force: boolean;
  /** Carrying descendants of the root, computed only when a capsule is created meanwhile. */
  affected: Set<number> | null;
}

export class StandingWriter {
  readonly #own: Statement;
  readonly #parents: Statement;
  readonly #children: Statement;
  readonly #update: Statement;
  readonly #log: Statement;
  readonly #insertPending: Statement;
  readonly #deletePending: Statement;
  readonly #carriedDescendants: Statement;
  readonly #pending = new Map<number, Propagation>();

  constructor(db: Database) {
    this.#own = db.prepare('SELECT trust, retracted, chain_trust, tainted, warned FROM capsule WHERE seq = ?');
    this.#parents = db.prepare(
      `SELECT e.parent, e.relation, p.trust, p.retracted, p.chain_trust, p.tainted, p.warned
         FROM edge e JOIN capsule p ON p.seq = e.parent WHERE e.child = ?`,
    );
    this.#children = db.prepare(
      `SELECT DISTINCT child FROM edge WHERE parent = ? AND relation NOT IN ('correction', 'refutes')`,
    );
    this.#update = db.prepare('UPDATE capsule SET chain_trust = ?, tainted = ?, warned = ? WHERE seq = ?');
    this.#log = db.prepare('INSERT INTO change_log(capsule) VALUES (?)');
    this.#insertPending = db.prepare(
      'INSERT OR REPLACE INTO trust_pending(root, event, bound, taints) VALUES (?, ?, ?, ?)',
    );
    this.#deletePending = db.prepare('DELETE FROM trust_pending WHERE root = ?');
    this.#carriedDescendants = db.prepare(
      `WITH RECURSIVE d(seq) AS (
         SELECT child FROM edge WHERE parent = ? AND relation IN ('version','fork','merge','summary')
         UNION SELECT e.child FROM edge e JOIN d ON e.parent = d.seq WHERE e.relation IN ('version','fork','merge','summary'))
       SELECT seq FROM d`,
    );
    for (const row of db.prepare('SELECT root, event, bound, taints FROM trust_pending').all()) {
      this.#remember(Number(row['root']), Number(row['event']), Number(row['bound']), row['taints'] === 1, true);
    }
  }

  get pending(): number {
    return this.#pending.size;
  }

  /** The standing a new capsule starts with. Sees the effect of changes that have not reached its parents yet. */
  initial(trust: number, parents: readonly { readonly seq: number; readonly relation: Relation }[]): Standing {
    const standings = parents.map(({ seq, relation }) => {
      const row = this.#own.get(seq);
      if (row === undefined) throw new Error(`parent ${seq} is not stored`);
      return this.#bounded(seq, parentStanding(row, relation));
    });
    return deriveStanding({ trust, retracted: false }, standings);
  }

  /** A new child of affected parents is itself affected by what is still on its way. */
  adopted(child: number, parents: readonly { readonly seq: number }[]): void {
    for (const [root, propagation] of this.#pending) {
      if (parents.some(({ seq }) => seq === root || propagation.affected?.has(seq) === true))
        propagation.affected?.add(child);
    }
  }

  /** Settles `root` and its descendants, or leaves a pending record for {@link slice}. `root` holds its new own state. */
  spread(root: number, event: number): void {
    const unfinished = this.#pending.has(root);
    const queue = new MinHeap();
    queue.push(root);
    const left = unfinished ? INLINE_LIMIT + 1 : this.#settle(queue, INLINE_LIMIT, false);
    if (left === 0) return;
    if (unfinished) this.#settle(queue, 1, true);
    const own = this.#own.get(root);
    if (own === undefined) return;
    const bound = Number(own['chain_trust']);
    const taints =
      own['tainted'] === 1 || isTaintCause({ trust: Number(own['trust']), retracted: own['retracted'] === 1 });
    this.#insertPending.run(root, event, bound, taints ? 1 : 0);
    this.#remember(root, event, bound, taints, unfinished, queue);
  }

  /** One slice of pending work; run it inside a transaction. False when nothing is left. */
  slice(): boolean {
    const next = this.#pending.entries().next();
    if (next.done === true) return false;
    const [root, propagation] = next.value;
    if (this.#settle(propagation.queue, SLICE, propagation.force) === 0) {
      this.#deletePending.run(root);
      this.#pending.delete(root);
    }
    return this.#pending.size > 0;
  }

  /** After a rolled back transaction the queues in memory may be ahead of the tables: walk everything again. */
  restart(rows: readonly Row[]): void {
    this.#pending.clear();
    for (const row of rows) {
      this.#remember(Number(row['root']), Number(row['event']), Number(row['bound']), row['taints'] === 1, true);
    }
  }

  #remember(root: number, event: number, bound: number, taints: boolean, force: boolean, queue = new MinHeap()): void {
    if (queue.size === 0) for (const row of this.#children.all(root)) queue.push(Number(row['child']));
    this.#pending.set(root, { event, bound, taints, queue, force, affected: null });
  }

  /** Settles up to `budget` capsules; returns how many are left in the queue. */
  #settle(queue: MinHeap, budget: number, force: boolean): number {
    for (let settled = 0; settled < budget; settled++) {
      const seq = queue.pop();
      if (seq === undefined) return 0;
      const row = this.#own.get(seq);
      if (row === undefined) continue;
      const before = parentStanding(row, 'version');
      const parents = this.#parents.all(seq).map((parent) => parentStanding(parent, parent['relation'] as Relation));
      const after = deriveStanding(before, parents);
      const changed = !sameStanding(before, after);
      if (changed) {
        this.#update.run(after.chainTrust, after.tainted ? 1 : 0, after.warned ? 1 : 0, seq);
        this.#log.run(seq);
      }
      // The first one settled is the root: its own state changed even where its standing did not.
      if (changed || force || settled === 0)
        for (const child of this.#children.all(seq)) queue.push(Number(child['child']));
    }
    return queue.size;
  }

  #bounded(seq: number, standing: ParentStanding): ParentStanding {
    let { chainTrust, tainted } = standing;
    for (const propagation of this.#pending.values()) {
      if (propagation.bound >= chainTrust && (tainted || !propagation.taints)) continue;
      if (!this.#affectedBy(propagation).has(seq)) continue;
      chainTrust = Math.min(chainTrust, propagation.bound);
      tainted ||= propagation.taints;
    }
    return { ...standing, chainTrust, tainted };
  }

  #affectedBy(propagation: Propagation): Set<number> {
    if (propagation.affected === null) {
      const root = [...this.#pending.entries()].find(([, p]) => p === propagation)?.[0] ?? 0;
      propagation.affected = new Set(this.#carriedDescendants.all(root).map((row) => Number(row['seq'])));
    }
    return propagation.affected;
  }
}

function parentStanding(row: Row, relation: Relation): ParentStanding {
  return {
    relation,
    trust: Number(row['trust']),
    retracted: row['retracted'] === 1,
    chainTrust: Number(row['chain_trust']),
    tainted: row['tainted'] === 1,
    warned: row['warned'] === 1,
  };
}
