/**
 * From arguments to an exit code: 0 done, 1 failed, 2 not understood.
 * @module
 */
import type { WireErrorCode } from '@forge-cascade/api';
import { CommanderError } from 'commander';
import type { Readable } from 'node:stream';
import { painter } from './output/paint.js';
import { createTerminal, type Terminal } from './output/terminal.js';
import { watchOutput } from './output/watch-output.js';
import { createProgram } from './program.js';
import { CommandFailure } from './usage-error.js';

export interface Process {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

export async function runCli(argv: readonly string[], io: Process): Promise<number> {
  const terminal = createTerminal(io.stdout, io.stderr, io.env);
  const output = watchOutput(io.stdout);
  // Where complaints cannot be written there is nowhere to complain about it.
  io.stderr.on('error', () => undefined);
  const code = await run(argv, io, terminal);
  const fault = await output.fault();
  if (code !== 0 || fault === null) return code;
  return complain(new CommandFailure(`The output could not be written (${fault}).`), terminal, false);
}

async function run(argv: readonly string[], io: Process, terminal: Terminal): Promise<number> {
  const outcome = { code: 0 };
  try {
    await createProgram({ env: io.env, stdin: io.stdin, terminal, outcome }).parseAsync([...argv], { from: 'user' });
    return outcome.code;
  } catch (error) {
    const json = argv.includes('--json');
    if (!(error instanceof CommanderError)) return complain(error, terminal, json);
    if (error.exitCode === 0) return 0;
    // It has been said on standard error already; help that was shown instead is no problem to speak of.
    if (json && error.code !== 'commander.help') {
      terminal.out(
        `${JSON.stringify(await localProblem('INVALID_INPUT', error.message.replace(/^error: /, ''), null))}\n`,
      );
    }
    return 2;
  }
}

async function complain(error: unknown, terminal: Terminal, json: boolean): Promise<number> {
  const { explainError } = await import('./output/explain-error.js');
  const { exitCode, message, hint, problem, code } = explainError(error);
  const paint = painter(terminal.errorColour);
  if (json) terminal.out(`${JSON.stringify(problem ?? (await localProblem(code, message, hint)))}\n`);
  terminal.err(`${paint('red', 'error:')} ${message}\n`);
  if (hint !== null) terminal.err(`${hint}\n`);
  return exitCode;
}

/** What failed here and not in the API, in the form of the API's problems; no request has it for its `instance`. */
async function localProblem(code: WireErrorCode, detail: string, hint: string | null): Promise<object> {
  const { ERRORS, problemType } = await import('@forge-cascade/api');
  return { type: problemType(code), ...ERRORS[code], detail, code, ...(hint === null ? {} : { hint }) };
}
