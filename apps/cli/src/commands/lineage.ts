/**
 * `forge lineage`.
 * @module
 */
import type { LineageBody } from '@forge-cascade/api';
import { renderLineageTree, type LineageGraph } from '@forge-cascade/core';
import { withMemory, type CommandContext, type CommonOptions } from '../command-context.js';
import { findCapsule } from '../connect/find-capsule.js';
import { UsageError } from '../usage-error.js';

export interface LineageOptions extends CommonOptions {
  readonly direction?: 'ancestors' | 'descendants';
  readonly depth?: number;
  readonly format?: 'tree' | 'json' | 'dot';
}

export async function showLineage(context: CommandContext, words: readonly string[], options: LineageOptions): Promise<void> {
  const { terminal } = context;
  if (options.json === true && options.format !== undefined && options.format !== 'json') {
    throw new UsageError(`--json and --format ${options.format} contradict each other.`);
  }
  const format = options.json === true ? 'json' : (options.format ?? 'tree');
  await withMemory(context, options, async (client) => {
    const id = await findCapsule(client, words.join(' '));
    const { body } = await client.getLineage({
      params: { id },
      query: {
        ...(options.direction !== undefined && { direction: options.direction }),
        ...(options.depth !== undefined && { depth: options.depth }),
        ...(format === 'dot' && { format }),
      },
    });
    if (typeof body === 'string') terminal.out(body);
    else if (format === 'json') terminal.out(`${JSON.stringify(body, null, 2)}\n`);
    else terminal.out(renderLineageTree(graphOf(body), { colour: terminal.colour }));
  });
}

/** The wire's graph in the core's words, for the core's own drawing of it. */
export function graphOf({ root, direction, nodes, edges, truncated }: LineageBody): LineageGraph {
  return {
    root,
    direction,
    truncated,
    edges,
    nodes: nodes.map((node, at) => ({
      // The wire keeps the order but not the ledger position that made it.
      seq: at,
      id: node.id,
      seriesId: node.series_id,
      version: node.version,
      type: node.type,
      title: node.title,
      collection: node.collection,
      position: node.position,
      isHead: node.is_head,
      archived: node.archived,
      trust: node.trust_level,
      retracted: node.retracted,
      chainTrust: node.chain_trust,
      tainted: node.tainted,
      warned: node.warned,
      createdAt: node.created_at,
      depth: node.depth,
    })),
  };
}
