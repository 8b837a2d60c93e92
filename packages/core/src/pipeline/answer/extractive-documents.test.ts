import { describe, expect, it } from 'vitest';
import type { CapsuleHeader } from '../../capsule/capsule.js';
import { quotedAnswer, quotesOf } from '../testing/given-question.js';
import { givenSource } from '../testing/given-source.js';
import { NOTHING_FOUND } from './nothing-found.js';

const COLLECTION = 'rst/pep-0505.rst';
const section = (id: string, name: string, content: string, position: number) => {
  const more: Partial<CapsuleHeader> = { title: `PEP 505: Operators › ${name}`, collection: COLLECTION, position };
  return givenSource(id, content, more);
};

const LEAD = 'This PEP proposes three operators that take absence for an answer.';
const pep = [
  givenSource(
    'lead',
    'PEP: 505\nTitle: Operators\nAuthor: Ann Onym\nStatus: Deferred\nCreated: 18-Sep-2015\n\nAbstract\n========\n\n' +
      `${LEAD}\n`,
    { title: 'PEP 505: Operators' },
  ),
  section('logic', 'Rejected Ideas', 'An earlier version of this PEP proposed a unary operator to mean the same.', 1),
  section('thanks', 'Acknowledgements', 'The authors thank Mona Lott for proposing this PEP.', 2),
  section('copyright', 'Copyright', 'This document has been placed in the public domain.', 3),
];

describe('a named document', () => {
  it.each(['What is PEP 505?', 'Explain PEP 505', 'Summarise PEP 505, please', 'What does PEP 505 propose?', 'pep505'])(
    '[PIP-68] is told of by its opening: %s',
    async (asked) => {
      expect((await quotesOf(asked, pep))[0]).toBe(LEAD);
    },
  );

  it('[PIP-69] is not told of by its licence and its thanks, unless they are asked after', async () => {
    const asides = pep.slice(2);
    expect((await quotedAnswer('What does PEP 505 propose?', asides)).text).toBe(NOTHING_FOUND);
    expect((await quotesOf('What is the copyright of PEP 505?', pep))[0]).toBe(
      'This document has been placed in the public domain.',
    );
    expect(await quotesOf('Who is thanked in PEP 505?', pep)).toEqual([
      'The authors thank Mona Lott for proposing this PEP.',
    ]);
  });

  it.each(['Is PEP 505 accepted?', 'Was PEP 505 rejected?', 'What is the status of PEP 505?', 'PEP 505 status'])(
    '[PIP-70] has its standing in a header field: %s',
    async (asked) => {
      expect((await quotesOf(asked, pep))[0]).toBe('Status: Deferred');
    },
  );

  it('[PIP-70] has its standing in a sentence of its own too', async () => {
    const record = [
      givenSource('a', 'This decision was rejected. Another one was accepted.', { title: 'ADR-7: Pumps' }),
    ];
    expect(await quotesOf('Was ADR-7 accepted?', record)).toEqual(['This decision was rejected.']);
  });
});
