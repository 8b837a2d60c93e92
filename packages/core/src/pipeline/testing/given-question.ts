/** Asks the quoting provider over given sources. @module */
import type { FindNamed, ProvidedAnswer, Source } from '../answer/answer-provider.js';
import { extractiveAnswers } from '../answer/extractive.js';

const nobody: FindNamed = async () => [];

export function quotedAnswer(query: string, sources: readonly Source[], findNamed = nobody): Promise<ProvidedAnswer> {
  const parameters = { temperature: 0.3, maxTokens: 1000, tier: 'fast' } as const;
  return extractiveAnswers.answer({ query, sources, parameters, findNamed }, new AbortController().signal);
}

export async function quotesOf(query: string, sources: readonly Source[]): Promise<readonly string[]> {
  return (await quotedAnswer(query, sources)).citations.map(({ quote }) => quote);
}
