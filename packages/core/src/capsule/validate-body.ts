/**
 * The fields of a body together: which were given, what the next version looks like, what it changes.
 * @module
 */
import { canonicalize } from '../ledger/canonical-json.js';
import { CAPSULE_TYPES, type CapsuleBody, type CapsuleType } from './capsule.js';
import { checkMoment } from './validate-moment.js';
import { checkCollection, checkContent, checkMetadata, checkTags, checkTitle, invalid } from './validate-text.js';

/** Some fields of a body, checked; what is absent was not given. */
export type BodyPatch = Partial<CapsuleBody>;

/** The same fields as a caller hands them over. */
export type BodyInput = { readonly [K in keyof CapsuleBody]?: CapsuleBody[K] | undefined };

const EMPTY: Omit<CapsuleBody, 'content' | 'type'> = {
  title: null,
  tags: [],
  metadata: {},
  collection: null,
  position: null,
  validFrom: null,
  validTo: null,
};

/** Ledger names of the fields, in the order in which changes are listed. */
const FIELD_NAMES: { readonly [K in keyof CapsuleBody]: string } = {
  title: 'title',
  content: 'content',
  type: 'type',
  tags: 'tags',
  metadata: 'metadata',
  collection: 'collection',
  position: 'position',
  validFrom: 'valid_from',
  validTo: 'valid_to',
};

/** @throws DomainError INVALID_INPUT or TOO_LARGE for the first field that cannot be stored. */
export function checkBody(input: BodyInput): BodyPatch {
  return {
    ...(input.title !== undefined && { title: checkTitle(input.title) }),
    ...(input.content !== undefined && { content: checkContent(input.content) }),
    ...(input.type !== undefined && { type: checkType(input.type) }),
    ...(input.tags !== undefined && { tags: checkTags(input.tags) }),
    ...(input.metadata !== undefined && { metadata: checkMetadata(input.metadata) }),
    ...(input.collection !== undefined && {
      collection: input.collection === null ? null : checkCollection(input.collection),
    }),
    ...(input.position !== undefined && { position: checkPosition(input.position) }),
    ...(input.validFrom !== undefined && { validFrom: checkMoment(input.validFrom, 'valid_from') }),
    ...(input.validTo !== undefined && { validTo: checkMoment(input.validTo, 'valid_to') }),
  };
}

/** The body of a new series. */
export function newBody(patch: BodyPatch & Pick<CapsuleBody, 'content' | 'type'>): CapsuleBody {
  return coherent({ ...EMPTY, ...patch });
}

/** The body of the next version: what was given, and the rest as it was. */
export function nextBody(current: CapsuleBody, patch: BodyPatch): CapsuleBody {
  // Leaving the collection also leaves the place in it.
  const left = patch.collection === null && patch.position === undefined;
  return coherent({ ...bodyOf(current), ...patch, ...(left && { position: null }) });
}

/** Only what its author wrote, without standing. */
export function bodyOf(c: CapsuleBody): CapsuleBody {
  const { type, title, content, tags, metadata, collection, position, validFrom, validTo } = c;
  return { type, title, content, tags, metadata, collection, position, validFrom, validTo };
}

/** Ledger names of the fields in which two bodies differ. */
export function changedFields(before: CapsuleBody, after: CapsuleBody): readonly string[] {
  const fields = Object.keys(FIELD_NAMES) as (keyof CapsuleBody)[];
  return fields.filter((field) => !sameValue(before[field], after[field])).map((field) => FIELD_NAMES[field]);
}

function sameValue(a: CapsuleBody[keyof CapsuleBody], b: CapsuleBody[keyof CapsuleBody]): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  return canonicalize(a) === canonicalize(b);
}

function coherent(body: CapsuleBody): CapsuleBody {
  if (body.position !== null && body.collection === null) {
    throw invalid(
      'position',
      'position is a place within a collection, and this capsule has none. Give a collection too.',
    );
  }
  if (body.validFrom !== null && body.validTo !== null && body.validFrom >= body.validTo) {
    throw invalid(
      'valid_to',
      `valid_to (${body.validTo}) must be later than valid_from (${body.validFrom}). Swap them or leave one out.`,
    );
  }
  return body;
}

export function checkType(value: CapsuleType): CapsuleType {
  if (CAPSULE_TYPES.includes(value)) return value;
  throw invalid('type', `type must be one of ${CAPSULE_TYPES.join(', ')}.`);
}

function checkPosition(value: number | null): number | null {
  if (value === null || (Number.isSafeInteger(value) && value >= 0)) return value === 0 ? 0 : value;
  throw invalid('position', 'position must be a whole number from 0 to 9007199254740991.');
}
