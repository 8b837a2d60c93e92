/** Making the next version. Pure. @module */
import { DomainError } from '../errors.js';
import type { DomainEvent } from '../ledger/events.js';
import { DEFAULT_TRUST } from '../trust/trust-level.js';
import type { Principal } from '../principal.js';
import { assertHead, assertMayWrite, assertNotArchived, versionConflict } from './access.js';
import type { CapsuleRecord } from './capsule.js';
import {
  assertMayCorrect,
  checkDerivations,
  parentEdges,
  type CheckedDerivation,
  type FoundParents,
} from './derivations.js';
import type { UpdateCapsuleInput } from './inputs.js';
import { bodyOf, changedFields, checkBody, nextBody, type BodyPatch } from './validate-body.js';
import { checkReason, invalid } from './validate-text.js';
import { inheritedTrust, versionedEvent } from './written-event.js';

export interface CheckedUpdate {
  readonly patch: BodyPatch;
  readonly derivations: readonly CheckedDerivation[];
  readonly bump: 'major' | 'minor' | 'patch';
  readonly reason: string | null;
  readonly relation: 'version' | 'correction';
}

export interface UpdateState {
  readonly head: CapsuleRecord;
  readonly parents: FoundParents;
}

export interface UpdateCommand extends CheckedUpdate {
  readonly principal: Principal;
  /** Id of the series or of the version the caller wants to follow. */
  readonly ref: string;
  /** Id of the head the caller has seen; `*` for whatever it is. */
  readonly ifMatch: string | null;
  readonly newId: string;
}

/** @throws DomainError INVALID_INPUT or TOO_LARGE */
export function checkUpdate(input: UpdateCapsuleInput): CheckedUpdate {
  const { bump = 'minor', relation = 'version' } = input;
  if (!['major', 'minor', 'patch'].includes(bump)) throw invalid('bump', 'bump must be major, minor or patch.');
  if (!['version', 'correction'].includes(relation))
    throw invalid('relation', 'relation must be version or correction.');
  return {
    patch: checkBody(input),
    derivations: checkDerivations(input.derivedFrom),
    bump,
    reason: checkReason(input.reason),
    relation,
  };
}

/**
 * No events: nothing differs from the head.
 * @throws DomainError POLICY_DENIED, REVIEWER_REQUIRED, PRECONDITION_REQUIRED, VERSION_CONFLICT with `details.head`,
 * STATE_CONFLICT, INVALID_INPUT.
 */
export function decideUpdate({ head, parents }: UpdateState, command: UpdateCommand): readonly DomainEvent[] {
  const { principal, ref, ifMatch, patch, relation } = command;
  assertMayWrite(principal, head);
  if (relation === 'correction') assertMayCorrect(principal);
  if (ifMatch === null) {
    throw new DomainError('PRECONDITION_REQUIRED', 'Say which head this change was made for: send its id as If-Match.');
  }
  if (ref !== head.seriesId && ref !== head.id) throw versionConflict(head);
  assertHead(head, ifMatch);
  assertNotArchived(head);
  const body = nextBody(head, patch);
  const changes = changedFields(bodyOf(head), body);
  const own = [{ id: head.id, relation, reason: command.reason, changes }];
  const edges = parentEdges(own, command.derivations, parents, principal);
  if (changes.length === 0 && edges.length === own.length) return [];
  const sameText = !changes.includes('content');
  return [
    versionedEvent(relation === 'correction' ? 'CORRECT' : 'VERSION', head, {
      newId: command.newId,
      bump: command.bump,
      // What mends a capsule owes it nothing, neither its disgrace nor its rank.
      trust: relation === 'correction' ? DEFAULT_TRUST : inheritedTrust(head, sameText, principal.reviewer),
      body,
      edges,
    }),
  ];
}
