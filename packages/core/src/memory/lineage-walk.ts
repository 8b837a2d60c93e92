/** Walking the lineage level by level. @module */
import type { LineageDirection, LineageEdge, LineageGraph, LineageNode } from '../ports/lineage-reader.js';
import type { CapsuleState } from './memory-state.js';

/** The graph reached from `root` within `depth` edges; null walks to the end. */
export function walkLineage(root: CapsuleState, direction: LineageDirection, depth: number | null): LineageGraph {
  const depths = new Map<CapsuleState, number>([[root, 0]]);
  let truncated = false;
  // A map is iterated in the order of insertion, also while it grows: breadth first, so the first depth is the least.
  for (const [capsule, level] of depths) {
    for (const next of neighbours(capsule, direction)) {
      if (depths.has(next)) continue;
      if (level === depth) truncated = true;
      else depths.set(next, level + 1);
    }
  }
  const found = [...depths].sort(([a, x], [b, y]) => x - y || a.seq - b.seq);
  return {
    root: root.id,
    direction,
    nodes: found.map(([capsule, level]) => nodeOf(capsule, level)),
    edges: [...depths.keys()].sort((a, b) => a.seq - b.seq).flatMap((child) => edgesOf(child, depths)),
    truncated,
  };
}

function neighbours(capsule: CapsuleState, direction: LineageDirection): readonly CapsuleState[] {
  return direction === 'ancestors' ? capsule.parents.map((edge) => edge.parent) : capsule.children;
}

function edgesOf(child: CapsuleState, among: ReadonlyMap<CapsuleState, number>): LineageEdge[] {
  return child.parents
    .filter(({ parent }) => among.has(parent))
    .map(({ parent, relation, reason, changes }) => ({
      child: child.id,
      parent: parent.id,
      relation,
      reason,
      timestamp: child.createdAt,
      changes: [...changes],
    }));
}

function nodeOf(capsule: CapsuleState, depth: number): LineageNode {
  return {
    seq: capsule.seq,
    id: capsule.id,
    seriesId: capsule.series.id,
    version: capsule.version,
    type: capsule.type,
    title: capsule.title,
    collection: capsule.collection,
    position: capsule.position,
    isHead: capsule.recordedTo === null,
    archived: capsule.series.archived,
    createdAt: capsule.createdAt,
    trust: capsule.trust,
    retracted: capsule.retracted,
    chainTrust: capsule.chainTrust,
    tainted: capsule.tainted,
    warned: capsule.warned,
    depth,
  };
}
