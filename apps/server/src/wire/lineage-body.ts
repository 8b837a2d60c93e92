import type { Immutable, LineageBody } from '@forge-cascade/api';
import type { LineageGraph } from '@forge-cascade/core';
import { standingBody } from './capsule-body.js';

export function lineageBody(graph: LineageGraph): Immutable<LineageBody> {
  return {
    root: graph.root,
    direction: graph.direction,
    nodes: graph.nodes.map((node) => ({
      id: node.id,
      series_id: node.seriesId,
      version: node.version,
      type: node.type,
      title: node.title,
      collection: node.collection,
      position: node.position,
      is_head: node.isHead,
      archived: node.archived,
      ...standingBody(node),
      created_at: node.createdAt,
      depth: node.depth,
    })),
    edges: graph.edges.map(({ child, parent, relation, reason, timestamp, changes }) => ({
      child,
      parent,
      relation,
      reason,
      timestamp,
      changes,
    })),
    truncated: graph.truncated,
  };
}
