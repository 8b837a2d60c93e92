/**
 * Parents: checked as given, found in the store, and turned into edges.
 * @module
 */
import { DomainError } from '../errors.js';
import { RELATIONS, type Relation } from '../lineage/relation.js';
import type { CapsuleReader } from '../ports/capsule-reader.js';
import type { Principal } from '../principal.js';
import type { CapsuleRecord } from './capsule.js';
import type { DerivationInput } from './inputs.js';
import { checkReason, checkText, invalid } from './validate-text.js';

export const MAX_DERIVATIONS = 200;

/** What a reader of many capsules is asked for at once. */
const READ_CHUNK = 1_000;

export interface CheckedDerivation {
  /** A version id or a series id. */
  readonly ref: string;
  readonly relation: Relation;
  readonly reason: string | null;
}

/** An edge as it will be written. */
export interface ParentEdge {
  readonly id: string;
  readonly relation: Relation;
  readonly reason: string | null;
  /** Ledger names of the fields that differ from this parent. */
  readonly changes: readonly string[];
}

/** Parents by the reference they were named with; what is missing is unknown. */
export type FoundParents = ReadonlyMap<string, { readonly id: string }>;

export function checkDerivations(inputs: readonly DerivationInput[] | undefined): readonly CheckedDerivation[] {
  if (inputs === undefined) return [];
  if (!Array.isArray(inputs)) throw invalid('derived_from', 'derived_from must be a list of {id, relation, reason}.');
  if (inputs.length > MAX_DERIVATIONS) {
    throw invalid(
      'derived_from',
      `derived_from names ${inputs.length} parents; at most ${MAX_DERIVATIONS} are allowed. Derive from a summary of some of them.`,
    );
  }
  return inputs.map(({ id, relation, reason }: DerivationInput, i) => {
    const at = `derived_from[${i}]`;
    checkText(id, `${at}.id`);
    if (!RELATIONS.includes(relation)) throw invalid(at, `${at}.relation must be one of ${RELATIONS.join(', ')}.`);
    return { ref: id, relation, reason: checkReason(reason, `${at}.reason`) };
  });
}

/** Reads parents by version id, and what is left by series id. */
export async function findParents(
  reader: CapsuleReader,
  lists: readonly (readonly CheckedDerivation[])[],
): Promise<FoundParents> {
  const refs = [...new Set(lists.flatMap((list) => list.map(({ ref }) => ref)))];
  const found = new Map<string, { readonly id: string }>();
  for (let from = 0; from < refs.length; from += READ_CHUNK) {
    const chunk = refs.slice(from, from + READ_CHUNK);
    const records = await reader.capsules(chunk);
    for (const [i, ref] of chunk.entries()) {
      const record: CapsuleRecord | null = records[i] ?? (await reader.capsule(ref));
      if (record !== null) found.set(ref, { id: record.id });
    }
  }
  return found;
}

/**
 * The edges of a new version: `own` ones come first, then those its author named.
 * @throws DomainError INVALID_INPUT naming place and id of an unknown or repeated parent, REVIEWER_REQUIRED for a
 * `correction` by anyone else.
 */
export function parentEdges(
  own: readonly ParentEdge[],
  named: readonly CheckedDerivation[],
  found: FoundParents,
  principal: Principal,
): readonly ParentEdge[] {
  const edges = [...own];
  const taken = new Set(own.map(({ id }) => id));
  named.forEach(({ ref, relation, reason }, i) => {
    if (relation === 'correction') assertMayCorrect(principal);
    const parent = found.get(ref);
    const details = { field: 'derived_from', derivation: i, id: ref };
    if (parent === undefined) {
      const message = `derived_from[${i}] names ${JSON.stringify(ref)}, which is not known. Create it first or leave it out.`;
      throw new DomainError('INVALID_INPUT', message, details);
    }
    if (taken.has(parent.id)) {
      const message = `derived_from[${i}] names ${parent.id} a second time. A capsule derives from each parent once.`;
      throw new DomainError('INVALID_INPUT', message, details);
    }
    taken.add(parent.id);
    edges.push({ id: parent.id, relation, reason, changes: [] });
  });
  return edges;
}

export function assertMayCorrect(principal: Principal): void {
  if (principal.reviewer) return;
  throw new DomainError(
    'REVIEWER_REQUIRED',
    'Only a reviewer can derive by "correction", as it sheds what condemns the parent. Use "version", or ask a reviewer.',
  );
}
