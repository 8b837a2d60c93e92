import { describe, expect, it } from 'vitest';
import { painter } from '../output/paint.js';
import { askQuestions } from './ask-questions.js';
import { describeFigures, evaluationFigures, runFile } from './evaluation-report.js';
import type { EvaluationSet, SetDocument, SetQuery } from './evaluation-set.js';
import { waitUntilSearchable, type Searchable } from './wait-until-searchable.js';

const query = (id: string, category: string | null): SetQuery => ({ id, text: `About ${id}`, group: null, category });
const document = (id: string): SetDocument => ({
  ...{ id, title: null, text: `Text of ${id}`, group: null, session: null, turn: null, line: 1 },
});

const set: EvaluationSet = {
  documents: ['a', 'b', 'c'].map(document),
  queries: [query('easy', 'plain'), query('hard', 'odd'), query('unjudged', 'odd')],
  judgements: new Map([
    ['easy', new Map([['a', 1]])],
    ['hard', new Map([['b', 1]])],
    ['missing', new Map([['c', 1]])],
  ]),
};

async function asked() {
  const questions: string[] = [];
  const answers = await askQuestions('set', set, (question) => {
    questions.push(question);
    return Promise.resolve([
      { key: 'eval/set/a', score: 0.9 },
      { key: 'eval/other/b', score: 0.8 },
      { key: 'eval/set/b', score: 0.5 },
    ]);
  });
  return { questions, answers };
}

describe('an evaluation', () => {
  it('[EVA-8] asks judged questions once each, after searches that do not count', async () => {
    const { questions, answers } = await asked();
    expect(questions).toEqual(['Text of a', 'Text of b', 'Text of c', 'About easy', 'About hard']);
    expect(answers.map(({ queryId, found }) => [queryId, found.map(({ id }) => id)])).toEqual([
      ['easy', ['a', 'b']],
      ['hard', ['a', 'b']],
    ]);
  });

  it('[EVA-3] counts a judged question that could not be asked as not answered', async () => {
    const figures = evaluationFigures(set, (await asked()).answers);
    expect(figures).toMatchObject({ questions: 3, recall_at_10: 2 / 3, mrr_at_10: (1 + 1 / 2) / 3 });
  });

  it('[EVA-7] gives the figures of each category where questions have one', async () => {
    const { answers } = await asked();
    const { by_category: byCategory } = evaluationFigures(set, answers);
    expect(Object.keys(byCategory)).toEqual(['none', 'odd', 'plain']);
    expect(byCategory).toMatchObject({ plain: { questions: 1, mrr_at_10: 1 }, odd: { questions: 1, mrr_at_10: 0.5 } });
    const plain = { ...set, queries: set.queries.map((one) => ({ ...one, category: null })) };
    expect(evaluationFigures(plain, answers).by_category).toEqual({});
    const text = describeFigures(evaluationFigures(set, answers), 80, painter(false));
    expect(text).toMatch(/^all +3 .*\n.*none +1 .*\n.*odd +1 .*\n.*plain +1 /m);
  });

  it('[EVA-9] writes what was found as a run file', async () => {
    expect(runFile((await asked()).answers)).toBe('easy a 1 0.9\neasy b 2 0.5\nhard a 1 0.9\nhard b 2 0.5\n');
  });
});

const health = (
  capsules: number,
  words: number,
  embeddings: Partial<NonNullable<Searchable['embeddings']>> | null,
) => ({
  ...{ capsules, search_lag: words },
  embeddings:
    embeddings === null
      ? null
      : {
          status: 'ok' as const,
          serving: 'm',
          ranks: true,
          target: 'm',
          embedded: 0,
          lag: 0,
          failing: null,
          ...embeddings,
        },
});

describe('waiting for the index', () => {
  it('[EVA-6] ends once words and vectors are there, whatever the model thought in its last round', async () => {
    const seen = [
      health(9, 3, { serving: null }),
      health(9, 0, { embedded: 5 }),
      health(9, 0, { embedded: 9, serving: 'former' }),
      health(9, 0, { embedded: 9 }),
    ];
    const shown: number[] = [];
    const model = await waitUntilSearchable(() => Promise.resolve(seen.shift() as Searchable), {
      everyMs: 0,
      onLag: (lag) => shown.push(lag),
    });
    expect([model, shown]).toEqual(['m', [9, 4, 1, 0]]);
  });

  it('[EVA-6] asks for no vectors where none are kept', async () => {
    const none = [health(9, 0, null), health(9, 0, { serving: null, target: null })];
    for (const one of none) expect(await waitUntilSearchable(() => Promise.resolve(one))).toBeNull();
  });

  it('[EVA-6] is given up when there is no progress, and says what is missing', async () => {
    const impatient = { everyMs: 0, patienceMs: 20 };
    const stuck = (one: Searchable) => waitUntilSearchable(() => Promise.resolve(one), impatient);
    await expect(stuck(health(9, 0, { embedded: 4, failing: 'quota' }))).rejects.toThrow(
      '5 capsules still have no vectors (quota)',
    );
    await expect(stuck(health(9, 2, null))).rejects.toThrow('2 capsules still cannot be searched');
    await expect(stuck(health(9, 0, { target: null, failing: 'missing' }))).rejects.toThrow(
      'The embedding model cannot be used (missing)',
    );
  });
});
