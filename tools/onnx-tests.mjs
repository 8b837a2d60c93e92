// The tests that need the ONNX runtime. It weighs more than everything else together, so it is not part of the install:
// it comes from the npm registry into a folder of the clone when these tests run.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runInGroup } from './child-process.mjs';
import { ROOT } from './ensure-built.mjs';
import { withLock } from './lock-directory.mjs';

const PACKAGES = ['onnxruntime-node@1.30.0', '@huggingface/tokenizers@0.2.0'];
const HOME = join(ROOT, '.cache', 'onnx');
const STAMP = join(HOME, 'installed');
const REPORT = join(ROOT, 'reports', 'onnx-vitest.json');
const INSTALL_MS = 240_000;
const TESTS_MS = 180_000;

/** @returns {Promise<string | undefined>} why the runtime is not there */
async function installRuntime() {
  await mkdir(HOME, { recursive: true });
  return withLock(join(HOME, 'install.lock'), async () => {
    const wanted = PACKAGES.join(' ');
    const whole = existsSync(join(HOME, 'node_modules', 'onnxruntime-node', 'package.json'));
    if (whole && (await readFile(STAMP, 'utf8').catch(() => '')) === wanted) return undefined;
    console.log(`Installing ${wanted} …`);
    await rm(STAMP, { force: true });
    await writeFile(join(HOME, 'package.json'), '{ "private": true }\n');
    // Its install script only fetches parts for graphics cards, from elsewhere.
    const args = [
      'install',
      '--no-save',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      ...PACKAGES,
    ];
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    try {
      const { code, output } = await runInGroup(npm, args, { cwd: HOME, timeoutMs: INSTALL_MS });
      if (code !== 0) return `\`npm ${args.join(' ')}\` ended with ${code}:\n${output.trim()}`;
    } catch (error) {
      return `npm cannot be started: ${error instanceof Error ? error.message : error}`;
    }
    await writeFile(STAMP, wanted);
    return undefined;
  });
}

/** @returns {Promise<{ passed: number, failed: number }>} */
async function runTests() {
  await rm(REPORT, { force: true });
  const args = ['run', '--project', 'onnx', '--reporter=default', '--reporter=json', `--outputFile.json=${REPORT}`];
  const run = await runInGroup(process.execPath, [join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), ...args], {
    cwd: ROOT,
    env: { ...process.env, FORGE_ONNX_RUNTIME: HOME },
    timeoutMs: TESTS_MS,
    onOutput: (chunk) => process.stdout.write(chunk),
  });
  const report = JSON.parse(await readFile(REPORT, 'utf8').catch(() => '{}'));
  const counts = { passed: report.numPassedTests ?? 0, failed: report.numFailedTests ?? 0 };
  // A run that failed without a failing test (a file that does not load, a dead process) must not count as good.
  if (run.code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

async function main() {
  const missing = await installRuntime();
  if (missing === undefined) return runTests();
  console.error(`Not run: the tests of local ONNX models, because ${missing}`);
  // On a developer's machine without a network the rest still counts; where the verdict is given, nothing may be left out.
  return { passed: 0, failed: process.env['CI'] === 'true' ? 1 : 0, note: 'not run: the ONNX runtime is not there' };
}

await mkdir(join(ROOT, 'reports'), { recursive: true });
const counts = await main();
await writeFile(join(ROOT, 'reports', 'onnx.json'), JSON.stringify(counts));
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 ? 1 : 0;
