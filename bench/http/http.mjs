/**
 * Searching, reading and writing over HTTP, with the server in a process of its own, by one client and by eight at
 * once; beside a bare fastify route that answers a body of the same size.
 *
 *   node bench/http/http.mjs [--present 6000] [--corpus DIR] [--times 1000] [--rounds 3]
 */
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startServer } from '../shared/forge-process.mjs';
import { medianOf, percentiles } from '../shared/percentiles.mjs';
import { queriesOf } from '../shared/queries.mjs';
import { figure, saveResult } from '../shared/results.mjs';
import { withTemporaryFolder } from '../shared/temporary-folder.mjs';
import { DEFAULT_CORPUS, textSource } from '../shared/texts.mjs';
import { caller, callsBy } from './caller.mjs';
import { sectionsOf } from './sections.mjs';

const { values: args } = parseArgs({
  options: {
    present: { type: 'string', default: '6000' },
    corpus: { type: 'string', default: DEFAULT_CORPUS },
    times: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
  },
});
const PRESENT = Number(args.present);
const TIMES = Number(args.times);
const ROUNDS = Number(args.rounds);
const BATCH = 50;
const CLIENTS = 8;

await withTemporaryFolder('http', async (folder) => {
  const server = await startServer(join(folder, 'data'));
  const bare = await startBare();
  const forge = caller(server.url, server.token);
  const constant = caller(bare.url);
  try {
    await measure(forge, constant, bare);
  } finally {
    forge.close();
    constant.close();
    await bare.stop();
    await server.stop();
  }
});

async function measure(forge, constant, bare) {
  const source = textSource(args.corpus);
  const items = documents(source);
  const ids = await fill(forge, items);
  const queries = Object.values(
    queriesOf(
      items.map(({ content }) => content),
      40,
    ),
  ).flat();
  const paths = queries.map((query) => `/v2/capsules/search?limit=10&q=${encodeURIComponent(query)}`);
  bare.answer((await forge.call('GET', paths[0])).text);

  let written = 0;
  const kinds = {
    search: (i) => forge.call('GET', paths[i % paths.length]),
    'read a capsule': (i) => forge.call('GET', `/v2/capsules/${ids[(i * 7_919) % ids.length]}`),
    'write a capsule': () =>
      forge.call('POST', '/v2/capsules', {
        type: 'knowledge',
        title: `Note ${written++}`,
        content: source.next(2_048),
      }),
    'bare route': () => constant.call('GET', '/constant'),
  };
  const rounds = [];
  for (const one of Object.values(kinds)) await callsBy(1, Math.min(200, TIMES), one);
  for (let round = 0; round < ROUNDS; round++) {
    const result = {};
    for (const [kind, one] of Object.entries(kinds)) {
      result[kind] = {
        alone: percentiles(await callsBy(1, TIMES, one)),
        together: percentiles(await callsBy(CLIENTS, TIMES, one)),
      };
    }
    rounds.push(result);
  }
  report(source, rounds, ids.length);
}

function documents(source) {
  const sections = source.kind === 'given' && existsSync(args.corpus) ? sectionsOf(args.corpus, PRESENT) : [];
  // A small corpus is topped up with windows of its text.
  while (sections.length < PRESENT) {
    const content = source.next(2_048);
    sections.push({ title: content.slice(0, 60).trim(), content });
  }
  return sections;
}

async function fill(forge, items) {
  const started = performance.now();
  const ids = [];
  for (let at = 0; at < items.length; at += BATCH) {
    const batch = items.slice(at, at + BATCH).map((item) => ({ ...item, type: 'knowledge', collection: 'bench/http' }));
    const { text } = await forge.call('POST', '/v2/capsules/batch', { items: batch });
    for (const { capsule } of JSON.parse(text).items) ids.push(capsule.id);
  }
  const seconds = (performance.now() - started) / 1_000;
  console.log(`${ids.length} capsules sent in ${seconds.toFixed(1)} s (${Math.round(ids.length / seconds)}/s)`);
  while (JSON.parse((await forge.call('GET', '/v2/system/health')).text).search_lag > 0) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return ids;
}

async function startBare() {
  const child = fork(new URL('./bare-server.mjs', import.meta.url));
  const url = await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('error', reject);
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return {
    url,
    answer: (body) => child.send(body),
    stop: () => {
      child.send('close');
      return ended;
    },
  };
}

function report(source, rounds, present) {
  const of = (kind, how) => medianOf(rounds.map((round) => round[kind][how]));
  const asked = { search: [5, 15] };
  const figures = Object.entries({ alone: 'one client', together: `${CLIENTS} at once` }).flatMap(([how, named]) =>
    ['search', 'read a capsule', 'write a capsule'].flatMap((kind) => {
      const { p50, p95 } = of(kind, how);
      const bare = of('bare route', how);
      const [most50 = null, most95 = null] = asked[kind] ?? [];
      return [
        figure(`${kind}, ${named}: p50`, 'ms', p50, { atMost: most50, beside: bare.p50 }),
        figure(`${kind}, ${named}: p95`, 'ms', p95, { atMost: most95, beside: bare.p95 }),
      ];
    }),
  );
  saveResult({
    bench: 'http',
    setup: { present, text: source.kind, times: TIMES, rounds: ROUNDS },
    besideIs: 'bare fastify route',
    figures,
    details: { rounds },
  });
}
