/**
 * A planned capsule as `POST /v2/capsules/batch` takes it.
 * @module
 */
import type { JsonObject, JsonValue } from '@forge-cascade/core';
import type { PlannedCapsule, PlannedDerivation } from './import-plan.js';

export interface ImportItem {
  readonly key: string;
  readonly if_exists: 'version';
  readonly title: string | null;
  readonly content: string;
  readonly type: PlannedCapsule['type'];
  readonly tags: string[];
  readonly metadata: Record<string, JsonValue>;
  readonly collection: string;
  readonly position: number | null;
  readonly valid_from: string | null;
  readonly valid_to: string | null;
  readonly derived_from: {
    readonly id: string;
    readonly relation: PlannedDerivation['relation'];
    readonly reason: string;
  }[];
}

/** Parents of one capsule that were not written, so that nothing can rest on them. */
export interface MissingParents {
  readonly item: ImportItem;
  readonly missing: readonly PlannedDerivation[];
}

/**
 * Every field is given, also empty ones: a field left out would keep what an earlier import wrote. `idOf` answers null
 * for a parent that was refused; such a relation goes into the metadata instead.
 */
export function toImportItem(capsule: PlannedCapsule, idOf: (key: string) => string | null): MissingParents {
  const missing: PlannedDerivation[] = [];
  const derivedFrom: ImportItem['derived_from'] = [];
  for (const derivation of capsule.derivedFrom) {
    const id = 'id' in derivation.parent ? derivation.parent.id : idOf(derivation.parent.key);
    if (id === null) missing.push(derivation);
    else derivedFrom.push({ id, relation: derivation.relation, reason: derivation.reason });
  }
  const item: ImportItem = {
    key: capsule.key,
    if_exists: 'version',
    title: capsule.title,
    content: capsule.content,
    type: capsule.type,
    tags: [...capsule.tags],
    metadata: withMissing(capsule.metadata, missing),
    collection: capsule.collection,
    position: capsule.position,
    valid_from: capsule.validFrom,
    valid_to: capsule.validTo,
    derived_from: derivedFrom,
  };
  return { item, missing };
}

function withMissing(metadata: JsonObject, missing: readonly PlannedDerivation[]): Record<string, JsonValue> {
  if (missing.length === 0) return { ...metadata };
  const before = metadata['unresolved_relations'];
  const unresolved = missing.map(({ relation, reason }) => ({ relation, stated: reason, why: 'not imported' }));
  return {
    ...metadata,
    unresolved_relations: [...(Array.isArray(before) ? (before as readonly JsonValue[]) : []), ...unresolved],
  };
}
