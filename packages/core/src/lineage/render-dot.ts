/** A lineage for Graphviz. Arrows point from what derives to what it derives from. @module */
import type { LineageEdge, LineageGraph, LineageNode } from '../ports/lineage-reader.js';
import { isTaintCause } from '../trust/standing.js';
import { bandOf, type TrustBand } from '../trust/trust-level.js';
import { oneLine, shortId } from './short-id.js';
import type { StandingReasons } from './standing-reasons.js';
import { trustFlow, type TrustFlow } from './relation.js';

const BAND_FILL: Record<TrustBand, string> = {
  CORE: '#bae6fd',
  TRUSTED: '#bbf7d0',
  STANDARD: '#f1f5f9',
  SANDBOX: '#fde68a',
  QUARANTINE: '#fecaca',
};

/** Solid hands trust on, dashed only warns, dotted does neither. */
const FLOW_STYLE: Record<TrustFlow, string> = { carries: 'solid', warns: 'dashed', none: 'dotted' };

const ALARM = '#b91c1c';

/** @param reasons why capsules were quarantined or retracted. */
export function renderLineageDot(
  { root, nodes, edges, truncated }: LineageGraph,
  reasons: StandingReasons = new Map(),
): string {
  const lines = [
    'digraph lineage {',
    '  rankdir="BT";',
    ...(truncated ? ['  label="The lineage goes on beyond the depth asked for.";'] : []),
    '  node [shape="box", fontname="sans-serif", fontsize="11"];',
    '  edge [fontname="sans-serif", fontsize="9"];',
    ...nodes.map((node) => nodeLine(node, node.id === root, reasons.get(node.id))),
    ...edges.map(edgeLine),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

function nodeLine(node: LineageNode, isRoot: boolean, reason: string | undefined): string {
  const { id, version, type, title, trust, chainTrust, retracted, tainted } = node;
  const chain = chainTrust < trust ? ` (chain ${chainTrust})` : '';
  const band = bandOf(trust);
  const label = [
    title === null ? `(untitled ${type})` : oneLine(title, 60),
    `${shortId(id)} v${version}`,
    `trust ${trust} ${band}${chain}${retracted ? ' retracted' : ''}${tainted ? ' tainted' : ''}`,
    ...(reason === undefined ? [] : [`because: ${oneLine(reason, 60)}`]),
  ];
  const attributes = [
    `label=${labelled(label)}`,
    `tooltip=${quoted(id)}`,
    `style="${tainted ? 'filled,dashed' : 'filled'}"`,
    `fillcolor="${BAND_FILL[band]}"`,
    ...(tainted || isTaintCause(node) ? [`color="${ALARM}"`] : []),
    ...(isRoot ? ['penwidth="2"'] : []),
  ];
  return `  ${quoted(id)} [${attributes.join(', ')}];`;
}

function edgeLine({ child, parent, relation, reason }: LineageEdge): string {
  const attributes = [
    `label="${relation}"`,
    `style="${FLOW_STYLE[trustFlow(relation)]}"`,
    ...(reason === null ? [] : [`tooltip=${quoted(reason)}`]),
  ];
  return `  ${quoted(child)} -> ${quoted(parent)} [${attributes.join(', ')}];`;
}

/** Graphviz reads backslashes in labels as its own escapes, so those are doubled along with the quotes. */
function escaped(text: string): string {
  return text.replace(/[\\"]/g, '\\$&');
}

function quoted(text: string): string {
  return `"${escaped(oneLine(text, 500))}"`;
}

function labelled(lines: readonly string[]): string {
  return `"${lines.map(escaped).join('\\n')}"`;
}
