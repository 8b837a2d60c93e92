/** What a reader of an answer should know, as sentences. @module */
import type { AnalyserReport } from './analyse.js';
import type { AnswerSentence, ProvidedAnswer } from './answer/answer-provider.js';
import { UNSUPPORTED_MARK } from './answer/marks.js';
import { meaningOf } from './answer/text-model.js';
import type { Citation } from './ask-ports.js';
import type { RetrievedContext } from './context.js';

export interface WarningFacts {
  readonly provided: ProvidedAnswer;
  readonly sentences: readonly AnswerSentence[];
  readonly citations: readonly Citation[];
  readonly context: RetrievedContext;
  readonly analysis: readonly AnalyserReport[];
}

export function warningsOf({ provided, sentences, citations, context, analysis }: WarningFacts): readonly string[] {
  const warnings: string[] = [];
  const { fallback, cut } = provided;
  if (fallback !== undefined) {
    const instead =
      citations.length > 0 ? 'this answer is quoted from the sources instead' : 'there was nothing to quote instead';
    warnings.push(`The answer provider ${fallback.from} ${meaningOf(fallback.reason)}; ${instead}.`);
  }
  const unsupported = sentences.filter(({ supported }) => !supported).length;
  if (unsupported > 0) {
    warnings.push(
      `${unsupported} of ${sentences.length} sentences are supported by no source and marked ${UNSUPPORTED_MARK}.`,
    );
  }
  if (cut === true) warnings.push('The answer ends early: the model had no more room for it.');
  for (const [index, { tainted, warned }] of citations.entries()) {
    if (tainted) warnings.push(`[${index + 1}] rests on a capsule that was retracted or quarantined.`);
    else if (warned)
      warnings.push(`[${index + 1}] cites, directly or not, a capsule that was retracted or quarantined.`);
  }
  if (context.lag > 0) warnings.push(`${context.lag} capsules are not in the search index yet.`);
  if (analysis.some(({ fallback }) => fallback)) warnings.push('The request was answered without its full analysis.');
  return warnings;
}
