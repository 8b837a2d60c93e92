/** Taking a store elsewhere: what an engine gives away of itself, and takes in of another. @module */
import { parseCheckpoint } from '../ledger/checkpoint.js';
import { verifyConsistency, verifyInclusion, leafHash } from '../ledger/merkle.js';
import { canonicalEnvelope } from '../ledger/envelope.js';
import { migrateStore, type MigrationReport } from '../migration/migrate-store.js';
import type { Store } from '../ports/store.js';
import { compareAnswers } from './compare-stores.js';
import { aCapsule, aVersionOf, commitOf, written } from './given-events.js';
import { seededHistory } from './random-history.js';
import { freshStore, START, type ContractEngine, type TestApi } from './test-api.js';

export function replicaContract(engine: ContractEngine, t: TestApi): void {
  const { it, expect } = t;

  t.describe('moving', () => {
    const subject = freshStore(engine, t);

    it('[LED-64] goes whole and byte for byte, and every earlier proof holds in the new place', async () => {
      const { store } = subject;
      const history = seededHistory(11, 20);
      for (const { at, request } of history.steps) {
        subject.now = at;
        await store.commit(request);
      }
      await store.leases.acquire('drain', 'me', 60_000);
      const [earlier, size] = [parseCheckpoint(await store.checkpoint()), (await store.status()).ledgerSize];
      const before = await everything(store);
      const target = await engine.receive({ now: () => subject.now });
      try {
        const report = await moved(store, target, subject.now);
        expect(report.copied.entries).toBe(size + 1);
        // The seal, which only the source had last, and the opening.
        const after = await everything(target);
        expect(after.entries.slice(0, size)).toEqual(before.entries);
        expect(after.entries.slice(size).map(({ envelope }) => envelope.type)).toEqual([
          'store.sealed.v1',
          'store.opened.v1',
        ]);
        expect({ ...after, entries: null }).toEqual({ ...before, entries: null });
        const now = parseCheckpoint(await target.checkpoint());
        expect([now.size, now.origin === earlier.origin]).toEqual([size + 2, false]);
        const consistent = {
          ...{ oldSize: size, newSize: now.size, oldRoot: earlier.root, newRoot: now.root },
          proof: await target.consistencyProof(size, now.size),
        };
        expect(verifyConsistency(consistent)).toBe(true);
        const leaf = leafHash(canonicalEnvelope(before.entries[4]!.envelope));
        const included = {
          index: 4,
          size,
          leafHash: leaf,
          root: earlier.root,
          proof: await target.inclusionProof(5, size),
        };
        expect(verifyInclusion(included)).toBe(true);
        await compareAnswers([store, target]);
        expect(await target.leases.acquire('drain', 'other', 1)).toBeNull();
        expect((await written(target, aCapsule())) > size + 2).toBe(true);
      } finally {
        await target.close();
      }
    });

    it('[LED-65] refuses writers once it is sealed, naming where it went, and still answers readers', async () => {
      const { store } = subject;
      const capsule = aCapsule({ content: 'numbat' });
      await written(store, capsule);
      const target = await engine.receive({ now: () => START });
      try {
        const { to } = await moved(store, target, START);
        const refused = await store.commit(commitOf([aVersionOf(capsule)])).catch((error: unknown) => error);
        expect(refused).toMatchObject({ code: 'STORE_SEALED', details: { successor: to.origin } });
        expect(String((refused as Error).message).includes(to.origin)).toBe(true);
        expect((await store.status()).sealed).toMatchObject({ successor: to.origin, engine: to.engine });
        expect((await store.capsule(capsule.id))?.id).toBe(capsule.id);
        expect((await target.status()).sealed).toBeNull();
      } finally {
        await target.close();
      }
    });

    it('[LED-66] goes on where it was cut off, wherever that was, and gives nothing twice', async () => {
      const { store } = subject;
      for (let i = 0; i < 7; i++) await written(store, aCapsule({ content: `numbat ${i}` }), aCapsule());
      await store.vectors.begin('m-1', 2);
      const missing = await store.vectors.missing('m-1', 500);
      const passages = [{ start: 0, end: 1, vector: Float32Array.of(0.6, 0.8) }];
      await store.vectors.put(
        'm-1',
        missing.slice(0, 10).map(({ seq }, i) => ({ seq, passages: i === 3 ? [] : passages })),
      );
      await store.vectors.serve('m-1');
      const target = await engine.receive({ now: () => START });
      try {
        const first = await store.replica.history(0, 4);
        await target.replica.append(first);
        await expect(target.replica.append(first)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
        await expect(target.replica.append(await store.replica.history(6, 2))).rejects.toMatchObject({
          code: 'STATE_CONFLICT',
        });
        expect((await target.status()).ledgerSize).toBe(4);
        await target.vectors.begin('m-1', 2);
        await target.vectors.put('m-1', await store.replica.vectors('m-1', 0, 2));
        const report = await moved(store, target, START);
        expect([report.copied.entries, report.copied.vectors]).toEqual([12, 8]);
        expect(await target.replica.vectors('m-1', 0, 100)).toEqual(await store.replica.vectors('m-1', 0, 100));
        expect(await target.vectors.models()).toEqual(await store.vectors.models());
        const again = await moved(store, target, START);
        expect(again).toEqual({ ...report, copied: { entries: 0, vectors: 0 }, promises: again.promises });
      } finally {
        await target.close();
      }
    });

    it('[LED-67] is taken in by no store that holds another ledger, or was not opened for it', async () => {
      const { store } = subject;
      await written(store, aCapsule());
      const entries = await store.replica.history(0, 2);
      await expect(store.replica.append(entries)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
      const target = await engine.receive({ now: () => START });
      try {
        await target.replica.append(entries.slice(0, 1));
        // The same place in another history.
        const { envelope, ...kept } = entries[1]!;
        await target.replica.append([{ envelope: { ...envelope, actor: 'somebody else' }, ...kept }]);
        await expect(moved(store, target, START)).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
        expect((await store.status()).sealed).toBeNull();
        await written(store, aCapsule());
      } finally {
        await target.close();
      }
    });
  });
}

/** Moves a store; what verification says is the engines' own matter. */
function moved(source: Store, target: Store, now: number): Promise<MigrationReport> {
  const verify = async (store: Store) => {
    const { size, root } = parseCheckpoint(await store.checkpoint());
    const { capsules } = await store.status();
    return { size, root: Buffer.from(root).toString('hex'), capsules, findings: [], counts: {} };
  };
  return migrateStore({
    source: { store: source, verify: () => verify(source) },
    target: { store: target, verify: () => verify(target), address: null },
    now: () => now,
    correlationId: 'the move',
    onProgress: () => undefined,
  });
}

async function everything({ replica }: Store) {
  const entries = [];
  for (let page = await replica.history(0, 50); page.length > 0;) {
    entries.push(
      ...page.map(({ envelope, salt, body, privateValues }) => ({
        envelope,
        salt,
        body,
        privateValues: byField(privateValues),
      })),
    );
    page = await replica.history(entries.length, 50);
  }
  return {
    entries,
    claims: await replica.work('claim', 0, 1000),
    leases: await replica.work('lease', 0, 1000),
    messages: await replica.work('message', 0, 1000),
  };
}

function byField<T extends { readonly field: string }>(values: readonly T[]): T[] {
  return [...values].sort((a, b) => (a.field < b.field ? -1 : 1));
}
