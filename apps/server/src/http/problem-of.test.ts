import { ERRORS, problemSchema, problemType, WIRE_ERROR_CODES } from '@forge-cascade/api';
import { canonicalize, DomainError, type ErrorCode } from '@forge-cascade/core';
import { describe, expect, it } from 'vitest';
import { problemOf } from './problem-of.js';
import { Refusal } from './refusal.js';

const ID = '0192d3c8-7c1e-4a50-9f7b-2f4f0d9f8a11';

describe('from an error to a problem', () => {
  it.each(WIRE_ERROR_CODES)('[API-1] gives %s its status, whoever refuses', (code) => {
    const errors = [new Refusal(code, 'why'), new DomainError(code as ErrorCode, 'why')];
    for (const error of errors) {
      const { status, problem } = problemOf(error, ID);
      expect(problemSchema.parse(problem)).toMatchObject({
        status: ERRORS[code].status,
        code,
        type: problemType(code),
        instance: `urn:uuid:${ID}`,
      });
      expect(status).toBe(problem.status);
    }
  });

  it('[API-3] lets no detail stand in for what the code means', () => {
    const details = { status: 200, code: 'FINE', type: 'x', instance: 'y', errorCount: 2 };
    const { problem } = problemOf(new DomainError('NOT_FOUND', 'why', details), ID);
    expect(problem).toMatchObject({ status: 404, code: 'NOT_FOUND', instance: `urn:uuid:${ID}`, error_count: 2 });
  });

  it('names the field a use case refuses, where it was given', () => {
    const error = new DomainError('INVALID_INPUT', 'key is empty.', { field: 'key' });
    expect(problemOf(error, ID, 'query').problem.errors).toEqual([
      { in: 'query', field: 'key', message: 'key is empty.' },
    ]);
  });

  it('knows an error that crossed a thread by its code', () => {
    const rebuilt = Object.assign(new Error('full'), { name: 'DomainError', code: 'STORE_FULL', details: {} });
    expect(problemOf(rebuilt, ID)).toMatchObject({ status: 507, unforeseen: false });
  });

  it('takes a value without canonical form for invalid input', () => {
    try {
      canonicalize(Number.NaN);
      expect.unreachable();
    } catch (error) {
      expect(problemOf(error, ID)).toMatchObject({ status: 422, problem: { code: 'INVALID_INPUT' } });
    }
  });

  it.each([
    ['a code nobody knows', Object.assign(new Error('x'), { name: 'DomainError', code: 'NEW', details: {} })],
    ['a plain error', new Error('secret')],
    ['a thrown text', 'secret'],
    ['nothing', null],
  ])('[API-3] answers 500 for %s and says nothing of it', (_, error) => {
    const { status, problem, unforeseen } = problemOf(error, ID);
    expect({ status, unforeseen }).toEqual({ status: 500, unforeseen: true });
    expect(JSON.stringify(problem)).not.toContain('secret');
  });

  it('[API-11] says when to try again where that may help', () => {
    expect(problemOf(new DomainError('MAINTENANCE', 'x'), ID).headers['retry-after']).toBe('30');
    expect(problemOf(new DomainError('CONTENTION', 'x'), ID).headers['retry-after']).toBe('1');
    expect(problemOf(new DomainError('NOT_FOUND', 'x'), ID).headers).toEqual({});
  });
});
