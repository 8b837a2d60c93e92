import type { Store } from '@forge-cascade/core';
import { openSqliteStore } from '@forge-cascade/store-sqlite';
import binaryen from 'assemblyscript/binaryen';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FLOODED, GuestsOnRecord, HOSTILE } from '../fixtures/hostile-guest.js';

const module = binaryen.parseText(HOSTILE).emitBinary();

let dataDir: string;
let store: Store;
let guests: GuestsOnRecord;

async function open(): Promise<void> {
  store = await openSqliteStore({ dataDir });
  guests = await GuestsOnRecord.over(store, module);
}
async function close(): Promise<void> {
  await guests.close();
  await store.close();
}

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'forge-hostile-'));
  await open();
});
afterEach(async () => {
  await close();
  await rm(dataDir, { recursive: true, force: true });
});

describe('hostile guests over SQLite', () => {
  it('[OVL-24] that write and publish without end leave their receipt alone, and their neighbour answers', async () => {
    expect(await guests.flooded()).toEqual(FLOODED);
  });

  it('[OVL-25] whose worker is killed in the middle of what it writes have written nothing, also when opened again', async () => {
    const ended = await guests.run('hostile', 'put_and_spin');
    expect(['deadline', 'out_of_fuel']).toContain(ended.fault?.code);
    await close();
    await open();
    expect(await store.overlays.value('hostile', 'k')).toBeNull();
    expect(await guests.left()).toEqual(['overlay.executed.v1']);
    expect((await store.overlays.receipts('hostile', 10, null)).items[0]?.payload).toMatchObject({
      fault: ended.fault?.code,
    });
    expect((await guests.run('hostile', 'put')).fault).toBeNull();
    expect(await store.overlays.value('hostile', 'k')).toBe(1);
  });
});
