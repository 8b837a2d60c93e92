import { describe, expect, it } from 'vitest';
import type { Citation } from './ask-ports.js';
import { warningsOf, type WarningFacts } from './ask-warnings.js';

const facts = (citations: readonly Partial<Citation>[]): WarningFacts => ({
  provided: { text: '', citations: [], fallback: { from: 'openai', reason: 'unavailable' } },
  sentences: [],
  citations: citations as readonly Citation[],
  context: { lag: 0 } as WarningFacts['context'],
  analysis: [],
});

describe('warnings of an answer', () => {
  it('[PIP-33] say that sources are quoted instead of a provider only where they are', () => {
    expect(warningsOf(facts([{ tainted: false, warned: false }]))).toEqual([
      expect.stringMatching(/^The answer provider openai .*; this answer is quoted from the sources instead\.$/u),
    ]);
    expect(warningsOf(facts([]))).toEqual([expect.stringMatching(/; there was nothing to quote instead\.$/u)]);
  });
});
