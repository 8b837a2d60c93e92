import type { Store } from '@forge-cascade/core';
import { GivenStores } from '@forge-cascade/store-neo4j/testing';
import binaryen from 'assemblyscript/binaryen';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FLOODED, GuestsOnRecord, HOSTILE } from '../fixtures/hostile-guest.js';

const stores = new GivenStores();

let store: Store;
let guests: GuestsOnRecord;
beforeEach(async () => {
  store = await stores.open();
  guests = await GuestsOnRecord.over(store, binaryen.parseText(HOSTILE).emitBinary());
});
afterEach(async () => {
  await guests.close();
  await store.close();
});

describe('hostile guests over Neo4j', () => {
  it('[OVL-24] that write and publish without end leave their receipt alone, and their neighbour answers', async () => {
    expect(await guests.flooded()).toEqual(FLOODED);
  });

  it('[OVL-25] whose worker is killed in the middle of what it writes have written nothing', async () => {
    const ended = await guests.run('hostile', 'put_and_spin');
    expect(['deadline', 'out_of_fuel']).toContain(ended.fault?.code);
    expect(await store.overlays.value('hostile', 'k')).toBeNull();
    expect(await guests.left()).toEqual(['overlay.executed.v1']);
    expect((await guests.run('hostile', 'put')).fault).toBeNull();
    expect(await store.overlays.value('hostile', 'k')).toBe(1);
  });
});
