import { describe, expect, it } from 'vitest';
import { LexicalIndex } from './lexical-index.js';

const relativesIn = (index: LexicalIndex, query: string, limit?: number): string[] =>
  index
    .prepare(query, limit)
    .terms.filter(({ role }) => role === 'ngram')
    .map(({ term }) => term)
    .sort();

describe('WordRelatives', () => {
  it('[SEA-65] finds the relatives of a word anew once the index has changed', () => {
    const index = new LexicalIndex();
    index.add({ title: '', tags: '', body: 'zymurgot' });
    expect(relativesIn(index, 'zymurgok of ')).toEqual(['zymurgot']);
    index.add({ title: '', tags: '', body: 'zymurgop' });
    expect(relativesIn(index, 'zymurgok of ')).toEqual(['zymurgop', 'zymurgot']);
    expect(relativesIn(index, 'zymurgok ')).toEqual(['zymurgop', 'zymurgot']);
    index.remove(0);
    index.seal();
    expect(relativesIn(index, 'zymurgok of ')).toEqual(['zymurgop']);
  });

  it('[SEA-65] does not hand relatives from a younger state to an older one', () => {
    const index = new LexicalIndex();
    index.add({ title: '', tags: '', body: 'zymurgot' });
    index.add({ title: '', tags: '', body: 'zymurgop' });
    expect(relativesIn(index, 'zymurgok of ')).toEqual(['zymurgop', 'zymurgot']);
    expect(relativesIn(index, 'zymurgok of ', 1)).toEqual(['zymurgot']);
    expect(relativesIn(index, 'zymurgok of ')).toEqual(['zymurgop', 'zymurgot']);
  });

  it('[SEA-65] weighs a query the same whether its words were met before or not', () => {
    const texts = ['replaced parts', 'replacement rejected', 'rejection of replicas', 'parting words', 'reject'];
    const indexes = [new LexicalIndex(), new LexicalIndex()] as const;
    for (const index of indexes) for (const body of texts) index.add({ title: '', tags: '', body });
    const [fresh, warm] = indexes;
    for (const query of ['replacd', 'parts replacd rejectd', 'rejectd ']) warm.prepare(query);
    const asked = 'rejectd parts replacd and rejectd ';
    expect(warm.prepare(asked).terms).toEqual(fresh.prepare(asked).terms);
  });
});
