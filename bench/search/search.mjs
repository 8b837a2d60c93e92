/**
 * Full text through the port among very many capsules, beside SQLite FTS5 on the same texts in the same run; then how
 * long a new process needs until it answers its first search, and what the index weighs.
 *
 *   node bench/search/search.mjs [--present 100000] [--corpus DIR] [--queries 60] [--rounds 3]
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DatabaseSync } from '@photostructure/sqlite';
import { aCapsule } from '@forge-cascade/core/contract';
import { openSqliteStore } from '@forge-cascade/store-sqlite';
import { commitAll, indexed } from '../shared/capsule-requests.mjs';
import { latencies, median, medianOf, percentiles } from '../shared/percentiles.mjs';
import { figure, saveResult } from '../shared/results.mjs';
import { withTemporaryFolder } from '../shared/temporary-folder.mjs';
import { DEFAULT_CORPUS, textSource } from '../shared/texts.mjs';
import { openFullText } from './full-text.mjs';
import { queriesOf } from '../shared/queries.mjs';

const { values: args } = parseArgs({
  options: {
    present: { type: 'string', default: '100000' },
    corpus: { type: 'string', default: DEFAULT_CORPUS },
    queries: { type: 'string', default: '60' },
    rounds: { type: 'string', default: '3' },
  },
});
const PRESENT = Number(args.present);
const QUERIES = Number(args.queries);
const ROUNDS = Number(args.rounds);
const SIZE = 2_048;
/** One capsule in a hundred carries the tag. */
const TAG = 'one-percent';
const FILTERS = { 'no filter': {}, 'min_trust 60': { minTrust: 60 }, 'a 1 % tag': { tags: [TAG] } };

await withTemporaryFolder('search', async (folder) => {
  const source = textSource(args.corpus);
  const dataDir = join(folder, 'data');
  const peer = openFullText(join(folder, 'fts5.db'));
  let store = await openSqliteStore({ dataDir });
  try {
    const queries = await fill(store, peer, source);
    const latency = await searches(store, peer, queries);
    await store.close();
    store = null;
    const opened = await coldOpens(dataDir, queries['common (5)'][0]);
    report(source, latency, opened, indexBytes(dataDir), peer.bytes());
  } finally {
    peer.close();
    await store?.close();
  }
});

async function fill(store, peer, source) {
  const sample = [];
  const given = function* () {
    for (let i = 0; i < PRESENT; i++) {
      const content = source.next(SIZE);
      const title = content.slice(0, 60).trim();
      const tags = i % 100 === 37 ? [TAG] : [];
      // Half of them pass the trust filter.
      const trust = i % 2 === 0 ? 60 + (i % 40) : 45;
      peer.add({ title, content, tagged: tags.length > 0, trust });
      if (i % Math.ceil(PRESENT / 5_000) === 0) sample.push(content);
      yield aCapsule({ title, content, tags, trust, collection: `notes/${Math.floor(i / 40)}`, position: i % 40 });
    }
  };
  await commitAll(store, given());
  await indexed(store);
  peer.ready();
  return queriesOf(sample, QUERIES);
}

async function searches(store, peer, queries) {
  const result = {};
  for (const [kind, texts] of Object.entries(queries)) {
    for (const [named, filter] of Object.entries(FILTERS)) {
      const request = (i) => ({
        query: texts[i % texts.length],
        filter,
        limit: 10,
        cursor: null,
        explain: false,
        includeContent: false,
      });
      const ours = [];
      const theirs = [];
      await latencies(10, (i) => store.search(request(i)));
      for (let round = 0; round < ROUNDS; round++) {
        ours.push(percentiles(await latencies(texts.length, (i) => store.search(request(i)))));
        theirs.push(percentiles(await latencies(texts.length, (i) => peer.search(texts[i], filter))));
      }
      result[`${kind}, ${named}`] = { ours: medianOf(ours), peer: medianOf(theirs) };
    }
  }
  return result;
}

/** Each in a process of its own, one after the other: what counts is the time from nothing. */
async function coldOpens(dataDir, query) {
  const runs = [];
  for (let round = 0; round < ROUNDS; round++) {
    runs.push(
      await new Promise((resolve, reject) => {
        const child = fork(new URL('./cold-open.mjs', import.meta.url), [dataDir, query]);
        child.on('message', resolve);
        child.on('error', reject);
        child.on('exit', (code) => reject(new Error(`the opening process ended with ${code}`)));
      }),
    );
  }
  const middle = (name) => median(runs.map((run) => run[name]));
  return {
    openMs: middle('openMs'),
    readyMs: middle('readyMs'),
    processMs: middle('processMs'),
    memoryMb: middle('memoryMb'),
    runs,
  };
}

/** Bytes of the index as it is kept; in memory it is these bytes and little else. */
function indexBytes(dataDir) {
  const db = new DatabaseSync(join(dataDir, 'forge.db'), { readOnly: true });
  const { bytes } = db.prepare('SELECT coalesce(sum(length(bytes)), 0) AS bytes FROM search_segment').get();
  db.close();
  return bytes;
}

function report(source, latency, opened, bytes, peerBytes) {
  const searched = Object.entries(latency).flatMap(([kind, { ours, peer }]) => [
    figure(`${kind}: p50`, 'ms', ours.p50, { beside: peer.p50 }),
    figure(`${kind}: p95`, 'ms', ours.p95, { atMost: 10, beside: peer.p95 }),
  ]);
  saveResult({
    bench: 'search',
    setup: { present: PRESENT, contentCharacters: SIZE, text: source.kind, queriesPerKind: QUERIES, rounds: ROUNDS },
    besideIs: 'SQLite FTS5',
    figures: [
      ...searched,
      figure('cold open until the first answer', 'ms', opened.readyMs, { atMost: 2_000 }),
      figure('the same with starting the process', 'ms', opened.processMs),
      figure('memory that opening and a first search add', 'MB', opened.memoryMb),
      figure('index as stored', 'MB', bytes / 1e6, { beside: peerBytes / 1e6 }),
    ],
    details: { latency, opened },
  });
}
