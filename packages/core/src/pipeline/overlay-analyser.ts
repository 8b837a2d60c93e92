/**
 * An overlay as an analyser: it runs in its sandbox like anywhere else, and its receipt and what it wrote are committed
 * with the run that it served.
 * @module
 */
import type { JsonObject, JsonValue } from '../ledger/json.js';
import { afterCommit, executeOverlay } from '../overlay/execute-overlay.js';
import type { OverlayPorts } from '../overlay/overlay-ports.js';
import type { PhaseAnalyser } from './phase.js';

export interface OverlayAnalysis {
  readonly overlayId: string;
  readonly handler: string;
  /** What the handler is given of the phase's input; all of it by default. */
  readonly inputOf?: (input: JsonObject) => JsonValue;
  /** The phase's report, from what the handler returned; that itself by default. */
  readonly reportOf?: (output: JsonValue) => JsonValue;
}

/** Rejects as {@link executeOverlay}, and when the run ends in a fault: to the phase, that is an analyser that failed. */
export function overlayAnalyser(ports: OverlayPorts, analysis: OverlayAnalysis): PhaseAnalyser {
  const { overlayId, handler, inputOf, reportOf } = analysis;
  return {
    name: overlayId,
    run: async (input, signal, run) => {
      const execution = await executeOverlay(ports, {
        overlayId,
        handler,
        input: inputOf === undefined ? input : inputOf(input),
        caller: null,
        correlationId: run.correlationId,
        signal,
      });
      run.leave({ ...execution.pending, committed: () => afterCommit(ports, execution) });
      const { fault, output } = execution;
      if (fault !== null) throw new Error(`${overlayId} ended as ${fault.code}`);
      return reportOf === undefined ? output : reportOf(output);
    },
  };
}
