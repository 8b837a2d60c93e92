/** Doing what commits promised: at least once, oldest first, failures later and ever less often. @module */
import { isDomainError } from '../errors.js';
import { LeaseLost } from '../lease/index.js';
import type { DueMessage, Outbox } from '../ports/outbox.js';

/** How a message ended: by a commit that `completes` it, or without any effect on the store. */
export type MessageEnd = 'completed' | 'no-effect';

/** Does the work of one message; rejects when it must be tried again. May see a message more than once. */
export type OutboxHandler = (message: DueMessage) => Promise<MessageEnd>;

export interface Backoff {
  /** Milliseconds before the second attempt; doubles with each further one. */
  readonly baseMs: number;
  readonly maxMs: number;
}

export interface DrainOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Messages taken up by one call. */
  readonly limit: number;
  readonly backoff: Backoff;
}

export interface DrainCounts {
  readonly done: number;
  /** Of them, those ended by a commit, which may have promised more. */
  readonly completed: number;
  /** Put off after a failure; includes `unknown`. */
  readonly deferred: number;
  /** Put off because no handler knows their topic. */
  readonly unknown: number;
  /** There may be more that is due already. */
  readonly more: boolean;
}

const MAX_ERROR_LENGTH = 500;

/**
 * @throws whatever the outbox itself fails with, and LeaseLost: the rest is then another pod's. A handler that fails
 * otherwise only puts its message off.
 */
export async function drainOutbox(
  outbox: Outbox,
  handlers: Readonly<Record<string, OutboxHandler>>,
  { now, limit, backoff }: DrainOptions,
): Promise<DrainCounts> {
  const due = await outbox.due(now(), limit);
  const counts = { done: 0, completed: 0, deferred: 0, unknown: 0 };
  // Ended together: each end is a write of its own otherwise.
  const finished: string[] = [];
  try {
    for (const message of due) {
      const handler = Object.hasOwn(handlers, message.topic) ? handlers[message.topic] : undefined;
      const end = handler === undefined ? { failure: unknownTopic(message.topic) } : await attempt(handler, message);
      if (typeof end === 'string') {
        counts.done++;
        if (end === 'completed') counts.completed++;
        else finished.push(message.id);
        continue;
      }
      await outbox.defer(message.id, now() + backoffDelay(message.attempts, backoff), end.failure);
      counts.deferred++;
      if (handler === undefined) counts.unknown++;
    }
  } finally {
    if (finished.length > 0) await outbox.finish(finished);
  }
  return { ...counts, more: due.length === limit };
}

/** Milliseconds to wait after `attempts` earlier failures and one more. */
export function backoffDelay(attempts: number, { baseMs, maxMs }: Backoff): number {
  return Math.min(maxMs, baseMs * 2 ** Math.min(attempts, 52));
}

/** How it ended, or the failure to be kept for the operator. */
async function attempt(
  handler: OutboxHandler,
  message: DueMessage,
): Promise<MessageEnd | { readonly failure: string }> {
  try {
    return await handler(message);
  } catch (error) {
    if (error instanceof LeaseLost) throw error;
    return { failure: describe(error) };
  }
}

function unknownTopic(topic: string): string {
  return `No handler is known for the topic "${topic.slice(0, 100)}". A newer version may have written it; it is kept.`;
}

function describe(error: unknown): string {
  const text = isDomainError(error)
    ? `${error.code}: ${error.message}`
    : error instanceof Error
      ? `${error.name}: ${error.message}`
      : 'The handler failed without saying why.';
  return text.slice(0, MAX_ERROR_LENGTH);
}
