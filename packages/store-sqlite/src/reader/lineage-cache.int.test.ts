import { deepStrictEqual } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openMemoryStore, type LineageDirection, type MemoryStore, type Store } from '@forge-cascade/core';
import { aCapsule, commitOf, seededHistory, trustChangeOf, written } from '@forge-cascade/core/contract';
import { openSqliteStore } from '@forge-cascade/store-sqlite';
import { dataFolder } from '../data-folder.js';
import { openDatabase, type Database } from '../driver.js';
import { configure } from '../schema.js';
import { LineageCache } from './lineage-cache.js';
import { decodeLineage, encodeLineage } from './lineage-message.js';
import { LineageRows } from './read-lineage.js';
import { TrustBounds } from './trust-bounds.js';

const root = mkdtempSync(join(tmpdir(), 'forge-lineage-'));
let folders = 0;
let dataDir: string;
let now: number;
let sqlite: Store;
let memory: MemoryStore;
let db: Database;

beforeEach(async () => {
  now = Date.UTC(2026, 2, 1);
  dataDir = join(root, `data-${folders++}`);
  sqlite = await openSqliteStore({ dataDir, now: () => now });
  memory = await openMemoryStore({ now: () => now });
  db = openDatabase(dataFolder(dataDir).database);
  configure(db, 'reader');
});

afterEach(async () => {
  db.close();
  await sqlite.close();
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A reader like that of the look-up thread, with room for so many capsules. */
class Reader {
  readonly #bounds = new TrustBounds(db);
  readonly #rows: LineageRows;

  constructor(mostKnown: number) {
    this.#rows = new LineageRows(db, this.#bounds, mostKnown);
  }

  lineage(id: string, direction: LineageDirection, depth: number | null) {
    db.exec('BEGIN');
    try {
      this.#bounds.refresh();
      const walked = this.#rows.graph(id, direction, depth);
      return walked === null ? null : decodeLineage(encodeLineage(walked));
    } finally {
      db.exec('COMMIT');
    }
  }
}

/** mulberry32 */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x = (x + Math.imul(x ^ (x >>> 7), x | 61)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) % below;
  };
}

const DEPTHS = [null, 0, 1, 2, 3, 7] as const;

describe('walks of the lineage, some of whose capsules are known already', () => {
  it.each([
    { seed: 1, mostKnown: 65_536 },
    { seed: 2, mostKnown: 65_536 },
    { seed: 3, mostKnown: 12 },
    { seed: 4, mostKnown: 1 },
    { seed: 5, mostKnown: 0 },
  ])(
    '[STO-85] are those of the memory engine between random writes: seed $seed, room for $mostKnown',
    async ({ seed, mostKnown }) => {
      const history = seededHistory(seed, 160);
      const pick = numbersFrom(seed);
      const reader = new Reader(mostKnown);
      let walks = 0;
      for (const [step, { at, request }] of history.steps.entries()) {
        now = at;
        await Promise.all([sqlite.commit(request), memory.commit(request)]);
        // Sometimes while a decrease is still on its way: what is bounded must be what it is going to be.
        if (pick(3) > 0) await sqlite.settled();
        const ids = [...memory.state.capsules.keys()];
        for (let i = pick(4); i > 0 && ids.length > 0; i--, walks++) {
          const id = ids[pick(ids.length)] as string;
          const direction = pick(2) === 0 ? 'ancestors' : 'descendants';
          const depth = DEPTHS[pick(DEPTHS.length)] ?? null;
          const what = `seed ${seed}, step ${step}: ${direction} of ${id} to depth ${depth}`;
          const expected = await memory.lineage(id, direction, depth);
          deepStrictEqual(reader.lineage(id, direction, depth), expected, what);
          deepStrictEqual(await sqlite.lineage(id, direction, depth), expected, `${what}, in the thread`);
        }
      }
      expect(walks).toBeGreaterThan(100);
    },
  );

  it('[STO-85] find the children that came after their parent was forgotten', async () => {
    const parent = aCapsule({ title: 'parent' });
    await written(sqlite, parent);
    const seq = Number(db.prepare('SELECT seq FROM capsule WHERE id = ?').get(parent.id)?.['seq']);
    const cache = new LineageCache(db);
    cache.follow();
    cache.capsules([seq]);
    expect(cache.children([seq])).toEqual([[]]);
    await written(sqlite, trustChangeOf(parent, 60, 70));
    // A read that begins but walks nowhere.
    cache.follow();
    await written(sqlite, aCapsule({ title: 'child', derivedFrom: [{ id: parent.id, relation: 'fork' }] }));
    cache.follow();
    expect(cache.children([seq])[0]).toHaveLength(1);
  });

  it('[STO-85] go on rightly when the changes they missed were dropped from the log', async () => {
    const parent = aCapsule({ title: 'parent' });
    const child = aCapsule({ title: 'child', derivedFrom: [{ id: parent.id, relation: 'fork' }] });
    await written(sqlite, parent, child);
    const reader = new Reader(100);
    const titles = () =>
      reader.lineage(parent.id, 'descendants', null)?.nodes.map(({ title, trust }) => [title, trust]);
    expect(titles()).toEqual([
      ['parent', 60],
      ['child', 60],
    ]);
    await written(sqlite, trustChangeOf(parent, 60, 80));
    await sqlite.commit(commitOf([aCapsule({ title: 'late', derivedFrom: [{ id: child.id, relation: 'merge' }] })]));
    const writer = openDatabase(dataFolder(dataDir).database);
    writer.exec('DELETE FROM change_log');
    writer.close();
    expect(titles()).toEqual([
      ['parent', 80],
      ['child', 60],
      ['late', 60],
    ]);
  });
});
