// What the servers that tests start have in common.
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const STOP_MS = 20_000;

/** @returns {Promise<number>} a port that was free a moment ago */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(() => resolve(undefined)));
  return port;
}

/**
 * Ends a process and its group; by force when it takes long.
 *
 * @param {import('node:child_process').ChildProcess} child @param {NodeJS.Signals} signal
 */
export async function endGroup(child, signal) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', () => resolve(true)));
  signalGroup(child.pid, signal);
  if ((await Promise.race([gone, delay(STOP_MS, false)])) === true) return;
  signalGroup(child.pid, 'SIGKILL');
  await gone;
}

/** @param {number} pid @param {NodeJS.Signals} signal */
function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // It ended by itself.
  }
}
