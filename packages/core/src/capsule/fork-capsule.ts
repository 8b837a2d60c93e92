/** Use case: a new series that starts from a version of another. @module */
import { uuidv7 } from 'uuidv7';
import { commitDecision } from '../commit/index.js';
import type { DomainEvent } from '../ledger/events.js';
import type { CapsuleReader } from '../ports/capsule-reader.js';
import type { CommitPort } from '../ports/commit-port.js';
import type { Principal, RequestContext } from '../principal.js';
import { loadCapsule } from './access.js';
import type { CapsuleRecord } from './capsule.js';
import { keyClaim } from './create-capsule.js';
import { keyTaken } from './decide-create.js';
import {
  checkDerivations,
  findParents,
  parentEdges,
  type CheckedDerivation,
  type FoundParents,
} from './derivations.js';
import type { ForkCapsuleInput, WriteOutcome } from './inputs.js';
import { bodyOf, changedFields, checkBody, nextBody, type BodyPatch } from './validate-body.js';
import { checkKey, checkReason } from './validate-text.js';
import { createdEvent } from './written-event.js';
import { readWriteOutcome } from './write-outcomes.js';

export interface ForkState {
  readonly source: CapsuleRecord;
  /** Head of the series that the wanted key names already. */
  readonly existing: CapsuleRecord | null;
  readonly parents: FoundParents;
}

export interface ForkCommand {
  readonly patch: BodyPatch;
  readonly key: string | null;
  readonly reason: string | null;
  readonly derivations: readonly CheckedDerivation[];
  readonly principal: Principal;
  readonly newId: string;
  readonly newSeriesId: string;
}

/** @throws DomainError KEY_TAKEN with `details.head`, INVALID_INPUT, REVIEWER_REQUIRED. */
export function decideFork({ source, existing, parents }: ForkState, command: ForkCommand): readonly DomainEvent[] {
  if (existing !== null) throw keyTaken(existing);
  const body = nextBody(source, command.patch);
  const changes = changedFields(bodyOf(source), body);
  const own = [{ id: source.id, relation: 'fork' as const, reason: command.reason, changes }];
  const edges = parentEdges(own, command.derivations, parents, command.principal);
  return [createdEvent('FORK', { ...command, ownerId: command.principal.id }, body, edges)];
}

/**
 * Fields left out are copied from the version forked; the fork belongs to whoever makes it.
 * @param ref a version id for that exact version, or a series id for its head of now.
 * @throws DomainError CAPSULE_NOT_FOUND, KEY_TAKEN with `details.head`, INVALID_INPUT, TOO_LARGE, REVIEWER_REQUIRED,
 * IDEMPOTENCY_MISMATCH, CONTENTION.
 */
export async function forkCapsule(
  ports: CapsuleReader & CommitPort,
  ctx: RequestContext,
  ref: string,
  input: ForkCapsuleInput,
): Promise<WriteOutcome> {
  const checked = {
    patch: checkBody(input),
    key: input.key === undefined || input.key === null ? null : checkKey(input.key),
    reason: checkReason(input.reason),
    derivations: checkDerivations(input.derivedFrom),
  };
  const { key } = checked;
  const ownerId = ctx.principal.id;
  const receipts = await commitDecision(ports, ctx, async () => {
    const [source, heads, parents] = await Promise.all([
      loadCapsule(ports, ref),
      key === null ? [] : ports.byKeys(ownerId, [key]),
      findParents(ports, [checked.derivations]),
    ]);
    const command = { ...checked, principal: ctx.principal, newId: uuidv7(), newSeriesId: uuidv7() };
    return {
      events: decideFork({ source, existing: heads[0] ?? null, parents }, command),
      expect: [],
      claims: key === null ? [] : [keyClaim(ownerId, key, command.newSeriesId)],
      followUps: [],
      receipts: [{ id: command.newId, result: 'created' }],
    };
  });
  return readWriteOutcome(ports, receipts);
}
