/**
 * Phase 4: from what phases 1–3 found to how the answer is made. Hints only: without them the defaults serve.
 * @module
 */
import type { JsonObject, JsonValue } from '../ledger/json.js';
import type { AnswerParameters } from './answer/answer-provider.js';
import { fieldOf, PhaseReports, type AnalyserReport } from './analyse.js';
import { runPhase, type PhaseAnalyser, type PhaseRun } from './phase.js';

export interface OptimizationHints {
  readonly parameters: AnswerParameters;
  readonly priority: 'high' | 'normal';
  /** `versions`: an answer may be reused for the same capsule versions, model and access scope; `none`: never. */
  readonly cacheStrategy: 'versions' | 'none';
  /** Most sources worth handing to the provider. */
  readonly sourceLimit: number;
}

export interface Optimization {
  readonly hints: OptimizationHints;
  readonly reports: readonly AnalyserReport[];
}

/** Bounds keep an overlay's hint from becoming an unbounded bill. */
const MOST_TOKENS = 16_000;

export async function optimise(
  run: PhaseRun,
  analysers: readonly PhaseAnalyser[],
  input: JsonObject,
  found: number,
): Promise<Optimization> {
  const results = new PhaseReports(analysers);
  try {
    await runPhase(run, 'optimization', (signal) => results.collect(input, signal, run.left));
  } catch (error) {
    if (run.signal.aborted) throw error;
  }
  const reports = results.read();
  return { hints: readHints(reports, found), reports };
}

function readHints(reports: readonly AnalyserReport[], found: number): OptimizationHints {
  const hints: Record<string, JsonValue> = {};
  for (const { report } of reports) {
    if (typeof report === 'object' && report !== null && !Array.isArray(report)) Object.assign(hints, report);
  }
  const parameters = hints['llm_params'] ?? null;
  return {
    parameters: {
      temperature: within(fieldOf(parameters, 'temperature'), 0, 2, 0.3),
      maxTokens: Math.round(within(fieldOf(parameters, 'max_tokens'), 1, MOST_TOKENS, 1_000)),
      tier: hints['model_tier'] === 'strong' ? 'strong' : 'fast',
    },
    priority: hints['priority'] === 'high' ? 'high' : 'normal',
    cacheStrategy: hints['cache_strategy'] === 'versions' ? 'versions' : 'none',
    sourceLimit: Math.round(within(hints['source_limit'], 1, 100, found)),
  };
}

function within(value: JsonValue | undefined, least: number, most: number, otherwise: number): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) return otherwise;
  return Math.min(most, Math.max(least, value));
}
