import type { Immutable, LineageBody } from '@forge-cascade/api';
import { lineageJson, type LineageGraph } from '@forge-cascade/core';

export function lineageBody(graph: LineageGraph): Immutable<LineageBody> {
  return { root: graph.root, direction: graph.direction, ...lineageJson(graph) };
}
