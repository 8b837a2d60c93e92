import { expect, it } from 'vitest';
import { storableText } from './storable-text.js';

it.each([
  ['a text as it is', 'text', 10, 'text'],
  ['a cut one', 'text', 2, 'te'],
  ['a pair that would be cut in two', 'ab😀c', 3, 'ab'],
  ['a pair that just fits', 'ab😀c', 4, 'ab😀'],
  ['half a pair', 'a\ud800b', 10, 'a\ufffdb'],
  ['half a pair at the end', 'a\ud800', 10, 'a\ufffd'],
  ['U+0000', 'a\0b', 10, 'a\ufffdb'],
])('[OVL-27] makes %s fit to be stored', (_, text, most, fit) => {
  expect(storableText(text, most)).toBe(fit);
});
