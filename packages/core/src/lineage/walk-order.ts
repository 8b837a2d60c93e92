/** A lineage graph indexed the way it is walked: from the root onwards. @module */
import type { LineageEdge, LineageGraph, LineageNode } from '../ports/lineage-reader.js';

export interface Onward {
  readonly edge: LineageEdge;
  readonly node: LineageNode;
}

export interface WalkOrder {
  readonly root: LineageNode | null;
  readonly nodes: ReadonlyMap<string, LineageNode>;
  /** Parents when walking to ancestors, children when walking to descendants. */
  onward(id: string): readonly Onward[];
}

export function walkOrder({ root, direction, nodes: list, edges }: LineageGraph): WalkOrder {
  const nodes = new Map(list.map((node) => [node.id, node]));
  const onward = new Map<string, Onward[]>();
  for (const edge of edges) {
    const [from, to] = direction === 'ancestors' ? [edge.child, edge.parent] : [edge.parent, edge.child];
    const node = nodes.get(to);
    if (node === undefined) continue;
    const known = onward.get(from);
    if (known === undefined) onward.set(from, [{ edge, node }]);
    else known.push({ edge, node });
  }
  return { root: nodes.get(root) ?? null, nodes, onward: (id) => onward.get(id) ?? [] };
}
