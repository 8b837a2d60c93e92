import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  aCapsule,
  archivalOf,
  aVersionOf,
  seededHistory,
  trustChangeOf,
  unarchivalOf,
  written,
} from '../contract/index.js';
import { openMemoryStore, type MemoryStore } from '../memory/index.js';
import { memoryVerifySource, verifyLedger, type VerifyOptions } from './index.js';
import {
  formatCheckpoint,
  generateLedgerKey,
  parseCheckpoint,
  parseSigner,
  signCheckpoint,
} from '../ledger/checkpoint.js';
import { commitText, newSalt } from '../ledger/commitment.js';
import { canonicalEnvelope } from '../ledger/envelope.js';
import { leafHash, MerkleFrontier } from '../ledger/merkle.js';
import type {
  VerifyArchiveSpan,
  VerifyCapsule,
  VerifyEdge,
  VerifyEntry,
  VerifyPendingTrust,
  VerifySeries,
  VerifySource,
  VerifyTile,
  VerifyTreeEnd,
} from './verify-source.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Row<T> = Mutable<T>;
type EntryRow = Omit<Row<VerifyEntry>, 'envelope'> & { envelope: Row<VerifyEntry['envelope']> };

/** All rows of a store, to be tampered with. */
interface Rows {
  entries: EntryRow[];
  note: string;
  end: Row<VerifyTreeEnd>;
  capsules: Row<VerifyCapsule>[];
  edges: Row<VerifyEdge>[];
  series: Row<VerifySeries>[];
  spans: Row<VerifyArchiveSpan>[];
  tiles: Row<VerifyTile>[];
  pending: VerifyPendingTrust[];
}

function sourceOf(rows: Rows): VerifySource {
  return {
    entries: (from, limit) =>
      rows.entries
        .filter(({ envelope }) => envelope.seq >= from)
        .sort((a, b) => a.envelope.seq - b.envelope.seq)
        .slice(0, limit),
    checkpoint: () => rows.note,
    treeEnd: () => rows.end,
    capsules: () => rows.capsules,
    edges: () => rows.edges,
    series: () => rows.series,
    archiveSpans: () => rows.spans,
    tiles: () => rows.tiles,
    pendingTrust: () => rows.pending,
  };
}

function rowsOf(store: MemoryStore): Rows {
  const source = memoryVerifySource(store);
  const all = <T>(rows: Iterable<T> | AsyncIterable<T>): Row<T>[] => [...(rows as Iterable<T>)];
  return structuredClone({
    entries: source.entries(1, 10_000) as EntryRow[],
    note: String(source.checkpoint()),
    end: endOf(source.entries(1, 10_000) as EntryRow[]),
    capsules: all(source.capsules()),
    edges: all(source.edges()),
    series: all(source.series()),
    spans: all(source.archiveSpans()),
    tiles: all(source.tiles?.() ?? []),
    pending: [],
  });
}

/** What an engine that does not hold the whole tree keeps of it. */
function endOf(entries: readonly EntryRow[]): VerifyTreeEnd {
  const tree = new MerkleFrontier();
  for (const { leafHash } of entries) tree.append(leafHash);
  return { size: tree.size, frontier: new Uint8Array(Buffer.concat(tree.hashes())) };
}

const key = 'secret-title-Zanzibar';
const a = aCapsule({
  title: key,
  content: 'The first finding.',
  key: 'a',
  tags: ['x'],
  metadata: { n: 1 },
  collection: 'docs',
  trust: 90,
});
const a2 = aVersionOf(a, { content: 'The second finding.', trust: 80 });
const b = aCapsule({
  content: 'Rests on both.',
  trust: 70,
  derivedFrom: [
    { id: a2.id, relation: 'merge', reason: 'sums up' },
    { id: a.id, relation: 'citation' },
  ],
});
/** Entry of the n-th event committed below: the opening is entry 1. */
const [A, A2, B, , ARCHIVED] = [2, 3, 4, 5, 6];

/** Entries 1 to 278, and the first 6 of them. */
let pristine: Rows;
let small: Rows;
let verifierKey: string;
let early: string;

