import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { damerauWithin } from './edit-distance.js';
import { SpellingTable } from './spelling-table.js';

const word = fc.string({
  unit: fc.constantFrom('a', 'b', 'c', 'é', 'λ', '1', '\u{1F980}'),
  minLength: 1,
  maxLength: 9,
});

describe('SpellingTable', () => {
  it('[SEA-64] leaves out no term that begins alike and lies within the slips', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(word, { minLength: 1, maxLength: 60 }),
        word,
        fc.integer({ min: 1, max: 2 }),
        (terms, asked, slips) => {
          const table = new SpellingTable();
          terms.forEach((term, place) => table.add(term, place));
          const visited = new Set<string>();
          table.forEachSpeltLike(asked, slips, (place) => visited.add(terms[place] ?? ''));
          const near = terms.filter(
            (term) => term.charCodeAt(0) === asked.charCodeAt(0) && damerauWithin(asked, term, slips) <= slips,
          );
          expect([...visited]).toEqual(expect.arrayContaining(near));
        },
      ),
    );
  });

  it('[SEA-64] passes over terms of other letters and lengths', () => {
    const terms = ['replaced', 'replacing', 'rejected', 'reply', 'placed'];
    const table = new SpellingTable();
    terms.forEach((term, place) => table.add(term, place));
    const visited: string[] = [];
    table.forEachSpeltLike('replaecd', 2, (place) => visited.push(terms[place] ?? ''));
    expect(visited).toContain('replaced');
    expect(visited).not.toContain('reply');
    expect(visited).not.toContain('placed');
  });
});
