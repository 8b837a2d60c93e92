/**
 * Phase 2 in-process: how complex a request is and which patterns it shows. Its report quotes nothing of the request.
 * @module
 */
import { analyze } from '../../search/analyzer.js';
import type { JsonObject } from '../../ledger/json.js';
import { readQuestion } from '../answer/question.js';
import type { PhaseAnalyser } from '../phase.js';

/** A request of this many words counts as long. */
const LONG_WORDS = 60;
/** One with this many distinct meaningful terms as wide. */
const WIDE_TERMS = 20;
/** Parts and conjunctions that make a request many-sided. */
const MANY_PARTS = 3;
const MANY_CONJUNCTIONS = 4;

const CONJUNCTION = /\b(?:and|or|but|while|whereas|although|because|if|unless|versus|both|either)\b/giu;
const DEEP = /\b(?:why|how|compare|explain|evaluate|differ\w*|consequen\w+|implication\w*|trade-?offs?|relat\w+)\b/iu;

export const requestAnalysis: PhaseAnalyser = {
  name: 'request-analysis',
  run: async (input) => analyseRequest(typeof input['query'] === 'string' ? input['query'] : ''),
};

/** `complexity_score` 0–1; `patterns` are kinds of question and `multi_part`, `names_documents`, `long`. */
export function analyseRequest(query: string): JsonObject {
  const words = query.split(/\s+/u).filter((word) => word !== '').length;
  const terms = new Set(analyze(query)).size;
  const question = readQuestion(query);
  const conjunctions = query.match(CONJUNCTION)?.length ?? 0;
  const kinds = [...new Set(question.parts.map((part) => part.kind))];
  const score =
    0.25 * share(words, LONG_WORDS) +
    0.25 * share(terms, WIDE_TERMS) +
    0.2 * share(question.parts.length - 1, MANY_PARTS - 1) +
    0.15 * share(conjunctions, MANY_CONJUNCTIONS) +
    0.15 * (DEEP.test(query) ? 1 : 0);
  return {
    complexity_score: Math.round(score * 1_000) / 1_000,
    patterns: [
      ...kinds,
      ...(question.parts.length > 1 ? ['multi_part'] : []),
      ...(question.labels.length > 0 ? ['names_documents'] : []),
      ...(words >= LONG_WORDS ? ['long'] : []),
    ],
    words,
    distinct_terms: terms,
    parts: question.parts.length,
  };
}

function share(value: number, full: number): number {
  return Math.min(1, Math.max(0, value / full));
}
