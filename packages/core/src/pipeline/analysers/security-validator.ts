/**
 * Phase 3 in-process: looks for attacks in a request. Conservative: asking about an attack is not an attack.
 * @module
 */
import type { JsonObject } from '../../ledger/json.js';
import type { PhaseAnalyser } from '../phase.js';
import { CODE_SHAPES, PROMPT_SHAPES, SECRET_SHAPES, type ThreatShape } from './threat-shapes.js';

export const securityValidator: PhaseAnalyser = {
  name: 'security-validator',
  run: async (input) => validateRequest(typeof input['query'] === 'string' ? input['query'] : ''),
};

const ASKS =
  /^\s*(?:what|why|when|who|how|which|where|is|are|does|do|did|can|could|should|explain|describe|define)\b/iu;

// A short quotation inside a question is what the question is about.
const QUOTATION =
  /"[^"]{1,120}"|\u201c[^\u201d]{1,120}\u201d|\u2018[^\u2019]{1,120}\u2019|(?<!\w)'[^']{1,120}'(?!\w)|`[^`]{1,120}`/gu;

/** `threat_detected`, and for a threat its kinds; never any text of the request, which may be a secret. */
export function validateRequest(query: string): JsonObject {
  const text = singleSpaced(query);
  const unquoted = ASKS.test(text) ? text.replace(QUOTATION, ' ') : text;
  const threats = [...matches(PROMPT_SHAPES, unquoted), ...matches(CODE_SHAPES, text), ...matches(SECRET_SHAPES, text)];
  if (threats.length === 0) return { threat_detected: false };
  return {
    threat_detected: true,
    reason: [...new Set(threats.map(({ kind }) => kind))].join(', '),
    threats: threats.map(({ kind, rule }) => ({ kind, rule })),
  };
}

/** Long runs of white space would only give the shapes something to backtrack over. Line ends stay: markup needs them. */
function singleSpaced(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim().replace(/\s+/gu, ' '))
    .filter((line) => line !== '')
    .join('\n');
}

function matches(shapes: readonly ThreatShape[], text: string): readonly ThreatShape[] {
  return shapes.filter(({ shape }) => shape.test(text));
}
