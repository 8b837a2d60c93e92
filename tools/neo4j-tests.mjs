// The tests that need a Neo4j server. Its artefacts come from Maven Central into a folder of the clone when these tests
// run; two servers start on free ports, because the community edition has one database for each.
import { randomBytes } from 'node:crypto';
import { prepareNeo4j, startNeo4j } from './neo4j-server.mjs';
import { notRun, runProject, runStage } from './run-project.mjs';

const TESTS_MS = 900_000;
/** The second server asks for it, so that being refused can be tried too. */
const PASSWORD = randomBytes(12).toString('hex');

/** @param {string} java @returns {Promise<import('./run-project.mjs').Counts>} */
async function runTests(java) {
  const started = await Promise.allSettled([startNeo4j(java), startNeo4j(java, { password: PASSWORD })]);
  const servers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  try {
    for (const one of started) if (one.status === 'rejected') throw one.reason;
    const env = { FORGE_TEST_NEO4J: servers.map(({ address }) => address).join(), FORGE_TEST_JAVA: java };
    const args = ['--no-file-parallelism', ...process.argv.slice(2)];
    return await runProject('neo4j', { env, timeoutMs: TESTS_MS, args });
  } finally {
    await Promise.all(servers.map((server) => server.remove()));
  }
}

await runStage('neo4j', async () => {
  const prepared = await prepareNeo4j();
  if ('java' in prepared) return runTests(prepared.java);
  return notRun('the tests of the Neo4j engine', prepared.missing, 'no Neo4j server can be started');
});
