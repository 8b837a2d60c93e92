// Schemathesis comes from PyPI into a folder of the clone; nothing of the machine's Python is changed.
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runInGroup } from './child-process.mjs';
import { ROOT } from './ensure-built.mjs';
import { withLock } from './lock-directory.mjs';

const VERSION = '4.32.5';
const HOME = join(ROOT, '.cache', 'schemathesis');
const PROGRAMS = join(HOME, 'venv', process.platform === 'win32' ? 'Scripts' : 'bin');
const PROGRAM = join(PROGRAMS, process.platform === 'win32' ? 'schemathesis.exe' : 'schemathesis');
// A virtual environment holds absolute paths, so one that was moved with its clone is made anew.
const STAMP = `${VERSION} ${HOME}`;

/**
 * @returns {Promise<{ program: string } | { missing: string }>} the program's path, or why there is none
 */
export async function installSchemathesis() {
  await mkdir(HOME, { recursive: true });
  return withLock(join(HOME, 'install.lock'), async () => {
    const stamp = await readFile(join(HOME, 'installed'), 'utf8').catch(() => '');
    if (stamp === STAMP && (await exists(PROGRAM))) return { program: PROGRAM };
    console.log(`Installing Schemathesis ${VERSION} …`);
    await rm(join(HOME, 'venv'), { recursive: true, force: true });
    const pip = join(PROGRAMS, process.platform === 'win32' ? 'python.exe' : 'python');
    const missing =
      (await attempt('python3', ['-m', 'venv', join(HOME, 'venv')])) ??
      (await attempt(pip, [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--disable-pip-version-check',
        `schemathesis==${VERSION}`,
      ]));
    if (missing !== undefined) return { missing };
    await writeFile(join(HOME, 'installed'), STAMP);
    return { program: PROGRAM };
  });
}

/** @param {string} command @param {readonly string[]} args @returns {Promise<string | undefined>} what went wrong */
async function attempt(command, args) {
  try {
    const { code, output } = await runInGroup(command, args, { cwd: ROOT, timeoutMs: 180_000 });
    return code === 0 ? undefined : `\`${command} ${args.join(' ')}\` ended with ${code}:\n${output.trim()}`;
  } catch (error) {
    return `\`${command}\` cannot be started: ${error instanceof Error ? error.message : error}`;
  }
}

/** @param {string} path */
const exists = (path) =>
  access(path).then(
    () => true,
    () => false,
  );
