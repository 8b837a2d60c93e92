/** Which capsules a reader's filter lets through. @module */
import type { CapsuleFilter } from '../ports/capsule-reader.js';
import { instantOf } from '../ports/instant.js';
import type { CapsuleState } from './memory-state.js';

/**
 * The test for one filter. `cutoff` is the ledger position of the filter's `asOf`: what was known is judged there;
 * standing is judged now, as rights are.
 * @throws DomainError INVALID_INPUT for a time that is not RFC 3339.
 */
export function permits(filter: CapsuleFilter, cutoff: number | null): (capsule: CapsuleState) => boolean {
  const { minTrust, types, tags, ownerId, collection } = filter;
  const validAt = instantOf(filter.validAt, 'validAt');
  const createdFrom = instantOf(filter.createdFrom, 'createdFrom');
  const createdTo = instantOf(filter.createdTo, 'createdTo');
  return (capsule) =>
    isCurrent(capsule, cutoff) &&
    (filter.includeArchived === true || !isArchived(capsule, cutoff)) &&
    (filter.includeRetracted === true || !capsule.retracted) &&
    (minTrust === undefined || capsule.chainTrust >= minTrust) &&
    (types === undefined || types.includes(capsule.type)) &&
    (tags === undefined || tags.every((tag) => capsule.tags.includes(tag))) &&
    (ownerId === undefined || capsule.ownerId === ownerId) &&
    (collection === undefined || isWithin(capsule.collection, collection)) &&
    (validAt === null || isValidAt(capsule, validAt)) &&
    (createdFrom === null || Date.parse(capsule.createdAt) >= createdFrom) &&
    (createdTo === null || Date.parse(capsule.createdAt) < createdTo);
}

/** Head now, or at a ledger position. */
function isCurrent(capsule: CapsuleState, cutoff: number | null): boolean {
  if (cutoff === null) return capsule.recordedTo === null;
  return capsule.seq <= cutoff && (capsule.recordedTo === null || capsule.recordedTo > cutoff);
}

function isArchived({ series }: CapsuleState, cutoff: number | null): boolean {
  if (cutoff === null) return series.archived;
  return series.archiveSpans.some(({ from, to }) => from <= cutoff && (to === null || to > cutoff));
}

function isWithin(collection: string | null, prefix: string): boolean {
  return collection !== null && (collection === prefix || collection.startsWith(`${prefix}/`));
}

/** From its first moment up to, not including, its last. */
function isValidAt({ validFrom, validTo }: CapsuleState, at: number): boolean {
  return (validFrom === null || Date.parse(validFrom) <= at) && (validTo === null || at < Date.parse(validTo));
}
