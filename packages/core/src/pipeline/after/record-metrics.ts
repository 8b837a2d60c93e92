/** Phase 6: figures of a run go to whoever keeps them, at least once, each under an id that tells repeats apart. @module */
import type { OutboxHandler } from '../../outbox/index.js';
import type { RunMetrics } from '../run-record.js';

export interface MetricsSink {
  /** `id` is the same for every delivery of one run. Rejects when it must be delivered again. */
  record(id: string, metrics: RunMetrics): Promise<void>;
}

/** Handles METRICS_TOPIC. */
export function recordMetrics(sink: MetricsSink): OutboxHandler {
  return async ({ id, payload }) => {
    await sink.record(id, JSON.parse(payload) as RunMetrics);
    return 'no-effect';
  };
}
