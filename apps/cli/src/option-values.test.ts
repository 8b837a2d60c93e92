import { CAPSULE_TYPES } from '@forge-cascade/core';
import { describe, expect, it } from 'vitest';
import { CAPSULE_TYPE_NAMES, count, moment, percent } from './option-values.js';

describe('values of options', () => {
  it('[CLI-1] that cannot be meant are refused before anything is asked', () => {
    for (const text of ['101', '-1', '', '5.5', 'x']) expect(() => percent(text)).toThrow('0 to 100');
    expect(() => count('0')).toThrow('1 or more');
    expect(() => count('-1')).toThrow('1 or more');
    expect(() => count('x')).toThrow('whole number');
    for (const text of ['yesterday', '2026-02-31', '2026-1-31', '2026-13-01T00:00:00Z', '2026-01-31T00:00:00']) {
      expect(() => moment(text)).toThrow('RFC 3339');
    }
    expect([percent('0'), percent('100'), count('7')]).toEqual([0, 100, 7]);
    expect(moment('2026-01-31')).toBe('2026-01-31');
    expect(moment('2026-01-31T12:00:00+01:00')).toBe('2026-01-31T12:00:00+01:00');
  });

  it('names the types that the engine has', () => {
    expect(CAPSULE_TYPE_NAMES).toEqual([...CAPSULE_TYPES]);
  });
});
