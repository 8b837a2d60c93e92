import { expect, it } from 'vitest';
import { entryType } from './audit.js';

it.each([
  ['capsule.trust_changed', 'capsule.trust_changed.v1'],
  ['capsule.trust_changed.v1', 'capsule.trust_changed.v1'],
  ['capsule.trust_changed.v2', 'capsule.trust_changed.v2'],
])('[CLI-24] %s stands for %s', (typed, meant) => {
  expect(entryType(typed)).toBe(meant);
});
