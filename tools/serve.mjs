import { join } from 'node:path';
import { runInForeground } from './child-process.mjs';
import { ensureBuilt, PreparationError, ROOT } from './ensure-built.mjs';

/**
 * Prepares the clone and runs the server in the foreground until it ends.
 *
 * @param {readonly string[]} args passed on to `forge serve`
 * @returns {Promise<number>} the server's exit code, or 1 when the clone could not be prepared
 */
export async function installBuildAndServe(args) {
  try {
    await ensureBuilt();
  } catch (error) {
    if (!(error instanceof PreparationError)) throw error;
    console.error(`${error.output}\n${error.message}`);
    return 1;
  }
  return runInForeground(process.execPath, [join(ROOT, 'apps', 'cli', 'bin', 'forge.mjs'), 'serve', ...args], {
    cwd: process.cwd(),
  });
}
