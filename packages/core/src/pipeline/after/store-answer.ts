/**
 * Phase 7: keeps an answer as a capsule that rests on what it cites. The commit that makes the capsule also ends the
 * message, so a crash at any point leaves one capsule, never two.
 * @module
 */
import { uuidv7 } from 'uuidv7';
import { keyClaim } from '../../capsule/create-capsule.js';
import { checkCreate, decideCreate } from '../../capsule/decide-create.js';
import { findParents } from '../../capsule/derivations.js';
import { DomainError } from '../../errors.js';
import type { EventPayloads } from '../../ledger/events.js';
import { sealEvent } from '../../ledger/seal.js';
import type { OutboxHandler } from '../../outbox/index.js';
import type { CapsuleReader } from '../../ports/capsule-reader.js';
import type { CommitPort } from '../../ports/commit-port.js';
import type { LedgerReader } from '../../ports/ledger-reader.js';
import type { StorageOrder } from '../run-record.js';
import { KEPT_ANSWER_TYPE, keptAnswerKey } from './kept-answer.js';

export type AnswerStore = CapsuleReader & CommitPort & Pick<LedgerReader, 'entries'>;

const LONGEST_TITLE = 200;

type Run = EventPayloads['pipeline.executed.v1'];

/** Handles STORAGE_TOPIC. The capsule's key is `ask:` and the correlation id. */
export function storeAnswer(store: AnswerStore): OutboxHandler {
  return async ({ id, payload }) => {
    const order = JSON.parse(payload) as StorageOrder;
    if (!order.save_as_capsule) return 'no-effect';
    const run = await readRun(store, order);
    // Erased since, or nothing was found to answer with: there is no insight to keep.
    if (run === null || run.capsules.length === 0) return 'no-effect';
    const { correlation_id: correlationId, event_id: eventId } = order;
    // The second key is for a second answer under one correlation id.
    for (const key of [keptAnswerKey(correlationId), keptAnswerKey(correlationId, eventId)]) {
      const result = await store.commit({
        ...(await creation(store, order, run, key)),
        actor: order.owner_id,
        correlationId,
        causationId: eventId,
        expect: [],
        fence: null,
        outbox: [],
        completes: id,
      });
      if (result.outcome === 'committed' || result.outcome === 'completed-before') return 'completed';
      if (result.outcome !== 'claimed') break;
    }
    throw new DomainError('CONTENTION', 'The answer could not be stored yet');
  };
}

async function readRun(store: AnswerStore, order: StorageOrder): Promise<Run | null> {
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<LedgerReader['entries']>> = await store.entries({
      entityId: order.correlation_id,
      type: 'pipeline.executed.v1',
      order: 'newest',
      limit: 100,
      cursor,
    });
    const entry = page.items.find(({ envelope }) => envelope.id === order.event_id);
    if (entry !== undefined) {
      // Erased fields come back as null.
      const run = entry.payload as unknown as (Omit<Run, 'answer' | 'query'> & Partial<Run>) | null;
      return typeof run?.answer === 'string' ? { ...run, answer: run.answer, query: run.query ?? '' } : null;
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  return null;
}

async function creation(store: AnswerStore, order: StorageOrder, run: Run, key: string) {
  const known = await store.capsules(run.capsules);
  const cited = run.capsules.filter((_, index) => (known[index] ?? null) !== null);
  const checked = checkCreate({
    title: titleOf(run.query),
    content: run.answer,
    type: KEPT_ANSWER_TYPE,
    key,
    metadata: { correlation_id: order.correlation_id, model: run.model },
    derivedFrom: cited.map((capsuleId) => ({ id: capsuleId, relation: 'summary', reason: 'cited by the answer' })),
  });
  const parents = await findParents(store, [checked.derivations]);
  const principal = { id: order.owner_id, reviewer: false, trust: 0 };
  const newSeriesId = uuidv7();
  const events = decideCreate({ existing: null, parents }, { ...checked, principal, newId: uuidv7(), newSeriesId });
  return { events: events.map(sealEvent), claims: [keyClaim(order.owner_id, key, newSeriesId)] };
}

function titleOf(query: string): string | null {
  const title = [...query.replace(/\s+/gu, ' ').trim()].slice(0, LONGEST_TITLE).join('');
  return title === '' ? null : title;
}
