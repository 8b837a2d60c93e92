// A Redis server for tests: the system's `redis-server`, on a free port of the loopback, keeping nothing.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runInGroup } from './child-process.mjs';
import { ROOT } from './ensure-built.mjs';
import { endGroup, freePort } from './test-server.mjs';

/** Oldest release with every command that is used. */
const OLDEST = [6, 2];
const BOOT_MS = 20_000;

/** @returns {Promise<string | undefined>} why no server can be started; undefined when one can */
export async function missingRedis() {
  /** @type {string} */
  let output;
  try {
    ({ output } = await runInGroup('redis-server', ['--version'], { cwd: ROOT, timeoutMs: 10_000 }));
  } catch {
    return 'there is no redis-server on the PATH';
  }
  const [, major = 0, minor = 0] = /v=(\d+)\.(\d+)/.exec(output) ?? [];
  const [oldMajor = 0, oldMinor = 0] = OLDEST;
  const usable = Number(major) > oldMajor || (Number(major) === oldMajor && Number(minor) >= oldMinor);
  return usable ? undefined : `redis-server is older than ${OLDEST.join('.')}`;
}

/**
 * A running server.
 *
 * @typedef {object} RedisServer
 * @property {string} url without the password
 * @property {string} address with it
 * @property {(signal: NodeJS.Signals) => void} signal
 * @property {(signal?: NodeJS.Signals) => Promise<void>} stop
 * @property {() => Promise<void>} start starts it again on the same port, empty
 * @property {() => Promise<void>} remove stops it for good
 */

/**
 * @param {{ password?: string }} [options] without a password nobody is asked
 * @returns {Promise<RedisServer>}
 */
export async function startRedis({ password } = {}) {
  const home = await mkdtemp(join(tmpdir(), 'forge-redis-'));
  const port = await freePort();
  const args = ['--bind', '127.0.0.1', '--port', String(port), '--dir', home, '--save', '', '--appendonly', 'no'];
  if (password !== undefined) args.push('--requirepass', password);
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  const server = {
    url: `redis://127.0.0.1:${port}`,
    address: `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`,
    start: async () => {
      child = spawn('redis-server', args, { cwd: home, stdio: 'ignore', detached: true });
      await answers(port, child);
    },
    signal: (/** @type {NodeJS.Signals} */ signal) => void child?.kill(signal),
    stop: async (/** @type {NodeJS.Signals} */ signal = 'SIGTERM') => {
      if (child !== undefined) await endGroup(child, signal);
      child = undefined;
    },
    remove: async () => {
      await server.stop('SIGKILL');
      await rm(home, { recursive: true, force: true });
    },
  };
  try {
    await server.start();
  } catch (error) {
    await server.remove();
    throw error;
  }
  return server;
}

/** @param {number} port @param {import('node:child_process').ChildProcess} child */
async function answers(port, child) {
  for (const until = Date.now() + BOOT_MS; Date.now() < until; await delay(20)) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    if (await answersPing(port)) return;
  }
  throw new Error('The Redis server did not come up.');
}

/** Any answer will do: one that asks for a password is up as well. @param {number} port @returns {Promise<boolean>} */
function answersPing(port) {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' }, () => socket.write('PING\r\n'));
    socket.once('data', (data) => (resolve(!data.toString().startsWith('-LOADING')), socket.destroy()));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
