/**
 * Phase 6: the figures of a run are kept, and the performance optimizer learns from how long a model took to answer.
 * @module
 */
import {
  afterCommit,
  DomainError,
  executeOverlay,
  isDomainError,
  recordMetrics,
  sealed,
  SYSTEM_ACTOR,
  type MetricsSink,
  type OutboxHandler,
  type OverlayExecution,
  type OverlayPorts,
  type RunMetrics,
} from '@forge-cascade/core';

const LEARNER = { overlayId: 'performance_optimizer', handler: 'record' };

/** Handles METRICS_TOPIC. What is learnt is committed with the end of the message: once for each run. */
export function learnFromRuns(sink: MetricsSink, ports: OverlayPorts): OutboxHandler {
  const keep = recordMetrics(sink);
  return async (message) => {
    const end = await keep(message);
    const metrics = JSON.parse(message.payload) as RunMetrics;
    const execution = teaches(metrics) ? await learn(ports, metrics) : null;
    if (execution === null) return end;
    const result = await ports.store.commit({
      actor: SYSTEM_ACTOR,
      correlationId: metrics.correlation_id,
      causationId: null,
      ...sealed(execution.pending),
      fence: null,
      completes: message.id,
    });
    if (result.outcome !== 'committed' && result.outcome !== 'completed-before') {
      throw new DomainError('CONTENTION', `What was learnt of a run could not be kept (${result.outcome}).`);
    }
    await afterCommit(ports, execution);
    return 'completed';
  };
}

/** Only an answer that the model which was meant to wrote anew says how long that one takes. */
function teaches({ provider, cached, fallback_reason: fallback }: RunMetrics): boolean {
  return provider !== 'extractive' && !cached && fallback === null;
}

async function learn(ports: OverlayPorts, metrics: RunMetrics): Promise<OverlayExecution | null> {
  const milliseconds = Math.round((metrics.phase_us['intelligence'] ?? 0) / 1_000);
  const input = { tier: metrics.tier, milliseconds };
  try {
    return await executeOverlay(ports, { ...LEARNER, input, caller: null, correlationId: metrics.correlation_id });
  } catch (error) {
    // It is not there, or out of service: then nobody learns.
    if (isDomainError(error) && (error.code === 'STATE_CONFLICT' || error.code === 'NOT_FOUND')) return null;
    throw error;
  }
}
