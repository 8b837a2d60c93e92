import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openMemoryStore, type SealedEvent, type Store } from '@forge-cascade/core';
import {
  aCapsule,
  commitOf,
  compareAnswers,
  retractionOf,
  trustChangeOf,
  type GivenCapsule,
} from '@forge-cascade/core/contract';
import { openSqliteStore } from '@forge-cascade/store-sqlite';

const WIDE = 1_200;

let dir: string;
let clock: number;
let memory: Store;
let sqlite: Store;
const now = (): number => clock;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'forge-spread-'));
  clock = Date.parse('2026-03-01T00:00:00Z');
  memory = await openMemoryStore({ now });
  sqlite = await openSqliteStore({ dataDir: join(dir, 'data'), now });
});

afterEach(async () => {
  await sqlite.close();
  await memory.close();
  rmSync(dir, { recursive: true, force: true });
});

async function both(...events: (SealedEvent | GivenCapsule)[]): Promise<void> {
  const request = commitOf(events);
  clock += 1_000;
  for (const store of [memory, sqlite]) expect((await store.commit(request)).outcome).toBe('committed');
}

/** A root with {@link WIDE} descendants: a trunk of twenty, the rest on its branches; some only cite. */
async function aWideFamily(): Promise<{ root: GivenCapsule; family: GivenCapsule[] }> {
  const root = aCapsule({ title: 'root' });
  const family: GivenCapsule[] = [];
  for (let i = 0; i < WIDE; i++) {
    const parent = i < 20 ? (family[i - 1] ?? root) : (family[(i * 7) % i] ?? root);
    const relation = i % 50 === 49 ? 'citation' : 'fork';
    family.push(aCapsule({ title: `member ${i}`, derivedFrom: [{ id: parent.id, relation }] }));
  }
  await both(root);
  for (let i = 0; i < family.length; i += 300) await both(...family.slice(i, i + 300));
  return { root, family };
}

describe('a change of trust with many descendants', () => {
  it('[STO-67] is seen by every reader from its acknowledgement on, long before it has settled', async () => {
    const { root, family } = await aWideFamily();
    // On a fast machine it may have settled before anybody looks: then once more.
    let underway = 0;
    for (let turn = 0; turn < 50 && underway === 0; turn++) {
      if (turn > 0) await both(trustChangeOf(root, 45, 60));
      await both(trustChangeOf(root, 60, 45));
      underway = (await sqlite.status()).trustPropagations;
    }
    expect(underway).toBe(1);
    const carried = new Set(
      (await memory.list({}, 500, null)).items.filter((c) => c.chainTrust <= 45).map((c) => c.id),
    );
    for (const id of [...carried].slice(0, 20)) expect((await sqlite.capsule(id))?.chainTrust).toBe(45);
    expect((await sqlite.list({ minTrust: 46 }, 500, null)).items.filter((c) => carried.has(c.id))).toEqual([]);
    const graph = await sqlite.lineage(root.id, 'descendants', null);
    expect(graph?.nodes.filter((n) => carried.has(n.id)).every((n) => n.chainTrust === 45)).toBe(true);
    const found = await sqlite.search({
      query: 'member',
      filter: { minTrust: 46 },
      limit: 100,
      cursor: null,
      explain: false,
      includeContent: false,
    });
    expect(found.items.filter(({ capsule }) => carried.has(capsule.id))).toEqual([]);
    // A child of a descendant that the change has not reached is born with it.
    const late = aCapsule({ title: 'late', derivedFrom: [{ id: family[700]?.id ?? '', relation: 'fork' }] });
    await both(late);
    expect((await sqlite.capsule(late.id))?.chainTrust).toBe((await memory.capsule(late.id))?.chainTrust);
    await compareAnswers([memory, sqlite]);
  });

  it('[STO-67] ends right when another change of the same capsule overtakes it', async () => {
    const { root, family } = await aWideFamily();
    await both(trustChangeOf(root, 60, 0));
    await both(trustChangeOf(root, 0, 70));
    await both(retractionOf(family[3] as GivenCapsule));
    await both(trustChangeOf(family[1] as GivenCapsule, 60, 41));
    await compareAnswers([memory, sqlite]);
  });

  it('[STO-67] is seen by a walk over what was known before, however much of the change log is gone', async () => {
    const { root } = await aWideFamily();
    const walk = (store: Store) => store.lineage(root.id, 'descendants', null);
    expect(await walk(sqlite)).toEqual(await walk(memory));
    for (let turn = 0; turn < 10; turn++) {
      await both(trustChangeOf(root, turn % 2 === 0 ? 60 : 45, turn % 2 === 0 ? 45 : 60));
      await sqlite.settled();
      // Following lets the writer drop what was followed.
      await sqlite.list({}, 1, null);
    }
    expect(await walk(sqlite)).toEqual(await walk(memory));
  });

  it('[STO-67] is finished after a restart in the middle of it', async () => {
    const { root } = await aWideFamily();
    await both(trustChangeOf(root, 60, 20));
    await sqlite.close();
    sqlite = await openSqliteStore({ dataDir: join(dir, 'data'), now });
    await compareAnswers([memory, sqlite]);
    expect((await sqlite.status()).trustPropagations).toBe(0);
  });
});
