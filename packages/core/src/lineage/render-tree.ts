/** A lineage as a tree for a terminal: one row per capsule, with what it is worth and why it is there. @module */
import type { LineageEdge, LineageGraph, LineageNode } from '../ports/lineage-reader.js';
import { isTaintCause } from '../trust/standing.js';
import { bandOf, type TrustBand } from '../trust/trust-level.js';
import { foldSiblings, isFolded, selfContained, type FoldedSiblings, type Sibling } from './fold-sections.js';
import { oneLine, shortId } from './short-id.js';
import type { StandingReasons } from './standing-reasons.js';
import { walkOrder } from './walk-order.js';

export interface LineageTreeOptions {
  /** ANSI colours. Default: none. */
  readonly colour?: boolean;
  /** Why capsules were quarantined or retracted. Default: not told. */
  readonly reasons?: StandingReasons;
  /** Rows drawn before the rest is only counted. Default: all. */
  readonly maxRows?: number;
}

/** Deeper rows say their depth instead: branches drawn to any depth would make the text grow with its square. */
const MAX_BRANCHES = 32;
const MAX_TITLE = 60;
const MAX_REASON = 120;

const BAND_COLOUR: Record<TrustBand, string> = {
  CORE: '\u001b[36m',
  TRUSTED: '\u001b[32m',
  STANDARD: '',
  SANDBOX: '\u001b[33m',
  QUARANTINE: '\u001b[31m',
};
const ALARM = '\u001b[31m';
const DIM = '\u001b[2m';
const RESET = '\u001b[0m';

interface Branch {
  readonly siblings: readonly Sibling[];
  next: number;
}

/**
 * Rows end with a line feed. A capsule reached twice is drawn once and referred to afterwards; more than six members of
 * one collection beside each other become one row.
 */
export function renderLineageTree(graph: LineageGraph, options: LineageTreeOptions = {}): string {
  const paint = options.colour === true ? (style: string, text: string) => style + text + (style && RESET) : plain;
  const maxRows = options.maxRows ?? Infinity;
  const walk = walkOrder(graph);
  if (walk.root === null) return '';
  const contained = selfContained(walk, graph.direction);
  const drawn = new Set([walk.root.id]);
  const rows: string[] = [];
  let rowCount = 0;
  const row = (text: () => string): void => {
    if (rowCount++ < maxRows) rows.push(text());
  };

  const reasons = options.reasons ?? new Map<string, string>();
  row(() => nodeText(walk.root as LineageNode, null, paint, reasons));
  const path: Branch[] = [{ siblings: foldSiblings(walk.onward(walk.root.id), contained), next: 0 }];
  for (let branch = path.at(-1); branch !== undefined; branch = path.at(-1)) {
    const sibling = branch.siblings[branch.next++];
    if (sibling === undefined) {
      path.pop();
      continue;
    }
    if (isFolded(sibling)) {
      for (const { node } of sibling.members) drawn.add(node.id);
      row(() => paint(DIM, stem(path)) + foldedText(sibling, paint));
      continue;
    }
    const { node, edge } = sibling;
    if (drawn.has(node.id)) {
      row(() => paint(DIM, stem(path)) + referenceText(node, edge, paint));
      continue;
    }
    drawn.add(node.id);
    row(() => paint(DIM, stem(path)) + nodeText(node, edge, paint, reasons));
    const below = foldSiblings(walk.onward(node.id), contained);
    if (below.length > 0) path.push({ siblings: below, next: 0 });
  }
  if (rowCount > maxRows) rows.push(paint(DIM, `… ${rowCount - maxRows} more rows`));
  if (graph.truncated) rows.push(paint(DIM, '… the lineage goes on beyond the depth asked for'));
  return `${rows.join('\n')}\n`;
}

type Paint = (style: string, text: string) => string;

function plain(_style: string, text: string): string {
  return text;
}

function stem(path: readonly Branch[]): string {
  const last = path.at(-1);
  const turn = last !== undefined && last.next < last.siblings.length ? '├─ ' : '└─ ';
  if (path.length > MAX_BRANCHES) return `⋯ depth ${path.length} ${turn}`;
  let branches = '';
  for (const { siblings, next } of path.slice(0, -1)) branches += next < siblings.length ? '│  ' : '   ';
  return branches + turn;
}

function nodeText(node: LineageNode, edge: LineageEdge | null, paint: Paint, reasons: StandingReasons): string {
  const band = bandOf(node.trust);
  const chain = node.chainTrust < node.trust ? ` (chain ${node.chainTrust})` : '';
  const parts = [
    paint(DIM, shortId(node.id)),
    titleText(node),
    `v${node.version}`,
    ...(edge === null ? [] : [edge.relation]),
    paint(BAND_COLOUR[band], `trust ${node.trust} ${band}${chain}`),
    ...marks(node, paint),
    ...because(reasons.get(node.id), paint),
    ...reasonText(edge, paint),
  ];
  return parts.join('  ');
}

function because(reason: string | undefined, paint: Paint): readonly string[] {
  return reason === undefined ? [] : [paint(ALARM, `because: ${oneLine(reason, MAX_REASON)}`)];
}

function referenceText(node: LineageNode, edge: LineageEdge, paint: Paint): string {
  const parts = [
    paint(DIM, shortId(node.id)),
    titleText(node),
    `v${node.version}`,
    edge.relation,
    paint(DIM, '(drawn above)'),
    ...reasonText(edge, paint),
  ];
  return parts.join('  ');
}

function foldedText({ collection, members }: FoldedSiblings, paint: Paint): string {
  const noun = members.every(({ node }) => node.position !== null) ? 'sections' : 'capsules';
  const relations = [...new Set(members.map(({ edge }) => edge.relation))].join(', ');
  const chain = Math.min(...members.map(({ node }) => node.chainTrust));
  const bad = members.filter(({ node }) => node.tainted || isTaintCause(node)).length;
  const parts = [
    `… ${members.length} ${noun}`,
    `of ${oneLine(collection, MAX_TITLE)}`,
    relations,
    paint(BAND_COLOUR[bandOf(chain)], `lowest chain ${chain}`),
    ...(bad === 0 ? [] : [paint(ALARM, `⚠ ${bad} tainted, quarantined or retracted`)]),
  ];
  return parts.join('  ');
}

function titleText({ title, type }: LineageNode): string {
  const line = title === null ? '' : oneLine(title, MAX_TITLE);
  return line === '' ? `(untitled ${type})` : line;
}

function marks(node: LineageNode, paint: Paint): readonly string[] {
  return [
    ...(node.retracted ? [paint(ALARM, '✗ retracted')] : []),
    ...(node.tainted ? [paint(ALARM, '⚠ tainted')] : []),
    ...(node.warned && !node.tainted ? [paint(BAND_COLOUR.SANDBOX, '⚠ cites something bad')] : []),
    ...(node.archived ? [paint(DIM, 'archived')] : []),
  ];
}

function reasonText(edge: LineageEdge | null, paint: Paint): readonly string[] {
  const reason = edge === null || edge.reason === null ? '' : oneLine(edge.reason, MAX_REASON);
  return reason === '' ? [] : [paint(DIM, `— ${reason}`)];
}
