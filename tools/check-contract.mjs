// Every engine must have run, and run to its end, the same contract tests: a suite that was forgotten, filtered or skipped on one
// engine would otherwise look like one that passed.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SUITE = /^contract on (\S+)$/;

/**
 * The part of vitest's JSON report that is read here.
 *
 * @typedef {{ ancestorTitles: string[], title: string, status: string }} ReportedTest
 * @typedef {{ testResults: { assertionResults: ReportedTest[] }[] }} Report
 */

/**
 * Names of the contract tests that ran (whether they passed is the test run's business), by engine.
 *
 * @param {readonly Report[]} reports
 * @returns {Map<string, Set<string>>}
 */
export function contractTests(reports) {
  /** @type {Map<string, Set<string>>} */
  const engines = new Map();
  for (const test of reports.flatMap(({ testResults }) => testResults.flatMap((file) => file.assertionResults))) {
    const depth = test.ancestorTitles.findIndex((title) => SUITE.test(title));
    const engine = SUITE.exec(test.ancestorTitles[depth] ?? '')?.[1];
    if (engine === undefined) continue;
    const names = engines.get(engine) ?? new Set();
    engines.set(engine, names);
    if (test.status !== 'passed' && test.status !== 'failed') continue;
    names.add([...test.ancestorTitles.slice(depth + 1), test.title].join(' › '));
  }
  return engines;
}

/**
 * @param {readonly string[]} required engines that must have run the suite
 * @param {readonly Report[]} reports
 * @returns {string[]} one sentence for each fault; none when all engines ran alike
 */
export function contractFaults(required, reports) {
  const engines = contractTests(reports);
  const all = new Set([...engines.values()].flatMap((names) => [...names]));
  const faults = [...engines.keys()]
    .filter((engine) => !required.includes(engine))
    .map((engine) => `engine ${engine} ran the contract but is not named in tools/engines.json`);
  if (required.length === 0 || all.size === 0) faults.push('no contract test ran at all');
  for (const engine of required) {
    const names = engines.get(engine);
    if (names === undefined) faults.push(`engine ${engine} ran no contract test`);
    else
      faults.push(
        ...[...all].filter((name) => !names.has(name)).map((name) => `engine ${engine} did not run: ${name}`),
      );
  }
  return faults;
}

/**
 * Judges the reports that the stages left in a folder. An engine whose server cannot run on this machine is left out, as
 * its own stage has said by then what it did not run; where the verdict is given (`ci`), that is a fault.
 *
 * @param {string} folder
 * @param {readonly string[]} engines
 * @param {boolean} ci
 * @returns {Promise<{ faults: string[], notes: string[], counts: string[] }>}
 * @throws {Error} when a report is missing
 */
export async function judge(folder, engines, ci) {
  const stage = await read(join(folder, 'neo4j.json'));
  const note = engines.includes('neo4j') && typeof stage.note === 'string' ? `neo4j: ${stage.note}` : null;
  const required = engines.filter((engine) => engine !== 'neo4j' || note === null || ci);
  const tiers = ['unit', 'int', ...(note === null ? ['neo4j-vitest'] : [])];
  const reports = await Promise.all(tiers.map((tier) => read(join(folder, `${tier}.json`))));
  return {
    faults: contractFaults(required, reports),
    notes: note === null ? [] : [note],
    counts: [...contractTests(reports)].map(([engine, names]) => `${engine} ${names.size}`),
  };
}

/** @param {string} path @returns {Promise<Report & { note?: string }>} */
async function read(path) {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new Error(`${path} cannot be read; run the unit, int and neo4j stages first.`, { cause });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const engines = JSON.parse(await readFile(join(root, 'tools', 'engines.json'), 'utf8'));
  const { faults, notes, counts } = await judge(join(root, 'reports'), engines, process.env['CI'] === 'true');
  for (const note of notes) console.log(note);
  for (const fault of faults) console.error(fault);
  console.log(`contract tests run: ${counts.join(', ') || 'none'}; ${faults.length} faults`);
  if (faults.length > 0) process.exitCode = 1;
}
