/**
 * Lineage on the wire.
 * @module
 */
import { z } from 'zod';
import { standingShape } from './capsule.js';
import * as v from './values.js';

export const lineageQuerySchema = z.strictObject({
  direction: z.enum(['ancestors', 'descendants']).default('ancestors'),
  depth: z.int().min(1).max(1_000_000).optional().describe('Edges to follow; to the end by default.'),
  format: z.enum(['json', 'dot']).default('json').describe('`dot` is Graphviz text.'),
});

const nodeSchema = z
  .strictObject({
    id: v.id,
    series_id: v.id,
    version: z.string(),
    type: v.capsuleType,
    title: v.title.nullable(),
    collection: v.collection.nullable(),
    position: v.position.nullable(),
    is_head: z.boolean(),
    archived: z.boolean(),
    ...standingShape,
    standing_reason: v.reason.nullable().describe('Why it was quarantined or retracted; null where it is neither.'),
    created_at: v.timestamp,
    depth: z.int().min(0).describe('Fewest edges from the root.'),
  })
  .meta({ id: 'LineageNode' });

const edgeSchema = z
  .strictObject({
    child: v.id,
    parent: v.id,
    relation: v.relation,
    reason: v.reason.nullable(),
    timestamp: v.timestamp,
    changes: z.array(z.string()).describe('Names of the fields that a new version changed.'),
  })
  .meta({ id: 'LineageEdge' });

export const lineageSchema = z
  .strictObject({
    root: v.id,
    direction: z.enum(['ancestors', 'descendants']),
    nodes: z.array(nodeSchema).describe('By depth; the root comes first.'),
    edges: z.array(edgeSchema),
    truncated: z.boolean().describe('True when `depth` cut the walk short.'),
  })
  .meta({ id: 'Lineage', description: 'Where a capsule comes from, or what came of it.' });

export type LineageBody = z.output<typeof lineageSchema>;
