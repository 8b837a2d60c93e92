/**
 * The one recurrence behind `chain_trust`, taint and warnings: a capsule's standing follows from its own state and
 * its direct parents' standing. Edges only ever point to older capsules, so applying it in ledger order settles a graph.
 * @module
 */
import { trustFlow, type Relation } from '../lineage/relation.js';
import { isQuarantined } from './trust-level.js';

/** What a capsule is by itself. */
export interface OwnStanding {
  /** 0–100. */
  readonly trust: number;
  readonly retracted: boolean;
}

/** What a capsule is by its ancestry. */
export interface Standing {
  /** Minimum of own trust and every carrying parent's chain trust. */
  readonly chainTrust: number;
  /** A quarantined or retracted ancestor is reached by trust-carrying relations alone. */
  readonly tainted: boolean;
  /** Such an ancestor is reached through at least one citation. */
  readonly warned: boolean;
}

export interface ParentStanding extends OwnStanding, Standing {
  readonly relation: Relation;
}

/** True when this capsule by itself taints what rests on it. */
export function isTaintCause(own: OwnStanding): boolean {
  return own.retracted || isQuarantined(own.trust);
}

/** A capsule's standing from its own state and its parents' standing. */
export function deriveStanding(own: OwnStanding, parents: readonly ParentStanding[]): Standing {
  let chainTrust = own.trust;
  let tainted = false;
  let warned = false;
  for (const parent of parents) {
    const flow = trustFlow(parent.relation);
    if (flow === 'none') continue;
    const bad = parent.tainted || isTaintCause(parent);
    if (flow === 'carries') {
      if (parent.chainTrust < chainTrust) chainTrust = parent.chainTrust;
      tainted ||= bad;
      warned ||= parent.warned;
    } else {
      warned ||= bad || parent.warned;
    }
  }
  return { chainTrust, tainted, warned };
}

export function sameStanding(a: Standing, b: Standing): boolean {
  return a.chainTrust === b.chainTrust && a.tainted === b.tainted && a.warned === b.warned;
}
