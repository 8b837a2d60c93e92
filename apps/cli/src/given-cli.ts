/**
 * The command line as its own process, and a folder to use it in, for tests.
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What `forge` runs. */
export const PROGRAM = fileURLToPath(new URL('../bin/forge.mjs', import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
}

export class GivenCli {
  private constructor(readonly folder: string) {}

  static async make(): Promise<GivenCli> {
    return new GivenCli(await mkdtemp(join(tmpdir(), 'forge-cli-')));
  }

  async end(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  get data(): string {
    return join(this.folder, 'data');
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(this.path(name)), { recursive: true });
      await writeFile(this.path(name), text);
    }
  }

  /** Starts `forge …` on this folder's data; the caller waits for its end. */
  spawn(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('FORGE_'));
    return spawn(process.execPath, [PROGRAM, ...args], {
      cwd: this.folder,
      env: {
        ...Object.fromEntries(inherited),
        FORGE_DATA: this.data,
        FORGE_HOST: '127.0.0.1',
        FORGE_PORT: '0',
        ...env,
      },
      stdio: 'pipe',
    });
  }

  async run(args: readonly string[], { env = {}, stdin = '' }: CliOptions = {}): Promise<CliResult> {
    const child = this.spawn(args, env);
    let out = '';
    let err = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text));
    // A command that does not read its input may have ended before it is written.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(stdin);
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, out, err };
  }

  /** The body that a command prints with `--json`. @throws when it fails. */
  async json<T>(args: readonly string[], schema: { parse(value: unknown): T }, options?: CliOptions): Promise<T> {
    const { code, out, err } = await this.run([...args, '--json'], options);
    if (code !== 0) throw new Error(`forge ${args.join(' ')} ended with ${code}: ${err}`);
    return schema.parse(JSON.parse(out));
  }
}

/** Waits until `child` has printed `pattern`. @throws when it ends before. */
export async function printed(child: ChildProcess, pattern: RegExp): Promise<string> {
  let text = '';
  return new Promise((found, missed) => {
    const look = (chunk: Buffer): void => {
      text += chunk.toString();
      if (pattern.test(text)) found(text);
    };
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    child.on('close', () => missed(new Error(`ended without ${String(pattern)}: ${text}`)));
  });
}

/** Ends a process that {@link GivenCli.spawn} started. */
export async function stopped(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}
