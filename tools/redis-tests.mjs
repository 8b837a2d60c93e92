// The tests that need a Redis server: two are started from the system's `redis-server`, one of which asks for a password.
import { randomBytes } from 'node:crypto';
import { missingRedis, startRedis } from './redis-server.mjs';
import { notRun, runProject, runStage } from './run-project.mjs';

const TESTS_MS = 300_000;

/** @returns {Promise<import('./run-project.mjs').Counts>} */
async function runTests() {
  const password = randomBytes(12).toString('hex');
  const started = await Promise.allSettled([startRedis(), startRedis({ password })]);
  const servers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  try {
    for (const one of started) if (one.status === 'rejected') throw one.reason;
    const env = { FORGE_TEST_REDIS: servers.map(({ address }) => address).join() };
    return await runProject('redis', { env, timeoutMs: TESTS_MS, args: process.argv.slice(2) });
  } finally {
    await Promise.all(servers.map((server) => server.remove()));
  }
}

await runStage('redis', async () => {
  const missing = await missingRedis();
  if (missing === undefined) return runTests();
  return notRun('the tests of what pods share through Redis', missing, 'no Redis server can be started');
});
