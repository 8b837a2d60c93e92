import { describe, expect, it } from 'vitest';
import type { ParsedSet, SetFile } from './evaluation-set.js';
import { parseEvaluationSet } from './parse-evaluation-set.js';
import { documentIdOf, planEvaluation, scopeOf } from './plan-evaluation.js';

const lines = (...values: readonly unknown[]): string =>
  values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join('\n');

function parse(files: Partial<Record<SetFile, string>>): ParsedSet {
  return parseEvaluationSet({
    'docs.jsonl': lines({ id: 'd', text: 'Text.' }),
    'queries.jsonl': lines({ id: 'q', text: 'What?' }),
    'qrels.jsonl': lines({ qid: 'q', docid: 'd', rel: 1 }),
    ...files,
  });
}

const told = ({ faults }: ParsedSet): string[] => faults.map(({ file, line, reason }) => `${file}:${line} ${reason}`);

describe('a set to evaluate by', () => {
  it('[EVA-2] names every line that cannot be used, by file and line', () => {
    const docs = lines(
      { id: 'd', text: 'T' },
      '{oops',
      '[1]',
      '',
      { id: 'e' },
      { id: 'd', text: 'again' },
      { text: 1 },
    );
    const more = lines({ id: 'x', text: 'T', turn: 1.5 }, { id: 'y', text: 'T', title: 3 }, { id: 'z', text: ' ' });
    expect(told(parse({ 'docs.jsonl': `${docs}\n${more}\n` }))).toEqual([
      'docs.jsonl:2 not valid JSON',
      'docs.jsonl:3 not a JSON object',
      'docs.jsonl:5 has no "text"',
      'docs.jsonl:6 the id d is taken by an earlier line',
      'docs.jsonl:7 has no "id"',
      'docs.jsonl:8 "turn" must be a whole number from 0 on',
      'docs.jsonl:9 "title" must be a text',
      'docs.jsonl:10 "text" must be a text that is not empty',
    ]);
    expect(
      told(parse({ 'queries.jsonl': lines({ id: 'q', text: 'x'.repeat(4_001) }, { id: 'r', text: 'R', group: {} }) })),
    ).toEqual([
      'queries.jsonl:1 "text" has 4001 characters; a question may have 4000',
      'queries.jsonl:2 "group" must be a text that is not empty, or a number',
    ]);
    expect(
      told(parse({ 'qrels.jsonl': lines({ qid: 'q', docid: 'd' }, { qid: 'q', docid: 'd', rel: 'high' }) })),
    ).toEqual(['qrels.jsonl:1 has no "rel"', 'qrels.jsonl:2 "rel" must be a number of at most 100']);
  });

  it('[EVA-2] refuses what the memory could not keep faithfully', () => {
    expect(told(parse({ 'docs.jsonl': '{"id":"d","text":"\\ud800"}' }))).toEqual([
      'docs.jsonl:1 holds half of a surrogate pair',
    ]);
  });

  it('[EVA-2] says which file holds nothing to measure by', () => {
    expect(told(parse({ 'qrels.jsonl': lines({ qid: 'q', docid: 'd', rel: 0 }) }))).toEqual([
      'qrels.jsonl:null holds no relevant documents',
    ]);
    expect(told(parse({ 'docs.jsonl': '' }))).toEqual(['docs.jsonl:null holds no documents']);
  });

  it('[EVA-3] reports judgements about what is not there, and keeps those that can be asked about', () => {
    const { unknown, unasked, set } = parse({
      'qrels.jsonl': lines(
        { qid: 'q', docid: 'd', rel: 1 },
        { qid: 'q', docid: 'gone', rel: 2 },
        { qid: 'nobody', docid: 'd', rel: 1 },
      ),
    });
    expect(unknown).toMatchObject([{ line: 2, reason: 'the document gone is not in the set' }]);
    expect(unasked).toMatchObject([{ line: 3, reason: 'the query nobody is not in the set' }]);
    expect([...(set.judgements.get('q') ?? [])]).toEqual([
      ['d', 1],
      ['gone', 2],
    ]);
    expect(set.judgements.has('nobody')).toBe(false);
    expect(told(parse({ 'qrels.jsonl': lines({ qid: 'nobody', docid: 'd', rel: 1 }) }))).toEqual([
      'qrels.jsonl:1 the query nobody is not in the set',
    ]);
  });
});

describe('where a set goes', () => {
  it('[EVA-4] makes collections of groups and sessions, and places of turns', () => {
    const { set } = parse({
      'docs.jsonl': lines(
        { id: 'a', text: 'A', group: 'g', session: 1, turn: 0, title: '', note: 'fields of its own do no harm' },
        { id: 'b', text: 'B', group: 'g', title: 'B' },
        { id: 'c', text: 'C', session: null, turn: 4 },
      ),
    });
    const [level = []] = planEvaluation('set', set).levels;
    expect(level.map(({ key, title, collection, position }) => ({ key, title, collection, position }))).toEqual([
      { key: 'eval/set/a', title: null, collection: 'eval/set/g/1', position: 0 },
      { key: 'eval/set/b', title: 'B', collection: 'eval/set/g', position: null },
      { key: 'eval/set/c', title: null, collection: 'eval/set', position: 4 },
    ]);
    expect([scopeOf('set', { group: 'g' }), scopeOf('set', { group: null })]).toEqual(['eval/set/g', 'eval/set']);
  });

  it('[EVA-4] keeps names apart that are paths or look like places', () => {
    const scopes = ['a/b', 'a%2Fb', '..', '%2E%2E'].map((group) => scopeOf('n', { group }));
    expect(scopes).toEqual(['eval/n/a%2Fb', 'eval/n/a%252Fb', 'eval/n/%2E%2E', 'eval/n/%252E%252E']);
    expect([documentIdOf('n', 'eval/n/x/y'), documentIdOf('n', 'eval/other/x'), documentIdOf('n', null)]).toEqual([
      'x/y',
      null,
      null,
    ]);
  });
});
