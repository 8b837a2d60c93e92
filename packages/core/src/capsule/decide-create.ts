/** Creating, and what happens when the key already names a series. Pure. @module */
import { DomainError } from '../errors.js';
import { event, type DomainEvent } from '../ledger/events.js';
import type { Principal } from '../principal.js';
import type { CapsuleBody, CapsuleRecord } from './capsule.js';
import { checkDerivations, parentEdges, type CheckedDerivation, type FoundParents } from './derivations.js';
import type { CreateCapsuleInput, IfExists } from './inputs.js';
import { bodyOf, changedFields, checkBody, checkType, newBody, nextBody, type BodyPatch } from './validate-body.js';
import { checkContent, checkKey } from './validate-text.js';
import { createdEvent, inheritedTrust, versionedEvent } from './written-event.js';

export interface CheckedCreate {
  readonly patch: BodyPatch & Pick<CapsuleBody, 'content' | 'type'>;
  readonly key: string | null;
  readonly ifExists: IfExists | null;
  readonly derivations: readonly CheckedDerivation[];
}

export interface CreateState {
  /** Head of the series that the key names for this owner. */
  readonly existing: CapsuleRecord | null;
  readonly parents: FoundParents;
}

export interface CreateCommand extends CheckedCreate {
  readonly principal: Principal;
  readonly newId: string;
  readonly newSeriesId: string;
}

const IF_EXISTS: readonly (IfExists | null)[] = ['return', 'version', 'fail', null];

/** @throws DomainError INVALID_INPUT or TOO_LARGE */
export function checkCreate(input: CreateCapsuleInput): CheckedCreate {
  const { content, type, ...optional } = input;
  const patch = { ...checkBody(optional), content: checkContent(content), type: checkType(type) };
  const ifExists = input.ifExists ?? null;
  if (!IF_EXISTS.includes(ifExists)) {
    throw new DomainError('INVALID_INPUT', 'if_exists must be return, version or fail.', { field: 'if_exists' });
  }
  newBody(patch);
  return {
    patch,
    key: input.key === undefined || input.key === null ? null : checkKey(input.key),
    ifExists,
    derivations: checkDerivations(input.derivedFrom),
  };
}

/**
 * No events: the existing head answers the request.
 * @throws DomainError KEY_TAKEN with the head; what {@link parentEdges} throws.
 */
export function decideCreate(state: CreateState, command: CreateCommand): readonly DomainEvent[] {
  const { existing, parents } = state;
  const { patch, derivations, principal } = command;
  if (existing === null) {
    const series = { ...command, ownerId: principal.id };
    return [createdEvent('CREATE', series, newBody(patch), parentEdges([], derivations, parents, principal))];
  }
  const body = nextBody(existing, patch);
  const changes = changedFields(bodyOf(existing), body);
  switch (command.ifExists) {
    case 'return':
      return [];
    case 'fail':
      throw keyTaken(existing);
    case null:
      if (changes.length > 0) throw keyTaken(existing);
      return [];
    case 'version': {
      if (changes.length === 0) return [];
      const own = [{ id: existing.id, relation: 'version' as const, reason: null, changes }];
      const sameText = !changes.includes('content');
      const next = versionedEvent('VERSION', existing, {
        newId: command.newId,
        bump: 'minor',
        trust: inheritedTrust(existing, sameText, principal.reviewer),
        body,
        edges: parentEdges(own, derivations, parents, principal),
      });
      return existing.archived ? [unarchivedEvent(existing, null), next] : [next];
    }
  }
}

export function keyTaken(head: CapsuleRecord): DomainError {
  return new DomainError(
    'KEY_TAKEN',
    'This key already names another capsule of yours. Update that one, ask for if_exists "version", or use another key.',
    { head },
  );
}

export function unarchivedEvent(head: CapsuleRecord, reason: string | null): DomainEvent {
  return event(
    'capsule.unarchived.v1',
    'UNARCHIVE',
    { type: 'Capsule', id: head.id },
    { series_id: head.seriesId, reason },
  );
}
