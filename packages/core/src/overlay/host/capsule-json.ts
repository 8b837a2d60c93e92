/** Capsules and lineages as JSON: overlays and the REST interface are shown the same. @module */
import type { CapsuleHeader, CapsuleRecord } from '../../capsule/capsule.js';
import type { LineageGraph } from '../../ports/lineage-reader.js';
import { bandOf } from '../../trust/trust-level.js';
import type { OwnStanding, Standing } from '../../trust/standing.js';

export function headerJson(capsule: CapsuleHeader) {
  return {
    id: capsule.id,
    series_id: capsule.seriesId,
    head_id: capsule.headId,
    is_head: capsule.isHead,
    version: capsule.version,
    type: capsule.type,
    title: capsule.title,
    summary: capsule.summary,
    key: capsule.key,
    tags: capsule.tags,
    collection: capsule.collection,
    position: capsule.position,
    owner_id: capsule.ownerId,
    parent_id: capsule.parentId,
    ...standingJson(capsule),
    archived: capsule.archived,
    valid_from: capsule.validFrom,
    valid_to: capsule.validTo,
    created_at: capsule.createdAt,
    updated_at: capsule.updatedAt,
  };
}

export function capsuleJson(capsule: CapsuleRecord) {
  return {
    ...headerJson(capsule),
    content: capsule.content,
    metadata: capsule.metadata,
    derived_from: capsule.derivedFrom.map(({ id, relation, reason }) => ({ id, relation, reason })),
  };
}

export function lineageJson(graph: LineageGraph) {
  return {
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
      ...standingJson(node),
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

export function standingJson(standing: OwnStanding & Standing) {
  return {
    trust_level: standing.trust,
    trust_band: bandOf(standing.trust),
    chain_trust: standing.chainTrust,
    tainted: standing.tainted,
    warned: standing.warned,
    retracted: standing.retracted,
  };
}
