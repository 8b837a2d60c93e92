/**
 * Capsules of a group with their standing. A change of trust or retraction settles everything that rests on a capsule
 * within the commit that makes it: nobody ever reads a trust that is too high.
 * @module
 */
import {
  deriveStanding,
  sameStanding,
  trustFlow,
  type ParentStanding,
  type Relation,
  type Standing,
} from '@forge-cascade/core/engine';

export interface ParentEdge {
  readonly parent: CapsuleState;
  readonly relation: Relation;
}

/** What standing is made of. */
export interface CapsuleState {
  readonly seq: number;
  readonly id: string;
  readonly seriesId: string;
  trust: number;
  trustBefore: number | null;
  retracted: boolean;
  chainTrust: number;
  tainted: boolean;
  warned: boolean;
  /** Milliseconds since the epoch. */
  updatedAt: number;
  /** Ledger position of the version that replaced it; null while it is the head. */
  recordedTo: number | null;
  /** Complete for those that may have to be settled. */
  readonly parents: ParentEdge[];
  readonly children: CapsuleState[];
}

export function standingOf(own: { trust: number; retracted: boolean }, parents: readonly ParentEdge[]): Standing {
  return deriveStanding(
    own,
    parents.map(({ parent, relation }): ParentStanding => ({
      relation,
      trust: parent.trust,
      retracted: parent.retracted,
      chainTrust: parent.chainTrust,
      tainted: parent.tainted,
      warned: parent.warned,
    })),
  );
}

/** Carries a change of a capsule's own state to itself and all that rests on it; `changed` hears of each that moved. */
export function settle(root: CapsuleState, changed: (capsule: CapsuleState) => void): void {
  Object.assign(root, standingOf(root, root.parents));
  changed(root);
  for (const capsule of dependents(root)) {
    const standing = standingOf(capsule, capsule.parents);
    if (sameStanding(capsule, standing)) continue;
    Object.assign(capsule, standing);
    changed(capsule);
  }
}

/** Everything that rests on a capsule by a relation that carries or warns, by ascending seq, without the capsule. */
function dependents(root: CapsuleState): CapsuleState[] {
  const found = new Set([root]);
  for (const capsule of found) for (const child of capsule.children) found.add(child);
  found.delete(root);
  return [...found].sort((a, b) => a.seq - b.seq);
}

/** Links a child to its parents; edges that neither carry nor warn lead to no child. */
export function link(child: CapsuleState, parents: readonly ParentEdge[]): void {
  child.parents.push(...parents);
  for (const { parent, relation } of parents) {
    // All edges of a child are linked at once, so that a second one to the same parent is next to the first.
    if (trustFlow(relation) !== 'none' && parent.children.at(-1) !== child) parent.children.push(child);
  }
}
