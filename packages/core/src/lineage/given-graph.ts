/** For tests: lineage graphs, with everything a test does not care about filled in. @module */
import type { LineageDirection, LineageEdge, LineageGraph, LineageNode } from '../ports/lineage-reader.js';
import type { Relation } from './relation.js';

export function aNode(id: string, fields: Partial<LineageNode> = {}): LineageNode {
  const trust = fields.trust ?? 60;
  return {
    seq: 1,
    id,
    seriesId: `series of ${id}`,
    version: '1.0.0',
    type: 'knowledge',
    title: `Title ${id}`,
    collection: null,
    position: null,
    isHead: true,
    archived: false,
    createdAt: '2026-01-01T00:00:00.000Z',
    depth: 0,
    trust,
    retracted: false,
    chainTrust: trust,
    tainted: false,
    warned: false,
    ...fields,
  };
}

export function anEdge(
  child: string,
  parent: string,
  relation: Relation = 'fork',
  reason: string | null = null,
): LineageEdge {
  return { child, parent, relation, reason, timestamp: '2026-01-01T00:00:00.000Z', changes: [] };
}

/** The first node is the root. Ancestors get lower ledger positions than the root, descendants higher ones. */
export function aGraph(
  nodes: readonly LineageNode[],
  edges: readonly LineageEdge[],
  direction: LineageDirection = 'ancestors',
  truncated = false,
): LineageGraph {
  const seq = (i: number): number => (direction === 'ancestors' ? nodes.length - i : i + 1);
  return { root: nodes[0]?.id ?? '', direction, nodes: nodes.map((n, i) => ({ ...n, seq: seq(i) })), edges, truncated };
}
