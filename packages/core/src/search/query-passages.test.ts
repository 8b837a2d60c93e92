import { describe, expect, it } from 'vitest';
import { LexicalIndex } from './lexical-index.js';
import { QueryPassages } from './query-passages.js';
import { ShownSentences } from './shown-sentences.js';

const TWO = 'Numbats eat termites. Wombats, which are larger, dig burrows that other animals live in later on.';

describe('QueryPassages', () => {
  it('[SEA-34] shows the words that are rare, and weighs them anew once the index has changed', () => {
    const index = new LexicalIndex();
    for (const body of ['numbats', 'numbats', 'wombats']) index.add({ title: '', tags: '', body });
    const content = `${TWO} ${'Nothing more is said of either. '.repeat(20)}`;
    const before = new QueryPassages(index, 'numbats wombats', new ShownSentences());
    expect(before.of(content)).toBe(before.of(content));
    expect(before.of(content).text).toContain('Wombats');
    expect(before.servesFor('numbats wombats')).toBe(true);
    expect(before.servesFor('numbats')).toBe(false);
    index.remove(0);
    expect(before.servesFor('numbats wombats')).toBe(false);
  });
});
