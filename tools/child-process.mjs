// Starting other programs from the tools, so that signals, leftovers and exit codes are treated in one way.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

const PARENT_POLL_MS = 250;

/** @typedef {{ code: number, seconds: number, timedOut: boolean, output: string }} Finished */

/** @param {number | null} code @param {NodeJS.Signals | null} signal */
const exitCode = (code, signal) => code ?? 128 + (signal === null ? 1 : constants.signals[signal]);

/**
 * Runs a command in a process group of its own, without stdin. When it has exited, whatever it left running in that
 * group is ended, so a forgotten server neither keeps a pipe open nor outlives the run.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, timeoutMs?: number, onOutput?: (chunk: Buffer) => void }} options
 *   without `onOutput` everything printed is gathered into `output`
 * @returns {Promise<Finished>}
 */
export async function runInGroup(command, args, { cwd, env = process.env, timeoutMs, onOutput }) {
  const started = performance.now();
  let output = '';
  let timedOut = false;
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const gather = onOutput ?? ((/** @type {Buffer} */ chunk) => (output += chunk.toString()));
  child.stdout.on('data', gather);
  child.stderr.on('data', gather);
  const stop = (/** @type {NodeJS.Signals} */ signal) => signalGroup(child.pid, signal);
  /** @type {number | undefined} */
  let interrupted;
  const forward = (/** @type {NodeJS.Signals} */ signal) => {
    stop(signal);
    const code = (interrupted = 128 + constants.signals[signal]);
    // Not unref'd: the group must not outlive this process, however slowly it ends.
    setTimeout(() => {
      stop('SIGKILL');
      process.exit(code);
    }, 3_000);
  };
  const closed = new Promise((resolve) => child.once('close', resolve));
  const forget = whenToldToEnd(['SIGINT', 'SIGTERM'], forward);
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          stop('SIGTERM');
          setTimeout(() => stop('SIGKILL'), 5_000).unref();
        }, timeoutMs);
  try {
    const code = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (status, signal) => resolve(exitCode(status, signal)));
    });
    // Output still open after the exit belongs to something that was left running.
    if ((await Promise.race([closed, delay(500, 'open')])) === 'open') {
      stop('SIGTERM');
      if ((await Promise.race([closed, delay(2_000, 'open')])) === 'open') {
        stop('SIGKILL');
        child.stdout.destroy();
        child.stderr.destroy();
      }
    } else {
      stop('SIGTERM');
    }
    if (interrupted !== undefined) {
      stop('SIGKILL');
      process.exit(interrupted);
    }
    return { code: timedOut && code === 0 ? 1 : code, seconds: (performance.now() - started) / 1000, timedOut, output };
  } finally {
    clearTimeout(timer);
    forget();
  }
}

/**
 * Calls `listener` on each of the signals, and with SIGTERM when npm has gone: npm runs its scripts in a shell, hands a
 * signal to that shell alone, and the shell dies without a word to what it runs.
 *
 * @param {readonly NodeJS.Signals[]} signals
 * @param {(signal: NodeJS.Signals) => void} listener
 * @returns {() => void} ends the listening
 */
function whenToldToEnd(signals, listener) {
  const heard = (/** @type {NodeJS.Signals} */ signal) => {
    // Ctrl-C ends npm's shell as well, and its end must not be taken for a second order.
    clearInterval(watch);
    listener(signal);
  };
  for (const signal of signals) process.on(signal, heard);
  const shell = process.ppid;
  const underNpm = process.env['npm_lifecycle_event'] !== undefined;
  const watch = setInterval(() => {
    if (underNpm && process.ppid !== shell) heard('SIGTERM');
  }, PARENT_POLL_MS);
  watch.unref();
  return () => {
    clearInterval(watch);
    for (const signal of signals) process.off(signal, heard);
  };
}

/** @param {number | undefined} pid @param {NodeJS.Signals} signal */
function signalGroup(pid, signal) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in the group.
  }
}

/**
 * Runs a command in the foreground with this process's own terminal and resolves to its exit code.
 *
 * SIGTERM and SIGHUP are passed on once. SIGINT is passed on once too, unless it came from a terminal: the terminal has
 * already sent it to the whole foreground group, and a second one would tell the child to stop being graceful.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<number>}
 */
export function runInForeground(command, args, { cwd, env = process.env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: 'inherit' });
    /** @type {Set<NodeJS.Signals>} */
    const passedOn = new Set();
    const forward = (/** @type {NodeJS.Signals} */ signal) => {
      if (passedOn.has(signal) || (signal === 'SIGINT' && process.stdin.isTTY)) return;
      passedOn.add(signal);
      child.kill(signal);
    };
    whenToldToEnd(['SIGINT', 'SIGTERM', 'SIGHUP'], forward);
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(exitCode(code, signal)));
  });
}
