/**
 * A trust decrease, a quarantine and its lifting on a capsule with very many descendants: how long until it is
 * acknowledged and until it has reached all of them, while a reader looks on. Every answer to a read that began after
 * an acknowledgement is checked: it may not show a trust above the new bound, or a missing taint. One that does ends
 * the bench with exit code 1.
 *
 *   node bench/trust/trust.mjs [--descendants 10000] [--present 30000] [--corpus DIR] [--rounds 5]
 */
import { parseArgs } from 'node:util';
import { aCapsule, trustChangeOf } from '@forge-cascade/core/contract';
import { openSqliteStore } from '@forge-cascade/store-sqlite';
import { descendantsOf, spreadAmong } from '../shared/capsule-graphs.mjs';
import { commit, commitAll, indexed } from '../shared/capsule-requests.mjs';
import { median, timed } from '../shared/percentiles.mjs';
import { randomness } from '../shared/random.mjs';
import { figure, saveResult } from '../shared/results.mjs';
import { withTemporaryFolder } from '../shared/temporary-folder.mjs';
import { DEFAULT_CORPUS, textSource } from '../shared/texts.mjs';
import { watch } from './watch.mjs';

const { values: args } = parseArgs({
  options: {
    descendants: { type: 'string', default: '10000' },
    present: { type: 'string', default: '30000' },
    corpus: { type: 'string', default: DEFAULT_CORPUS },
    rounds: { type: 'string', default: '5' },
  },
});
const DESCENDANTS = Number(args.descendants);
const PRESENT = Number(args.present);
const ROUNDS = Number(args.rounds);
const TRUST = 80;

await withTemporaryFolder('trust', async (dataDir) => {
  const store = await openSqliteStore({ dataDir });
  try {
    await measure(store);
  } finally {
    await store.close();
  }
});

async function measure(store) {
  const source = textSource(args.corpus);
  const named = (kind) => (i) => ({
    title: `${kind} ${i}`,
    content: source.next(2_048),
    collection: `bench/${kind}`,
    tags: [kind],
    trust: TRUST,
  });
  const root = aCapsule({ ...named('root')(0) });
  const family = [root, ...descendantsOf(root, DESCENDANTS, named('descendant'), randomness(5))];
  const others = Math.max(0, PRESENT - family.length);
  const rest = function* () {
    for (let i = 0; i < others; i++) yield aCapsule(named('other')(i));
  };
  await commitAll(store, spreadAmong(family, rest(), others));
  await indexed(store);

  const descendants = family.slice(1).map(({ id }) => id);
  const watcher = watch(store, descendants);
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    // Each change starts from a settled store; the one back up is timed too, though nothing was asked of it.
    rounds.push({
      decrease: await change(store, watcher, root, TRUST, 62, 'review'),
      increase: await change(store, watcher, root, 62, TRUST, 'review'),
      quarantine: await change(store, watcher, root, TRUST, 10, 'quarantine'),
      lift: await change(store, watcher, root, 10, TRUST, 'release'),
    });
    process.stdout.write(
      `round ${round + 1} of ${ROUNDS}: ${watcher.checked} capsules checked in ${watcher.reads} answers\n`,
    );
  }
  await watcher.stop();
  report(source, rounds, watcher);
}

/** Milliseconds until acknowledged and, from the same start, until it has reached every descendant. */
async function change(store, watcher, capsule, from, to, cause) {
  const started = performance.now();
  const acknowledged = await timed(() =>
    watcher.during(to, () => commit(store, [trustChangeOf(capsule, from, to, cause)])),
  );
  await store.settled();
  const settled = performance.now() - started;
  await watcher.settled();
  return { acknowledged: acknowledged.ms, settled };
}

function report(source, rounds, watcher) {
  const middle = (kind, what) => median(rounds.map((round) => round[kind][what]));
  const worst = (kind, what) => Math.max(...rounds.map((round) => round[kind][what]));
  const pair = (label, kind, bounds) => [
    figure(`${label}: acknowledged, median`, 'ms', middle(kind, 'acknowledged'), bounds ? { atMost: 20 } : {}),
    figure(`${label}: acknowledged, worst`, 'ms', worst(kind, 'acknowledged')),
    figure(`${label}: settled, median`, 'ms', middle(kind, 'settled'), bounds ? { atMost: 2_000 } : {}),
    figure(`${label}: settled, worst`, 'ms', worst(kind, 'settled')),
  ];
  saveResult({
    bench: 'trust',
    setup: { descendants: DESCENDANTS, present: PRESENT, text: source.kind, rounds: ROUNDS },
    figures: [
      ...pair('decrease', 'decrease', true),
      ...pair('increase', 'increase', false),
      ...pair('quarantine', 'quarantine', true),
      ...pair('lifting it', 'lift', false),
      figure('stale answers seen by the reader', 'capsules', watcher.stale, { atMost: 0 }),
      figure('capsules checked by the reader', 'capsules', watcher.checked),
    ],
    details: {
      rounds,
      answersChecked: watcher.reads,
      checkedWhileSpreading: watcher.checkedWhileSpreading,
      firstStale: watcher.firstStale,
    },
  });
  if (watcher.stale > 0) process.exitCode = 1;
}
