import type { AskAnswerBody } from '@forge-cascade/api';
import { expect, it } from 'vitest';
import { makerOf } from './ask.js';

it('[PIP-32] an answer that quotes nothing is not called quoted', () => {
  const extractive = { provider: 'extractive', model: 'extractive-1' };
  expect(makerOf({ ...extractive, citations: [] })).toBe('looked for in the sources, nothing quoted');
  const citations = [{}] as AskAnswerBody['citations'];
  expect(makerOf({ ...extractive, citations })).toBe('quoted from the sources');
  expect(makerOf({ provider: 'openai', model: 'm', citations: [] })).toBe('openai m');
});
