// Runs the tests of one vitest project for the stages that prepare what those tests need.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runInGroup } from './child-process.mjs';
import { ROOT } from './ensure-built.mjs';

const REPORTS = join(ROOT, 'reports');
const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');

const reportOf = (/** @type {string} */ project) => join(REPORTS, `${project}-vitest.json`);

/** @typedef {{ passed: number, failed: number, note?: string }} Counts */

/**
 * @param {string} project
 * @param {{ env: NodeJS.ProcessEnv, timeoutMs: number, args?: readonly string[] }} options `args` go to vitest
 * @returns {Promise<Counts>} also written by vitest, test by test, to `reports/<project>-vitest.json`
 */
export async function runProject(project, { env, timeoutMs, args = [] }) {
  const report = reportOf(project);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const run = await runInGroup(process.execPath, [VITEST, 'run', '--project', project, ...reporters, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    timeoutMs,
    onOutput: (chunk) => process.stdout.write(chunk),
  });
  const found = JSON.parse(await readFile(report, 'utf8').catch(() => '{}'));
  const counts = { passed: found.numPassedTests ?? 0, failed: found.numFailedTests ?? 0 };
  // A run that failed without a failing test (a file that does not load, a dead process) must not count as good.
  if (run.code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

/**
 * Says what was not run. On a developer's machine the rest still counts; where the verdict is given, nothing may be left
 * out.
 *
 * @param {string} what @param {string} missing @param {string} note
 * @returns {Counts}
 */
export function notRun(what, missing, note) {
  console.error(`Not run: ${what}, because ${missing}`);
  return { passed: 0, failed: process.env['CI'] === 'true' ? 1 : 0, note: `not run: ${note}` };
}

/**
 * Runs a stage, prints its counts and leaves them in `reports/<name>.json`.
 *
 * @param {string} name @param {() => Promise<Counts>} work
 */
export async function runStage(name, work) {
  await mkdir(REPORTS, { recursive: true });
  // What an earlier run left must not speak for one that did not come so far.
  await rm(reportOf(name), { force: true });
  const counts = await work();
  await writeFile(join(REPORTS, `${name}.json`), JSON.stringify(counts));
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = counts.failed > 0 ? 1 : 0;
}
