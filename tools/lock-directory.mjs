// A lock made of one directory, because mkdir is atomic everywhere and needs no package. Written in plain Node: it runs
// before anything is installed.
import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 250;
const HEARTBEAT_MS = 5_000;
/** A holder on another host (or in another container) cannot be probed by pid; silence for this long means it is gone. */
const SILENT_MS = 60_000;

/** @param {unknown} error @param {string} code */
const hasCode = (error, code) => error instanceof Error && 'code' in error && error.code === code;

/**
 * Runs `work` while holding the lock at `path`, waiting for another holder and taking over from one that died.
 *
 * @template T
 * @param {string} path directory that stands for the lock; its parent is made when missing
 * @param {() => Promise<T>} work
 * @param {(holder: string) => void} [onWait] called once when someone else holds the lock
 * @returns {Promise<T>}
 */
export async function withLock(path, work, onWait = () => {}) {
  await mkdir(dirname(path), { recursive: true });
  let waited = false;
  while (!(await tryAcquire(path))) {
    if (await isStale(path)) {
      await removeStale(path);
      continue;
    }
    if (!waited) {
      waited = true;
      onWait((await readOwner(path)) ?? 'another process');
    }
    await delay(POLL_MS);
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, HEARTBEAT_MS);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await rm(path, { recursive: true, force: true });
  }
}

/** @param {string} path */
async function tryAcquire(path) {
  try {
    await mkdir(path);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
  await writeFile(join(path, 'owner'), `${process.pid} ${hostname()}`);
  return true;
}

/** @param {string} path */
async function readOwner(path) {
  try {
    const [pid] = (await readFile(join(path, 'owner'), 'utf8')).split(' ');
    return `process ${pid}`;
  } catch {
    return undefined;
  }
}

/** @param {string} path */
async function isStale(path) {
  try {
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > SILENT_MS) return true;
    const [pid, host] = (await readFile(join(path, 'owner'), 'utf8')).split(' ');
    if (host !== hostname()) return false;
    return !isAlive(Number(pid));
  } catch {
    // Gone already, or its owner has not been written yet: look again.
    return false;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

/**
 * Two waiters may both judge a lock stale. The second must not remove the lock that the first has just made anew, so
 * removal happens under a lock of its own, after looking again.
 *
 * @param {string} path
 */
async function removeStale(path) {
  const takeover = `${path}.takeover`;
  try {
    await mkdir(takeover);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    const made = await stat(takeover).catch(() => undefined);
    if (made !== undefined && Date.now() - made.mtimeMs > SILENT_MS)
      await rm(takeover, { recursive: true, force: true });
    await delay(POLL_MS);
    return;
  }
  try {
    if (await isStale(path)) await rm(path, { recursive: true, force: true });
  } finally {
    await rm(takeover, { recursive: true, force: true });
  }
}
