/**
 * A citation's ancestry in a few lines: who it rests on, and the weakest of them.
 * @module
 */
import { trustFlow, type Relation } from '../lineage/relation.js';
import type { LineageGraph, LineageNode, LineageReader } from '../ports/lineage-reader.js';
import type { CapsuleHeader } from '../capsule/capsule.js';

export interface AncestorSummary {
  readonly id: string;
  readonly seriesId: string;
  readonly version: string;
  readonly title: string | null;
  readonly trust: number;
  /** Fewest edges from the cited capsule. */
  readonly depth: number;
}

export interface LineageSummary {
  /** The nearest ancestors, at most {@link SHOWN_ANCESTORS}. */
  readonly ancestors: readonly AncestorSummary[];
  /** True when there are more than those. */
  readonly more: boolean;
  /** The capsule, itself included, whose trust is the chain trust. */
  readonly weakest: AncestorSummary;
}

export const SHOWN_ANCESTORS = 3;

/** Deep enough to show the nearest ancestors of a long chain without walking all of it. */
const NEAR_DEPTH = 3;

/** Reads the ancestry of one cited capsule; walks all of it only when an ancestor is what weakens the capsule. */
export async function summariseLineage(reader: LineageReader, capsule: CapsuleHeader): Promise<LineageSummary> {
  if (capsule.parentId === null) return { ancestors: [], more: false, weakest: ofHeader(capsule) };
  const inherited = capsule.chainTrust < capsule.trust;
  const graph = await reader.lineage(capsule.id, 'ancestors', inherited ? null : NEAR_DEPTH);
  if (graph === null) return { ancestors: [], more: false, weakest: ofHeader(capsule) };
  const ancestors = graph.nodes.filter((node) => node.id !== capsule.id);
  return {
    ancestors: ancestors.slice(0, SHOWN_ANCESTORS).map(ofNode),
    more: graph.truncated || ancestors.length > SHOWN_ANCESTORS,
    weakest: inherited ? weakestLink(graph, capsule) : ofHeader(capsule),
  };
}

/** The least trusted capsule reached through relations that carry trust; the nearest of equals. */
function weakestLink(graph: LineageGraph, capsule: CapsuleHeader): AncestorSummary {
  const parents = new Map<string, string[]>();
  for (const edge of graph.edges) {
    if (trustFlow(edge.relation satisfies Relation) !== 'carries') continue;
    const known = parents.get(edge.child);
    if (known === undefined) parents.set(edge.child, [edge.parent]);
    else known.push(edge.parent);
  }
  const carried = new Set<string>([capsule.id]);
  for (const id of carried) for (const parent of parents.get(id) ?? []) carried.add(parent);
  let weakest: LineageNode | undefined;
  for (const node of graph.nodes) {
    if (carried.has(node.id) && (weakest === undefined || node.trust < weakest.trust)) weakest = node;
  }
  return weakest === undefined ? ofHeader(capsule) : ofNode(weakest);
}

function ofNode(node: LineageNode): AncestorSummary {
  return {
    id: node.id,
    seriesId: node.seriesId,
    version: node.version,
    title: node.title,
    trust: node.trust,
    depth: node.depth,
  };
}

function ofHeader(capsule: CapsuleHeader): AncestorSummary {
  return {
    id: capsule.id,
    seriesId: capsule.seriesId,
    version: capsule.version,
    title: capsule.title,
    trust: capsule.trust,
    depth: 0,
  };
}
