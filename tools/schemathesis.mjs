// Requests generated from the served OpenAPI document, valid and invalid, against a real server: no 5xx, and nothing
// that the document does not say. Before that, a server with a known fault shows that the check finds faults.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInGroup } from './child-process.mjs';
import { ROOT } from './ensure-built.mjs';
import { installSchemathesis } from './schemathesis-install.mjs';
import { seedCapsules, withServedApi, writeConfiguration } from './served-api.mjs';

const SERVER = join(ROOT, 'apps', 'cli', 'bin', 'forge.mjs');
const FAULTY = join(ROOT, 'tools', 'fixtures', 'faulty-server.mjs');
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
];
const SEED = process.env['SCHEMATHESIS_SEED'] ?? '20260117';
/** Requests for each operation and phase: about two minutes over all operations. */
const EXAMPLES = process.env['SCHEMATHESIS_EXAMPLES'] ?? '25';
const LIMIT_MS = 210_000;
/** Switching maintenance on makes every other write a 503, as documented; it gets a server to itself. */
const MAINTENANCE = '/v2/system/maintenance';

/** @typedef {{ passed: number, failed: number }} Counts operations, plus one for the sequences of requests */

/**
 * @param {string} program Schemathesis
 * @param {import('./served-api.mjs').ServedApi} api
 * @param {readonly string[]} selection further arguments
 * @param {(chunk: Buffer) => void} onOutput
 * @returns {Promise<Counts>}
 */
async function examine(program, api, selection, onOutput) {
  const folder = await mkdtemp(join(tmpdir(), 'schemathesis-'));
  try {
    const configuration = join(folder, 'schemathesis.toml');
    await writeConfiguration(configuration, await seedCapsules(api));
    const junit = join(folder, 'junit.xml');
    const run = await runInGroup(
      program,
      [
        ...['--config-file', configuration, 'run', `${api.url}/openapi.json`],
        ...['--header', `Authorization: Bearer ${api.token}`, '--checks', CHECKS.join(',')],
        ...['--max-examples', EXAMPLES, '--seed', SEED, '--generation-database', 'none', '--request-timeout', '20'],
        ...['--continue-on-failure', '--no-color', '--report', 'junit', '--report-junit-path', junit, ...selection],
      ],
      { cwd: folder, timeoutMs: LIMIT_MS, onOutput },
    );
    const counts = await readCounts(junit);
    if (run.timedOut) console.error(`Schemathesis was ended after ${LIMIT_MS / 1000} s.`);
    if (api.hasEnded()) console.error('The server ended during the run.');
    // A run that failed without a failing operation (an unreadable document, a dead server) must not count as good.
    if ((run.code !== 0 || api.hasEnded()) && counts.failed === 0) counts.failed = 1;
    return counts;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {string} path JUnit report @returns {Promise<Counts>} */
async function readCounts(path) {
  const text = await readFile(path, 'utf8').catch(() => '');
  const root = /<testsuites[^>]*>/.exec(text)?.[0] ?? '';
  const number = (/** @type {string} */ name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(root)?.[1] ?? 0);
  const failed = number('failures') + number('errors');
  return { passed: number('tests') - failed - number('skipped'), failed };
}

/** @param {string} program */
async function proveItFindsFaults(program) {
  let output = '';
  const gather = (/** @type {Buffer} */ chunk) => void (output += chunk.toString());
  const phases = ['--phases', 'fuzzing'];
  const faulty = await withServedApi(FAULTY, {}, (api) => examine(program, api, phases, gather));
  if (faulty.failed === 0 || !output.includes('Server error')) {
    throw new Error(`Schemathesis did not find the fault of the faulty server:\n${output}`);
  }
  output = '';
  const sound = await withServedApi(FAULTY, { FAULT: 'none' }, (api) => examine(program, api, phases, gather));
  if (sound.failed > 0) throw new Error(`Schemathesis blamed a server without fault:\n${output}`);
  console.log('The faulty server was found out, and the same server without its fault was not.');
}

/** @param {string} program @returns {Promise<Counts>} */
async function examineServer(program) {
  const print = (/** @type {Buffer} */ chunk) => void process.stdout.write(chunk);
  const total = { passed: 0, failed: 0 };
  for (const selection of [
    ['--exclude-path', MAINTENANCE],
    ['--include-path', MAINTENANCE, '--phases', 'examples,coverage,fuzzing'],
  ]) {
    await withServedApi(SERVER, {}, async (api) => {
      const counts = await examine(program, api, selection, print);
      total.passed += counts.passed;
      total.failed += counts.failed;
      if (counts.failed > 0) console.error(`The server's own words:\n${api.log().slice(-20_000)}`);
    });
  }
  return total;
}

/** @returns {Promise<Counts & { note?: string }>} */
async function main() {
  const installed = await installSchemathesis();
  if ('missing' in installed) {
    console.error(`Not run: generated requests against the served OpenAPI document, because ${installed.missing}`);
    // On a developer's machine without Python the rest still counts; where the verdict is given, nothing may be left out.
    return { passed: 0, failed: process.env['CI'] === 'true' ? 1 : 0, note: 'not run: Schemathesis is not there' };
  }
  await proveItFindsFaults(installed.program);
  if (!existsSync(SERVER)) throw new Error('apps/cli/bin/forge.mjs is not there.');
  return examineServer(installed.program);
}

const counts = await main();
await mkdir(join(ROOT, 'reports'), { recursive: true });
await writeFile(join(ROOT, 'reports', 'schemathesis.json'), JSON.stringify(counts));
console.log(`${counts.passed} operations passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 ? 1 : 0;
