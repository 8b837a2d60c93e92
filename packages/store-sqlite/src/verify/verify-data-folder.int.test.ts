import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateLedgerKey, migrateStore, type FindingKind, type Store } from '@forge-cascade/core';
import {
  aCapsule,
  anOverlay,
  aPipelineRun,
  archivalOf,
  aTrigger,
  commitOf,
  aVersionOf,
  overlayStateOf,
  retractionOf,
  trustChangeOf,
  unarchivalOf,
  written,
  type GivenCapsule,
} from '@forge-cascade/core/contract';
import { openSqliteStore, verifyDataFolder } from '@forge-cascade/store-sqlite';
import { openDatabase } from '../driver.js';

const root = mkdtempSync(join(tmpdir(), 'forge-verify-'));
const original = join(root, 'original');
let copies = 0;
let early: string;

beforeAll(async () => {
  const store = await openSqliteStore({ dataDir: original });
  await aHistory(store);
  await store.close();
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

/** More entries than one tile holds, and every kind of state. */
async function aHistory(store: Store): Promise<void> {
  const first = aCapsule({
    title: 'First',
    content: 'What was decided first.',
    key: 'first',
    tags: ['a', 'b'],
    metadata: { n: 1 },
    collection: 'verify/first',
    position: 1,
    ownerId: '0190a000-0000-7000-8000-00000000000a',
  });
  await keyed(store, first);
  early = await store.checkpoint();
  const second = aVersionOf(first, { content: 'What was decided second.' });
  const child = aCapsule({ title: 'Child', derivedFrom: [{ id: first.id, relation: 'fork', reason: 'to try it' }] });
  await written(store, second, child);
  await written(store, trustChangeOf(first, 60, 0, 'quarantine'));
  await written(store, archivalOf(second));
  await written(store, unarchivalOf(second));
  await written(store, retractionOf(child), aPipelineRun([second.id]));
  await written(
    store,
    anOverlay('guard', 'Guard'),
    anOverlay('model', 'Model'),
    overlayStateOf('guard', 'QUARANTINED'),
  );
  await written(store, aTrigger('guard', 'model'));
  for (let i = 0; i < 10; i++) {
    await written(store, ...Array.from({ length: 30 }, (_, n) => aCapsule({ title: `Filler ${i} ${n}` })));
  }
  await embedded(store);
  await indexed(store);
}

/** As the use case that makes it: with the claim on its key. */
async function keyed(store: Store, capsule: GivenCapsule): Promise<void> {
  const { seriesId, payload } = capsule;
  const claim = { space: `capsule-key:${payload.owner_id}`, key: String(payload.key), holder: seriesId };
  // One of a request besides: it ends, and no entry speaks of it.
  const request = { space: 'idempotency:someone', key: 'k', holder: '{}', expiresAt: Date.now() + 1_000 };
  await store.commit(commitOf([capsule], { claims: [{ ...claim, expiresAt: null }, request] }));
}

/** A search indexes what was not yet, and closing keeps the index. */
async function indexed(store: Store): Promise<void> {
  const request = { query: 'title', filter: {}, limit: 1, cursor: null, explain: false, includeContent: false };
  await store.search(request);
}

async function embedded(store: Store): Promise<void> {
  await store.vectors.begin('model', 4);
  const missing = await store.vectors.missing('model', 500);
  const vectors = missing.map(({ seq }) => ({
    seq,
    passages: [0, 1].map((n) => ({ start: n, end: n + 1, vector: new Float32Array([1, n, seq, 0]) })),
  }));
  await store.vectors.put('model', vectors);
  await store.vectors.serve('model');
}

function aCopy(tamper: string | ((dataDir: string) => void)): string {
  const dataDir = join(root, `copy-${copies++}`);
  cpSync(original, dataDir, { recursive: true });
  if (typeof tamper === 'function') {
    tamper(dataDir);
  } else {
    const db = openDatabase(join(dataDir, 'forge.db'));
    db.exec(tamper);
    db.close();
  }
  return dataDir;
}

describe('verify on a data folder', () => {
  it('[LED-60] finds nothing in an untouched folder, and takes an earlier checkpoint of it', async () => {
    const report = await verifyDataFolder({ dataDir: original, since: early });
    expect(report).toMatchObject({ ok: true, findings: [], capsules: 303 });
  });

  it('[LED-60] reads beside the process that holds the folder', async () => {
    const dataDir = aCopy(() => undefined);
    const store = await openSqliteStore({ dataDir });
    await written(store, aCapsule({ title: 'while open' }));
    expect(await verifyDataFolder({ dataDir })).toMatchObject({ ok: true, capsules: 304 });
    await store.close();
  });

  const tampered: readonly (readonly [what: string, sql: string, kind: FindingKind])[] = [
    ['content', "UPDATE content SET text = 'What nobody decided.' WHERE seq = 2", 'content-changed'],
    ['content and its salt', "UPDATE content SET text = 'Else.', salt = zeroblob(32) WHERE seq = 2", 'content-changed'],
    ['a payload', "UPDATE payload SET body = replace(body, 'knowledge', 'decision') WHERE seq = 2", 'payload-changed'],
    ['a payload salt', 'UPDATE payload SET salt = zeroblob(32) WHERE seq = 3', 'payload-changed'],
    [
      'a private value',
      "UPDATE payload SET private = replace(private, 'First', 'Worst') WHERE seq = 2",
      'private-value-changed',
    ],
    ['private values that are no JSON', "UPDATE payload SET private = 'x' WHERE seq = 2", 'private-value-missing'],
    ['an actor', "UPDATE ledger SET actor = 'someone else' WHERE seq = 4", 'leaf-mismatch'],
    ['a time', 'UPDATE ledger SET timestamp = timestamp + 1 WHERE seq = 4', 'leaf-mismatch'],
    ['an impossible time', 'UPDATE ledger SET timestamp = 9000000000000000 WHERE seq = 4', 'leaf-mismatch'],
    ['a leaf hash', 'UPDATE ledger SET leaf_hash = zeroblob(32) WHERE seq = 5', 'leaf-mismatch'],
    ['a commitment', 'UPDATE ledger SET payload_commitment = zeroblob(32) WHERE seq = 5', 'payload-changed'],
    ['a stream', "UPDATE ledger SET stream = 'another' WHERE seq = 6", 'stream-changed'],
    ['a missing entry', 'DELETE FROM ledger WHERE seq = 20', 'entry-missing'],
    ['a dropped tail', 'DELETE FROM ledger WHERE seq > 300', 'tail-missing'],
    [
      'the order',
      'UPDATE ledger SET seq = 900 WHERE seq = 30; UPDATE ledger SET seq = 30 WHERE seq = 31; UPDATE ledger SET seq = 31 WHERE seq = 900',
      'order-changed',
    ],
    [
      'the checkpoint',
      'UPDATE checkpoint SET note = replace(note, char(10) || size || char(10), char(10) || 7 || char(10))',
      'checkpoint-signature',
    ],
    ['no checkpoint', 'DELETE FROM checkpoint', 'checkpoint-signature'],
    ["the tree's edge", 'UPDATE checkpoint SET frontier = zeroblob(length(frontier))', 'checkpoint-changed'],
    ["the tree's edge, cut", "UPDATE checkpoint SET frontier = x''", 'checkpoint-changed'],
    ["the checkpoint's size", 'UPDATE checkpoint SET size = 40', 'checkpoint-changed'],
    ['a tile', 'UPDATE tile SET hash = zeroblob(32)', 'tile-mismatch'],
    ['trust', 'UPDATE capsule SET trust = 100 WHERE seq = 3', 'trust-changed'],
    ['chain trust', 'UPDATE capsule SET chain_trust = 100 WHERE seq = 4', 'trust-changed'],
    ['taint', 'UPDATE capsule SET tainted = 0 WHERE seq = 4', 'trust-changed'],
    ['retraction', 'UPDATE capsule SET retracted = 0 WHERE seq = 4', 'trust-changed'],
    ['an owner', "UPDATE capsule SET owner_id = 'mine' WHERE seq = 2", 'owner-changed'],
    ['a title', "UPDATE capsule SET title = 'Worst' WHERE seq = 2", 'capsule-changed'],
    ['metadata that is no JSON', "UPDATE capsule SET metadata = 'x' WHERE seq = 2", 'capsule-changed'],
    ['a head', 'UPDATE series SET head = 2 WHERE series = 2', 'series-changed'],
    ['a series key', "UPDATE series SET key = 'mine' WHERE series = 2", 'series-changed'],
    ['the archive', 'DELETE FROM archive_span', 'state-row-missing'],
    ['a removed edge', 'DELETE FROM edge WHERE child = 4', 'edge-missing'],
    [
      'an added edge',
      "INSERT INTO edge(child, ord, parent, relation, changes) VALUES (50, 0, 2, 'fork', '[]')",
      'edge-added',
    ],
    ['a relation', "UPDATE edge SET relation = 'citation' WHERE child = 4", 'edge-changed'],
    ['a reason', "UPDATE edge SET reason = 'for gain' WHERE child = 4", 'edge-changed'],
    ['a removed capsule', 'DELETE FROM capsule WHERE seq = 40', 'state-row-missing'],
    [
      'an added capsule',
      "INSERT INTO capsule SELECT 900, series, head, trust, chain_trust, tainted, warned, retracted, trust_before, recorded_to, created_at, updated_at, 'made-up', version, type, owner_id, position, valid_from, valid_to, collection, title, summary, tags, metadata FROM capsule WHERE seq = 40",
      'state-row-added',
    ],
  ];

  it.each(tampered)('[LED-61] finds and names tampering with %s', async (_what, sql, kind) => {
    const report = await verifyDataFolder({ dataDir: aCopy(sql) });
    expect(report.ok).toBe(false);
    expect(Object.keys(report.counts)).toContain(kind);
    expect(report.findings.every(({ message }) => message.length > 20)).toBe(true);
  });

  const OWNER = '0190a000-0000-7000-8000-00000000000a';
  const ofStore: readonly (readonly [sql: string, kind: FindingKind, field: string | undefined])[] = [
    ["UPDATE meta SET value = 'evil' WHERE key = 'origin'", 'store-changed', 'origin'],
    ["UPDATE meta SET value = 'mine' WHERE key = 'owner_id'", 'store-changed', 'ownerId'],
    ["DELETE FROM meta WHERE key = 'owner_id'", 'store-changed', 'ownerId'],
    [`INSERT INTO meta VALUES ('sealed', '{"successor":"x"}')`, 'store-changed', 'sealed'],
    ["INSERT INTO meta VALUES ('sealed', 'null')", 'store-changed', 'sealed'],
    ["INSERT INTO meta VALUES ('maintenance', '1')", 'store-changed', 'maintenance'],
    ["INSERT INTO meta VALUES ('receiving', 'x')", 'store-changed', 'receiving'],
    [`INSERT INTO claim VALUES ('capsule-key:${OWNER}', 'wanted', 'x', NULL)`, 'claim-added', undefined],
    ["INSERT INTO claim VALUES ('capsule-key:nobody', 'first', 'x', NULL)", 'claim-added', undefined],
    ["UPDATE claim SET expires_at = NULL WHERE space LIKE 'idempotency:%'", 'claim-added', undefined],
    ["UPDATE claim SET holder = 'x' WHERE space LIKE 'capsule-key:%'", 'claim-changed', 'holder'],
    ["UPDATE claim SET expires_at = 1 WHERE space LIKE 'capsule-key:%'", 'claim-changed', 'expiresAt'],
    ["DELETE FROM claim WHERE space LIKE 'capsule-key:%'", 'claim-missing', undefined],
  ];

  it.each(ofStore)(
    '[LED-47] finds what was changed of the store itself and of its claims: %s',
    async (sql, kind, field) => {
      const { findings } = await verifyDataFolder({ dataDir: aCopy(sql) });
      expect(findings.map((finding) => [finding.kind, finding.field])).toEqual([[kind, field]]);
    },
  );

  it('[LED-71] finds an index of other contents, whole and with a checksum that is right', async () => {
    const other = await openSqliteStore({ dataDir: join(root, 'other') });
    await written(other, ...Array.from({ length: 303 }, () => aCapsule({ title: 'Something else' })));
    await indexed(other);
    await other.close();
    const swap = `ATTACH '${join(root, 'other', 'forge.db')}' AS other;
      DELETE FROM search_segment; INSERT INTO search_segment SELECT * FROM other.search_segment`;
    const report = await verifyDataFolder({ dataDir: aCopy(swap) });
    expect(report.counts).toEqual({ 'derived-changed': 1 });
  });

  const derived: readonly (readonly [sql: string, findings: number])[] = [
    ['UPDATE search_segment SET bytes = zeroblob(length(bytes))', 1],
    ['UPDATE search_segment SET documents = documents - 1', 1],
    ['UPDATE search_segment SET documents = documents + 1', 1],
    ['UPDATE search_segment SET first = first + 1', 1],
    ['DELETE FROM vector WHERE capsule = 40', 1],
    ['DELETE FROM vector WHERE capsule = 40 AND passage = 0', 2],
    ['UPDATE vector SET bytes = zeroblob(8) WHERE capsule = 40 AND passage = 0', 1],
    ['UPDATE vector SET capsule = 7000 WHERE capsule = 40', 2],
    ['UPDATE vector SET model = 7 WHERE capsule = 40', 2],
    ['UPDATE vector_model SET up_to = 7000', 1],
    ["INSERT INTO vector_segment VALUES (1, 400, 8192, x'00')", 1],
    ["INSERT INTO outbox(id, seq, topic, payload) VALUES ('x', 7000, 'phase', '{}')", 1],
  ];

  it.each(derived)('[LED-71] finds derived rows that do not fit: %s', async (sql, findings) => {
    const report = await verifyDataFolder({ dataDir: aCopy(sql) });
    expect(report.counts).toEqual({ 'derived-changed': findings });
  });

  it('[LED-71] takes no index amiss that another version wrote, or that is gone', async () => {
    const dataDir = aCopy((dir) => {
      const db = openDatabase(join(dir, 'forge.db'));
      const bytes = db.prepare('SELECT bytes FROM search_segment').get()?.['bytes'] as Uint8Array;
      new DataView(bytes.buffer, bytes.byteOffset).setUint32(4, 9_999, true);
      db.prepare('UPDATE search_segment SET bytes = ?').run(bytes);
      db.close();
    });
    expect(await verifyDataFolder({ dataDir })).toMatchObject({ ok: true });
    expect(await verifyDataFolder({ dataDir: aCopy('DELETE FROM search_segment') })).toMatchObject({ ok: true });
  });

  it('[LED-71] leaves nothing open that a writer beside it would wait for when it closes', async () => {
    const dataDir = aCopy(() => undefined);
    const store = await openSqliteStore({ dataDir });
    // Not indexed yet: the index ends before the capsules do.
    await written(store, aCapsule(), aCapsule());
    expect(await verifyDataFolder({ dataDir })).toMatchObject({ ok: true });
    await store.close();
    expect(statSync(join(dataDir, 'forge.db-wal'), { throwIfNoEntry: false })?.size ?? 0).toBe(0);
  });

  it('[LED-62] does not believe a checkpoint that another key signed, whatever the folder says', async () => {
    const dataDir = aCopy(() => undefined);
    const trusted = readFileSync(join(dataDir, 'ledger.pub'), 'utf8').trim();
    const origin = trusted.split('+')[0] ?? '';
    const report = await verifyDataFolder({ dataDir, verifierKeys: [generateLedgerKey(origin).verifierKey] });
    expect(Object.keys(report.counts)).toContain('checkpoint-signature');
    expect(await verifyDataFolder({ dataDir, verifierKeys: [trusted] })).toMatchObject({ ok: true });
  });

  it('[LED-63] says what is missing when there is nothing to verify', async () => {
    await expect(verifyDataFolder({ dataDir: join(root, 'nowhere') })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const dataDir = aCopy((dir) => rmSync(join(dir, 'ledger.pub')));
    await expect(verifyDataFolder({ dataDir })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const broken = aCopy((dir) => writeFileSync(join(dir, 'forge.db'), 'no database at all'.repeat(1_000)));
    await expect(verifyDataFolder({ dataDir: broken })).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  });
});

describe('the schema of a data folder', () => {
  it.each([
    [
      'CREATE TRIGGER raise AFTER INSERT ON capsule BEGIN UPDATE capsule SET trust = 100 WHERE seq = new.seq; END',
      'trigger raise was added',
    ],
    ['CREATE TABLE beside(a)', 'table beside was added'],
    ['CREATE VIEW seen AS SELECT 1', 'view seen was added'],
    ['DROP INDEX edge_parent', 'index edge_parent is missing'],
    ['DROP TABLE vector_loss', 'table vector_loss is missing'],
    ['ALTER TABLE outbox ADD COLUMN more TEXT', 'table outbox of the database was changed'],
  ])('[LED-73] is held against that of the engine: %s', async (tamper, named) => {
    const { ok, findings } = await verifyDataFolder({ dataDir: aCopy(tamper) });
    expect(ok).toBe(false);
    expect(findings).toMatchObject([{ kind: 'schema-changed' }]);
    expect(findings[0]?.message).toContain(named);
  });

  it.each(['ledger', 'capsule', 'edge', 'claim', 'meta', 'overlay', 'content', 'checkpoint'])(
    '[LED-73] is named where the table %s is gone, and all that was in it',
    async (table) => {
      const { counts } = await verifyDataFolder({ dataDir: aCopy(`DROP TABLE ${table}`) });
      expect(Object.keys(counts)).toContain('schema-changed');
    },
  );

  it('[LED-73] is named where it cannot be read at all', async () => {
    const verified = verifyDataFolder({ dataDir: aCopy('ALTER TABLE tile RENAME COLUMN hash TO sum') });
    await expect(verified).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      message: expect.stringContaining('table tile') as string,
    });
  });
});

describe('the overlays of a data folder', () => {
  it.each([
    ["UPDATE overlay SET standing = replace(standing, 'QUARANTINED', 'ACTIVE')", 'overlay-changed', 'standing'],
    ["UPDATE overlay SET standing = 'unreadable' WHERE id = 'guard'", 'overlay-changed', 'standing'],
    [
      `UPDATE overlay SET activity = replace(activity, '"runs":0', '"runs":7') WHERE id = 'guard'`,
      'overlay-changed',
      'activity',
    ],
    ["INSERT INTO overlay_value VALUES ('guard', 'threshold', '1')", 'overlay-changed', 'values'],
    ['DELETE FROM overlay_trigger', 'overlay-changed', 'triggered'],
    ["INSERT INTO overlay_receipt VALUES ('guard', 3)", 'overlay-changed', 'receipts'],
    ["DELETE FROM overlay WHERE id = 'model'", 'state-row-missing', undefined],
    ["INSERT INTO overlay SELECT 'third', standing, activity FROM overlay LIMIT 1", 'state-row-added', undefined],
  ])('[OVL-19] are held against their entries: %s', async (tamper, kind, field) => {
    const { ok, findings } = await verifyDataFolder({ dataDir: aCopy(tamper) });
    expect(ok).toBe(false);
    expect(findings.map((finding) => [finding.kind, finding.field])).toEqual([[kind, field]]);
  });
});

describe('a folder that is wrong beside its ledger', () => {
  async function moved(tamper: string) {
    const from = aCopy(tamper);
    const to = join(root, `moved-${copies++}`);
    const key = generateLedgerKey('any').privateKey;
    const source = await openSqliteStore({ dataDir: from });
    const target = await openSqliteStore({ dataDir: to, receive: { origin: null, ledgerKey: key } });
    try {
      const report = await migrateStore({
        source: { store: source, verify: () => verifyDataFolder({ dataDir: from }) },
        target: { store: target, verify: () => verifyDataFolder({ dataDir: to }), address: null },
        now: Date.now,
        correlationId: 'the move',
        onProgress: () => undefined,
      });
      return { madeAnew: report.madeAnew, ...(await verifyDataFolder({ dataDir: to })) };
    } finally {
      await source.close();
      await target.close();
    }
  }

  it.each([
    ["UPDATE capsule SET trust = 100, chain_trust = 100, title = 'Forged' WHERE seq = 2", 'trust-changed'],
    ["UPDATE capsule SET owner_id = 'thief' WHERE seq = 2", 'owner-changed'],
    ['DELETE FROM capsule WHERE seq = 40', 'state-row-missing'],
    ['DELETE FROM edge', 'edge-missing'],
    ['UPDATE series SET archived = 1', 'archive-changed'],
    ["DELETE FROM overlay WHERE id = 'model'", 'state-row-missing'],
    ['DELETE FROM vector WHERE capsule = 40', 'derived-changed'],
    ['UPDATE vector SET capsule = 7000 WHERE capsule = 40', 'derived-changed'],
    ["INSERT INTO outbox(id, seq, topic, payload) VALUES ('x', 7000, 'phase', '{}')", 'derived-changed'],
  ])('[LED-72] is right again where it moves, and what was wrong is named: %s', async (tamper, kind) => {
    const { madeAnew, findings, capsules } = await moved(tamper);
    expect(Object.keys(madeAnew)).toContain(kind);
    expect([findings, capsules]).toEqual([[], 303]);
  });

  it.each([
    ["UPDATE content SET text = 'Something else' WHERE seq = 2", 'content-changed'],
    ["DELETE FROM claim WHERE space LIKE 'capsule-key:%'", 'claim-missing'],
  ])('[LED-72] stays where its ledger or its claims are wrong, and goes on there: %s', async (tamper, kind) => {
    await expect(moved(tamper)).rejects.toMatchObject({ code: 'STORE_CORRUPT', details: { findings: [kind] } });
  });
});
