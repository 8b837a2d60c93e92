/**
 * Capsules that a walk of the lineage has met, kept in memory: what a capsule derives from never changes, and how it
 * stands is followed by the change log inside the snapshot of each read. A second walk over them reads no rows.
 * @module
 */
import type { CapsuleType, LineageDirection, Relation } from '@forge-cascade/core/engine';
import type { Database, Row, Statement } from '../driver.js';
import { text } from './capsule-rows.js';

export interface KnownEdge {
  readonly parent: number;
  readonly relation: Relation;
  readonly reason: string | null;
  readonly changes: readonly string[];
}

/** A capsule as its rows have it: its standing without the bound of trust changes under way. */
export interface KnownCapsule {
  readonly seq: number;
  readonly id: string;
  readonly seriesId: string;
  readonly version: string;
  readonly type: CapsuleType;
  readonly title: string | null;
  readonly collection: string | null;
  readonly position: number | null;
  readonly head: boolean;
  readonly archived: boolean;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly trust: number;
  readonly retracted: boolean;
  readonly chainTrust: number;
  readonly tainted: boolean;
  readonly warned: boolean;
  /** In the order they were declared. */
  readonly parents: readonly KnownEdge[];
}

const COLUMNS = `c.seq, c.id, s.id AS series_id, c.version, c.type, c.title, c.collection, c.position, c.head, s.archived,
  c.created_at, c.trust, c.retracted, c.chain_trust, c.tainted, c.warned`;

/** Some 40 MB of capsules; beyond it all are forgotten, which costs the next walk what the first one did. */
const MOST_KNOWN = 65_536;

const NO_CHANGES: readonly string[] = [];

export class LineageCache {
  readonly #known = new Map<number, KnownCapsule>();
  readonly #children = new Map<number, readonly number[]>();
  readonly #logged: Statement;
  readonly #changes: Statement;
  readonly #parentsOf: Statement;
  readonly #capsules: Statement;
  readonly #edges: Statement;
  readonly #childrenOf: Statement;
  readonly #reach: Record<LineageDirection, Statement>;
  #followed = 0;

