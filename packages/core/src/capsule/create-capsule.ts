/** Use cases: remembering one thing, or many at once. @module */
import { uuidv7 } from 'uuidv7';
import { commitDecision, type Decision, type Receipt } from '../commit/index.js';
import { DomainError, isDomainError } from '../errors.js';
import type { CapsuleReader } from '../ports/capsule-reader.js';
import type { Claim, CommitPort } from '../ports/commit-port.js';
import type { RequestContext } from '../principal.js';
import type { CapsuleRecord } from './capsule.js';
import { checkCreate, decideCreate, type CheckedCreate } from './decide-create.js';
import { findParents } from './derivations.js';
import type { CreateCapsuleInput, WriteOutcome } from './inputs.js';
import { readWriteOutcomes } from './write-outcomes.js';

export const MAX_BATCH = 500;

/**
 * Makes a new series, or answers with the one that the key names.
 * @throws DomainError INVALID_INPUT, TOO_LARGE, REVIEWER_REQUIRED, KEY_TAKEN with `details.head`, IDEMPOTENCY_MISMATCH,
 * CONTENTION.
 */
export async function createCapsule(
  ports: CapsuleReader & CommitPort,
  ctx: RequestContext,
  input: CreateCapsuleInput,
): Promise<WriteOutcome> {
  const [outcome] = await createAll(ports, ctx, [checkCreate(input)], (_, work) => work());
  if (outcome === undefined) throw new Error('a create has one outcome');
  return outcome;
}

/**
 * 1–500 capsules in one commit, all or nothing; outcomes in the order given.
 * @throws DomainError as {@link createCapsule}, with `details.index` naming the item.
 */
export async function createCapsules(
  ports: CapsuleReader & CommitPort,
  ctx: RequestContext,
  inputs: readonly CreateCapsuleInput[],
): Promise<readonly WriteOutcome[]> {
  if (inputs.length < 1 || inputs.length > MAX_BATCH) {
    const message = `A batch holds 1 to ${MAX_BATCH} items, not ${inputs.length}. Send several batches.`;
    throw new DomainError('INVALID_INPUT', message, { field: 'items' });
  }
  const items = inputs.map((input, i) => atIndex(i, () => checkCreate(input)));
  assertDistinctKeys(items);
  return createAll(ports, ctx, items, atIndex);
}

/** The claim that makes a key unique for its owner. */
export function keyClaim(ownerId: string, key: string, seriesId: string): Claim {
  return { space: `capsule-key:${ownerId}`, key, holder: seriesId, expiresAt: null };
}

type Located = <T>(index: number, work: () => T) => T;

async function createAll(
  ports: CapsuleReader & CommitPort,
  ctx: RequestContext,
  items: readonly CheckedCreate[],
  located: Located,
): Promise<readonly WriteOutcome[]> {
  const keys = items.flatMap(({ key }) => (key === null ? [] : [key]));
  const decidedOn = new Map<string, CapsuleRecord>();
  const receipts = await commitDecision(ports, ctx, async () => {
    const [heads, parents] = await Promise.all([
      keys.length === 0 ? [] : ports.byKeys(ctx.principal.id, keys),
      findParents(
        ports,
        items.map(({ derivations }) => derivations),
      ),
    ]);
    const byKey = new Map(keys.map((key, i) => [key, heads[i] ?? null]));
    for (const head of heads) if (head) decidedOn.set(head.id, head);
    const decisions = items.map((item, i) => {
      const existing = item.key === null ? null : (byKey.get(item.key) ?? null);
      const command = { ...item, principal: ctx.principal, newId: uuidv7(), newSeriesId: uuidv7() };
      const events = located(i, () => decideCreate({ existing, parents }, command));
      const receipt: Receipt =
        events.length === 0 && existing !== null
          ? { id: existing.id, result: 'unchanged' }
          : { id: command.newId, result: existing === null ? 'created' : 'versioned' };
      return {
        events,
        expect:
          events.length === 0 || existing === null ? [] : [{ stream: existing.seriesId, revision: existing.revision }],
        claims:
          existing === null && item.key !== null ? [keyClaim(ctx.principal.id, item.key, command.newSeriesId)] : [],
        followUps: [],
        receipts: [receipt],
      } satisfies Decision;
    });
    return {
      events: decisions.flatMap(({ events }) => events),
      expect: decisions.flatMap(({ expect }) => expect),
      claims: decisions.flatMap(({ claims }) => claims),
      followUps: [],
      receipts: decisions.flatMap(({ receipts }) => receipts),
    };
  });
  return readWriteOutcomes(ports, receipts, decidedOn);
}

function assertDistinctKeys(items: readonly CheckedCreate[]): void {
  const seen = new Map<string, number>();
  items.forEach(({ key }, index) => {
    if (key === null) return;
    const first = seen.get(key);
    if (first !== undefined) {
      const message = `Items ${first} and ${index} have the same key. Give each item of a batch a key of its own.`;
      throw new DomainError('INVALID_INPUT', message, { field: 'key', index });
    }
    seen.set(key, index);
  });
}

function atIndex<T>(index: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isDomainError(error)) throw error;
    throw new DomainError(error.code, `Item ${index}: ${error.message}`, { ...error.details, index }, { cause: error });
  }
}
