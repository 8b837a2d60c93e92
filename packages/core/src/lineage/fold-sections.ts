/** Many members of one collection, such as the sections of a document, are told as one. @module */
import type { LineageDirection, LineageNode } from '../ports/lineage-reader.js';
import type { Onward, WalkOrder } from './walk-order.js';

/** Up to this many members of a collection are drawn one by one. */
export const MAX_UNFOLDED = 6;

export interface FoldedSiblings {
  readonly collection: string;
  readonly members: readonly Onward[];
}

export type Sibling = Onward | FoldedSiblings;

export function isFolded(sibling: Sibling): sibling is FoldedSiblings {
  return 'members' in sibling;
}

/**
 * Capsules from which every way onwards stays in their own collection: folding them hides nothing of other collections.
 */
export function selfContained(walk: WalkOrder, direction: LineageDirection): ReadonlySet<string> {
  const contained = new Set<string>();
  // Edges point to older capsules, so in this order whatever lies onwards of a capsule has been judged before it.
  const ordered = [...walk.nodes.values()].sort((a, b) => (direction === 'ancestors' ? a.seq - b.seq : b.seq - a.seq));
  for (const { id, collection } of ordered) {
    const stays = ({ node }: Onward): boolean => node.collection === collection && contained.has(node.id);
    if (collection !== null && walk.onward(id).every(stays)) contained.add(id);
  }
  return contained;
}

/** Siblings in the order given; a folded group stands where its first member stood. */
export function foldSiblings(siblings: readonly Onward[], contained: ReadonlySet<string>): readonly Sibling[] {
  if (siblings.length <= MAX_UNFOLDED) return siblings;
  const groups = new Map<string, Onward[]>();
  for (const sibling of siblings) {
    const collection = foldKey(sibling.node, contained);
    if (collection === null) continue;
    const known = groups.get(collection);
    if (known === undefined) groups.set(collection, [sibling]);
    else known.push(sibling);
  }
  return siblings.flatMap((sibling): Sibling[] => {
    const collection = foldKey(sibling.node, contained);
    const members = collection === null ? undefined : groups.get(collection);
    if (collection === null || members === undefined || members.length <= MAX_UNFOLDED) return [sibling];
    return members[0] === sibling ? [{ collection, members }] : [];
  });
}

function foldKey(node: LineageNode, contained: ReadonlySet<string>): string | null {
  return contained.has(node.id) ? node.collection : null;
}
