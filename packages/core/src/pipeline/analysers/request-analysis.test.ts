import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optimisationHints } from './optimiser.js';
import { analyseRequest } from './request-analysis.js';

describe('request analysis', () => {
  it('[PIP-26] complexity is a share of one and grows with length, terms, parts and conjunctions', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (query) => {
        const { complexity_score: score } = analyseRequest(query);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
      }),
    );
    const scores = [
      'PEP 8',
      'Why was PEP 340 rejected?',
      'Why was PEP 340 rejected, and what replaced it?',
      'Why was PEP 340 rejected, what replaced it, and how do both compare with earlier proposals, either on generators or on locks, because they differ in scope, cost and risk, and who decided, and when was it decided?',
    ].map((query) => analyseRequest(query)['complexity_score'] as number);
    expect(scores).toEqual([...scores].sort((a, b) => a - b));
    expect(new Set(scores).size).toBe(scores.length);
  });

  it('[PIP-26] patterns name the kinds of question and quote nothing of it', () => {
    const report = analyseRequest('Why did PEP 340 not make it, and what replaced it?');
    expect(report['patterns']).toEqual(['reason', 'replacement', 'multi_part', 'names_documents']);
    expect(JSON.stringify(report)).not.toMatch(/340|pep/iu);
  });
});

describe('optimiser', () => {
  it.each([
    [0.5, 60, 0.3, 1000, 'normal'],
    [0.51, 79, 0.3, 2000, 'normal'],
    [0.7, 80, 0.3, 2000, 'high'],
    [0.71, 100, 0.7, 2000, 'high'],
  ])('[PIP-20] complexity %d and trust %i', (complexity, trust, temperature, maxTokens, priority) => {
    expect(
      optimisationHints({ analysis: { complexity_score: complexity }, security: { trust_level: trust } }),
    ).toMatchObject({ llm_params: { temperature, max_tokens: maxTokens }, priority });
  });

  it('[PIP-20] without an analysis the middle serves, and answers about the past are not cached', () => {
    expect(optimisationHints({ analysis: { fallback: true } })).toMatchObject({
      llm_params: { temperature: 0.3, max_tokens: 1000 },
      cache_strategy: 'versions',
    });
    expect(optimisationHints({ as_of: '2020-01-01T00:00:00Z' })).toMatchObject({ cache_strategy: 'none' });
  });
});
