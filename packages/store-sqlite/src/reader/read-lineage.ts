/**
 * Walking the lineage. One recursive query on node ids alone finds what is within reach; depth is found afterwards,
 * because carrying it in the recursion is quadratic on graphs with many paths. Rows come as two JSON texts written by
 * SQLite: handing thousands of rows over one value at a time takes three times as long.
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
import type { Database, Statement } from '../driver.js';
import { instant } from './capsule-rows.js';
import type { TrustBounds } from './trust-bounds.js';

const WALK: Record<LineageDirection, { readonly from: string; readonly to: string }> = {
  ancestors: { from: 'child', to: 'parent' },
  descendants: { from: 'parent', to: 'child' },
};

/** Columns of {@link NodeRow}, of `capsule c` and `series s`. */
const NODE_COLUMNS = `c.seq, c.id, s.id, c.version, c.type, c.title, c.collection, c.position, c.head, s.archived,
  c.created_at, c.trust, c.retracted, c.chain_trust, c.tainted, c.warned`;

/** Flags are 0 or 1, times milliseconds since the epoch. */
type NodeRow = readonly [
  seq: number,
  id: string,
  seriesId: string,
  version: string,
  type: CapsuleType,
  title: string | null,
  collection: string | null,
  position: number | null,
  head: number,
  archived: number,
  createdAt: number,
  trust: number,
  retracted: number,
  chainTrust: number,
  tainted: number,
  warned: number,
];

/** Columns of {@link EdgeRow}, of `edge e`. */
const EDGE_COLUMNS = 'e.child, e.parent, e.ord, e.relation, e.reason, json(e.changes)';

type EdgeRow = readonly [
  child: number,
  parent: number,
  ord: number,
  relation: Relation,
  reason: string | null,
  changes: readonly string[],
];

/** Where in the list of nodes a capsule stands, by `seq`. */
type Places = ReadonlyMap<number, number>;

export class LineageRows {
  readonly #seqOf: Statement;
  readonly #walk: Record<LineageDirection, Statement>;

  constructor(
    db: Database,
    private readonly bounds: TrustBounds,
  ) {
    this.#seqOf = db.prepare('SELECT seq FROM capsule WHERE id = ?');
    this.#walk = { ancestors: walk(db, 'ancestors'), descendants: walk(db, 'descendants') };
  }

  graph(id: string, direction: LineageDirection, depth: number | null): LineageGraph | null {
    const root = this.#seqOf.get(id);
    if (root === undefined) return null;
    const start = Number(root['seq']);
    const found = this.#walk[direction].get(start);
    const rows = JSON.parse(String(found?.['nodes'])) as NodeRow[];
    const edges = (JSON.parse(String(found?.['edges'])) as EdgeRow[]).sort((a, b) => a[0] - b[0] || a[2] - b[2]);
    const places = new Map(rows.map(([seq], place) => [seq, place]));
    const levels = levelsFrom(places.get(start) ?? 0, rows.length, edges, places, direction);
    const shown = this.#nodes(rows, levels, depth);
    const byDepth: LineageNode[][] = [];
    for (const node of shown) if (node !== null) (byDepth[node.depth] ??= []).push(node);
    return {
      root: id,
      direction,
      nodes: byDepth.flat(),
      edges: edgesBetween(shown, edges, places),
      truncated: shown.includes(null),
    };
  }

  /** By place; null beyond `depth`. */
  #nodes(rows: readonly NodeRow[], levels: Int32Array, depth: number | null): (LineageNode | null)[] {
    // Capsules of one commit share their time, and writing one out is the slowest part of a node.
    const instants = new Map<number, string>();
    return rows.map((row, place) => {
      const level = levels[place] as number;
      if (depth !== null && level > depth) return null;
      let createdAt = instants.get(row[10]);
      if (createdAt === undefined) instants.set(row[10], (createdAt = instant(row[10])));
      return this.#node(row, level, createdAt);
    });
  }

  #node(row: NodeRow, depth: number, createdAt: string): LineageNode {
    const { chainTrust, tainted } = this.bounds.apply(row[0], row[13], row[14] === 1);
    return {
      seq: row[0],
      id: row[1],
      seriesId: row[2],
      version: row[3],
      type: row[4],
      title: row[5],
      collection: row[6],
      position: row[7],
      isHead: row[8] === 1,
      archived: row[9] === 1,
      createdAt,
      trust: row[11],
      retracted: row[12] === 1,
      chainTrust,
      tainted,
      warned: row[15] === 1,
      depth,
    };
  }
}

/** Materialized, so that nodes and edges share one walk; in `seq` order, so that both go through their b-trees forwards. */
function walk(db: Database, direction: LineageDirection): Statement {
  const { from, to } = WALK[direction];
  return db.prepare(
    `WITH RECURSIVE walk(seq) AS (SELECT ? UNION SELECT e.${to} FROM edge e JOIN walk w ON e.${from} = w.seq),
       reach(seq) AS MATERIALIZED (SELECT seq FROM walk ORDER BY seq)
     SELECT
       (SELECT json_group_array(json_array(${NODE_COLUMNS}))
          FROM reach r CROSS JOIN capsule c ON c.seq = r.seq CROSS JOIN series s ON s.series = c.series) AS nodes,
       (SELECT json_group_array(json_array(${EDGE_COLUMNS})) FROM reach r CROSS JOIN edge e ON e.${from} = r.seq) AS edges`,
  );
}

/**
 * Fewest steps from the root to each node, by place. Edges only point to older capsules, so taking them in the order of
 * their child settles every node before anything beyond it: from the youngest towards ancestors, from the oldest
 * towards descendants.
 */
function levelsFrom(
  root: number,
  count: number,
  edges: readonly EdgeRow[],
  places: Places,
  direction: LineageDirection,
): Int32Array {
  const levels = new Int32Array(count).fill(count);
  levels[root] = 0;
  const step = (from: number, to: number): void => {
    const [at, next] = [places.get(from) as number, places.get(to) as number];
    levels[next] = Math.min(levels[next] as number, (levels[at] as number) + 1);
  };
  if (direction === 'descendants') for (const [child, parent] of edges) step(parent, child);
  else for (let i = edges.length - 1; i >= 0; i--) step((edges[i] as EdgeRow)[0], (edges[i] as EdgeRow)[1]);
  return levels;
}

/** Edges both of whose ends are shown. */
function edgesBetween(
  nodes: readonly (LineageNode | null)[],
  edges: readonly EdgeRow[],
  places: Places,
): LineageEdge[] {
  const shown: LineageEdge[] = [];
  for (const [childSeq, parentSeq, , relation, reason, changes] of edges) {
    const child = nodes[places.get(childSeq) as number];
    const parent = nodes[places.get(parentSeq) as number];
    if (!child || !parent) continue;
    shown.push({ child: child.id, parent: parent.id, relation, reason, timestamp: child.createdAt, changes });
  }
  return shown;
}
