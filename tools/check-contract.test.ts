import { describe, expect, it } from 'vitest';
import { contractFaults } from './check-contract.mjs';

type Row = readonly [engine: string, name: string, status?: string];

const report = (...rows: Row[]) => ({
  testResults: rows.map(([engine, title, status = 'passed']) => ({
    assertionResults: [{ ancestorTitles: [`contract on ${engine}`, 'lineage'], title, status }],
  })),
});

const ENGINES = ['memory', 'sqlite'];

describe('contract check', () => {
  it('is content when all engines ran the same tests, in whichever report', () => {
    expect(contractFaults(ENGINES, [report(['memory', 'a']), report(['sqlite', 'a'])])).toEqual([]);
  });

  it('leaves a failed test to the test run', () => {
    expect(contractFaults(ENGINES, [report(['memory', 'a'], ['sqlite', 'a', 'failed'])])).toEqual([]);
  });

  it('names the engine and the test it lacks', () => {
    const faults = contractFaults(ENGINES, [report(['memory', 'a'], ['memory', 'b'], ['sqlite', 'a'])]);
    expect(faults).toEqual(['engine sqlite did not run: lineage › b']);
  });

  it.each(['skipped', 'pending', 'todo'])('counts a %s test as lacking', (status) => {
    const faults = contractFaults(ENGINES, [report(['memory', 'a'], ['sqlite', 'a', status])]);
    expect(faults).toEqual(['engine sqlite did not run: lineage › a']);
  });

  it('names an engine that ran nothing, and one that nobody listed', () => {
    expect(contractFaults(ENGINES, [report(['memory', 'a'], ['mystery', 'a'])])).toEqual([
      'engine mystery ran the contract but is not named in tools/engines.json',
      'engine sqlite ran no contract test',
    ]);
  });

  it('does not take an empty run for agreement', () => {
    expect(contractFaults(ENGINES, [report()])).toContain('no contract test ran at all');
  });
});
