/**
 * Walking the lineage. The set of nodes comes from one recursive query on node ids alone; depth is found afterwards
 * level by level, because carrying it in the recursion is quadratic on graphs with many paths.
 * @module
 */
import type {
  CapsuleType,
  LineageDirection,
  LineageEdge,
  LineageGraph,
  LineageNode,
  Relation,
} from '@forge-cascade/core/engine';
import type { Database, Row, Statement } from '../driver.js';
import { instant, text } from './capsule-rows.js';
import type { TrustBounds } from './trust-bounds.js';

const WALK: Record<LineageDirection, { readonly from: string; readonly to: string }> = {
  ancestors: { from: 'child', to: 'parent' },
  descendants: { from: 'parent', to: 'child' },
};

interface FoundEdge {
  readonly child: number;
  readonly parent: number;
  readonly ord: number;
  readonly relation: Relation;
  readonly reason: string | null;
  readonly changes: string;
}

export class LineageRows {
  readonly #seqOf: Statement;
  readonly #walk: Record<LineageDirection, { readonly nodes: Statement; readonly edges: Statement }>;

  constructor(
    db: Database,
    private readonly bounds: TrustBounds,
  ) {
    this.#seqOf = db.prepare('SELECT seq FROM capsule WHERE id = ?');
    const statements = (direction: LineageDirection) => {
      const { from, to } = WALK[direction];
      // `seq` order makes both lookups walk their b-trees forwards.
      const reach = `WITH RECURSIVE reach(seq) AS (
        SELECT ? UNION SELECT e.${to} FROM edge e JOIN reach r ON e.${from} = r.seq)`;
      return {
        nodes: db.prepare(
          `${reach} SELECT c.seq, c.head, c.trust, c.chain_trust, c.tainted, c.warned, c.retracted, c.created_at, c.id,
             c.version, c.type, c.position, c.collection, c.title, s.id AS series_id, s.archived
           FROM (SELECT seq FROM reach ORDER BY seq) r CROSS JOIN capsule c ON c.seq = r.seq CROSS JOIN series s ON s.series = c.series`,
        ),
        edges: db.prepare(
          `${reach} SELECT e.child, e.parent, e.ord, e.relation, e.reason, e.changes
           FROM (SELECT seq FROM reach ORDER BY seq) r CROSS JOIN edge e ON e.${from} = r.seq`,
        ),
      };
    };
    this.#walk = { ancestors: statements('ancestors'), descendants: statements('descendants') };
  }

  graph(id: string, direction: LineageDirection, depth: number | null): LineageGraph | null {
    const root = this.#seqOf.get(id);
    if (root === undefined) return null;
    const start = Number(root['seq']);
    const edges = this.#walk[direction].edges.all(start).map(toFoundEdge);
    const levels = levelsFrom(start, edges, direction);
    const rows = this.#walk[direction].nodes.all(start);
    const nodes: LineageNode[] = [];
    const bySeq = new Map<number, LineageNode>();
    let truncated = false;
    for (const row of rows) {
      const level = levels.get(Number(row['seq'])) ?? 0;
      if (depth !== null && level > depth) {
        truncated = true;
        continue;
      }
      const node = this.#node(row, level);
      nodes.push(node);
      bySeq.set(node.seq, node);
    }
    nodes.sort((a, b) => a.depth - b.depth || a.seq - b.seq);
    const shown: LineageEdge[] = [];
    // The walk finds edges in an order of its own: bring them into that of their declaration.
    edges.sort((a, b) => a.child - b.child || a.ord - b.ord);
    for (const edge of edges) {
      const child = bySeq.get(edge.child);
      const parent = bySeq.get(edge.parent);
      if (child === undefined || parent === undefined) continue;
      shown.push({
        child: child.id,
        parent: parent.id,
        relation: edge.relation,
        reason: edge.reason,
        timestamp: child.createdAt,
        changes: edge.changes === '[]' ? [] : (JSON.parse(edge.changes) as string[]),
      });
    }
    return { root: id, direction, nodes, edges: shown, truncated };
  }

  #node(row: Row, depth: number): LineageNode {
    const seq = Number(row['seq']);
    const { chainTrust, tainted } = this.bounds.apply(seq, Number(row['chain_trust']), row['tainted'] === 1);
    return {
      seq,
      id: String(row['id']),
      seriesId: String(row['series_id']),
      version: String(row['version']),
      type: String(row['type']) as CapsuleType,
      title: text(row['title']),
      collection: text(row['collection']),
      position: row['position'] === null ? null : Number(row['position']),
      isHead: row['head'] === 1,
      archived: row['archived'] === 1,
      createdAt: instant(row['created_at']),
      trust: Number(row['trust']),
      retracted: row['retracted'] === 1,
      chainTrust,
      tainted,
      warned: row['warned'] === 1,
      depth,
    };
  }
}

function toFoundEdge(row: Row): FoundEdge {
  return {
    child: Number(row['child']),
    parent: Number(row['parent']),
    ord: Number(row['ord']),
    relation: String(row['relation']) as Relation,
    reason: text(row['reason']),
    changes: String(row['changes']),
  };
}

/** Fewest steps from `start` to each node, by breadth-first search. */
function levelsFrom(start: number, edges: readonly FoundEdge[], direction: LineageDirection): Map<number, number> {
  const next = new Map<number, number[]>();
  for (const edge of edges) {
    const [from, to] = direction === 'ancestors' ? [edge.child, edge.parent] : [edge.parent, edge.child];
    const targets = next.get(from);
    if (targets === undefined) next.set(from, [to]);
    else targets.push(to);
  }
  const levels = new Map([[start, 0]]);
  let front = [start];
  for (let level = 1; front.length > 0; level++) {
    const following: number[] = [];
    for (const node of front) {
      for (const target of next.get(node) ?? []) {
        if (levels.has(target)) continue;
        levels.set(target, level);
        following.push(target);
      }
    }
    front = following;
  }
  return levels;
}