beforeAll(async () => {
  const store = await openMemoryStore();
  verifierKey = store.verifierKey;
  await written(store, a, a2, b, trustChangeOf(a, 90, 20, 'quarantine'), archivalOf(b));
  early = await store.checkpoint();
  small = rowsOf(store);
  // Enough for a full tile and an open edge.
  await written(store, ...Array.from({ length: 270 }, () => aCapsule()));
  await written(store, unarchivalOf(b), archivalOf(b));
  pristine = rowsOf(store);
});

const verify = (rows: Rows, options: Partial<VerifyOptions> = {}) =>
  verifyLedger(sourceOf(rows), { verifierKeys: [verifierKey], ...options });

type Tampering = (tamper: (rows: Rows) => void, options?: Partial<VerifyOptions>) => Promise<string[]>;

/** Gives the findings after tampering, as `kind seq field`. */
function tamperingWith(base: () => Rows): Tampering {
  return async (tamper, options = {}) => {
    const rows = structuredClone(base());
    tamper(rows);
    const report = await verify(rows, options);
    expect(report.ok).toBe(report.findings.length === 0);
    for (const { message, id } of report.findings) {
      expect(message.includes('Zanzibar')).toBe(false);
      if (id !== undefined) expect(message).toContain(id);
    }
    return report.findings.map(({ kind, seq, field }) =>
      [kind, seq, field].filter((part) => part !== undefined).join(' '),
    );
  };
}

const found = tamperingWith(() => small);
const foundInLarge = tamperingWith(() => pristine);

const entry = (rows: Rows, seq: number): EntryRow => {
  const row = rows.entries.find(({ envelope }) => envelope.seq === seq);
  if (row === undefined) throw new Error(`no entry ${seq}`);
  return row;
};
const capsule = (rows: Rows, id: string): Row<VerifyCapsule> => {
  const row = rows.capsules.find((candidate) => candidate.id === id);
  if (row === undefined) throw new Error(`no capsule ${id}`);
  return row;
};
const rehash = (row: EntryRow): void => {
  row.leafHash = leafHash(canonicalEnvelope(row.envelope));
};

