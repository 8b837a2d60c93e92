/**
 * Limits of one pipeline run. There is no phase without a deadline.
 * @module
 */
import { DomainError } from '../errors.js';
import type { TimedPhase } from './phase.js';

export interface PipelineSettings {
  /** Milliseconds a phase may take. */
  readonly deadlines: Readonly<Record<TimedPhase, number>>;
  /** Trust a principal needs when the request names none. */
  readonly requiredTrust: number;
  /** Hits taken into the context when the request names no limit; 1–50. */
  readonly contextLimit: number;
  /** Documents an answer provider may look up by name; keeps the second hop bounded. */
  readonly lookups: number;
}

export const DEFAULT_PIPELINE_SETTINGS: PipelineSettings = {
  deadlines: { context: 5_000, analysis: 2_000, security: 2_000, optimization: 500, intelligence: 60_000 },
  requiredTrust: 40,
  contextLimit: 12,
  lookups: 3,
};

/** The defaults with some values replaced. Throws INVALID_INPUT for a deadline that is no positive, finite number. */
export function pipelineSettings(
  changes: Partial<Omit<PipelineSettings, 'deadlines'>> & {
    readonly deadlines?: Partial<Record<TimedPhase, number>>;
  } = {},
): PipelineSettings {
  const deadlines = { ...DEFAULT_PIPELINE_SETTINGS.deadlines, ...changes.deadlines };
  for (const [phase, ms] of Object.entries(deadlines)) {
    if (!Number.isFinite(ms) || ms <= 0) {
      throw new DomainError(
        'INVALID_INPUT',
        `The deadline of phase ${phase} must be a positive number of milliseconds`,
      );
    }
  }
  return { ...DEFAULT_PIPELINE_SETTINGS, ...changes, deadlines };
}
