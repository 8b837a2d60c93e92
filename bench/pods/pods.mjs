/**
 * Two pods against one over the same Neo4j and Redis, reading and writing over HTTP at once; then what it costs when one of
 * the two is killed: clients send what was not answered to the other one, under the same idempotency key.
 *
 *   node bench/pods/pods.mjs [--present 2000] [--corpus DIR] [--seconds 8] [--rounds 3] [--clients 8]
 *
 * Pods, Neo4j and Redis share the machine. Overlays are off: they are measured by themselves.
 */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { prepareNeo4j, startNeo4j } from '../../tools/neo4j-server.mjs';
import { startRedis } from '../../tools/redis-server.mjs';
import { caller } from '../http/caller.mjs';
import { runForge, startServer } from '../shared/forge-process.mjs';
import { median, percentiles } from '../shared/percentiles.mjs';
import { queriesOf } from '../shared/queries.mjs';
import { figure, saveResult } from '../shared/results.mjs';
import { withTemporaryFolder } from '../shared/temporary-folder.mjs';
import { DEFAULT_CORPUS, textSource } from '../shared/texts.mjs';

const { values: args } = parseArgs({
  options: {
    present: { type: 'string', default: '2000' },
    corpus: { type: 'string', default: DEFAULT_CORPUS },
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '3' },
    clients: { type: 'string', default: '8' },
  },
});
const [PRESENT, SECONDS, ROUNDS, CLIENTS] = [args.present, args.seconds, args.rounds, args.clients].map(Number);
const SIZE = 2_048;
const BATCH = 50;
/** Of five requests, one writes. */
const WRITE_EVERY = 5;
/** Seconds of load before the kill, and after it. */
const [BEFORE, AFTER] = [4, 8];
/** A request that no pod takes is sent again so often, so many milliseconds later. */
const [TRIES, PAUSE] = [50, 50];

const source = textSource(args.corpus);
const prepared = await prepareNeo4j();
if ('missing' in prepared) throw new Error(prepared.missing);
const database = await startNeo4j(prepared.java, { inService: true });
const redis = await startRedis();
try {
  await withTemporaryFolder('pods', measure);
} finally {
  await redis.remove();
  await database.remove();
}

async function measure(folder) {
  const settings = { FORGE_STORE: database.url, FORGE_REDIS: redis.url, FORGE_OVERLAYS: 'off' };
  const first = await startServer(join(folder, 'first'), settings);
  // Both sign with the same key.
  const shared = { ...settings, FORGE_LEDGER_KEY: await ledgerKey(join(folder, 'first')) };
  const second = await startServer(join(folder, 'second'), shared);
  const pods = [first, second].map(({ url, token }) => caller(url, token));
  const queries = await fill(pods[0]);
  const one = [];
  const two = [];
  await load(pods, queries, 3);
  for (let round = 0; round < ROUNDS; round++) {
    one.push(await load([pods[0]], queries, SECONDS));
    two.push(await load(pods, queries, SECONDS));
  }
  const struck = await strike(pods, queries, second);
  const kept = await look(pods[0], [...one, ...two, struck]);
  for (const pod of pods) pod.close();
  await first.stop();
  const { body: verdict } = await runForge(['verify'], join(folder, 'first'), settings);
  report({ one, two, struck, kept, verified: verdict.ok });
}

function report({ one, two, struck, kept, verified }) {
  const middle = (rounds, pick) => median(rounds.map(pick));
  saveResult({
    bench: 'pods',
    setup: {
      present: PRESENT,
      clients: CLIENTS,
      seconds: SECONDS,
      rounds: ROUNDS,
      text: source.kind,
      writes: '1 in 5',
    },
    besideIs: 'one pod',
    figures: [
      figure('two pods: requests', '/s', middle(two, rate), { beside: middle(one, rate) }),
      figure(
        'two pods: p50',
        'ms',
        middle(two, (x) => x.latency.p50),
        { beside: middle(one, (x) => x.latency.p50) },
      ),
      figure(
        'two pods: p95',
        'ms',
        middle(two, (x) => x.latency.p95),
        { beside: middle(one, (x) => x.latency.p95) },
      ),
      figure('pod killed: attempts that failed', '', struck.failedAttempts),
      figure('pod killed: requests never answered', '', struck.lost, { atMost: 0 }),
      figure('pod killed: longest time without an answer', 'ms', struck.longestGap),
      figure('pod killed: p95 in the seconds after', 'ms', struck.after.p95, { beside: struck.before.p95 }),
      figure('acknowledged writes that are missing', '', kept.missing, { atMost: 0 }),
      figure('writes that are there twice', '', kept.doubled, { atMost: 0 }),
      figure('forge verify at the end', '', verified ? 1 : 0, { atLeast: 1 }),
    ],
    details: { one, two, struck: { ...struck, written: struck.written.length } },
  });
}

