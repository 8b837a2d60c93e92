/**
 * A planned capsule as `POST /v2/capsules/batch` takes it.
 * @module
 */
import type { JsonObject, JsonValue } from '@forge-cascade/core';
import type { PlannedCapsule, PlannedDerivation, UnresolvedReason } from './import-plan.js';

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

/** An item, and parents of the capsule that nothing can rest on. */
export interface MissingParents {
  readonly item: ImportItem;
  /** They are part of this import but were refused. */
  readonly missing: readonly PlannedDerivation[];
}

/**
 * Every field is given, also empty ones: a field left out would keep what an earlier import wrote. `idOf` answers null
 * for a parent that was refused, `unknown` holds ids that the memory took for no parent; such a relation goes into the
 * metadata instead.
 */
export function toImportItem(
  capsule: PlannedCapsule,
  idOf: (key: string) => string | null,
  unknown: ReadonlySet<string> = new Set(),
): MissingParents {
  const missing: PlannedDerivation[] = [];
  const dangling: PlannedDerivation[] = [];
  const derivedFrom: ImportItem['derived_from'] = [];
  for (const derivation of capsule.derivedFrom) {
    const { parent } = derivation;
    const id = 'id' in parent ? parent.id : idOf(parent.key);
    if (id === null) missing.push(derivation);
    else if ('id' in parent && unknown.has(id)) dangling.push(derivation);
    else derivedFrom.push({ id, relation: derivation.relation, reason: derivation.reason });
  }
  const item: ImportItem = {
    key: capsule.key,
    if_exists: 'version',
    title: capsule.title,
    content: capsule.content,
    type: capsule.type,
    tags: [...capsule.tags],
    metadata: withUnresolved(capsule.metadata, [
      ...missing.map((derivation) => unresolved(derivation, 'not imported')),
      ...dangling.map((derivation) => unresolved(derivation, 'dangling')),
    ]),
    collection: capsule.collection,
    position: capsule.position,
    valid_from: capsule.validFrom,
    valid_to: capsule.validTo,
    derived_from: derivedFrom,
  };
  return { item, missing };
}

/** A relation as the metadata keeps it. */
export function unresolved({ relation, stated }: PlannedDerivation, why: UnresolvedReason): JsonObject {
  return { relation, stated, why };
}

export function withUnresolved(metadata: JsonObject, more: readonly JsonObject[]): Record<string, JsonValue> {
  if (more.length === 0) return { ...metadata };
  const before = metadata['unresolved_relations'];
  return {
    ...metadata,
    unresolved_relations: [...(Array.isArray(before) ? (before as readonly JsonValue[]) : []), ...more],
  };
}
