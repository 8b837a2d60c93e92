/**
 * Capsules from the core to the wire: as overlays are shown them, held to the wire's schemas by their types.
 * @module
 */
import type { CapsuleBody, CapsuleHeaderBody, Immutable } from '@forge-cascade/api';
import {
  capsuleJson,
  headerJson,
  standingJson,
  type CapsuleHeader,
  type CapsuleRecord,
  type OwnStanding,
  type Standing,
} from '@forge-cascade/core';

export function standingBody(
  standing: OwnStanding & Standing,
): Immutable<
  Pick<CapsuleHeaderBody, 'trust_level' | 'trust_band' | 'chain_trust' | 'tainted' | 'warned' | 'retracted'>
> {
  return standingJson(standing);
}

export function headerBody(capsule: CapsuleHeader): Immutable<CapsuleHeaderBody> {
  return headerJson(capsule);
}

export function capsuleBody(capsule: CapsuleRecord): Immutable<CapsuleBody> {
  return capsuleJson(capsule);
}