  /** @param mostKnown how many capsules may be known before all are forgotten */
  constructor(
    db: Database,
    private readonly mostKnown = MOST_KNOWN,
  ) {
    // The newest number ever given stands in SQLite's own table also when its row was dropped.
    this.#logged = db.prepare(
      `SELECT (SELECT min(n) FROM change_log) AS oldest,
              (SELECT seq FROM sqlite_sequence WHERE name = 'change_log') AS newest`,
    );
    this.#changes = db.prepare('SELECT DISTINCT capsule FROM change_log WHERE n > ? AND n <= ?');
    this.#parentsOf = db.prepare('SELECT parent FROM edge WHERE child = ?');
    this.#capsules = db.prepare(
      `SELECT ${COLUMNS} FROM json_each(?) j CROSS JOIN capsule c ON c.seq = j.value JOIN series s ON s.series = c.series`,
    );
    this.#edges = db.prepare(
      `SELECT e.child, e.parent, e.relation, e.reason, e.changes
         FROM json_each(?) j CROSS JOIN edge e ON e.child = j.value ORDER BY e.child, e.ord`,
    );
    this.#childrenOf = db.prepare(
      'SELECT e.parent, e.child FROM json_each(?) j CROSS JOIN edge e ON e.parent = j.value ORDER BY e.parent, e.child',
    );
    const reach = (from: string, to: string): Statement =>
      db.prepare(
        `WITH RECURSIVE walk(seq) AS (SELECT ? UNION SELECT e.${to} FROM edge e JOIN walk w ON e.${from} = w.seq)
         SELECT seq FROM walk ORDER BY seq`,
      );
    this.#reach = { ancestors: reach('child', 'parent'), descendants: reach('parent', 'child') };
  }

  /** Forgets what has changed since the last read. Call it first in every read that walks. */
  follow(): void {
    const { oldest, newest } = this.#logged.get() ?? {};
    const until = Number(newest ?? 0);
    const missed = this.#followed < Number(oldest ?? until + 1) - 1;
    if (this.#known.size > this.mostKnown || missed) this.#forgetAll();
    else if (this.#known.size + this.#children.size > 0 && until > this.#followed) {
      for (const change of this.#changes.all(this.#followed, until)) this.#forget(Number(change['capsule']));
    }
    this.#followed = until;
  }

  /** The capsules at these places; all of them exist. */
  capsules(seqs: readonly number[]): readonly KnownCapsule[] {
    const missing = seqs.filter((seq) => !this.#known.has(seq));
    if (missing.length > 0) this.#read(missing);
    return seqs.map((seq) => this.#known.get(seq) as KnownCapsule);
  }

  /** Per capsule given, the places of those that derive from it, ascending. */
  children(seqs: readonly number[]): readonly (readonly number[])[] {
    const missing = seqs.filter((seq) => !this.#children.has(seq));
    if (missing.length > 0) {
      const lists = new Map<number, Set<number>>(missing.map((seq) => [seq, new Set()]));
      for (const row of this.#childrenOf.all(JSON.stringify(missing))) {
        lists.get(Number(row['parent']))?.add(Number(row['child']));
      }
      for (const [seq, list] of lists) this.#children.set(seq, [...list]);
    }
    return seqs.map((seq) => this.#children.get(seq) as readonly number[]);
  }

  /** Reads at once whatever a walk to the end of the lineage will ask for and does not know yet. */
  prepare(root: number, direction: LineageDirection): void {
    const start = this.#known.get(root);
    const next = direction === 'ancestors' ? start?.parents : this.#children.get(root);
    const knows = next?.every((step) => this.#known.has(typeof step === 'number' ? step : step.parent));
    // Who knows the first step has been there before: what changed since is read level by level.
    if (start !== undefined && knows === true) return;
    const reach = this.#reach[direction].all(root).map((row) => Number(row['seq']));
    this.capsules(reach);
    if (direction === 'descendants') this.children(reach);
  }

  #read(seqs: readonly number[]): void {
    const asked = JSON.stringify(seqs);
    const parents = new Map<number, KnownEdge[]>();
    for (const row of this.#edges.all(asked)) {
      const child = Number(row['child']);
      const edge = toEdge(row);
      const list = parents.get(child);
      if (list === undefined) parents.set(child, [edge]);
      else list.push(edge);
    }
    for (const row of this.#capsules.all(asked)) {
      const seq = Number(row['seq']);
      this.#known.set(seq, toKnown(row, seq, parents.get(seq) ?? []));
    }
  }

  #forget(seq: number): void {
    // A capsule seen for the first time is a child its parents do not know of yet.
    if (!this.#known.delete(seq)) {
      for (const row of this.#parentsOf.all(seq)) this.#children.delete(Number(row['parent']));
    }
  }

  #forgetAll(): void {
    this.#known.clear();
    this.#children.clear();
  }
}

function toKnown(row: Row, seq: number, parents: readonly KnownEdge[]): KnownCapsule {
  return {
    seq,
    id: String(row['id']),
    seriesId: String(row['series_id']),
    version: String(row['version']),
    type: String(row['type']) as CapsuleType,
    title: text(row['title']),
    collection: text(row['collection']),
    position: row['position'] === null ? null : Number(row['position']),
    head: row['head'] === 1,
    archived: row['archived'] === 1,
    createdAt: Number(row['created_at']),
    trust: Number(row['trust']),
    retracted: row['retracted'] === 1,
    chainTrust: Number(row['chain_trust']),
    tainted: row['tainted'] === 1,
    warned: row['warned'] === 1,
    parents,
  };
}

function toEdge(row: Row): KnownEdge {
  const changes = String(row['changes']);
  return {
    parent: Number(row['parent']),
    relation: String(row['relation']) as Relation,
    reason: text(row['reason']),
    changes: changes === '[]' ? NO_CHANGES : (JSON.parse(changes) as string[]),
  };
}