function rate({ requests, elapsed }) {
  return requests / elapsed;
}

async function ledgerKey(dataDir) {
  return (await readFile(join(dataDir, 'ledger.key'), 'utf8')).trim();
}

async function fill(pod) {
  const contents = Array.from({ length: PRESENT }, () => source.next(SIZE));
  for (let i = 0; i < PRESENT; i += BATCH) {
    const items = contents.slice(i, i + BATCH).map((content, j) => ({ ...capsule(`present ${i + j}`), content }));
    await pod.call('POST', '/v2/capsules/batch', { items });
  }
  return Object.values(queriesOf(contents, 40)).flat();
}

function capsule(title) {
  return { title, content: source.next(SIZE), type: 'knowledge', collection: 'bench/pods' };
}

/** Clients take turns with the pods; one request at a time each. */
async function load(pods, queries, seconds, onAnswer = () => undefined) {
  const state = { latencies: [], written: [], failedAttempts: 0, lost: 0 };
  const started = performance.now();
  const end = started + seconds * 1_000;
  let turn = 0;
  const client = async () => {
    while (performance.now() < end) {
      const n = turn++;
      const began = performance.now();
      const answered = await send(pods, n, queries, state);
      if (answered) state.latencies.push(performance.now() - began);
      else state.lost++;
      onAnswer(performance.now(), performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  const elapsed = (performance.now() - started) / 1_000;
  const { latencies, ...rest } = state;
  return { ...rest, requests: latencies.length, elapsed, latency: percentiles(latencies) };
}

async function send(pods, n, queries, state) {
  const key = randomUUID();
  const writes = n % WRITE_EVERY === 0;
  const body = writes ? { ...capsule(key), key } : null;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const pod = pods[(n + attempt) % pods.length];
    try {
      if (writes) {
        await pod.call('POST', '/v2/capsules', body, { 'idempotency-key': key });
        state.written.push(key);
      } else {
        const query = encodeURIComponent(queries[n % queries.length]);
        await pod.call('GET', `/v2/capsules/search?limit=10&q=${query}`);
      }
      return true;
    } catch {
      state.failedAttempts++;
      if (attempt > 0) await sleep(PAUSE);
    }
  }
  return false;
}

/** Kills a pod under load. */
async function strike(pods, queries, victim) {
  const answers = [];
  const loading = load(pods, queries, BEFORE + AFTER, (at, ms) => answers.push({ at, ms }));
  await sleep(BEFORE * 1_000);
  const struckAt = performance.now();
  await victim.kill();
  const { written, failedAttempts, lost } = await loading;
  const times = answers.map(({ at }) => at).sort((a, b) => a - b);
  const gaps = times.slice(1).map((at, i) => at - times[i]);
  const of = (list) => percentiles(list.map(({ ms }) => ms));
  return {
    written,
    failedAttempts,
    lost,
    longestGap: Math.max(...gaps),
    before: of(answers.filter(({ at }) => at < struckAt)),
    after: of(answers.filter(({ at }) => at >= struckAt)),
  };
}

/** Every write that was acknowledged, by the key it was given and by the title, which says the same and could be there twice. */
async function look(pod, loads) {
  const times = new Map();
  let cursor = null;
  do {
    const more = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = JSON.parse((await pod.call('GET', `/v2/capsules?limit=500&collection=bench/pods${more}`)).text);
    for (const { title } of page.items) times.set(title, (times.get(title) ?? 0) + 1);
    cursor = page.next_cursor;
  } while (cursor !== null);
  const written = loads.flatMap((one) => one.written);
  return {
    written: written.length,
    missing: written.filter((key) => !times.has(key)).length,
    doubled: [...times.values()].filter((count) => count > 1).length,
  };
}
