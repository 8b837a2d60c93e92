import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CapsuleHeader } from '../../capsule/capsule.js';
import type { AnswerRequest, FindNamed, ProvidedAnswer, Source } from './answer-provider.js';
import { extractiveAnswers } from './extractive.js';
import { asShown } from './marks.js';
import { NOTHING_FOUND } from './nothing-found.js';

const single = (text: string): string => asShown(text).trim();

function source(id: string, content: string, more: Partial<CapsuleHeader> = {}): Source {
  const capsule: CapsuleHeader = {
    seq: 1,
    id,
    seriesId: `series-${id}`,
    headId: id,
    isHead: true,
    version: '1.0.0',
    key: null,
    ownerId: 'owner',
    parentId: null,
    summary: '',
    archived: false,
    createdAt: '2024-01-01T00:00:00.000Z',
    updatedAt: '2024-01-01T00:00:00.000Z',
    type: 'knowledge',
    title: null,
    tags: [],
    collection: null,
    position: null,
    validFrom: null,
    validTo: null,
    trust: 60,
    retracted: false,
    chainTrust: 60,
    tainted: false,
    warned: false,
    ...more,
  };
  return { capsule, content, passage: { text: content, start: 0, end: content.length }, score: 1 };
}

const nobody: FindNamed = async () => [];

function answer(query: string, sources: readonly Source[], findNamed = nobody): Promise<ProvidedAnswer> {
  const parameters = { temperature: 0.3, maxTokens: 1000, tier: 'fast' } as const;
  const request: AnswerRequest = { query, sources, parameters, findNamed };
  return extractiveAnswers.answer(request, new AbortController().signal);
}

/** Every line of the answer is a citation's quote, white space aside, with its number. */
function expectQuotesOnly(given: ProvidedAnswer, sources: readonly Source[]): void {
  if (given.citations.length === 0) {
    expect(given.text).toBe(NOTHING_FOUND);
    return;
  }
  const contents = new Map(sources.map(({ capsule, content }) => [capsule.id, content]));
  expect(given.text).toBe(given.citations.map(({ quote }, i) => `${single(quote)} [${i + 1}]`).join('\n'));
  for (const { capsuleId, quote } of given.citations) {
    expect(quote.trim()).not.toBe('');
    expect(contents.get(capsuleId)).toContain(quote);
  }
}

const WORDS = [
  'ledger',
  'blue',
  'water',
  'because',
  'chosen',
  'the',
  'is',
  'rejected',
  'PEP 12',
  ':pep:`7`',
  'in favor of',
  'and',
  '310.',
  'e.g.',
  '*',
  'X',
];
const sentence = fc
  .array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 14 })
  .map((words) => `${words.join(' ')}.`);
const line = fc.oneof(
  { weight: 6, arbitrary: sentence },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '',
      '',
      '====',
      '# Rejected',
      '- item one is blue.',
      '```',
      'Author: Ann',
      '    x = 1',
      '::',
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom('The blue ledger [3] is water [unsupported].', 'See PEP 12 [2]_ and x[0].') },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 30 }) },
);
const document = fc.record({
  content: fc.array(line, { minLength: 1, maxLength: 25 }).map((lines) => lines.join('\n')),
  title: fc.option(fc.constantFrom('PEP 12: Ledgers', 'PEP 7', 'Blue water'), { nil: null }),
  collection: fc.option(fc.constantFrom('a/pep-0012', 'b'), { nil: null }),
});
const query = fc.oneof(
  fc.constantFrom(
    'Why was PEP 12 rejected, and what replaced it?',
    'Why was the blue ledger chosen?',
    'Who is Ann?',
    'When?',
    'PEP 7',
  ),
  fc.array(fc.constantFrom(...WORDS, 'why', 'who', '?'), { maxLength: 8 }).map((words) => words.join(' ')),
  fc.string({ maxLength: 40 }),
);

