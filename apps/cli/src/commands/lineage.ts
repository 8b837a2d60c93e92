/** `forge lineage`. @module */
import type { LineageBody } from '@forge-cascade/api';
import { renderLineageDot, renderLineageTree, type LineageGraph } from '@forge-cascade/core';
import type { CommandContext } from '../command-context.js';
import { resolveReference } from '../resolve-reference.js';
import { present } from './capsule-write.js';

interface Flags {
  readonly direction: 'ancestors' | 'descendants';
  readonly depth?: number;
  readonly format: 'tree' | 'json' | 'dot';
}

export async function lineageCommand(
  context: CommandContext,
  [reference = '']: readonly string[],
  flags: Flags,
): Promise<void> {
  await context.withClient(async (client) => {
    const id = await resolveReference(client, reference);
    const query = { direction: flags.direction, ...present({ depth: flags.depth }) };
    const body = (await client.getLineage({ params: { id }, query })).body as LineageBody;
    if (flags.format === 'json' || context.json) {
      context.terminal.out(`${JSON.stringify(body, null, 2)}\n`);
      return;
    }
    const graph = graphOf(body);
    const reasons = new Map(
      body.nodes.flatMap(({ id, standing_reason }) =>
        standing_reason === null ? [] : [[id, standing_reason] as const],
      ),
    );
    const { colour } = context.terminal;
    const drawn =
      flags.format === 'dot' ? renderLineageDot(graph, reasons) : renderLineageTree(graph, { colour, reasons });
    context.terminal.out(`${drawn.trimEnd()}\n`);
  });
}

function graphOf({ root, direction, nodes, edges, truncated }: LineageBody): LineageGraph {
  return {
    root,
    direction,
    truncated,
    edges,
    nodes: nodes.map((node, i) => ({
      // The order of the answer stands for the ledger's.
      seq: i,
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
      chainTrust: node.chain_trust,
      tainted: node.tainted,
      warned: node.warned,
      retracted: node.retracted,
      createdAt: node.created_at,
      depth: node.depth,
    })),
  };
}
