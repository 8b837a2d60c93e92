import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { contractFaults, judge } from './check-contract.mjs';

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

describe('contract check of the reports that stages leave', () => {
  const engines = JSON.parse(readFileSync(new URL('engines.json', import.meta.url), 'utf8')) as string[];
  const ids = Array.from({ length: 5 }, (_, i) => `[STO-${i}] holds`);
  const folder = mkdtempSync(join(tmpdir(), 'forge-contract-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const write = (name: string, content: object) => writeFileSync(join(folder, `${name}.json`), JSON.stringify(content));
  const rowsOf = (engine: string): Row[] => ids.map((id) => [engine, id]);
  const REPORT_OF: Readonly<Record<string, string>> = { memory: 'int', sqlite: 'int', neo4j: 'neo4j-vitest' };
  const leave = (rows: readonly Row[]): void => {
    const of = (name: string) => rows.filter(([engine]) => REPORT_OF[engine] === name);
    write('unit', report());
    write('int', report(...of('int')));
    write('neo4j-vitest', report(...of('neo4j-vitest')));
    write('neo4j', { passed: ids.length, failed: 0 });
  };
  beforeEach(() => leave(engines.flatMap(rowsOf)));

  it('is content with three whole ones', async () => {
    expect(engines).toEqual(Object.keys(REPORT_OF));
    const counts = engines.map((engine) => `${engine} ${ids.length}`);
    expect(await judge(folder, engines, true)).toEqual({ faults: [], notes: [], counts });
  });

  it.each(engines)('fails for any one test that the report of %s lacks', async (engine) => {
    for (const id of ids) {
      leave(engines.flatMap(rowsOf).filter(([of, title]) => of !== engine || title !== id));
      expect((await judge(folder, engines, false)).faults).toEqual([`engine ${engine} did not run: lineage › ${id}`]);
    }
  });

  it('does without Neo4j where it cannot run, but not where the verdict is given', async () => {
    // A report of an earlier run does not count for this one.
    write('neo4j', { passed: 0, failed: 0, note: 'not run: no Java' });
    expect(await judge(folder, engines, false)).toMatchObject({ faults: [], notes: ['neo4j: not run: no Java'] });
    const { faults } = await judge(folder, engines, true);
    expect(faults).toEqual(['engine neo4j ran no contract test']);
  });

  it.each(['unit', 'int', 'neo4j', 'neo4j-vitest'])('fails without the report %s', async (name) => {
    rmSync(join(folder, `${name}.json`));
    await expect(judge(folder, engines, false)).rejects.toThrow(`${name}.json cannot be read`);
  });
});
