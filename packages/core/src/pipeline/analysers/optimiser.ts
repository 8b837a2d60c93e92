/**
 * Phase 4 in-process: the specification's rules from complexity and trust to answer parameters and priority.
 * @module
 */
import type { JsonObject } from '../../ledger/json.js';
import { fieldOf } from '../analyse.js';
import type { PhaseAnalyser } from '../phase.js';

/** Complexity of a request nobody could analyse. */
const UNKNOWN_COMPLEXITY = 0.5;

const HIGH_PRIORITY_TRUST = 80;

/** From here on a question is for the strong model; whoever has priority gets it sooner. */
const STRONG_COMPLEXITY = 0.5;
const STRONG_COMPLEXITY_FIRST = 0.35;

/** Sources for a simple question; a complex one gets all that were found. */
const SIMPLE_SOURCES = 40;

export const optimiser: PhaseAnalyser = {
  name: 'optimiser',
  run: async (input) => optimisationHints(input),
};

/** Reads `analysis.complexity_score`, `security.trust_level`, `context.found` and `as_of` of the phase's input. */
export function optimisationHints(input: JsonObject): JsonObject {
  const reported = fieldOf(input['analysis'] ?? null, 'complexity_score');
  const complexity = typeof reported === 'number' ? reported : UNKNOWN_COMPLEXITY;
  const trust = fieldOf(input['security'] ?? null, 'trust_level');
  const found = fieldOf(input['context'] ?? null, 'found');
  const sources = typeof found === 'number' ? found : SIMPLE_SOURCES;
  const first = typeof trust === 'number' && trust >= HIGH_PRIORITY_TRUST;
  return {
    llm_params: {
      temperature: complexity > 0.7 ? 0.7 : 0.3,
      max_tokens: complexity > 0.5 ? 2000 : 1000,
    },
    model_tier: complexity > (first ? STRONG_COMPLEXITY_FIRST : STRONG_COMPLEXITY) ? 'strong' : 'fast',
    priority: first ? 'high' : 'normal',
    // An answer from the past is asked once, for the record: keeping it would push out what is asked every day.
    cache_strategy: (input['as_of'] ?? null) === null ? 'versions' : 'none',
    source_limit: Math.max(1, complexity > 0.5 ? sources : Math.min(sources, SIMPLE_SOURCES)),
  };
}
