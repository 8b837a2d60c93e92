/**
 * What an import is going to do: capsules in the order in which they can be written, and what had to be left out.
 * @module
 */
import type { CapsuleType, JsonObject, Relation } from '@forge-cascade/core';
import type { ImportProblem } from './source-document.js';

/** A parent: something this import writes or the memory already holds, by key, or an id the author gave. */
export type ParentReference = { readonly key: string } | { readonly id: string };

export interface PlannedDerivation {
  readonly parent: ParentReference;
  readonly relation: Relation;
  readonly reason: string;
  /** The words that name the parent, for what cannot become lineage after all. */
  readonly stated: string;
}

export interface PlannedCapsule {
  readonly key: string;
  readonly title: string | null;
  readonly content: string;
  readonly type: CapsuleType;
  readonly tags: readonly string[];
  readonly metadata: JsonObject;
  readonly collection: string;
  readonly position: number | null;
  readonly validFrom: string | null;
  readonly validTo: string | null;
  readonly derivedFrom: readonly PlannedDerivation[];
  /** Key of the document this is a section of; null for a document. */
  readonly sectionOf: string | null;
  readonly path: string;
  readonly line: number | null;
}

/** A relation that did not become lineage, as it is kept in the metadata. */
export type UnresolvedReason = 'dangling' | 'ambiguous' | 'cycle' | 'self' | 'not imported';

export interface ImportPlan {
  readonly rootName: string;
  /** Collection of the documents; sections live below it. */
  readonly collection: string;
  /** No capsule rests on one of its own or a later level. */
  readonly levels: readonly (readonly PlannedCapsule[])[];
  readonly documents: number;
  readonly sections: number;
  /** Edges between documents. */
  readonly relations: number;
  readonly problems: readonly ImportProblem[];
  /** Keys of what was left out because the memory would refuse it; what it holds of them stays. */
  readonly refused?: readonly string[];
}

/** A series the memory already holds, as far as planning looks at it. */
export interface ExistingSeries {
  readonly seriesId: string;
  readonly key: string;
  readonly title: string | null;
}

/** Collections of the plan that lie outside of its own, none below another. */
export function collectionsBeside({ collection, levels }: ImportPlan): readonly string[] {
  const found = new Set(levels.flatMap((level) => level.map((capsule) => capsule.collection)));
  const tops: string[] = [];
  for (const one of [...found].sort()) {
    if (![collection, ...tops].some((top) => one === top || one.startsWith(`${top}/`))) tops.push(one);
  }
  return tops;
}
