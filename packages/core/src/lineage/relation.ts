/**
 * How a capsule may rest on another, and what that means for trust.
 * @module
 */

/** Every relation an edge of the lineage may have. */
export const RELATIONS = ['version', 'fork', 'merge', 'summary', 'citation', 'correction', 'refutes'] as const;

export type Relation = (typeof RELATIONS)[number];

/**
 * - `carries`: the child is as trustworthy as its parent at most, and tainted when it is.
 * - `warns`: a bad parent leaves a warning on the child, nothing more.
 * - `none`: a mended or opposed parent must not condemn the one that mends or opposes it.
 */
export type TrustFlow = 'carries' | 'warns' | 'none';

const TRUST_FLOW: Record<Relation, TrustFlow> = {
  version: 'carries',
  fork: 'carries',
  merge: 'carries',
  summary: 'carries',
  citation: 'warns',
  correction: 'none',
  refutes: 'none',
};

export function trustFlow(relation: Relation): TrustFlow {
  return TRUST_FLOW[relation];
}
