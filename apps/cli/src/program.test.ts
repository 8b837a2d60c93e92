import type { Command } from 'commander';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createTerminal } from './output/terminal.js';
import { createProgram } from './program.js';
import { runCli } from './run-cli.js';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const [stdout, stderr, stdin] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end();
  const code = await runCli(args, { env, stdin, stdout: stdout as never, stderr: stderr as never });
  return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}

/** Every command's words, such as `capsule get`. */
function commandsOf(command: Command, above: readonly string[] = []): string[][] {
  return command.commands.flatMap((one) => [[...above, one.name()], ...commandsOf(one, [...above, one.name()])]);
}

const sink = new PassThrough() as never;
const program = createProgram({
  env: {},
  stdin: new PassThrough(),
  terminal: createTerminal(sink, sink, {}),
  outcome: { code: 0 },
});
const COMMANDS = commandsOf(program);

describe('help', () => {
  it('[CLI-2] is there for everything the product offers', () => {
    const leaves = COMMANDS.map((words) => words.join(' ')).sort();
    expect(leaves).toEqual(
      [
        ...['ask', 'audit', 'cascade', 'eval', 'import', 'lineage', 'search', 'serve', 'similar', 'status', 'verify'],
        ...['capsule', 'model', 'overlay', 'store'],
        ...['add', 'list', 'remove'].map((name) => `model ${name}`),
        ...['build', 'disable', 'enable', 'init', 'inspect', 'install', 'list', 'replay', 'run', 'test'].map(
          (name) => `overlay ${name}`,
        ),
        ...['check', 'migrate'].map((name) => `store ${name}`),
        ...[
          'archive',
          'create',
          'fork',
          'get',
          'history',
          'quarantine',
          'retract',
          'revert',
          'trust',
          'unarchive',
          'update',
        ].map((name) => `capsule ${name}`),
      ].sort(),
    );
  });

  it.each(COMMANDS.map((words) => words.join(' ')))('[CLI-2] explains %s and each of its options', async (words) => {
    const { code, out, err } = await run([...words.split(' '), '--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`Usage: forge ${words}`);
    const command = words
      .split(' ')
      .reduce<Command>((at, name) => at.commands.find((one) => one.name() === name) ?? at, program);
    expect(command.description()).not.toBe('');
    for (const option of command.options) {
      expect(option.description).not.toBe('');
      expect(out).toContain(option.flags);
    }
  });
});

describe('what is not understood', () => {
  it.each([
    [['no-such-command']],
    [['capsule', 'no-such-command']],
    [['status', '--no-such-option']],
    [['status', 'excess']],
    [['lineage']],
    [['lineage', 'x', '--format', 'svg']],
    [['lineage', 'x', '--depth', '-1']],
    [['search', 'x', '--limit', 'many']],
    [['capsule', 'trust', 'x', '--level', '80']],
    [['capsule', 'trust', 'x', '--level', '80', '--signal', 'helpful']],
    [['capsule', 'quarantine', 'x']],
    [['capsule', 'retract', 'x', '--reason', ' ']],
    [['capsule', 'trust', 'x', '--signal', 'helpful', '--evidence', '[1]']],
    [['status', '--url', 'http://127.0.0.1:1', '--data', 'd']],
    [['status', '--url', 'ftp://example.org']],
  ])('[CLI-1] ends with 2 and a message on standard error: %j', async (args) => {
    const { code, out, err } = await run(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^error: /);
    expect(err).not.toMatch(/ {4}at /);
  });
});

describe('settings', () => {
  it('[CLI-10] names a setting that cannot be used, never its value', async () => {
    const { code, err } = await run(['status'], { FORGE_URL: 'secret-value' });
    expect(code).toBe(2);
    expect(err).toContain('FORGE_URL');
    expect(err).not.toContain('secret-value');
  });
});
