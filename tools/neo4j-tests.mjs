// The tests that need a Neo4j server. Its artefacts come from Maven Central into a folder of the clone when these tests
// run; two servers start on free ports, because the community edition has one database for each.
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runInGroup } from './child-process.mjs';
import { ROOT } from './ensure-built.mjs';
import { prepareNeo4j, startNeo4j } from './neo4j-server.mjs';

const REPORTS = join(ROOT, 'reports');
const REPORT = join(REPORTS, 'neo4j-vitest.json');
const TESTS_MS = 900_000;
/** The second server asks for it, so that being refused can be tried too. */
const PASSWORD = randomBytes(12).toString('hex');

/** @param {string} java @returns {Promise<{ passed: number, failed: number }>} */
async function runTests(java) {
  await rm(REPORT, { force: true });
  const started = await Promise.allSettled([startNeo4j(java), startNeo4j(java, { password: PASSWORD })]);
  const servers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  try {
    for (const one of started) if (one.status === 'rejected') throw one.reason;
    const args = ['run', '--project', 'neo4j', '--no-file-parallelism', '--reporter=default', '--reporter=json'];
    const more = [`--outputFile.json=${REPORT}`, ...process.argv.slice(2)];
    const run = await runInGroup(
      process.execPath,
      [join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), ...args, ...more],
      {
        cwd: ROOT,
        env: { ...process.env, FORGE_TEST_NEO4J: servers.map(({ address }) => address).join(), FORGE_TEST_JAVA: java },
        timeoutMs: TESTS_MS,
        onOutput: (chunk) => process.stdout.write(chunk),
      },
    );
    const report = JSON.parse(await readFile(REPORT, 'utf8').catch(() => '{}'));
    const counts = { passed: report.numPassedTests ?? 0, failed: report.numFailedTests ?? 0 };
    // A run that failed without a failing test (a file that does not load, a dead process) must not count as good.
    if (run.code !== 0 && counts.failed === 0) counts.failed = 1;
    return counts;
  } finally {
    await Promise.all(servers.map((server) => server.remove()));
  }
}

async function main() {
  const prepared = await prepareNeo4j();
  if ('java' in prepared) return runTests(prepared.java);
  console.error(`Not run: the tests of the Neo4j engine, because ${prepared.missing}`);
  // On a developer's machine without Java the rest still counts; where the verdict is given, nothing may be left out.
  return { passed: 0, failed: process.env['CI'] === 'true' ? 1 : 0, note: 'not run: no Neo4j server can be started' };
}

await mkdir(REPORTS, { recursive: true });
const counts = await main();
await writeFile(join(REPORTS, 'neo4j.json'), JSON.stringify(counts));
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 ? 1 : 0;
