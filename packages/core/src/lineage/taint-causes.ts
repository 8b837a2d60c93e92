/** Why a capsule is tainted or carries a warning. @module */
import type { LineageEdge, LineageGraph, LineageNode } from '../ports/lineage-reader.js';
import { isTaintCause } from '../trust/standing.js';
import { trustFlow } from './relation.js';
import { walkOrder } from './walk-order.js';

export interface TaintCause {
  /** Quarantined or retracted. */
  readonly cause: LineageNode;
  /** `tainted`: reached by trust-carrying relations alone; `warned`: only through a citation. */
  readonly effect: 'tainted' | 'warned';
  /** A shortest such way, from the root's own edge to the one that ends at the cause. */
  readonly path: readonly LineageEdge[];
}

interface Step {
  readonly node: LineageNode;
  readonly cited: boolean;
  readonly edge: LineageEdge | null;
  readonly from: Step | null;
  readonly depth: number;
}

/**
 * The nearest `limit` causes in the ancestry of the root, nearest first; one entry per cause. Empty for a graph of descendants: it says
 * nothing about what its root rests on.
 */
export function taintCauses(graph: LineageGraph, limit = 100): readonly TaintCause[] {
  const walk = walkOrder(graph);
  if (graph.direction !== 'ancestors' || walk.root === null) return [];
  const seen = { plain: new Set([walk.root.id]), cited: new Set<string>() };
  const queue: Step[] = [{ node: walk.root, cited: false, edge: null, from: null, depth: 0 }];
  const found = new Map<string, Step>();
  for (const step of queue) {
    if (step.edge !== null && isTaintCause(step.node)) {
      const earlier = found.get(step.node.id);
      // A way that taints says more than a shorter one that only warns.
      if (earlier === undefined || (earlier.cited && !step.cited)) found.set(step.node.id, step);
    }
    for (const { node, edge } of walk.onward(step.node.id)) {
      const flow = trustFlow(edge.relation);
      if (flow === 'none') continue;
      const cited = step.cited || flow === 'warns';
      const reached = cited ? seen.cited : seen.plain;
      if (reached.has(node.id)) continue;
      reached.add(node.id);
      queue.push({ node, cited, edge, from: step, depth: step.depth + 1 });
    }
  }
  return [...found.values()]
    .sort((a, b) => a.depth - b.depth)
    .slice(0, limit)
    .map((step) => ({ cause: step.node, effect: step.cited ? 'warned' : 'tainted', path: pathOf(step) }));
}

function pathOf(end: Step): readonly LineageEdge[] {
  const path: LineageEdge[] = [];
  for (let step: Step | null = end; step !== null && step.edge !== null; step = step.from) path.push(step.edge);
  return path.reverse();
}
