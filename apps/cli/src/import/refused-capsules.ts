/**
 * What the memory would refuse whatever it holds: left out of the plan, so that a dry run can tell and counts are true.
 * @module
 */
import { checkCreate, isDomainError } from '@forge-cascade/core';
import { unresolved, withUnresolved } from './import-item.js';
import type { PlannedCapsule } from './import-plan.js';
import type { ImportProblem } from './source-document.js';

export interface Storable {
  readonly capsules: readonly PlannedCapsule[];
  /** Keys of the others. */
  readonly refused: ReadonlySet<string>;
  readonly problems: readonly ImportProblem[];
}

/** Sections of what is refused go with it; relations to it become metadata. */
export function withoutRefused(planned: readonly PlannedCapsule[]): Storable {
  const problems: ImportProblem[] = [];
  const refused = new Set<string>();
  for (const capsule of planned) {
    if (capsule.sectionOf !== null && refused.has(capsule.sectionOf)) {
      refused.add(capsule.key);
      continue;
    }
    const fault = faultOf(capsule);
    if (fault === null) continue;
    refused.add(capsule.key);
    const { path, line, key, sectionOf } = capsule;
    const where = sectionOf === null ? '' : `section ${key.slice(sectionOf.length + 1)}: `;
    problems.push({ path, line, severity: 'failed', reason: where + fault });
  }
  const capsules = planned.filter(({ key }) => !refused.has(key));
  if (refused.size === 0) return { capsules, refused, problems };
  return { capsules: capsules.map((capsule) => withoutParents(capsule, refused, problems)), refused, problems };
}

/** The memory's own checks; what they need to know about parents it alone can say. */
function faultOf(capsule: PlannedCapsule): string | null {
  const { derivedFrom, validFrom, validTo, sectionOf: _section, path: _path, line: _line, ...body } = capsule;
  try {
    checkCreate({
      ...body,
      validFrom: moment(validFrom),
      validTo: moment(validTo),
      derivedFrom: derivedFrom.map(({ relation, reason }) => ({ id: 'a parent', relation, reason })),
    });
    return null;
  } catch (error) {
    if (isDomainError(error)) return error.message;
    throw error;
  }
}

/** A date alone means its first moment, as on the wire. */
function moment(text: string | null): string | null {
  return text !== null && /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text;
}

function withoutParents(
  capsule: PlannedCapsule,
  refused: ReadonlySet<string>,
  problems: ImportProblem[],
): PlannedCapsule {
  const missing = capsule.derivedFrom.filter(({ parent }) => 'key' in parent && refused.has(parent.key));
  if (missing.length === 0) return capsule;
  for (const { stated } of missing) {
    const { path, line } = capsule;
    const reason = `${stated}: what it names was not imported; kept as metadata`;
    problems.push({ path, line, severity: 'warning', reason });
  }
  const derivedFrom = capsule.derivedFrom.filter((derivation) => !missing.includes(derivation));
  const { lineage: _lineage, ...metadata } = withUnresolved(
    capsule.metadata,
    missing.map((derivation) => unresolved(derivation, 'not imported')),
  );
  return { ...capsule, derivedFrom, metadata: { ...metadata, ...lineageOf(derivedFrom) } };
}

/** How a capsule's metadata shows its lineage; nothing without any. */
export function lineageOf(derivedFrom: PlannedCapsule['derivedFrom']): PlannedCapsule['metadata'] {
  if (derivedFrom.length === 0) return {};
  return { lineage: derivedFrom.map(({ parent, relation }) => ({ ...parent, relation })) };
}
