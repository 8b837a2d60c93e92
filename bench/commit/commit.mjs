/**
 * Durable creates through the commit port against bare prepared statements that write the same rows, in one run.
 *
 *   node bench/commit/commit.mjs [--present 100000] [--corpus DIR] [--seconds 10]
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, mkdirSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DatabaseSync } from '@photostructure/sqlite';
import { uuidv7 } from 'uuidv7';
import { event, sealEvent } from '@forge-cascade/core';
import { openSqliteStore } from '@forge-cascade/store-sqlite';

const { values: args } = parseArgs({
  options: {
    present: { type: 'string', default: '100000' },
    corpus: { type: 'string', default: process.env.FORGE_CORPORA ?? '' },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
  },
});
const PRESENT = Number(args.present);
const SECONDS = Number(args.seconds);
const ROUNDS = Number(args.rounds);
const SIZE = 2_048;

const source = texts(args.corpus);
let drawn = 0;
const dir = mkdtempSync(join(tmpdir(), 'forge-bench-commit-'));
const store = await openSqliteStore({ dataDir: join(dir, 'data') });
const { ownerId } = await store.status();

try {
  await fill();
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    const alone = await single(SECONDS);
    const flight = await inFlight(64, SECONDS);
    const bare = bareStatements(SECONDS, false);
    const bareIndexed = bareStatements(SECONDS, true);
    rounds.push({ alone, flight, bare, bareIndexed });
  }
  report(rounds);
} finally {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
}

function request() {
  const series = uuidv7();
  const created = event(
    'capsule.created.v1',
    'CREATE',
    { type: 'Capsule', id: uuidv7() },
    {
      series_id: series,
      version: '1.0.0',
      capsule_type: 'knowledge',
      owner_id: ownerId,
      supersedes: null,
      derived_from: [],
      trust: 60,
      position: null,
      valid_from: null,
      valid_to: null,
      title: `Capsule ${drawn}`,
      content: text(),
      key: null,
      tags: ['bench'],
      metadata: {},
      collection: 'bench/commit',
      reasons: [],
    },
  );
  return {
    actor: ownerId,
    correlationId: uuidv7(),
    causationId: null,
    expect: [{ stream: series, revision: 0 }],
    claims: [],
    fence: null,
    events: [sealEvent(created)],
    outbox: [],
    completes: null,
  };
}

async function create() {
  const result = await store.commit(request());
  if (result.outcome !== 'committed') throw new Error(result.outcome);
}

async function fill() {
  const started = performance.now();
  let left = PRESENT;
  await Promise.all(
    Array.from({ length: 256 }, async () => {
      while (left-- > 0) await create();
    }),
  );
  const seconds = (performance.now() - started) / 1_000;
  console.log(
    `${PRESENT} capsules of ${SIZE} B present after ${seconds.toFixed(1)} s (${Math.round(PRESENT / seconds)}/s)`,
  );
  // Everything must be searchable before anything is timed.
  while ((await store.status()).searchLag > 0) await new Promise((resolve) => setTimeout(resolve, 100));
  console.log(`indexed after ${((performance.now() - started) / 1_000).toFixed(1)} s`);
}

async function single(seconds) {
  const latencies = [];
  const end = performance.now() + seconds * 1_000;
  while (performance.now() < end) {
    const started = performance.now();
    await create();
    latencies.push(performance.now() - started);
  }
  return percentiles(latencies);
}

async function inFlight(width, seconds) {
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
 * no second thread. With `indexed` it also keeps its texts searchable, by FTS5: ours are, within the time measured.
 */
function bareStatements(seconds, indexed) {
  const db = new DatabaseSync(join(dir, `bare-${Date.now()}.db`));
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
  const [ledger, payload, content, capsule, series, log, checkpoint] = rows;
  if (indexed)
    db.exec(
      "CREATE VIRTUAL TABLE fts USING fts5(title, text, content='', tokenize='porter unicode61'); INSERT INTO fts(fts, rank) VALUES ('secure-delete', 1)",
    );
  const fts = indexed ? db.prepare('INSERT INTO fts(rowid, title, text) VALUES (?, ?, ?)') : null;
  const hash = randomBytes(32);
  const body = sealBodySample();
  let seq = 0;
  const started = performance.now();
  const end = started + seconds * 1_000;
  while (performance.now() < end) {
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
      const words = text();
      content.run(seq, hash, words);
      fts?.run(seq, 'Capsule', words);
      capsule.run(
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
  }
  const perSecond = seq / ((performance.now() - started) / 1_000);
  db.close();
  return { perSecond };
}

function sealBodySample() {
  return request().events[0].body;
}

function report(rounds) {
  const middle = (pick) => [...rounds.map(pick)].sort((a, b) => a - b)[Math.floor(rounds.length / 2)];
  const result = {
    bench: 'commit',
    node: process.version,
    present: PRESENT,
    contentBytes: SIZE,
    corpus: args.corpus === '' ? 'generated' : 'given',
    alone: { p50: middle((r) => r.alone.p50), p95: middle((r) => r.alone.p95) },
    inFlight64: {
      perSecond: middle((r) => r.flight.perSecond),
      p95: middle((r) => r.flight.p95),
      searchLagAfter: middle((r) => r.flight.lagAfter),
    },
    bare: { perSecond: middle((r) => r.bare.perSecond) },
    bareIndexed: { perSecond: middle((r) => r.bareIndexed.perSecond) },
    ratioToBare: middle((r) => r.flight.perSecond / r.bare.perSecond),
    ratioToBareIndexed: middle((r) => r.flight.perSecond / r.bareIndexed.perSecond),
    rounds,
  };
  console.table({
    'alone p50 ms': { asked: 1.5, measured: +result.alone.p50.toFixed(2) },
    'alone p95 ms': { asked: 6, measured: +result.alone.p95.toFixed(2) },
    '64 in flight per second': { asked: 2000, measured: Math.round(result.inFlight64.perSecond) },
    'bare statements per second': { asked: '', measured: Math.round(result.bare.perSecond) },
    'bare with FTS5 per second': { asked: '', measured: Math.round(result.bareIndexed.perSecond) },
    'ratio to bare with FTS5 (all indexes on)': { asked: 0.7, measured: +result.ratioToBareIndexed.toFixed(2) },
    'ratio to bare without any text index': { asked: '', measured: +result.ratioToBare.toFixed(2) },
  });
  mkdirSync(new URL('../results/', import.meta.url), { recursive: true });
  writeFileSync(new URL('../results/commit.json', import.meta.url), `${JSON.stringify(result, null, 2)}\n`);
}

function percentiles(latencies) {
  const sorted = [...latencies].sort((a, b) => a - b);
  const at = (q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
  return { p50: at(0.5), p95: at(0.95), count: sorted.length };
}

function texts(path) {
  if (path === '') {
    console.log('no corpus given: text is generated');
    return Array.from({ length: 400_000 }, () => `w${Math.floor(20_000 * Math.random() ** 4)}`).join(' ');
  }
  return readdirSync(path)
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
}

function text() {
  const start = (drawn++ * 7_919) % (source.length - SIZE - 1);
  // Cut at code-unit boundaries that leave no half of a surrogate pair.
  return source.slice(start, start + SIZE).replace(/[\uD800-\uDFFF]/g, ' ');
}
