import { describe, expect, it } from 'vitest';
import { aCapsule, written } from '../contract/index.js';
import { openMemoryStore, type MemoryStore } from '../memory/memory-store.js';
import { migrateStore, type MigrationSource } from '../migration/index.js';
import { openingEntry } from '../migration/opening-entry.js';
import { memoryVerifySource } from './memory-verify-source.js';
import { verifyLedger, type VerifyReport } from './verify-ledger.js';

const verified = (store: MemoryStore, verifierKeys = [store.verifierKey], since?: string): Promise<VerifyReport> =>
  verifyLedger(memoryVerifySource(store), { verifierKeys, ...(since === undefined ? {} : { since }) });

const side = (store: MemoryStore): MigrationSource => ({ store, verify: () => verified(store) });

async function moved(source: MemoryStore, origin: string): Promise<MemoryStore> {
  const target = await openMemoryStore({ receive: { origin } });
  await migrateStore({
    source: side(source),
    target: { ...side(target), address: null },
    now: Date.now,
    correlationId: 'the move',
    onProgress: () => undefined,
  });
  return target;
}

/** A store with these entries, signed as if nothing were wrong. */
const resigned = (store: MemoryStore, more: Parameters<MemoryStore['replica']['append']>[0]) =>
  openMemoryStore({ entries: [...store.ledger.entries, ...(more as never[])] });

describe('the chapters of a ledger that moved', () => {
  it('[LED-68] are verified as one, also against a checkpoint of an earlier one', async () => {
    const first = await openMemoryStore();
    await written(first, aCapsule());
    const kept = await first.checkpoint();
    const second = await moved(first, 'second');
    await written(second, aCapsule());
    const third = await moved(second, 'third');
    const report = await verified(third, [third.verifierKey, first.verifierKey], kept);
    expect(report).toMatchObject({ ok: true, origin: 'third', size: 7, capsules: 2, findings: [] });
    expect(await verified(first)).toMatchObject({ ok: true, size: 3 });
  });

  it('[LED-68] begin nowhere but where one was sealed for them', async () => {
    const first = await openMemoryStore();
    await written(first, aCapsule());
    const opening = (origin: string) => openingEntry(first, { origin, now: Date.now(), correlationId: 'x' });
    const unsealed = await opening('second');
    expect((await verified(await resigned(first, [unsealed]))).counts).toMatchObject({ 'chapter-changed': 1 });
    await moved(first, 'second');
    const [right, wrong] = [await opening('second'), await opening('elsewhere')];
    expect((await verified(await resigned(first, [wrong]))).counts).toMatchObject({ 'chapter-changed': 1 });
    // It names the end of another ledger as the one it follows.
    const stranger = await openMemoryStore();
    const foreign = await openingEntry(stranger, { origin: 'second', now: Date.now(), correlationId: 'x' });
    const misled = { ...foreign, envelope: { ...foreign.envelope, seq: right.envelope.seq } };
    expect((await verified(await resigned(first, [misled]))).counts).toMatchObject({ 'chapter-changed': 1 });
  });

  it('[LED-68] end with their seal: what is written behind it without opening anew is named', async () => {
    const first = await openMemoryStore();
    await moved(first, 'second');
    const other = await openMemoryStore();
    await written(other, aCapsule());
    const [, capsule] = await other.replica.history(0, 2);
    if (capsule === undefined) throw new Error('nothing was written');
    const behind = { ...capsule, envelope: { ...capsule.envelope, seq: first.ledger.size + 1 } };
    expect((await verified(await resigned(first, [behind]))).counts).toMatchObject({ 'chapter-changed': 1 });
  });
});
