// Brings a clone to the point where it can run: packages installed, sources compiled. Plain Node, because it runs first.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInGroup } from './child-process.mjs';
import { withLock } from './lock-directory.mjs';

/** The clone's root folder. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

const INSTALL_STAMP = 'node_modules/.forge-install';
const BUILD_STAMP = 'node_modules/.forge-build';
const PROGRESS_MS = 10_000;

/** A step of preparation failed; `output` is all that the failed program printed. */
export class PreparationError extends Error {
  /** @param {string} message @param {string} output */
  constructor(message, output) {
    super(message);
    this.output = output;
  }
}

/**
 * Installs and builds what is missing or out of date, and does nothing (in milliseconds) when nothing is.
 *
 * @param {{ root?: string, say?: (line: string) => void }} [options]
 * @returns {Promise<void>}
 * @throws {PreparationError} when npm or the compiler fails
 */
export async function ensureBuilt({ root = ROOT, say = console.log } = {}) {
  if ((await isInstalled(root)) && (await isBuilt(root))) return;
  await withLock(
    join(root, '.cache', 'prepare.lock'),
    async () => {
      // Looked at again: whoever held the lock before may have done the work.
      if (!(await isInstalled(root))) await install(root, say);
      if (!(await isBuilt(root))) await build(root, say);
    },
    (holder) => say(`Waiting for ${holder}, which is installing or building in this folder …`),
  );
}

/** @param {string} root */
async function isInstalled(root) {
  const lock = await readFile(join(root, 'package-lock.json'), 'utf8');
  const digest = sha256(lock);
  if ((await readStamp(root, INSTALL_STAMP)) === digest) return true;
  // Somebody who ran `npm install` by hand has a good tree without our stamp; wiping it would be rude and slow.
  if (!(await matchesNpmRecord(root, lock))) return false;
  await writeFile(join(root, INSTALL_STAMP), digest);
  return true;
}

/**
 * Compares package-lock.json with the record npm leaves in node_modules at the end of a complete install.
 *
 * @param {string} root
 * @param {string} lock
 */
async function matchesNpmRecord(root, lock) {
  /** @type {Record<string, { version?: string, optional?: boolean, devOptional?: boolean }>} */
  const wanted = JSON.parse(lock).packages ?? {};
  let record;
  try {
    record = JSON.parse(await readFile(join(root, 'node_modules', '.package-lock.json'), 'utf8')).packages ?? {};
  } catch {
    return false;
  }
  const modules = Object.entries(wanted).filter(([path]) => path.includes('node_modules/'));
  const complete = modules.every(([path, { version, optional, devOptional }]) => {
    const found = record[path];
    if (found === undefined) return optional === true || devOptional === true;
    return found.version === version && existsSync(join(root, path));
  });
  return complete && Object.keys(record).every((path) => path in wanted);
}

/** @param {string} root @param {(line: string) => void} say */
async function install(root, say) {
  const lock = await readFile(join(root, 'package-lock.json'), 'utf8');
  // NODE_ENV=production would leave out the compiler.
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  // npm names itself to the scripts it runs; that one is certain to exist and needs no shell on any platform.
  const npm = process.env['npm_execpath'];
  const viaNode = npm !== undefined && /npm-cli\.[cm]?js$/.test(npm);
  await step('Installing packages (npm ci)', say, () =>
    viaNode
      ? runInGroup(process.execPath, [npm, ...args], { cwd: root })
      : runInGroup(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, { cwd: root }),
  );
  await writeFile(join(root, INSTALL_STAMP), sha256(lock));
}

/** @param {string} root */
async function isBuilt(root) {
  if ((await readStamp(root, BUILD_STAMP)) !== (await sourceFingerprint(root))) return false;
  const modules = (await overlays(root)).every((folder) => existsSync(join(folder, 'build', 'capabilities.json')));
  return modules && (await workspaces(root)).every((folder) => existsSync(join(folder, 'dist', 'index.js')));
}

/** @param {string} root @param {(line: string) => void} say */
async function build(root, say) {
  // Taken before compiling, so that a file saved meanwhile makes the next run build again.
  const fingerprint = await sourceFingerprint(root);
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await step('Building (tsc -b)', say, () => runInGroup(process.execPath, [compiler, '-b'], { cwd: root }));
  if ((await overlays(root)).length > 0) {
    const builder = join(root, 'tools', 'build-overlays.mjs');
    await step('Building overlays', say, () => runInGroup(process.execPath, [builder], { cwd: root }));
  }
  await mkdir(dirname(join(root, BUILD_STAMP)), { recursive: true });
  await writeFile(join(root, BUILD_STAMP), fingerprint);
}

/**
 * @param {string} title
 * @param {(line: string) => void} say
 * @param {() => ReturnType<typeof runInGroup>} work
 */
async function step(title, say, work) {
  say(`${title} …`);
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 1000);
  const progress = setInterval(() => say(`  still at it (${seconds()} s)`), PROGRESS_MS);
  try {
    const { code, output } = await work();
    if (code !== 0) throw new PreparationError(`${title} failed with exit code ${code}.`, output);
    say(`  done in ${seconds()} s`);
  } finally {
    clearInterval(progress);
  }
}

/** The workspace folders that are compiled by `tsc -b`. @param {string} root @returns {Promise<string[]>} */
async function workspaces(root) {
  const { references = [] } = JSON.parse(await readFile(join(root, 'tsconfig.json'), 'utf8'));
  return references.map((/** @type {{ path: string }} */ { path }) => join(root, path));
}

/** The folders of overlays, which the SDK builds. @param {string} root @returns {Promise<string[]>} */
async function overlays(root) {
  const names = await readdir(join(root, 'overlays')).catch(() => []);
  return names
    .map((name) => join(root, 'overlays', name))
    .filter((folder) => existsSync(join(folder, 'manifest.json')));
}

/** A digest of name, size and time of everything the build reads. @param {string} root */
async function sourceFingerprint(root) {
  const files = ['package-lock.json', 'tsconfig.json', 'tsconfig.base.json'].map((name) => join(root, name));
  for (const folder of await workspaces(root)) {
    files.push(join(folder, 'package.json'), join(folder, 'tsconfig.json'));
    files.push(...(await sources(join(folder, 'src'))));
  }
  const guests = await overlays(root);
  if (guests.length > 0) files.push(...(await sources(join(root, 'packages', 'overlay-sdk', 'guest'))));
  for (const folder of guests) {
    files.push(join(folder, 'manifest.json'), ...(await sources(join(folder, 'assembly'))));
  }
  const lines = await Promise.all(
    files.sort().map(async (file) => {
      const { mtimeMs, size } = await stat(file);
      return `${relative(root, file)} ${size} ${mtimeMs}`;
    }),
  );
  return sha256(lines.join('\n'));
}

/** @param {string} folder @returns {Promise<string[]>} */
async function sources(folder) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** @param {string} root @param {string} name */
async function readStamp(root, name) {
  return readFile(join(root, name), 'utf8').catch(() => undefined);
}

/** @param {string} text */
const sha256 = (text) => createHash('sha256').update(text).digest('hex');
