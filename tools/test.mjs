// `npm test`: install, build and run every check. `npm test -- unit lint` runs the named stages alone.
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runInGroup } from './child-process.mjs';
import { ensureBuilt, PreparationError, ROOT } from './ensure-built.mjs';

const MINUTE = 60_000;
/** The stages write into a pipe; whether there is a terminal behind it, only this process knows. */
const COLOUR = process.stdout.isTTY || process.env['FORCE_COLOR'] ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' };
const REPORTS = join(ROOT, 'reports');
const node = process.execPath;
const bin = (/** @type {string} */ path) => join(ROOT, 'node_modules', path);
const tool = (/** @type {string} */ name) => join(ROOT, 'tools', name);

/**
 * @typedef {object} Stage
 * @property {string} name
 * @property {number} minutes limit that ends a stage which hangs; several times what it takes on a quiet machine
 * @property {string[][]} commands arguments for Node; each runs whatever the one before came to
 * @property {'vitest' | 'counts'} [report] kind of `reports/<name>.json` that the stage writes
 */

/** @param {string} project @param {number} minutes @returns {Stage} */
const tier = (project, minutes) => ({
  name: project,
  minutes,
  report: 'vitest',
  commands: [
    [
      bin('vitest/vitest.mjs'),
      'run',
      ...['--project', project, '--passWithNoTests'],
      ...['--reporter=default', '--reporter=json', `--outputFile.json=${join('reports', `${project}.json`)}`],
    ],
  ],
});

/** @type {Stage[]} */
const STAGES = [
  { name: 'types', minutes: 6, commands: [[bin('typescript/bin/tsc'), '-p', 'tsconfig.tests.json', '--noEmit']] },
  {
    name: 'lint',
    minutes: 6,
    commands: [
      [bin('eslint/bin/eslint.js'), '--max-warnings=0', '.'],
      [bin('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.'],
    ],
  },
  {
    name: 'bounds',
    minutes: 4,
    commands: [
      [bin('dependency-cruiser/bin/dependency-cruise.mjs'), '--config', 'tools/import-table.cjs', 'packages', 'apps'],
    ],
  },
  { name: 'rules', minutes: 1, commands: [[tool('check-rules.mjs')]] },
  tier('unit', 5),
  tier('int', 10),
  tier('e2e', 12),
  { name: 'onnx', minutes: 8, report: 'counts', commands: [[tool('onnx-tests.mjs')]] },
  { name: 'neo4j', minutes: 20, report: 'counts', commands: [[tool('neo4j-tests.mjs')]] },
  { name: 'redis', minutes: 6, report: 'counts', commands: [[tool('redis-tests.mjs')]] },
  { name: 'contract', minutes: 1, commands: [[tool('check-contract.mjs')]] },
  { name: 'schemathesis', minutes: 8, report: 'counts', commands: [[tool('schemathesis.mjs')]] },
];

/** @typedef {{ passed: number, failed: number, note?: string }} Counts */
/** @typedef {{ name: string, ok: boolean, seconds: number, note: string, counts: Counts }} Outcome */

/** @param {Stage} stage @returns {Promise<Outcome>} */
async function runStage({ name, minutes, commands, report }) {
  console.log(`\n── ${name} ${'─'.repeat(Math.max(0, 70 - name.length))}`);
  const reportPath = join(REPORTS, `${name}.json`);
  // A report left by an earlier run must not speak for a run that crashed.
  if (report !== undefined) await rm(reportPath, { force: true });
  let ok = true;
  let seconds = 0;
  let note = '';
  for (const args of commands) {
    const run = await runInGroup(node, args, {
      cwd: ROOT,
      env: { ...process.env, ...COLOUR },
      timeoutMs: minutes * MINUTE,
      onOutput: (chunk) => process.stdout.write(chunk),
    });
    ok &&= run.code === 0;
    seconds += run.seconds;
    if (run.timedOut) note = `ended after its limit of ${minutes} min`;
  }
  const counts = await readCounts(reportPath, report);
  // A tier that failed without a failing test (a file that does not load) must not be reported as "0 failed".
  if (!ok && report !== undefined && counts.failed === 0) counts.failed = 1;
  return { name, ok: ok && counts.failed === 0, seconds, note: note || (counts.note ?? ''), counts };
}

/** @param {string} path @param {Stage['report']} kind @returns {Promise<Counts>} */
async function readCounts(path, kind) {
  if (kind === undefined) return { passed: 0, failed: 0 };
  try {
    const report = JSON.parse(await readFile(path, 'utf8'));
    if (kind === 'counts') return report;
    return { passed: report.numPassedTests, failed: report.numFailedTests };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

/** @param {readonly string[]} names @returns {Stage[] | undefined} */
function chooseStages(names) {
  const unknown = names.filter((name) => !STAGES.some((stage) => stage.name === name));
  if (unknown.length === 0) return names.length === 0 ? STAGES : STAGES.filter(({ name }) => names.includes(name));
  console.error(`No such stage: ${unknown.join(', ')}. Stages: ${STAGES.map(({ name }) => name).join(', ')}.`);
  return undefined;
}

/** @param {readonly Outcome[]} outcomes */
function printTable(outcomes) {
  const total = { passed: 0, failed: 0 };
  console.log('\nstage          result     time   passed  failed');
  for (const { name, ok, seconds, note, counts } of outcomes) {
    total.passed += counts.passed;
    total.failed += counts.failed;
    const numbers = `${String(counts.passed || '').padStart(7)} ${String(counts.failed || '').padStart(7)}`;
    console.log(
      `${name.padEnd(14)} ${ok ? 'ok    ' : 'FAILED'} ${seconds.toFixed(1).padStart(7)} s ${numbers}  ${note}`.trimEnd(),
    );
  }
  const seconds = outcomes.reduce((sum, outcome) => sum + outcome.seconds, 0);
  console.log(`${'all'.padEnd(14)} ${' '.repeat(6)} ${seconds.toFixed(1).padStart(7)} s\n`);
  // CI reads this line: it must stay alone, and last.
  console.log(`${total.passed} passed, ${total.failed} failed`);
}

async function main() {
  const stages = chooseStages(process.argv.slice(2));
  if (stages === undefined) return 2;
  try {
    await ensureBuilt();
  } catch (error) {
    if (!(error instanceof PreparationError)) throw error;
    console.error(`${error.output}\n${error.message}`);
    return 1;
  }
  await mkdir(REPORTS, { recursive: true });
  const outcomes = [];
  for (const stage of stages) outcomes.push(await runStage(stage));
  printTable(outcomes);
  return outcomes.every(({ ok }) => ok) ? 0 : 1;
}

process.exitCode = await main();
