import { describe, expect, it } from 'vitest';
import { givenFile, givenPlan } from './given-documents.js';
import { MAX_JSONL_LINE } from './parse-jsonl.js';

describe('JSONL', () => {
  it('[IMP-10] reports each bad line with its number and keeps the others', () => {
    const lines = [
      '{"title":"A","content":"a"}',
      '{"title":',
      '[1]',
      '',
      '{"title":"no content"}',
      '{"content":"n","metadata":{"n":99999999999999999999}}',
      '{"content":"\\ud800"}',
      '{"content":"b","type":"poem"}',
    ];
    const { documents, problems } = givenFile('d/x.jsonl', lines.join('\n'));
    expect(documents.map(({ line, content }) => [line, content])).toEqual([
      [1, 'a'],
      [8, 'b'],
    ]);
    expect(problems.map(({ line, severity }) => [line, severity])).toEqual([
      [2, 'failed'],
      [3, 'failed'],
      [5, 'failed'],
      [6, 'failed'],
      [7, 'failed'],
      [8, 'warning'],
    ]);
  });

  it('[IMP-10] refuses an overlong line and one nested too deep, not their file', () => {
    const long = JSON.stringify({ content: 'x'.repeat(MAX_JSONL_LINE) });
    const deep = `{"content":"x","metadata":{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}}`;
    const { documents, problems } = givenFile('x.jsonl', `${long}\n${deep}\n{"content":"fine"}\n`);
    expect(documents.map(({ content }) => content)).toEqual(['fine']);
    expect(problems.map(({ line, reason }) => `${line}: ${reason}`)).toEqual([
      expect.stringMatching(/^1: longer than/) as string,
      expect.stringMatching(/^2: is nested deeper/) as string,
    ]);
  });

  it('[IMP-1] reads the fields of a capsule, merging metadata with what has no other place', () => {
    const { documents } = givenFile(
      'x.jsonl',
      JSON.stringify({
        key: 'k',
        title: 'T',
        content: 'c',
        type: 'insight',
        tags: ['a', 'a'],
        metadata: { a: 1 },
        extra: 2,
        if_exists: 'fail',
      }),
    );
    expect(documents[0]).toMatchObject({
      key: 'k',
      title: 'T',
      type: 'insight',
      tags: ['a'],
      metadata: { a: 1, extra: 2 },
    });
    expect(documents[0]?.metadata).not.toHaveProperty('if_exists');
  });

  it('[IMP-9] names lines by their title, so that a line may move; equal titles by their order', () => {
    const keys = (text: string) => givenPlan({ 'x.jsonl': text }).capsules.map(({ key }) => key);
    const a = '{"title":"One Way","content":"1"}';
    const b = '{"title":"Two","content":"2"}';
    expect(keys(`${a}\n${b}\n${a}`)).toEqual(['root/x.jsonl#one-way', 'root/x.jsonl#two', 'root/x.jsonl#one-way-2']);
    expect([...keys(`${b}\n${a}`)].sort()).toEqual(['root/x.jsonl#one-way', 'root/x.jsonl#two']);
  });

  it('[IMP-6] imports the first of two documents with one key and reports the other', () => {
    const plan = givenPlan({ 'x.jsonl': '{"key":"k","content":"1"}\n{"key":"k","content":"2"}' });
    expect(plan.capsules.map(({ content }) => content)).toEqual(['1']);
    expect(plan.problems).toEqual([
      { path: 'x.jsonl', line: 2, severity: 'failed', reason: 'its key is taken by x.jsonl:1' },
    ]);
  });
});
