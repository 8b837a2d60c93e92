// A Neo4j server for tests, without Docker: the artefacts of the community edition come from Maven Central into a folder
// of the clone, and run on Java 17 over a temporary data folder on a free port of the loopback.
import { spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runInGroup } from './child-process.mjs';
import { ROOT } from './ensure-built.mjs';
import { withLock } from './lock-directory.mjs';
import { endGroup, freePort } from './test-server.mjs';

export const NEO4J_VERSION = '5.26.30';
const HOME = join(ROOT, '.cache', 'neo4j');
const JARS = join(HOME, 'lib');
const STAMP = join(HOME, 'fetched');
const FETCH_MS = 240_000;
const BOOT_MS = 90_000;

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>neo4j-server-for-tests</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.neo4j.app</groupId><artifactId>neo4j-server</artifactId><version>${NEO4J_VERSION}</version></dependency>
    <dependency><groupId>org.neo4j</groupId><artifactId>neo4j</artifactId><version>${NEO4J_VERSION}</version></dependency>
  </dependencies>
</project>
`;

// What the server's own start script opens; without it parts of the server fail late and obscurely.
const JVM = [
  '-XX:+UseG1GC',
  '-XX:-OmitStackTraceInFastThrow',
  '-XX:+DisableExplicitGC',
  '-Dio.netty.tryReflectionSetAccessible=true',
  '-Dlog4j2.disable.jmx=true',
  '-Dfile.encoding=UTF-8',
  ...['java.nio', 'java.io', 'sun.nio.ch', 'java.util.concurrent', 'java.lang'].map(
    (name) => `--add-opens=java.base/${name}=ALL-UNNAMED`,
  ),
  '--add-modules=jdk.incubator.vector',
];

/** Tests end before the second compiler would have paid; a server in service, and a bench, has it. */
const QUICK_START = '-XX:TieredStopAtLevel=1';

/** @param {string} command @param {string[]} args */
async function outputOf(command, args) {
  try {
    const { code, output } = await runInGroup(command, args, { cwd: ROOT, timeoutMs: 30_000 });
    return code === 0 ? output : '';
  } catch {
    return '';
  }
}

/** @returns {Promise<string | undefined>} a Java 17 to run, as a command */
async function findJava() {
  const candidates = [
    ...(process.env['JAVA_HOME'] ? [join(process.env['JAVA_HOME'], 'bin', 'java')] : []),
    'java',
    ...(await readdir('/usr/lib/jvm').catch(() => [])).map((name) => join('/usr/lib/jvm', name, 'bin', 'java')),
  ];
  for (const java of candidates) {
    if (/version "(17|21)\b/.test(await outputOf(java, ['-version']))) return java;
  }
  return undefined;
}

/**
 * Makes sure that the server's artefacts are there.
 *
 * @returns {Promise<{ java: string } | { missing: string }>}
 */
export async function prepareNeo4j() {
  const java = await findJava();
  if (java === undefined) return { missing: 'there is no Java 17 or 21 (set JAVA_HOME, or put java on the PATH)' };
  await mkdir(HOME, { recursive: true });
  const missing = await withLock(join(HOME, 'fetch.lock'), fetchArtefacts);
  return missing === undefined ? { java } : { missing };
}

/** @returns {Promise<string | undefined>} why the artefacts are not there */
async function fetchArtefacts() {
  if ((await readFile(STAMP, 'utf8').catch(() => '')) === NEO4J_VERSION) return undefined;
  console.log(`Fetching Neo4j ${NEO4J_VERSION} …`);
  await rm(JARS, { recursive: true, force: true });
  await writeFile(join(HOME, 'pom.xml'), POM);
  const args = [
    ...['-B', '-q', '-f', join(HOME, 'pom.xml')],
    'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies',
    ...['-DincludeScope=runtime', `-DoutputDirectory=${JARS}`],
  ];
  const maven = process.platform === 'win32' ? 'mvn.cmd' : 'mvn';
  try {
    const { code, output } = await runInGroup(maven, args, { cwd: HOME, timeoutMs: FETCH_MS });
    if (code !== 0) return `Maven ended with ${code}:\n${output.trim().slice(-2_000)}`;
  } catch (error) {
    return `Maven cannot be started: ${error instanceof Error ? error.message : error}`;
  }
  await writeFile(STAMP, NEO4J_VERSION);
  return undefined;
}

/** @param {string} home @param {number} port @param {boolean} auth @param {boolean} readOnly @returns {string} */
const configuration = (home, port, auth, readOnly) => `server.default_listen_address=127.0.0.1
server.bolt.enabled=true
server.bolt.listen_address=127.0.0.1:${port}
server.bolt.advertised_address=127.0.0.1:${port}
server.http.enabled=false
server.https.enabled=false
server.memory.pagecache.size=96m
server.directories.data=${join(home, 'data')}
server.directories.logs=${join(home, 'logs')}
dbms.security.auth_enabled=${auth}
db.tx_log.preallocate=false
db.tx_log.rotation.retention_policy=1 files
dbms.usage_report.enabled=false
server.databases.default_to_read_only=${readOnly}
`;

/**
 * A running server.
 *
 * @typedef {object} Neo4jServer
 * @property {string} url
 * @property {string} address the URL with user and password where they are asked for
 * @property {number} port
 * @property {(signal?: NodeJS.Signals) => Promise<void>} stop ends the process; the data stay
 * @property {() => Promise<void>} start starts it again on the same port and data
 * @property {() => Promise<void>} remove stops it and removes its data
 */

/**
 * Starts a server on an empty store.
 *
 * @param {string} java from {@link prepareNeo4j}
 * @param {{ password?: string, readOnly?: boolean, inService?: boolean }} [options] with a password its user is `neo4j`;
 *   without one nobody is asked; read-only, it takes no writes; in service, it starts slower and runs as fast as it can
 * @returns {Promise<Neo4jServer>}
 */
export async function startNeo4j(java, { password, readOnly = false, inService = false } = {}) {
  const home = await mkdtemp(join(tmpdir(), 'forge-neo4j-'));
  await Promise.all(['conf', 'logs', 'data'].map((name) => mkdir(join(home, name))));
  const port = await freePort();
  await writeFile(join(home, 'conf', 'neo4j.conf'), configuration(home, port, password !== undefined, false));
  const common = ['-cp', [join(JARS, '*')].join(delimiter), ...JVM, ...(inService ? [] : [QUICK_START])];
  if (password !== undefined) {
    const args = [...common, '-Xmx256m', 'org.neo4j.cli.AdminTool', 'dbms', 'set-initial-password', password];
    const env = { ...process.env, NEO4J_HOME: home, NEO4J_CONF: join(home, 'conf') };
    const { code, output } = await runInGroup(java, args, { cwd: home, env, timeoutMs: BOOT_MS });
    if (code !== 0) throw new Error(`The password of the Neo4j server cannot be set:\n${output.slice(-2_000)}`);
  }
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  const server = {
    url: `bolt://127.0.0.1:${port}`,
    address: `bolt://${password === undefined ? '' : `neo4j:${password}@`}127.0.0.1:${port}`,
    port,
    start: async () => {
      const log = openSync(join(home, 'logs', 'console.log'), 'a');
      const heap = inService ? '1g' : '512m';
      const args = [...common, `-Xms${heap}`, `-Xmx${heap}`, 'org.neo4j.server.CommunityEntryPoint'];
      child = spawn(java, [...args, `--home-dir=${home}`, `--config-dir=${join(home, 'conf')}`], {
        cwd: home,
        stdio: ['ignore', log, log],
        detached: true,
      });
      await answers(port, child, join(home, 'logs', 'console.log'));
    },
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
    if (readOnly) {
      // A database is made by its first start, which must be let.
      await server.stop();
      await writeFile(join(home, 'conf', 'neo4j.conf'), configuration(home, port, password !== undefined, true));
      await server.start();
    }
  } catch (error) {
    await server.remove();
    throw error;
  }
  return server;
}

/** @param {number} port @param {import('node:child_process').ChildProcess} child @param {string} log */
async function answers(port, child, log) {
  for (const until = Date.now() + BOOT_MS; Date.now() < until; await delay(100)) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    if (await connects(port)) return;
  }
  await endGroup(child, 'SIGKILL');
  const output = existsSync(log) ? (await readFile(log, 'utf8')).slice(-3_000) : '';
  throw new Error(`The Neo4j server did not come up:\n${output}`);
}

/** @param {number} port @returns {Promise<boolean>} */
function connects(port) {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve((socket.destroy(), true)));
    socket.once('error', () => resolve(false));
  });
}
