/**
 * Walking the lineage. The server walks breadth first and visits each capsule once, however many paths lead to it; what
 * it returns for each is its least depth.
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
import type { Connection } from '../connection.js';
import { instant, number, text, type Row, type Value } from '../values.js';

const NODE = `c.seq AS seq, c.id AS id, c.series_id AS series_id, c.version AS version, c.type AS type, c.title AS title,
  c.collection AS collection, c.position AS position, c.is_head AS is_head, s.archived AS archived,
  c.created_at.epochMillis AS created_at, c.trust_level AS trust, c.retracted AS retracted,
  c.chain_trust AS chain_trust, c.tainted AS tainted, c.warned AS warned, depth`;

/** Sorted here: a subquery for the order of each capsule's edges takes the server longer than all of the walk. */
const EDGES = '[(c)-[e:DERIVED_FROM]->(p:Capsule) | [p.id, e.relation, e.reason, e.changes, e.ord]] AS edges';

/** Steps are part of the statement, not a parameter: Cypher has no parameter for the length of a path. */
function walk(direction: LineageDirection, most: number | null): string {
  const steps = `*0..${most ?? ''}`;
  const path = direction === 'ancestors' ? `-[:DERIVED_FROM${steps}]->` : `<-[:DERIVED_FROM${steps}]-`;
  return `MATCH path = (r:Capsule {id: $id})${path}(c) WITH c, min(length(path)) AS depth
    MATCH (s:Series {id: c.series_id}) RETURN ${NODE}, ${EDGES} ORDER BY depth, seq`;
}

export class LineageRows {
  constructor(private readonly connection: Connection) {}

  /** Null when `id` is unknown. */
  async graph(id: string, direction: LineageDirection, depth: number | null): Promise<LineageGraph | null> {
    // One step further than asked for tells whether the walk was cut.
    const found = await this.connection.read(walk(direction, depth === null ? null : depth + 1), { id });
    if (found.length === 0) return null;
    const rows = depth === null ? found : found.filter((row) => Number(row['depth']) <= depth);
    return {
      root: id,
      direction,
      nodes: rows.map(toNode),
      edges: edgesBetween(rows),
      truncated: rows.length < found.length,
    };
  }
}

/** Edges both of whose ends are shown, by the child's place in the ledger. */
function edgesBetween(rows: readonly Row[]): LineageEdge[] {
  const shown = new Set(rows.map(({ id }) => id));
  return [...rows]
    .sort((a, b) => Number(a['seq']) - Number(b['seq']))
    .flatMap((child) =>
      (child['edges'] as readonly (readonly Value[])[])
        .filter(([parent]) => shown.has(parent ?? null))
        .sort(([, , , , a], [, , , , b]) => Number(a) - Number(b))
        .map(([parent, relation, reason, changes]) => ({
          child: String(child['id']),
          parent: String(parent),
          relation: String(relation) as Relation,
          reason: text(reason),
          timestamp: instant(child['created_at']),
          changes: JSON.parse(String(changes ?? '[]')) as string[],
        })),
    );
}

function toNode(row: Row): LineageNode {
  return {
    seq: Number(row['seq']),
    id: String(row['id']),
    seriesId: String(row['series_id']),
    version: String(row['version']),
    type: String(row['type']) as CapsuleType,
    title: text(row['title']),
    collection: text(row['collection']),
    position: number(row['position']),
    isHead: row['is_head'] === true,
    archived: row['archived'] === true,
    createdAt: instant(row['created_at']),
    trust: Number(row['trust']),
    retracted: row['retracted'] === true,
    chainTrust: Number(row['chain_trust']),
    tainted: row['tainted'] === true,
    warned: row['warned'] === true,
    depth: Number(row['depth']),
  };
}
