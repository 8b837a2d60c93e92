/**
 * Durable creates through the commit port against bare prepared statements that write the same rows, in one run.
 *
 *   node bench/commit/commit.mjs [--present 100000] [--corpus DIR] [--seconds 10] [--rounds 3]
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DatabaseSync } from '@photostructure/sqlite';
import { uuidv7 } from 'uuidv7';
import { aCapsule } from '@forge-cascade/core/contract';
import { openSqliteStore } from '@forge-cascade/store-sqlite';
import { commit, indexed } from '../shared/capsule-requests.mjs';
import { median, medianOf, percentiles } from '../shared/percentiles.mjs';
import { figure, saveResult } from '../shared/results.mjs';
import { withTemporaryFolder } from '../shared/temporary-folder.mjs';
import { DEFAULT_CORPUS, textSource } from '../shared/texts.mjs';

const { values: args } = parseArgs({
  options: {
    present: { type: 'string', default: '100000' },
    corpus: { type: 'string', default: DEFAULT_CORPUS },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
  },
});
const PRESENT = Number(args.present);
const SECONDS = Number(args.seconds);
const ROUNDS = Number(args.rounds);
const SIZE = 2_048;

const source = textSource(args.corpus);
let drawn = 0;

await withTemporaryFolder('commit', async (dir) => {
  const dataDir = join(dir, 'data');
  const store = await openSqliteStore({ dataDir });
  try {
    const { ownerId } = await store.status();
    const creating = creator(store, ownerId);
    await fill(store, creating);
    const [rows, searched] = [false, true].map((withText) => bareStatements(dir, ownerId, withText));
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++) {
      const alone = await single(creating, SECONDS);
      const flight = await inFlight(store, creating, 64, SECONDS);
      const bare = rows.run(SECONDS);
      const bareIndexed = searched.run(SECONDS);
      rounds.push({ alone, flight, bare, bareIndexed });
    }
    rows.close();
    searched.close();
    report(rounds);
  } finally {
    await store.close();
  }
});

function capsule(ownerId) {
  return aCapsule({
    ownerId,
    title: `Capsule ${drawn++}`,
    content: source.next(SIZE),
    tags: ['bench'],
    collection: 'bench/commit',
  });
}

/** One durable create, as a use case would commit it. */
function creator(store, ownerId) {
  return () => {
    const created = capsule(ownerId);
    return commit(store, [created], { actor: ownerId, expect: [{ stream: created.seriesId, revision: 0 }] });
  };
}

async function fill(store, create) {
  const started = performance.now();
  let left = PRESENT;
  await Promise.all(
    Array.from({ length: 256 }, async () => {
      while (left-- > 0) await create();
    }),
  );
  const seconds = (performance.now() - started) / 1_000;
  console.log(
    `${PRESENT} capsules of ${SIZE} characters present after ${seconds.toFixed(1)} s (${Math.round(PRESENT / seconds)}/s)`,
  );
  await indexed(store);
}

async function single(create, seconds) {
  const latencies = [];
  const end = performance.now() + seconds * 1_000;
  while (performance.now() < end) {
    const started = performance.now();
    await create();
    latencies.push(performance.now() - started);
  }
  return percentiles(latencies);
}

async function inFlight(store, create, width, seconds) {
  const started = performance.now();
  const end = started + seconds * 1_000;
  const latencies = [];
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (performance.now() < end) {
        const sent = performance.now();
        await create();
        latencies.push(performance.now() - sent);
      }
    }),
  );
  const elapsed = (performance.now() - started) / 1_000;
  return {
    ...percentiles(latencies),
    perSecond: latencies.length / elapsed,
    lagAfter: (await store.status()).searchLag,
  };
}

/**
 * The same rows in groups of 64, by prepared statements on one connection with the same settings: no checks, no hashing,
 * no second thread. With `withText` it also keeps its texts searchable, by FTS5: ours are, within the time measured.
 */
