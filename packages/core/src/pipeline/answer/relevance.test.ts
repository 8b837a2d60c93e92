import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyze } from '../../search/analyzer.js';
import { conceptOf } from './concepts.js';
import { labelsOf } from './labels.js';
import { readQuestion } from './question.js';
import { relevanceTo } from './relevance.js';

const WORDS = [
  'studies',
  'study',
  'Happy',
  'élan',
  'elan',
  'snake_case',
  'camelCase',
  '3.12',
  "Caroline's",
  'rejected',
  'withdrawn',
  'PEP 7',
  'running',
  'ran',
  'C++',
];

describe('relevance', () => {
  it('[PIP-28] passes every text that shares a term, a concept or a label with the question', () => {
    const text = fc.array(fc.oneof(fc.constantFrom(...WORDS), fc.string({ maxLength: 8 })), { maxLength: 6 });
    fc.assert(
      fc.property(text, text, (asked, given) => {
        const question = readQuestion(asked.join(' '));
        const content = given.join(' ');
        const terms = new Set(analyze(content));
        const shares =
          question.terms.some((term) => [term, ...conceptOf(term)].some((one) => terms.has(one))) ||
          labelsOf(content).some((label) => question.labels.includes(label));
        if (shares) expect(relevanceTo(question)(content)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('[PIP-28] passes over what shares nothing', () => {
    expect(relevanceTo(readQuestion('Why was the blue ledger chosen?'))('Nothing of the kind.')).toBe(false);
  });
});
