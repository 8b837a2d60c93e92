/**
 * Carrying out what commits promised.
 * @module
 */
import {
  drainOutbox,
  METRICS_TOPIC,
  notifyTaintedOwners,
  OutboxDrainer,
  recordMetrics,
  STORAGE_TOPIC,
  storeAnswer,
  TAINT_TOPIC,
  type MetricsSink,
  type OutboxHandler,
  type Store,
} from '@forge-cascade/core';
import type { Log } from '../log.js';

const INTERVAL_MS = 1_000;
const ROUND_LIMIT = 100;
const BACKOFF = { baseMs: 1_000, maxMs: 10 * 60_000 };

/** Every topic that a commit of ours may promise. */
export function outboxHandlers(store: Store, metrics: MetricsSink): Readonly<Record<string, OutboxHandler>> {
  return {
    [TAINT_TOPIC]: (message) => notifyTaintedOwners(store, message),
    [METRICS_TOPIC]: recordMetrics(metrics),
    [STORAGE_TOPIC]: storeAnswer(store),
  };
}

export function outboxDrainer(store: Store, metrics: MetricsSink, log: Log, now: () => number): OutboxDrainer {
  const handlers = outboxHandlers(store, metrics);
  return new OutboxDrainer({
    drain: () => drainOutbox(store.outbox, handlers, { now, limit: ROUND_LIMIT, backoff: BACKOFF }),
    intervalMs: INTERVAL_MS,
    onError: (error) => log.error({ err: error }, 'promised work could not be read'),
  });
}