describe('verifyLedger', () => {
  it('[LED-30] finds nothing in a store nobody touched, and says what it saw', async () => {
    const phases: string[] = [];
    const report = await verify(pristine, { since: early, onProgress: ({ phase }) => phases.push(phase) });
    const { size, root } = parseCheckpoint(pristine.note);
    expect(report).toMatchObject({
      ok: true,
      findings: [],
      counts: {},
      more: 0,
      unsettled: 0,
      entries: 278,
      size: 278,
    });
    expect(report).toMatchObject({ size, root: Buffer.from(root).toString('hex'), capsules: 273 });
    expect(report.origin).toBe(parseCheckpoint(pristine.note).origin);
    expect(new Set(phases)).toEqual(new Set(['ledger', 'state']));
  });

  it('[LED-30] finds nothing after random histories', async () => {
    for (const seed of [1, 2, 3]) {
      const history = seededHistory(seed, 120);
      const store = await openMemoryStore({ now: history.now });
      for (const { at, request } of history.steps) {
        history.moveTo(at);
        await store.commit(request);
      }
      const report = await verifyLedger(memoryVerifySource(store), { verifierKeys: [store.verifierKey] });
      expect(report.findings).toEqual([]);
    }
  });

  it('[LED-31] names an entry whose envelope or hash was changed', async () => {
    for (const field of ['actor', 'operation', 'correlation_id', 'entity_type', 'id'] as const) {
      expect(await found((rows) => (entry(rows, B).envelope[field] += 'x'))).toEqual([`leaf-mismatch ${B}`]);
    }
    expect(await found((rows) => (entry(rows, B).envelope.causation_id = 'invented'))).toEqual([`leaf-mismatch ${B}`]);
    expect(await found((rows) => (entry(rows, B).leafHash = new Uint8Array(32)))).toEqual([`leaf-mismatch ${B}`]);
    expect(await found((rows) => (entry(rows, B).leafHash = new Uint8Array(3)))).toEqual([`leaf-mismatch ${B}`]);
    const commitment = await found((rows) => (entry(rows, B).envelope.payload_commitment = '00'.repeat(32)));
    expect(commitment).toEqual([`payload-changed ${B}`, `leaf-mismatch ${B}`]);
    const later = await foundInLarge((rows) => (entry(rows, 270).envelope.actor = 'x'));
    expect(later).toEqual(['leaf-mismatch 270']);
  });

  it('[LED-32] names a payload that was changed or is gone', async () => {
    const edit = (rows: Rows) => {
      const row = entry(rows, 5);
      row.body = (row.body ?? '').replace('"to":20', '"to":95');
    };
    const changed = await found(edit);
    expect(changed[0]).toBe('payload-changed 5');
    expect(changed).toContain(`trust-changed ${A} trust`);
    expect(await found((rows) => (entry(rows, B).salt = newSalt()))).toEqual([`payload-changed ${B}`]);
    expect(await found((rows) => (entry(rows, B).salt = new Uint8Array(5)))).toEqual([`payload-changed ${B}`]);
    expect(await found((rows) => (entry(rows, B).salt = null))).toEqual([`payload-missing ${B}`]);
    expect((await found((rows) => (entry(rows, B).body = null)))[0]).toBe(`payload-missing ${B}`);
    for (const body of ['', 'not json', '[]', 'null', '{}', '{"derived_from":7}']) {
      expect((await found((rows) => (entry(rows, B).body = body)))[0]).toBe(`payload-changed ${B}`);
    }
    expect(await found((rows) => (entry(rows, B).stream = a.seriesId))).toEqual([`stream-changed ${B}`]);
  });

  it('[LED-33] names a private value that was changed, added or is gone', async () => {
    const set = (rows: Rows, seq: number, field: string, change: { value?: string; salt?: Uint8Array }) => {
      const row = entry(rows, seq);
      row.privateValues = row.privateValues.map((value) => (value.field === field ? { ...value, ...change } : value));
    };
    expect(await found((rows) => set(rows, A, 'title', { value: 'Zanzibar forged' }))).toEqual([
      `private-value-changed ${A} title`,
      `capsule-changed ${A} title`,
    ]);
    expect(await found((rows) => set(rows, A, 'title', { salt: newSalt() }))).toEqual([
      `private-value-changed ${A} title`,
    ]);
    const forged = await found((rows) => {
      set(rows, A, 'content', { value: 'Zanzibar forged' });
      capsule(rows, a.id).content = 'Zanzibar forged';
      capsule(rows, a.id).summary = 'Zanzibar forged';
    });
    expect(forged).toEqual([`content-changed ${A} content`]);
    const drop = (rows: Rows, field: string) => {
      const row = entry(rows, A);
      row.privateValues = row.privateValues.filter((value) => value.field !== field);
    };
    expect(await found((rows) => drop(rows, 'metadata'))).toEqual([
      `private-value-missing ${A} metadata`,
      `capsule-changed ${A} metadata`,
    ]);
    expect((await found((rows) => drop(rows, 'content')))[0]).toBe(`private-value-missing ${A} content`);
    const add = (rows: Rows, field: string) => {
      const row = entry(rows, 1);
      row.privateValues = [...row.privateValues, { field, salt: newSalt(), value: 'more' }];
    };
    expect(await found((rows) => add(rows, 'title'))).toEqual(['private-value-added 1 title']);
  });

  it('[LED-34] names entries that are gone from the middle or the end, and entries nobody signed for', async () => {
    const without = (from: number, to: number) => (rows: Rows) => {
      rows.entries = rows.entries.filter(({ envelope: { seq } }) => seq < from || seq > to);
    };
    const middle = await foundInLarge(without(200, 202));
    expect(middle[0]).toBe('entry-missing 200');
    expect(middle.filter((finding) => finding.startsWith('state-row-added'))).toHaveLength(6);
    const first = await foundInLarge(without(1, 1));
    expect(first[0]).toBe('entry-missing 1');
    const tail = await foundInLarge(without(277, 278));
    expect(tail).toContain('tail-missing 277');
    const all = await foundInLarge((rows) => (rows.entries = []), { since: early });
    expect(all.filter((finding) => finding === 'tail-missing 1')).toHaveLength(2);
    const added = await foundInLarge((rows) => {
      const row = structuredClone(entry(rows, 278));
      row.envelope.seq = 279;
      rehash(row);
      rows.entries.push(row);
    });
    expect(added).toContain('entry-added 279');
  });

  it('[LED-35] names entries that were reordered, whether or not their hashes moved along', async () => {
    const swap = (x: number, y: number, hashesStay: boolean) => (rows: Rows) => {
      const [one, other] = [entry(rows, x), entry(rows, y)];
      [one.envelope.seq, other.envelope.seq] = [y, x];
      [one.envelope.timestamp, other.envelope.timestamp] = [other.envelope.timestamp, one.envelope.timestamp];
      if (hashesStay) [one.leafHash, other.leafHash] = [other.leafHash, one.leafHash];
    };
    const sameTime = (rows: Rows) => entry(rows, 20).envelope.timestamp === entry(rows, 21).envelope.timestamp;
    expect(sameTime(pristine)).toBe(true);
    for (const stay of [false, true]) {
      const findings = await foundInLarge(swap(20, 21, stay));
      expect(findings).toContain('order-changed 20');
      expect(findings).toContain('order-changed 21');
    }
  });

  it('[LED-35] names an entry that is dated before its predecessor', async () => {
    const findings = await foundInLarge((rows) => {
      entry(rows, 100).envelope.timestamp = '2001-01-01T00:00:00.000Z';
      rehash(entry(rows, 100));
    });
    expect(findings[0]).toBe('timestamp-changed 100 timestamp');
    const garbled = await foundInLarge((rows) => (entry(rows, 100).envelope.timestamp = 'then'));
    expect(garbled).toContain('timestamp-changed 100 timestamp');
  });

  it('[LED-36] narrows an entry rewritten together with its hash down to its tile', async () => {
    const rewrite = (seq: number) => (rows: Rows) => {
      entry(rows, seq).envelope.actor = 'somebody-else';
      rehash(entry(rows, seq));
    };
    expect(await foundInLarge(rewrite(100))).toEqual(['checkpoint-root', 'tile-mismatch 1']);
    // Behind the last full tile only the checkpoint tells.
    expect(await foundInLarge(rewrite(270))).toEqual(['checkpoint-root']);
    expect(
      await foundInLarge((rows) => (rows.tiles[0] = { ...rows.tiles[0], hash: new Uint8Array(32) } as VerifyTile)),
    ).toEqual(['tile-mismatch 1']);
    expect(await foundInLarge((rows) => rows.tiles.pop())).toEqual(['tile-mismatch 1']);
    expect(await foundInLarge((rows) => rows.tiles.push({ level: 1, index: 1, hash: new Uint8Array(32) }))).toEqual([
      'tile-mismatch 257',
    ]);
  });

  it('[LED-36] finds a payload rewritten with new commitments throughout', async () => {
    const findings = await foundInLarge((rows) => {
      const row = entry(rows, 5);
      row.body = (row.body ?? '').replace('"to":20', '"to":95');
      row.envelope.payload_commitment = Buffer.from(commitText(row.salt ?? newSalt(), row.body)).toString('hex');
      rehash(row);
      for (const c of rows.capsules)
        if ([a.id, a2.id, b.id].includes(c.id)) Object.assign(c, { chainTrust: Math.min(95, c.trust) });
      Object.assign(capsule(rows, a.id), { trust: 95, chainTrust: 95 });
    });
    expect(findings.slice(0, 2)).toEqual(['checkpoint-root', 'tile-mismatch 1']);
  });

  it('[LED-37] trusts no checkpoint that is missing, unsigned, of another key, of another ledger or of another root', async () => {
    const { origin, size, root } = parseCheckpoint(pristine.note);
    const stranger = parseSigner(generateLedgerKey(origin).privateKey);
    expect(await foundInLarge((rows) => (rows.note = ''))).toEqual(['checkpoint-signature']);
    expect(await foundInLarge((rows) => (rows.note = 'nonsense'))).toEqual(['checkpoint-signature']);
    expect(
      await foundInLarge((rows) => (rows.note = signCheckpoint(formatCheckpoint({ origin, size, root }), stranger))),
    ).toEqual(['checkpoint-signature']);
    expect(await foundInLarge((rows) => (rows.note = rows.note.replace('\n278\n', '\n277\n')))).toEqual([
      'checkpoint-signature',
      'entry-added 278',
      'checkpoint-root',
    ]);
    expect(await foundInLarge(() => undefined, { verifierKeys: [] })).toEqual(['checkpoint-signature']);
    // An older note, rightly signed, does not cover what came after it.
    expect(await foundInLarge((rows) => (rows.note = early))).toEqual(['entry-added 7']);
    const other = parseSigner(generateLedgerKey('other').privateKey);
    const foreign = signCheckpoint(formatCheckpoint({ origin: 'other', size, root }), other);
    expect(await foundInLarge((rows) => (rows.note = foreign), { verifierKeys: [other.verifierKey] })).toEqual([
      'checkpoint-origin',
    ]);
    await expect(verify(pristine, { verifierKeys: ['no key'] })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('[LED-46] names what is kept beside the checkpoint when it is not what was signed', async () => {
    expect(await foundInLarge((rows) => (rows.end.size = 40))).toEqual(['checkpoint-changed size']);
    const edge = ['checkpoint-changed frontier'];
    expect(await foundInLarge((rows) => rows.end.frontier.fill(0))).toEqual(edge);
    expect(await foundInLarge((rows) => (rows.end.frontier = rows.end.frontier.slice(0, -1)))).toEqual(edge);
    expect(await foundInLarge((rows) => (rows.end.frontier = new Uint8Array(0)))).toEqual(edge);
    // Also where the note is gone, and of a tree whose envelopes were changed.
    const both = (rows: Rows) => Object.assign(rows, { note: '' }).end.frontier.fill(0);
    expect(await foundInLarge(both)).toEqual(['checkpoint-signature', ...edge]);
    expect(await foundInLarge((rows) => (entry(rows, 7).envelope.actor = 'x'))).toEqual(['leaf-mismatch 7']);
  });

  it('[LED-38] holds the ledger against an older checkpoint, even when the key re-signed a shorter or other history', async () => {
    const store = await openMemoryStore();
    await written(store, aCapsule(), aCapsule());
    const since = await store.checkpoint();
    await written(store, aCapsule());
    const verifierKeys = [store.verifierKey];
    const source = memoryVerifySource(store);
    expect((await verifyLedger(source, { verifierKeys, since })).ok).toBe(true);

    const { origin } = parseCheckpoint(since);
    const keys = generateLedgerKey(origin);
    const resigned = (size: number, root: Uint8Array) =>
      signCheckpoint(formatCheckpoint({ origin, size, root }), parseSigner(keys.privateKey));
    const real = parseCheckpoint(await store.checkpoint());
    const both = [keys.verifierKey];
    const forged = { ...source, checkpoint: () => resigned(real.size, real.root) };
    expect((await verifyLedger(forged, { verifierKeys: both, since: resigned(3, real.root) })).counts).toEqual({
      'history-rewritten': 1,
    });
    expect((await verifyLedger(forged, { verifierKeys: both, since: resigned(9, real.root) })).counts).toEqual({
      'tail-missing': 1,
    });
    await expect(verifyLedger(source, { verifierKeys, since: 'nonsense' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
    await expect(verifyLedger(source, { verifierKeys: both, since })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('[LED-39] names a stored capsule that differs from its events, with the field', async () => {
    const changed = (change: Partial<VerifyCapsule>) => found((rows) => Object.assign(capsule(rows, a2.id), change));
    expect(await changed({ content: 'Zanzibar forged' })).toEqual([`content-changed ${A2} content`]);
    expect(await changed({ ownerId: 'thief' })).toEqual([`owner-changed ${A2} ownerId`]);
    expect(await changed({ trust: 99 })).toEqual([`trust-changed ${A2} trust`]);
    expect(await changed({ chainTrust: 80, tainted: false, trustBefore: 1, retracted: true, warned: true })).toEqual(
      ['trustBefore', 'retracted', 'chainTrust', 'tainted', 'warned'].map((field) => `trust-changed ${A2} ${field}`),
    );
    const others: Partial<VerifyCapsule>[] = [
      { title: 'Zanzibar' },
      { version: '9.0.0' },
      { type: 'code' },
      { summary: 'x' },
      { tags: ['x'] },
      { metadata: { m: 1 } },
      { collection: 'docs' },
      { position: 1 },
      { validFrom: '2020-01-01T00:00:00Z' },
      { validTo: '2020-01-01T00:00:00Z' },
      { isHead: false },
      { recordedTo: 7 },
      { createdAt: '2020-01-01T00:00:00.000Z' },
      { updatedAt: '2020-01-01T00:00:00.000Z' },
      { seriesId: b.seriesId },
    ];
    for (const change of others)
      expect(await changed(change)).toEqual([`capsule-changed ${A2} ${Object.keys(change)[0]}`]);
    expect(await changed({ seq: 99 })).toEqual(['capsule-changed 99 seq']);
    expect(await found((rows) => rows.capsules.splice(1, 1))).toEqual([`state-row-missing ${A2}`]);
    expect(await found((rows) => rows.capsules.push({ ...capsule(rows, a.id), id: 'invented', seq: 900 }))).toEqual([
      'state-row-added 900',
    ]);
    expect(await found((rows) => rows.capsules.push(capsule(rows, a.id)))).toEqual([`state-row-added ${A}`]);
  });

  it('[LED-40] names an edge that was removed, added or changed', async () => {
    expect(await found((rows) => (rows.edges = rows.edges.filter(({ child }) => child !== B)))).toEqual([
      `edge-missing ${B}`,
      `edge-missing ${B}`,
    ]);
    const invented = { child: B, ordinal: 2, parent: A, relation: 'fork', reason: null, changes: [] } as const;
    expect(await found((rows) => rows.edges.push(invented))).toEqual([`edge-added ${B}`]);
    expect(await found((rows) => rows.edges.push({ ...invented, ordinal: 0 }))).toEqual([`edge-added ${B}`]);
    expect(await found((rows) => rows.edges.push({ ...invented, child: 5 }))).toEqual(['edge-added 5']);
    const changed = (change: Partial<VerifyEdge>) =>
      found((rows) => Object.assign(rows.edges[1] as VerifyEdge, change));
    expect(await changed({ relation: 'citation' })).toEqual([`edge-changed ${B} relation`]);
    expect(await changed({ parent: A })).toEqual([`edge-changed ${B} parent`]);
    expect(await changed({ reason: 'Zanzibar' })).toEqual([`edge-changed ${B} reason`]);
    expect(await changed({ changes: ['title'] })).toEqual([`edge-changed ${B} changes`]);
    expect(await changed({ ordinal: 1 })).toEqual([
      `edge-changed ${B} parent`,
      `edge-changed ${B} relation`,
      `edge-changed ${B} reason`,
      `edge-added ${B}`,
      `edge-missing ${B}`,
    ]);
  });

  it('[LED-41] names a series or an archive that differs from its events', async () => {
    const changed = (change: Partial<VerifySeries>) =>
      found((rows) => Object.assign(rows.series[0] as VerifySeries, change));
    expect(await changed({ ownerId: 'thief' })).toEqual([`owner-changed ${A2} ownerId`]);
    expect(await changed({ key: 'Zanzibar' })).toEqual([`series-changed ${A2} key`]);
    expect(await changed({ head: A })).toEqual([`series-changed ${A2} head`]);
    expect(await changed({ archived: true })).toEqual([`archive-changed ${A2} archived`]);
    expect(await found((rows) => rows.series.shift())).toEqual(['state-row-missing']);
    expect(await found((rows) => rows.series.push({ ...(rows.series[0] as VerifySeries), id: 'invented' }))).toEqual([
      'state-row-added',
    ]);
    expect(pristine.spans).toEqual([
      { seriesId: b.seriesId, from: ARCHIVED, to: 277 },
      { seriesId: b.seriesId, from: 278, to: null },
    ]);
    expect(await foundInLarge((rows) => ((rows.spans[0] as Row<VerifyArchiveSpan>).to = 9))).toEqual([
      `archive-changed ${ARCHIVED} to`,
    ]);
    expect(await foundInLarge((rows) => rows.spans.pop())).toEqual(['state-row-missing 278']);
    expect(await foundInLarge((rows) => rows.spans.push({ seriesId: a.seriesId, from: 9, to: null }))).toEqual([
      'state-row-added 9',
    ]);
  });

  it('[LED-42] goes on after a finding, counts all of them and keeps as many as asked for', async () => {
    const rows = structuredClone(pristine);
    for (let seq = 10; seq < 200; seq++) entry(rows, seq).envelope.actor = 'x';
    capsule(rows, a.id).trust = 1;
    rows.note = '';
    const report = await verify(rows, { maxFindings: 100 });
    expect(report.findings).toHaveLength(100);
    expect(report.counts).toEqual({ 'checkpoint-signature': 1, 'leaf-mismatch': 190, 'trust-changed': 1 });
    expect(report.more).toBe(92);
    expect(report.ok).toBe(false);
  });

  it('[LED-43] finds any single change of any stored value, and any row that is gone or doubled', async () => {
    const tables = ['entries', 'capsules', 'edges', 'series', 'spans'] as const;
    const nat = fc.nat({ max: 2 ** 31 });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('note', 'end', ...tables),
        nat,
        fc.nat(9),
        nat,
        async (table, place, action, where) => {
          const rows = structuredClone(small);
          if (table === 'note') rows.note = flip(rows.note, where) as string;
          else if (table === 'end') rows.end = flip(rows.end, where) as VerifyTreeEnd;
          else {
            const list = rows[table] as unknown[];
            const index = place % list.length;
            if (action === 0) list.splice(index, 1);
            else if (action === 1 && table !== 'entries') list.push(structuredClone(list[index]));
            else list[index] = flip(list[index], where);
          }
          const report = await verify(rows);
          expect(report.ok).toBe(false);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('[LED-44] accepts what is known to have been erased, and nothing else', async () => {
    const erase = (rows: Rows) => {
      const row = entry(rows, A);
      row.privateValues = row.privateValues.filter(({ field }) => field !== 'title' && field !== 'content');
      Object.assign(capsule(rows, a.id), { title: null, content: '', summary: '' });
    };
    expect(await found(erase)).toEqual([`private-value-missing ${A} content`, `private-value-missing ${A} title`]);
    const erased = (seq: number, field: string | null) => seq === A && (field === 'title' || field === 'content');
    expect(await found(erase, { erased })).toEqual([]);
    expect(await found((rows) => (capsule(rows, a.id).title = null), { erased })).toEqual([
      `capsule-changed ${A} title`,
    ]);
    expect(
      await found((rows) => (entry(rows, 4).salt = null), { erased: (seq, field) => seq === 4 && field === null }),
    ).toEqual([]);
  });

  it('[LED-45] waits with the standing of what a trust change has yet to reach, and with nothing else', async () => {
    const stale = { chainTrust: 70, tainted: false, warned: false };
    const late = (rows: Rows) => {
      Object.assign(capsule(rows, b.id), stale);
      rows.pending.push({ root: A, event: 5 });
    };
    const rows = structuredClone(pristine);
    late(rows);
    expect(await verify(rows)).toMatchObject({ ok: true, unsettled: 3 });
    expect(await found((r) => Object.assign(capsule(r, b.id), stale))).toHaveLength(3);
    const owner = await found((r) => {
      late(r);
      capsule(r, b.id).trust = 100;
    });
    expect(owner).toEqual([`trust-changed ${B} trust`]);
    expect(await found((r) => r.pending.push({ root: A2, event: 5 }))).toEqual([`state-row-added ${A2}`]);
    expect(await found((r) => r.pending.push({ root: A, event: 4 }))).toEqual([`state-row-added ${A}`]);
    expect(await found((r) => r.pending.push({ root: 5000, event: 5 }))).toEqual(['state-row-added 5000']);
  });
});

/** A copy with one scalar changed, chosen by a number. */
function flip(value: unknown, where: number): unknown {
  if (value instanceof Uint8Array) {
    const copy = value.slice();
    copy[where % copy.length] = (copy[where % copy.length] ?? 0) ^ (1 << (where % 8));
    return copy;
  }
  if (typeof value === 'string') {
    const at = value.length === 0 ? 0 : where % value.length;
    return `${value.slice(0, at)}${value[at] === 'x' ? 'y' : 'x'}${value.slice(at + 1)}`;
  }
  if (typeof value === 'number') return value + 1 + (where % 3);
  if (typeof value === 'boolean') return !value;
  if (value === null || typeof value !== 'object') return 'x';
  if (Array.isArray(value)) {
    if (value.length === 0) return ['x'];
    const at = where % value.length;
    return value.map((item, i) => (i === at ? flip(item, Math.floor(where / value.length)) : (item as unknown)));
  }
  const keys = Object.keys(value);
  const chosen = keys[where % keys.length];
  if (chosen === undefined) return { x: 1 };
  const record = value as Record<string, unknown>;
  return { ...record, [chosen]: flip(record[chosen], Math.floor(where / keys.length)) };
}
