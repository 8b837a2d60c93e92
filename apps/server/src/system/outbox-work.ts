/**
 * Carrying out what commits promised.
 * @module
 */
import {
  cascadeHandlers,
  drainOutbox,
  LeaseLost,
  METRICS_TOPIC,
  notifyTaintedOwners,
  OutboxDrainer,
  recordMetrics,
  STORAGE_TOPIC,
  storeAnswer,
  TAINT_TOPIC,
  type MetricsSink,
  type OutboxHandler,
  type OverlayPorts,
  type Store,
  type Tenure,
} from '@forge-cascade/core';
import type { Log } from '../log.js';
import { learnFromRuns } from '../overlays/learn-from-runs.js';
import type { RunningOverlays } from '../overlays/overlay-parts.js';
import { withCommits } from './metered-store.js';

const INTERVAL_MS = 1_000;
/** So that what busy times promise is carried out in groups, and whoever waits for an answer goes first. */
const REST_MS = 50;
const ROUND_LIMIT = 100;
const NOTHING_DONE = { more: false };
const BACKOFF = { baseMs: 1_000, maxMs: 10 * 60_000 };

/** Every topic that a commit of ours may promise. */
export function outboxHandlers(
  store: Store,
  metrics: MetricsSink,
  overlays: OverlayPorts | null,
): Readonly<Record<string, OutboxHandler>> {
  return {
    ...(overlays === null ? {} : cascadeHandlers(overlays)),
    [TAINT_TOPIC]: (message) => notifyTaintedOwners(store, message),
    [METRICS_TOPIC]: overlays === null ? recordMetrics(metrics) : learnFromRuns(metrics, overlays),
    [STORAGE_TOPIC]: storeAnswer(store),
  };
}

export interface OutboxWork {
  readonly store: Store;
  /** Null where none are run: what they are told waits for a pod that runs them. */
  readonly overlays: Pick<RunningOverlays, 'ports' | 'store'> | null;
  /** Of the pods of a store one drains at a time. */
  readonly tenure: Tenure;
  readonly metrics: MetricsSink;
  readonly log: Log;
  readonly now: () => number;
}

export function outboxDrainer({ store, overlays, tenure, metrics, log, now }: OutboxWork): OutboxDrainer {
  const handlers = outboxHandlers(
    withCommits(store, tenure.fenced(store)),
    metrics,
    overlays && { ...overlays.ports, store: withCommits(overlays.store, tenure.fenced(overlays.store)) },
  );
  const { outbox } = store;
  return new OutboxDrainer({
    drain: async () => {
      // Looking costs no write, so a lease is taken only for work that is there.
      if ((await outbox.due(now(), 1)).length === 0) return NOTHING_DONE;
      const options = { now, limit: ROUND_LIMIT, backoff: BACKOFF };
      const counts = await tenure.during(() => drainOutbox(outbox, handlers, options));
      // A commit may have promised more, such as the next hop of a cascade.
      return counts === null ? NOTHING_DONE : { more: counts.more || counts.completed > 0 };
    },
    intervalMs: INTERVAL_MS,
    restMs: REST_MS,
    onError: (error) =>
      error instanceof LeaseLost
        ? log.info({ lease: error.lease }, 'another pod goes on with promised work')
        : log.error({ err: error }, 'promised work could not be read'),
  });
}
