/**
 * Two pods against one over the same Neo4j and Redis, reading and writing over HTTP at once; then what it costs when the one
 * that holds the lease on embedding is killed under load, again and again.
 *
 *   node bench/pods/pods.mjs [--present 3000] [--corpus DIR] [--seconds 6] [--rounds 5] [--kills 3] [--clients 8]
 *
 * Pods are `forge serve` processes. Pods, Neo4j, Redis and clients share the machine. Overlays are off: they are measured
 * by themselves.
 */
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
import { clientsOf } from './clients.mjs';
import { leaseOf } from './lease.mjs';

const { values: args } = parseArgs({
  options: {
    present: { type: 'string', default: '3000' },
    corpus: { type: 'string', default: DEFAULT_CORPUS },
    seconds: { type: 'string', default: '6' },
    rounds: { type: 'string', default: '5' },
    kills: { type: 'string', default: '3' },
    clients: { type: 'string', default: '8' },
  },
});
const [PRESENT, SECONDS, ROUNDS, KILLS, CLIENTS] = [
  args.present,
  args.seconds,
  args.rounds,
  args.kills,
  args.clients,
].map(Number);
if (KILLS < 1 || ROUNDS < 1) throw new Error('--kills and --rounds must be 1 or more');
const SIZE = 2_048;
const BATCH = 50;
/** Until the database has compiled what it runs again and again. Seconds. */
const WARM_UP = 15;
/** Seconds of load before a kill, and after it: longer than a lease lasts. */
const [BEFORE, AFTER] = [4, 20];
/** Milliseconds after a kill that count as its aftermath. */
const AFTERMATH = 5_000;

const source = textSource(args.corpus);
const prepared = await prepareNeo4j();
if ('missing' in prepared) throw new Error(prepared.missing);
const database = await startNeo4j(prepared.java, { inService: true });
const redis = await startRedis();
const lease = leaseOf(database.url);
const running = new Set();
try {
  await withTemporaryFolder('pods', measure);
} finally {
  for (const pod of running) await pod.kill();
  await lease.close();
  await redis.remove();
  await database.remove();
}

async function measure(folder) {
  const settings = { FORGE_STORE: database.url, FORGE_REDIS: redis.url, FORGE_OVERLAYS: 'off' };
  const start = async (name) => {
    const server = await startServer(join(folder, name), settings);
    running.add(server);
    return { name, ...server, ...caller(server.url, server.token) };
  };
  let first = await start('first');
  // All sign with the same key.
  settings.FORGE_LEDGER_KEY = (await readFile(join(folder, 'first', 'ledger.key'), 'utf8')).trim();
  const work = await fill(first);
  // Known to be the first one's name, as it is alone.
  let known = { pod: first, holder: (await lease.passedFrom(null)).holder };
  let second = await start('second');
  const written = [];
  const load = async (pods, seconds) => {
    const result = await clientsOf(pods, CLIENTS, seconds, work);
    written.push(...result.written);
    return result;
  };

  await load([first, second], WARM_UP);
  const rounds = { one: [], two: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const turns = [
      ['one', [first]],
      ['two', [first, second]],
    ];
    // Whoever comes second finds more capsules.
    for (const [side, pods] of round % 2 === 0 ? turns : turns.reverse()) {
      rounds[side].push(roundOf(await load(pods, SECONDS)));
    }
  }
  const strikes = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const pods = [first, second];
    const loading = load(pods, BEFORE + AFTER);
    await sleep(BEFORE * 1_000);
    const { holder } = await lease.passedFrom(null);
    const victim = (holder === known.holder) === (known.pod === first) ? 0 : 1;
    const struckAt = performance.now();
    const dead = pods[victim].kill();
    const taken = await lease.passedFrom(holder);
    await dead;
    strikes.push(strikeOf(await loading, { struckAt, takenAt: taken.at, survivor: 1 - victim }));
    known = { pod: pods[1 - victim], holder: taken.holder };
    pods[victim].close();
    const risen = await start(pods[victim].name);
    [first, second] = victim === 0 ? [risen, second] : [first, risen];
  }
  const kept = await look(second, written);
  const { outbox, embeddings } = await settled(second);
  for (const pod of [first, second]) {
    pod.close();
    await pod.stop();
  }
  const { body } = await runForge(['verify'], join(folder, 'first'), settings);
  report({ rounds, strikes, kept, left: outbox.pending + embeddings.lag, findings: body.findings.length, ok: body.ok });
}

async function fill(pod) {
  const contents = Array.from({ length: PRESENT }, () => source.next(SIZE));
  const ids = [];
  for (let at = 0; at < PRESENT; at += BATCH) {
    const items = contents.slice(at, at + BATCH).map((content, i) => ({ ...note(`Present ${at + i}`), content }));
    const { text } = await pod.call('POST', '/v2/capsules/batch', { items });
    for (const { capsule } of JSON.parse(text).items) ids.push(capsule.id);
  }
  return { ids, note, queries: Object.values(queriesOf(contents, 40)).flat() };
}

