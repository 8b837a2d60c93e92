/**
 * Finding the capsule a use case is about, and the rights and states that writing asks for.
 * @module
 */
import { DomainError } from '../errors.js';
import type { CapsuleReader } from '../ports/capsule-reader.js';
import type { Principal } from '../principal.js';
import type { CapsuleRecord } from './capsule.js';

/**
 * By version id, or the head by series id.
 * @throws DomainError CAPSULE_NOT_FOUND
 */
export async function loadCapsule(reader: CapsuleReader, ref: string): Promise<CapsuleRecord> {
  const capsule = await reader.capsule(ref);
  if (capsule === null) throw new DomainError('CAPSULE_NOT_FOUND', 'There is no capsule with this id.', { id: ref });
  return capsule;
}

/** The head of the series that `ref` belongs to. */
export async function loadHead(reader: CapsuleReader, ref: string): Promise<CapsuleRecord> {
  const capsule = await loadCapsule(reader, ref);
  return capsule.isHead ? capsule : loadCapsule(reader, capsule.seriesId);
}

/** @throws DomainError POLICY_DENIED for anyone but owner and reviewers. */
export function assertMayWrite(principal: Principal, capsule: CapsuleRecord): void {
  if (principal.reviewer || principal.id === capsule.ownerId) return;
  throw new DomainError(
    'POLICY_DENIED',
    'Only the owner of a capsule or a reviewer can change it. Fork it to go on from here in a series of your own.',
    { id: capsule.id },
  );
}

/** @throws DomainError STATE_CONFLICT */
export function assertNotArchived(capsule: CapsuleRecord): void {
  if (!capsule.archived) return;
  throw new DomainError('STATE_CONFLICT', 'This series is archived. Unarchive it before writing a new version.', {
    id: capsule.id,
    series_id: capsule.seriesId,
  });
}

/**
 * Holds a caller to the head it has seen. `*` stands for whatever the head is.
 * @throws DomainError VERSION_CONFLICT with the head of now.
 */
export function assertHead(head: CapsuleRecord, seen: string): void {
  if (seen !== '*' && seen !== head.id) throw versionConflict(head);
}

export function versionConflict(head: CapsuleRecord): DomainError {
  return new DomainError(
    'VERSION_CONFLICT',
    `This is not the head of its series (any more): the head is version ${head.version}. Read it, merge your change and try again.`,
    { head },
  );
}
