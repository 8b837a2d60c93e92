/**
 * Phase 3. It fails closed: without a clear approval from every validator there is none.
 * @module
 */
import { DomainError } from '../errors.js';
import type { JsonObject } from '../ledger/json.js';
import { fieldOf, PhaseReports, type AnalyserReport } from './analyse.js';
import { runPhase, type PhaseAnalyser, type PhaseRun } from './phase.js';

export interface Approval {
  readonly trustLevel: number;
  readonly requiredTrust: number;
  readonly reports: readonly AnalyserReport[];
}

/** Rejects with POLICY_DENIED unless the principal's trust suffices; needs no analyser, so it goes before all work. */
export function requireTrust(trustLevel: number, requiredTrust: number, correlationId: string): void {
  if (trustLevel < requiredTrust) {
    throw denied(`Trust ${trustLevel} is below the required ${requiredTrust}`, correlationId);
  }
}

/** Runs the validators. Rejects with POLICY_DENIED on a threat, on a failed validator and when there is none. */
export async function assess(
  run: PhaseRun,
  validators: readonly PhaseAnalyser[],
  input: JsonObject,
): Promise<readonly AnalyserReport[]> {
  if (validators.length === 0) throw denied('No security validator is installed', run.correlationId);
  const results = new PhaseReports(validators);
  try {
    await runPhase(run, 'security', (signal) => results.collect(input, signal, run.left));
  } catch (error) {
    if (run.signal.aborted) throw error;
    throw denied('The security assessment did not end in time', run.correlationId);
  }
  const reports = results.read();
  for (const { name, report } of reports) {
    const threat = fieldOf(report, 'threat_detected');
    if (threat === false) continue;
    const kind = fieldOf(report, 'reason');
    const reason =
      threat !== true
        ? `The security validator ${name} gave no verdict`
        : `Threat detected by ${name}${typeof kind === 'string' ? `: ${kind}` : ''}`;
    throw denied(reason, run.correlationId);
  }
  return reports;
}

function denied(reason: string, correlationId: string): DomainError {
  return new DomainError('POLICY_DENIED', reason, { reason, correlation_id: correlationId });
}
