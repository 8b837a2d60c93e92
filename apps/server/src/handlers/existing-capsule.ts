/** Finding the capsule that an address names. @module */
import { DomainError, type CapsuleReader, type CapsuleRecord } from '@forge-cascade/core';

/** By version id, or the head by series id. @throws DomainError CAPSULE_NOT_FOUND */
export async function existing(reader: CapsuleReader, ref: string): Promise<CapsuleRecord> {
  const capsule = await reader.capsule(ref);
  if (!capsule) throw noSuchCapsule();
  return capsule;
}

export function noSuchCapsule(): DomainError {
  return new DomainError('CAPSULE_NOT_FOUND', 'There is no capsule with this id.');
}
