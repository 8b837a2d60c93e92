import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const TOOLS = fileURLToPath(new URL('.', import.meta.url));
const COPIED = ['start.mjs', 'serve.mjs', 'ensure-built.mjs', 'child-process.mjs', 'lock-directory.mjs'];

/** A stand-in for the compiler that keeps a diary, so that the test can count builds. */
const COMPILER = `
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
appendFileSync('diary.txt', 'built\\n');
if (readFileSync('packages/one/src/index.ts', 'utf8').includes('syntax error')) {
  console.log('index.ts(1,1): error TS1005: first line of many');
  process.exit(2);
}
mkdirSync('packages/one/dist', { recursive: true });
writeFileSync('packages/one/dist/index.js', '');
`;

/** A stand-in for the server: it says what it was told and ends with 7 when asked to. */
const SERVER = `
if (process.argv.includes('--stay')) {
  setInterval(() => {}, 1000);
  process.on('SIGTERM', () => { console.log('asked to end'); setTimeout(() => process.exit(7), 200); });
}
console.log('serving ' + JSON.stringify(process.argv.slice(2)));
`;

interface Run {
  readonly child: ChildProcess;
  readonly printed: () => string;
  readonly code: Promise<number | null>;
}

describe('npm start', () => {
  let parent: string;
  let clone: string;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'start-'));
    clone = join(parent, 'a clone with spaces');
    const manifest = {
      name: 'clone',
      version: '1.0.0',
      private: true,
      type: 'module',
      scripts: { start: 'node tools/start.mjs' },
      devDependencies: { typescript: 'file:./compiler' },
    };
    const files: Record<string, string> = {
      'package.json': JSON.stringify(manifest),
      'package-lock.json': JSON.stringify({
        name: 'clone',
        version: '1.0.0',
        lockfileVersion: 3,
        requires: true,
        packages: {
          '': { name: 'clone', version: '1.0.0', devDependencies: manifest.devDependencies },
          compiler: { name: 'typescript', version: '1.0.0', dev: true },
          'node_modules/typescript': { resolved: 'compiler', link: true },
        },
      }),
      'compiler/package.json': JSON.stringify({ name: 'typescript', version: '1.0.0', type: 'module' }),
      'compiler/bin/tsc': COMPILER,
      'tsconfig.json': JSON.stringify({ references: [{ path: 'packages/one' }] }),
      'tsconfig.base.json': '{}',
      'packages/one/package.json': '{}',
      'packages/one/tsconfig.json': '{}',
      'packages/one/src/index.ts': 'export {};',
      'apps/cli/bin/forge.mjs': SERVER,
    };
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(clone, name)), { recursive: true });
      await writeFile(join(clone, name), text);
    }
    for (const name of COPIED) await cp(join(TOOLS, name), join(clone, 'tools', name));
  });
  afterEach(() => rm(parent, { recursive: true, force: true }));

  const start = (command: string, args: readonly string[]): Run => {
    // As a user would have it who never heard of development packages.
    const env = { ...process.env, NODE_ENV: 'production' };
    const child = spawn(command, args, { cwd: clone, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    return {
      child,
      printed: () => output,
      code: new Promise((resolve) => child.once('close', (code) => resolve(code))),
    };
  };
  const direct = (...args: string[]) => start(process.execPath, ['tools/start.mjs', ...args]);
  const builds = async () => (await readFile(join(clone, 'diary.txt'), 'utf8')).split('\n').length - 1;

  it('installs, builds and serves from a fresh clone, and next time only serves', async () => {
    const first = start('npm', ['start', '--', '--data', 'my data', '--port', '0']);
    expect(await first.code).toBe(0);
    expect(first.printed()).toContain('Installing packages');
    expect(first.printed()).toContain('serving ["serve","--data","my data","--port","0"]');
    const second = start('npm', ['start']);
    expect(await second.code).toBe(0);
    expect(second.printed()).not.toContain('Installing packages');
    expect(second.printed()).toContain('serving ["serve"]');
    expect(await builds()).toBe(1);
  });

  it('builds again when a source changed, and installs again when the lock file did', async () => {
    await direct().code;
    await writeFile(join(clone, 'packages/one/src/index.ts'), 'export const changed = 1;');
    const rebuilt = direct();
    await rebuilt.code;
    expect(rebuilt.printed()).not.toContain('Installing packages');
    expect(await builds()).toBe(2);
    const lock = JSON.parse(await readFile(join(clone, 'package-lock.json'), 'utf8')) as {
      packages: { compiler: { version: string } };
    };
    const manifest = { name: 'typescript', version: '1.0.1', type: 'module' };
    await writeFile(join(clone, 'compiler/package.json'), JSON.stringify(manifest));
    lock.packages.compiler.version = '1.0.1';
    await rm(join(clone, 'node_modules/typescript'));
    await writeFile(join(clone, 'package-lock.json'), JSON.stringify(lock));
    const reinstalled = direct();
    expect(await reinstalled.code).toBe(0);
    expect(reinstalled.printed()).toContain('Installing packages');
  });

  it('installs and builds once when started twice at the same time', async () => {
    const runs = [direct('one'), direct('two')];
    expect(await Promise.all(runs.map(({ code }) => code))).toEqual([0, 0]);
    expect(runs.filter(({ printed }) => printed().includes('Installing packages'))).toHaveLength(1);
    expect(await builds()).toBe(1);
  });

  it('shows the whole error of a build that fails, and does not serve', async () => {
    await writeFile(join(clone, 'packages/one/src/index.ts'), 'syntax error');
    const run = direct();
    expect(await run.code).toBe(1);
    expect(run.printed()).toContain('error TS1005: first line of many');
    expect(run.printed()).not.toContain('serving');
  });

  const serving = (run: Run) =>
    new Promise<void>((resolve) => {
      run.child.stdout?.on('data', () => {
        if (run.printed().includes('serving')) resolve();
      });
    });

  it("passes SIGTERM on and exits with the server's code", async () => {
    const run = direct('--stay');
    await serving(run);
    // Twice, as npm and a supervisor may both send it; the server hears it once.
    run.child.kill('SIGTERM');
    run.child.kill('SIGTERM');
    expect(await run.code).toBe(7);
    expect(run.printed().match(/asked to end/g)).toHaveLength(1);
  });

  it('ends the server when npm is told to end', async () => {
    const run = start('npm', ['start', '--', '--stay']);
    await serving(run);
    run.child.kill('SIGTERM');
    // The output closes when the last process that holds it has ended.
    await run.code;
    expect(run.printed()).toContain('asked to end');
  });
});
