// The tests that need the ONNX runtime. It weighs more than everything else together, so it is not part of the install:
// it comes from the npm registry into a folder of the clone when these tests run.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runInGroup } from './child-process.mjs';
import { ROOT } from './ensure-built.mjs';
import { withLock } from './lock-directory.mjs';
import { notRun, runProject, runStage } from './run-project.mjs';

const PACKAGES = ['onnxruntime-node@1.30.0', '@huggingface/tokenizers@0.2.0'];
const HOME = join(ROOT, '.cache', 'onnx');
const STAMP = join(HOME, 'installed');
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

await runStage('onnx', async () => {
  const missing = await installRuntime();
  if (missing === undefined) return runProject('onnx', { env: { FORGE_ONNX_RUNTIME: HOME }, timeoutMs: TESTS_MS });
  return notRun('the tests of local ONNX models', missing, 'the ONNX runtime is not there');
});
