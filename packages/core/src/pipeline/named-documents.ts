/**
 * Finds the documents a question names, whole: their lead, the collection of their sections, and what the lineage says
 * derives from them. A search for `PEP 8` alone may end at texts full of `UTF-8`; names and lineage do not.
 * @module
 */
import type { CapsuleHeader, CapsuleRecord } from '../capsule/capsule.js';
import type { LineageNode } from '../ports/lineage-reader.js';
import { namesOf, type Label } from './answer/labels.js';
import type { AskStore } from './ask-ports.js';

export interface NamedDocuments {
  /** The documents themselves, or their leads when they are split. */
  readonly leads: readonly CapsuleRecord[];
  /** Collections that hold the sections of one of them. */
  readonly collections: readonly string[];
  /** Heads that derive from a lead and are no section of it. */
  readonly derived: readonly string[];
}

const MOST_LEADS = 3;
const MOST_DERIVED = 8;

/** `hits` are capsules that any search gave; those that go by none of the labels are ignored. */
export async function namedDocuments(
  store: Pick<AskStore, 'capsules' | 'lineage'>,
  labels: readonly Label[],
  hits: readonly CapsuleHeader[],
): Promise<NamedDocuments> {
  const named = hits.filter((capsule) => isNamed(capsule, labels));
  const collections = new Set<string>();
  const leadIds = new Set<string>();
  for (const capsule of named) {
    if (isSection(capsule)) collections.add(capsule.collection);
    const lead = isSection(capsule) ? capsule.parentId : capsule.id;
    if (lead !== null && leadIds.size < MOST_LEADS) leadIds.add(lead);
  }
  const leads = (leadIds.size === 0 ? [] : await store.capsules([...leadIds])).filter(
    (lead): lead is CapsuleRecord => lead !== null && isNamed(lead, labels),
  );
  const derived = new Set<string>();
  for (const graph of await Promise.all(leads.map(({ id }) => store.lineage(id, 'descendants', 1)))) {
    for (const node of graph?.nodes ?? []) {
      if (node.depth !== 1) continue;
      if (isNamed(node, labels)) {
        if (isSection(node)) collections.add(node.collection);
      } else if (node.isHead && !node.archived && derived.size < MOST_DERIVED) {
        derived.add(node.id);
      }
    }
  }
  return { leads, collections: [...collections].slice(0, MOST_LEADS), derived: [...derived] };
}

export function isNamed(capsule: Parameters<typeof namesOf>[0], labels: readonly Label[]): boolean {
  const names = namesOf(capsule);
  return labels.some((label) => names.has(label));
}

function isSection<T extends CapsuleHeader | LineageNode>(
  capsule: T,
): capsule is T & { readonly collection: string; readonly position: number } {
  return capsule.collection !== null && capsule.position !== null;
}
