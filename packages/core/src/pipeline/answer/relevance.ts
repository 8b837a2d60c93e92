/**
 * A cheap look at a text before it is taken apart: splitting and stemming every sentence of every source would cost
 * more than all the rest of an answer.
 * @module
 */
import { conceptOf } from './concepts.js';
import type { Question } from './question.js';

/** True for every text that could cover any of a question's meaning; true for some others as well. */
export type Relevance = (text: string) => boolean;

export const ALL_RELEVANT: Relevance = () => true;

/** Characters outside ASCII are folded before they are compared, which a look at the raw text cannot tell. */
const FOREIGN = /[\u0080-\uffff]/u;

export function relevanceTo({ terms, labels }: Question): Relevance {
  const openings = new Set<string>();
  for (const term of terms) for (const one of [term, ...conceptOf(term)]) openings.add(openingOf(one));
  for (const label of labels) openings.add(label.slice(label.indexOf(' ') + 1));
  if (openings.size === 0) return ALL_RELEVANT;
  const shape = new RegExp([...openings].map((text) => text.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&')).join('|'), 'iu');
  return (text) => shape.test(text) || FOREIGN.test(text);
}

/** Stemming changes the end of a word alone: `studi` for `study`. */
function openingOf(stem: string): string {
  return stem.length > 3 ? stem.slice(0, -1) : stem;
}
