/**
 * Phases 2, 3 and 4 of an answer by the core overlays.
 * @module
 */
import {
  overlayAnalyser,
  type JsonObject,
  type JsonValue,
  type OverlayPorts,
  type PipelineParts,
} from '@forge-cascade/core';

export function overlayAnalysers(ports: OverlayPorts): PipelineParts['analysers'] {
  return {
    analysis: [overlayAnalyser(ports, { overlayId: 'ml_intelligence', handler: 'analyze', inputOf: queryOf })],
    security: [
      overlayAnalyser(ports, {
        overlayId: 'security_validator',
        handler: 'check_query',
        inputOf: queryOf,
        reportOf: verdictReport,
      }),
    ],
    optimization: [overlayAnalyser(ports, { overlayId: 'performance_optimizer', handler: 'optimize' })],
  };
}

/** An analysis needs to know no more than what was asked. */
function queryOf(input: JsonObject): JsonValue {
  return { query: input['query'] ?? '' };
}

/** What is merely flagged goes through; an output without a verdict reports none, which denies. */
function verdictReport(output: JsonValue): JsonValue {
  const { verdict, findings } = (output ?? {}) as { verdict?: unknown; findings?: readonly { kind?: unknown }[] };
  if (verdict !== 'allow' && verdict !== 'flag' && verdict !== 'deny') return {};
  const kinds = [...new Set((findings ?? []).map(({ kind }) => String(kind)))];
  return { threat_detected: verdict === 'deny', verdict, reason: kinds.join(', ') };
}
