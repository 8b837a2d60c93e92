/**
 * A cheap look at a text before it is taken apart: splitting and stemming every sentence of every source would cost
 * more than all the rest of an answer.
 * @module
 */
import { termShape } from '../../search/term-shape.js';
import { conceptOf } from './concepts.js';
import type { Question } from './question.js';

/** True for every text that could cover any of a question's meaning; true for some others as well. */
export type Relevance = (text: string) => boolean;

export const ALL_RELEVANT: Relevance = () => true;

export function relevanceTo({ terms, labels }: Question): Relevance {
  const stems = terms.flatMap((term) => [term, ...conceptOf(term)]);
  const numbers = labels.map((label) => label.slice(label.indexOf(' ') + 1));
  return stems.length + numbers.length === 0 ? ALL_RELEVANT : termShape(stems, numbers);
}