function note(title) {
  return { title, content: source.next(SIZE), type: 'knowledge', collection: 'bench/pods' };
}

function roundOf({ answers, elapsed, refusals, cutOff, unanswered }) {
  const failed = refusals.length + cutOff + unanswered;
  if (failed > 0) throw new Error(`${failed} requests failed while all pods were up: ${refusals[0]}`);
  return { rate: answers.length / elapsed, ...percentiles(answers.map(({ ms }) => ms)) };
}

function strikeOf({ answers, cutOff, refusals, unanswered }, { struckAt, takenAt, survivor }) {
  const by = answers.filter(({ pod, at }) => pod === survivor && at >= struckAt).map(({ at }) => at);
  const times = [struckAt, ...by.sort((a, b) => a - b)];
  const between = (from, to) => percentiles(answers.filter(({ at }) => at >= from && at < to).map(({ ms }) => ms));
  return {
    cutOff,
    refusals,
    unanswered,
    longestGap: Math.max(...times.slice(1).map((at, i) => at - times[i])),
    before: between(0, struckAt),
    after: between(struckAt, struckAt + AFTERMATH),
    takenAfter: (takenAt - struckAt) / 1_000,
  };
}

/** Every acknowledged write, by its title, which nothing but its idempotency key keeps from being there twice. */
async function look(pod, written) {
  const times = new Map();
  for (let cursor = null, more = true; more; more = cursor !== null) {
    const from = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = JSON.parse((await pod.call('GET', `/v2/capsules?limit=500&collection=bench/pods${from}`)).text);
    for (const { title } of page.items) times.set(title, (times.get(title) ?? 0) + 1);
    cursor = page.next_cursor;
  }
  if (times.size < PRESENT) throw new Error(`only ${times.size} capsules are listed`);
  return {
    written: written.length,
    missing: written.filter((title) => !times.has(title)).length,
    doubled: [...times.values()].filter((count) => count > 1).length,
  };
}

/** Health once promised work and embedding are done, or after half a minute as it is then. */
async function settled(pod) {
  for (let tries = 0; ; tries++) {
    const health = JSON.parse((await pod.call('GET', '/v2/system/health')).text);
    if (tries === 60 || health.outbox.pending + health.embeddings.lag === 0) return health;
    await sleep(500);
  }
}

function report({ rounds: { one, two }, strikes, kept, left, findings, ok }) {
  const middle = (list, pick) => median(list.map(pick));
  const worst = (pick) => Math.max(...strikes.map(pick));
  const sum = (pick) => strikes.reduce((total, strike) => total + pick(strike), 0);
  const beside = (pick) => ({ beside: middle(one, pick) });
  saveResult({
    bench: 'pods',
    setup: {
      ...{ present: PRESENT, text: source.kind, clients: CLIENTS, mixed: '3 searches, 1 read, 1 create' },
      ...{ seconds: SECONDS, rounds: ROUNDS, kills: KILLS },
    },
    besideIs: 'one pod',
    figures: [
      figure(
        'two pods: requests',
        '/s',
        middle(two, ({ rate }) => rate),
        beside(({ rate }) => rate),
      ),
      figure(
        'two pods: p50',
        'ms',
        middle(two, ({ p50 }) => p50),
        beside(({ p50 }) => p50),
      ),
      figure(
        'two pods: p95',
        'ms',
        middle(two, ({ p95 }) => p95),
        beside(({ p95 }) => p95),
      ),
      figure(
        'a kill: connections that failed, at most',
        '',
        worst(({ cutOff }) => cutOff),
      ),
      figure(
        'a kill: longest time without an answer of the other pod, worst',
        'ms',
        worst(({ longestGap }) => longestGap),
      ),
      figure(
        'a kill: p95 in the 4 s before, median',
        'ms',
        middle(strikes, ({ before }) => before.p95),
      ),
      figure(
        'a kill: p95 in the 5 s after, median',
        'ms',
        middle(strikes, ({ after }) => after.p95),
      ),
      figure(
        'a kill: until its lease went over, worst',
        's',
        worst(({ takenAfter }) => takenAfter),
      ),
      figure(
        'requests never answered, all kills',
        '',
        sum(({ unanswered }) => unanswered),
        { atMost: 0 },
      ),
      figure(
        'requests answered with an error, all kills',
        '',
        sum(({ refusals }) => refusals.length),
        { atMost: 0 },
      ),
      figure('acknowledged writes', '', kept.written),
      figure('acknowledged writes that are missing', '', kept.missing, { atMost: 0 }),
      figure('writes that are there twice', '', kept.doubled, { atMost: 0 }),
      figure('promised work left over', '', left, { atMost: 0 }),
      figure('findings of forge verify', '', ok ? findings : Math.max(1, findings), { atMost: 0 }),
    ],
    details: { one, two, strikes },
  });
}