describe('extractive answers', () => {
  it('[PIP-11] are nothing but exact quotes of what they cite, over generated documents', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(document, { maxLength: 6 }), query, async (documents, asked) => {
        const sources = documents.map(({ content, title, collection }, i) =>
          source(`c${i}`, content, { title, collection, position: collection === null ? null : i }),
        );
        const named: FindNamed = async () => sources;
        expectQuotesOnly(await answer(asked, sources.slice(0, 3), named), sources);
      }),
      { numRuns: 400 },
    );
  });

  it('[PIP-71] show what a source writes like a mark in other brackets, and quote it as it is', async () => {
    const content = 'The council meets on Tuesdays [3] and is chaired by Mona [unsupported].';
    const { text, citations } = await answer('When does the council meet?', [source('a', content)]);
    expect(text).toBe('The council meets on Tuesdays ⟨3⟩ and is chaired by Mona ⟨unsupported⟩. [1]');
    expect(citations).toEqual([{ capsuleId: 'a', quote: content }]);
  });

  it('[PIP-12] are the same for the same sources and question', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(document, { minLength: 1, maxLength: 4 }), query, async (documents, asked) => {
        const sources = (): Source[] => documents.map(({ content, title }, i) => source(`c${i}`, content, { title }));
        expect(await answer(asked, sources())).toEqual(await answer(asked, sources()));
      }),
      { numRuns: 60 },
    );
  });

  it('[PIP-11] join soft-wrapped lines for display and keep the quote exact', async () => {
    const { text, citations } = await answer('Why was the blue ledger chosen?', [
      source('a', 'The blue ledger was chosen\n   because its ink\nsurvives water.\n'),
    ]);
    expect(citations).toEqual([
      { capsuleId: 'a', quote: 'The blue ledger was chosen\n   because its ink\nsurvives water.' },
    ]);
    expect(text).toBe('The blue ledger was chosen because its ink survives water. [1]');
  });

  it('[PIP-13] say so when no source bears on the question', async () => {
    const sources = [
      source('a', 'Capital letters are used for constants.'),
      source('b', 'French is spoken in Canada.'),
    ];
    expect(await answer('What is the capital of Norway?', sources)).toMatchObject({
      text: NOTHING_FOUND,
      citations: [],
    });
    expect(await answer('???', sources)).toMatchObject({ text: NOTHING_FOUND, citations: [] });
  });

  it('[PIP-22] give every part of a question its sentence', async () => {
    const { citations } = await answer('Why was the red pump removed, and who repaired the boiler?', [
      source(
        'a',
        'The red pump was removed because its seal leaked. The red pump was removed on a Monday. The red pump was loud.',
      ),
      source('b', 'The boiler was repaired by Maria Lopez in spring.'),
    ]);
    expect(citations.map(({ quote }) => quote)).toEqual([
      'The red pump was removed because its seal leaked.',
      'The boiler was repaired by Maria Lopez in spring.',
    ]);
  });

  it('[PIP-22] prefer the sentence that sounds like the kind of answer asked for', async () => {
    const content =
      'The harbour crane was built in 1952. The harbour crane is painted yellow. The harbour crane was sold because it rusted.';
    for (const [asked, quote] of [
      ['When was the harbour crane built?', 'The harbour crane was built in 1952.'],
      ['Why was the harbour crane sold?', 'The harbour crane was sold because it rusted.'],
    ] as const) {
      expect((await answer(asked, [source('a', content)])).citations[0]).toEqual({ capsuleId: 'a', quote });
    }
  });

  it('[PIP-11] bring along the sentence that another leans on', async () => {
    const { citations } = await answer('Why was the switch proposal rejected?', [
      source('a', 'A poll about the switch proposal found no support. I therefore reject it.', {
        title: 'Switch proposal',
      }),
    ]);
    expect(citations.map(({ quote }) => quote)).toEqual([
      'A poll about the switch proposal found no support. I therefore reject it.',
    ]);
  });

  it('[PIP-17] follow what a quoted sentence points to, and quote what it says of both and of itself', async () => {
    const asked: string[] = [];
    const rejected = source('a', 'I am rejecting this PEP in favor of :pep:`343`.', { title: 'PEP 340: Blocks' });
    const successor = source(
      'b',
      'Abstract\n========\n\nThis PEP adds a with statement.\n\nHistory\n=======\n\nI decided to withdraw :pep:`340` and proposed a variant.',
      { title: 'PEP 343: With' },
    );
    const { text, citations } = await answer(
      'Why did PEP 340 not make it, and what replaced it?',
      [rejected, source('c', 'PEP 999 is about something else, see PEP 5.', { title: 'PEP 999: Else' })],
      async (name) => {
        asked.push(name);
        return [successor];
      },
    );
    expect(asked).toEqual(['pep 343']);
    expect(citations.map(({ capsuleId }) => capsuleId)).toEqual(['a', 'b', 'b']);
    expect(text).toContain('This PEP adds a with statement.');
    expect(text).toContain('I decided to withdraw :pep:`340`');
  });

  it('[PIP-17] read a header field as a pointer within the family of its document', async () => {
    const asked: string[] = [];
    await answer(
      'What replaced PEP 241?',
      [
        source('a', 'PEP: 241\nTitle: Metadata\nSuperseded-By: 314\n\nSome text about it.', {
          title: 'PEP 241: Metadata',
        }),
      ],
      async (name) => {
        asked.push(name);
        return [];
      },
    );
    expect(asked).toEqual(['pep 314']);
  });

  it.each([
    ['What replaced PEP 345?', ['Superseded-By: 566']],
    ['What did PEP 345 replace?', ['Replaces: 314']],
  ])('[PIP-22] tell what came before from what came after: %s', async (asked, quotes) => {
    const content = 'PEP: 345\nTitle: Metadata\nReplaces: 314\nSuperseded-By: 566\n\nSome text about metadata.';
    const { citations } = await answer(asked, [source('a', content, { title: 'PEP 345: Metadata' })]);
    expect(citations.map(({ quote }) => quote)).toEqual(quotes);
  });

  it('[PIP-18] quote no heading, code, table or reference, however well it matches', async () => {
    const content = [
      'Why the blue ledger was chosen',
      '==============================',
      '',
      '    blue_ledger = chosen(because);',
      '',
      '| blue ledger | chosen because |',
      '| --- | --- |',
      '',
      'References',
      '==========',
      '',
      'The blue ledger was chosen because of a book.',
    ].join('\n');
    expect((await answer('Why was the blue ledger chosen?', [source('a', content)])).citations).toEqual([]);
  });

  it('[PIP-22] do not say one thing twice', async () => {
    const reason = 'The blue ledger was chosen because its ink survives water.';
    const { citations } = await answer('Why was the blue ledger chosen?', [source('a', reason), source('b', reason)]);
    expect(citations).toHaveLength(1);
  });
});
