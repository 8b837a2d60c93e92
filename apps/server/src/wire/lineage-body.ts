import type { Immutable, LineageBody } from '@forge-cascade/api';
import { lineageJson, type LineageGraph, type StandingReasons } from '@forge-cascade/core';

export function lineageBody(graph: LineageGraph, reasons: StandingReasons): Immutable<LineageBody> {
  const { nodes, ...rest } = lineageJson(graph);
  return {
    root: graph.root,
    direction: graph.direction,
    nodes: nodes.map((node) => ({ ...node, standing_reason: reasons.get(node.id) ?? null })),
    ...rest,
  };
}
