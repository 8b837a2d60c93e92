/**
 * The words that tell a text apart from others.
 * @module
 */
import { analyze } from './analyzer.js';
import { inverseDocumentFrequency, saturate } from './bm25f.js';
import type { LexicalIndex } from './lexical-index.js';

/** The stems of a text that weigh most, heaviest first; those that no other document holds tell nothing. */
export function tellingTerms(text: string, index: LexicalIndex, most: number): string[] {
  const counts = new Map<string, number>();
  for (const term of analyze(text)) counts.set(term, (counts.get(term) ?? 0) + 1);
  return [...counts]
    .map(([term, count]) => ({ term, count, frequency: index.documentFrequency(term) }))
    .filter(({ frequency }) => frequency > 1)
    .map(({ term, count, frequency }) => ({
      term,
      weight: saturate(count) * inverseDocumentFrequency(index.size, frequency),
    }))
    .sort((a, b) => b.weight - a.weight || (a.term < b.term ? -1 : 1))
    .slice(0, most)
    .map(({ term }) => term);
}