function bareStatements(dir, ownerId, withText) {
  const db = new DatabaseSync(join(dir, `bare-${withText ? 'indexed' : 'rows'}.db`));
  db.exec(
    'PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=2000;',
  );
  const live = new DatabaseSync(join(dir, 'data', 'forge.db'), { readOnly: true });
  for (const { sql } of live
    .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
    .all())
    db.exec(sql);
  live.close();
  const rows = [
    db.prepare('INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    db.prepare('INSERT INTO payload VALUES (?, ?, ?, ?)'),
    db.prepare('INSERT INTO content VALUES (?, ?, ?)'),
    db.prepare('INSERT INTO capsule VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    db.prepare('INSERT INTO series VALUES (?, ?, ?, ?, ?, ?)'),
    db.prepare('INSERT INTO change_log(capsule) VALUES (?)'),
    db.prepare('INSERT OR REPLACE INTO checkpoint VALUES (1, ?, ?, ?)'),
  ];
  const [ledger, payload, content, image, series, log, checkpoint] = rows;
  if (withText)
    db.exec(
      "CREATE VIRTUAL TABLE fts USING fts5(title, text, content='', tokenize='porter unicode61'); INSERT INTO fts(fts, rank) VALUES ('secure-delete', 1)",
    );
  const fts = withText ? db.prepare('INSERT INTO fts(rowid, title, text) VALUES (?, ?, ?)') : null;
  const hash = randomBytes(32);
  const { body } = capsule(ownerId).event;
  let seq = 0;
  const group = () => {
    db.exec('BEGIN IMMEDIATE');
    for (let i = 0; i < 64; i++) {
      seq++;
      const [id, seriesId, correlation] = [uuidv7(), uuidv7(), uuidv7()];
      ledger.run(
        seq,
        uuidv7(),
        'capsule.created.v1',
        'Capsule',
        id,
        ownerId,
        'CREATE',
        correlation,
        null,
        Date.now(),
        hash,
        hash,
        seriesId,
      );
      payload.run(seq, hash, body, body.slice(0, 400));
      const words = source.next(SIZE);
      content.run(seq, hash, words);
      fts?.run(seq, 'Capsule', words);
      image.run(
        seq,
        seq,
        1,
        60,
        60,
        0,
        0,
        0,
        null,
        null,
        1,
        1,
        id,
        '1.0.0',
        'knowledge',
        ownerId,
        null,
        null,
        null,
        'bench/commit',
        'Capsule',
        'A summary of what stands in the capsule, of a usual length for one.',
        '["bench"]',
        '{}',
      );
      series.run(seq, seriesId, ownerId, null, seq, 0);
      log.run(seq);
    }
    checkpoint.run(seq, hash, body.slice(0, 300));
    db.exec('COMMIT');
  };
  // As many present as in the store that it is compared with.
  while (seq < PRESENT) group();
  return {
    run: (seconds) => {
      const before = seq;
      const started = performance.now();
      const end = started + seconds * 1_000;
      while (performance.now() < end) group();
      return { perSecond: (seq - before) / ((performance.now() - started) / 1_000) };
    },
    close: () => db.close(),
  };
}

function report(rounds) {
  const middle = (pick) => median(rounds.map(pick));
  const alone = medianOf(rounds.map((round) => round.alone));
  const perSecond = middle((round) => round.flight.perSecond);
  const bare = middle((round) => round.bare.perSecond);
  const bareIndexed = middle((round) => round.bareIndexed.perSecond);
  saveResult({
    bench: 'commit',
    setup: { present: PRESENT, contentCharacters: SIZE, text: source.kind, seconds: SECONDS, rounds: ROUNDS },
    besideIs: 'bare statements',
    figures: [
      figure('durable create alone, p50', 'ms', alone.p50, { atMost: 1.5 }),
      figure('durable create alone, p95', 'ms', alone.p95, { atMost: 6 }),
      figure('64 in flight', '/s', perSecond, { atLeast: 2_000, beside: bare }),
      figure(
        '64 in flight, p95',
        'ms',
        middle((round) => round.flight.p95),
      ),
      figure(
        'ratio to bare statements with FTS5 (all indexes on)',
        '×',
        middle((r) => r.flight.perSecond / r.bareIndexed.perSecond),
        {
          atLeast: 0.7,
        },
      ),
      figure(
        'ratio to bare statements without any text index',
        '×',
        middle((r) => r.flight.perSecond / r.bare.perSecond),
      ),
    ],
    details: { bareWithFts5PerSecond: bareIndexed, searchLagAfter: middle((round) => round.flight.lagAfter), rounds },
  });
}
