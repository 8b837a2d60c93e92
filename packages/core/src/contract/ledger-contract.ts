/** Reading the ledger, and the proofs that hold it together. @module */
import { parseCheckpoint } from '../ledger/checkpoint.js';
import { canonicalEnvelope } from '../ledger/envelope.js';
import { leafHash, verifyConsistency, verifyInclusion } from '../ledger/merkle.js';
import type { LedgerEntry, LedgerQuery } from '../ports/ledger-reader.js';
import {
  aCapsule,
  anOverlay,
  aPipelineRun,
  aProposal,
  archivalOf,
  aTrigger,
  aVersionOf,
  aVote,
  commitOf,
  overlayStateOf,
  trustChangeOf,
  written,
} from './given-events.js';
import { freshStore, START, timeOf, type ContractEngine, type TestApi } from './test-api.js';

export function ledgerContract(engine: ContractEngine, t: TestApi): void {
  const { it, expect } = t;

  t.describe('ledger', () => {
    const subject = freshStore(engine, t);
    const seqs = async (query: Partial<LedgerQuery>) => {
      const { items } = await subject.store.entries({ order: 'oldest', limit: 1000, cursor: null, ...query });
      return items.map(({ envelope }) => envelope.seq);
    };

    it('[STO-36] finds entries by entity, stream, type, actor, correlation and time', async () => {
      const { store } = subject;
      const a = aCapsule();
      const a2 = aVersionOf(a);
      const b = aCapsule();
      await store.commit(commitOf([a, b], { actor: 'ann', correlationId: 'one' }));
      subject.now += 1000;
      await store.commit(commitOf([a2], { actor: 'ben', correlationId: 'two' }));
      subject.now += 1000;
      await store.commit(
        commitOf([archivalOf(a2), trustChangeOf(b, 60, 65)], { actor: 'ann', correlationId: 'three' }),
      );
      expect(await seqs({})).toEqual([1, 2, 3, 4, 5, 6]);
      expect(await seqs({ order: 'newest' })).toEqual([6, 5, 4, 3, 2, 1]);
      expect(await seqs({ entityId: a.id })).toEqual([2]);
      expect(await seqs({ entityId: a2.id })).toEqual([4, 5]);
      expect(await seqs({ entityId: a.seriesId })).toEqual([]);
      expect(await seqs({ stream: a.seriesId })).toEqual([2, 4, 5]);
      expect(await seqs({ stream: b.seriesId, order: 'newest' })).toEqual([6, 3]);
      expect(await seqs({ type: 'capsule.created.v1' })).toEqual([2, 3]);
      expect(await seqs({ actor: 'ann' })).toEqual([2, 3, 5, 6]);
      expect(await seqs({ correlationId: 'three' })).toEqual([5, 6]);
      expect(await seqs({ actor: 'ann', type: 'capsule.archived.v1' })).toEqual([5]);
      expect(await seqs({ type: 'no.such.v1' })).toEqual([]);
      expect(await seqs({ from: timeOf(START + 1000) })).toEqual([4, 5, 6]);
      expect(await seqs({ to: timeOf(START + 1000) })).toEqual([1, 2, 3]);
      expect(await seqs({ from: timeOf(START + 1), to: timeOf(START + 2000) })).toEqual([4]);
    });

    it('[STO-36] finds entries of entities that are no capsules', async () => {
      const { store } = subject;
      await written(store, aPipelineRun([], 'why', 'run-1'), aPipelineRun([], 'what', 'run-2'));
      expect(await seqs({ entityId: 'run-1' })).toEqual([2]);
      expect(await seqs({ stream: 'run-2' })).toEqual([3]);
    });

    it('[STO-110] keeps what is told of overlays, cascades, proposals and votes, also of unknown ones', async () => {
      const { store } = subject;
      await written(store, anOverlay('o1', 'watcher'), anOverlay('o2', 'learner'), overlayStateOf('o2', 'ACTIVE'));
      await written(store, aTrigger('o1', 'o2', 'model_updated'), aTrigger('o1', 'nowhere'));
      await written(store, aProposal('p1', 'ann'), aVote('p1', 'ben', 'for', 62.5), aVote('nothing', 'ben', 'for', 1));
      const { items } = await store.entries({ order: 'oldest', limit: 20, cursor: null });
      const told = items.slice(1).map(({ envelope, payload }) => [envelope.entity_type, envelope.operation, payload]);
      expect(told).toMatchObject([
        ['Overlay', 'REGISTER', { name: 'watcher', trust_level: 80, capabilities: ['DATABASE_READ', 'EVENT_PUBLISH'] }],
        ['Overlay', 'REGISTER', { name: 'learner' }],
        ['Overlay', 'CHANGE_STATE', { state: 'ACTIVE' }],
        ['Overlay', 'TRIGGER', { target_id: 'o2', event_type: 'model_updated', payload: { severity: 3 } }],
        ['Overlay', 'TRIGGER', { target_id: 'nowhere' }],
        ['Proposal', 'PROPOSE', { proposer_id: 'ann', title: 'Increase the training frequency' }],
        ['Proposal', 'VOTE', { voter_id: 'ben', vote: 'for', weight: 62.5 }],
        ['Proposal', 'VOTE', { voter_id: 'ben' }],
      ]);
      expect(await seqs({ stream: 'p1' })).toEqual([7, 8]);
    });

    it('[STO-36] pages in both orders, each entry once', async () => {
      const { store } = subject;
      await written(store, ...Array.from({ length: 10 }, () => aCapsule()));
      for (const order of ['newest', 'oldest'] as const) {
        const seen: number[] = [];
        const sizes: number[] = [];
        let cursor: string | null = null;
        do {
          const page: Awaited<ReturnType<typeof store.entries>> = await store.entries({ order, limit: 4, cursor });
          seen.push(...page.items.map(({ envelope }) => envelope.seq));
          sizes.push(page.items.length);
          cursor = page.nextCursor;
        } while (cursor !== null);
        const all = Array.from({ length: 11 }, (_, i) => i + 1);
        expect(seen).toEqual(order === 'oldest' ? all : all.reverse());
        expect(sizes).toEqual([4, 4, 3]);
      }
    });

    it('[STO-36] refuses the cursor of another question', async () => {
      const { store } = subject;
      await written(store, ...Array.from({ length: 3 }, () => aCapsule()));
      const { nextCursor: cursor } = await store.entries({ order: 'oldest', limit: 1, cursor: null });
      expect((await store.entries({ order: 'oldest', limit: 9, cursor })).items.length).toBe(3);
      const others = [{ order: 'newest' }, { order: 'oldest', type: 'capsule.created.v1' }] as const;
      for (const other of others) {
        await expect(store.entries({ limit: 9, cursor, ...other })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
      }
    });

    it('[STO-36] gives what came after an entry, in both orders and page by page', async () => {
      const { store } = subject;
      await written(store, ...Array.from({ length: 6 }, () => aCapsule()));
      const base = { order: 'oldest', limit: 2, cursor: null } as const;
      const seqs = async (query: LedgerQuery) => (await store.entries(query)).items.map(({ envelope }) => envelope.seq);
      expect(await seqs({ ...base, after: 3 })).toEqual([4, 5]);
      expect(
        await seqs({ ...base, after: 3, cursor: (await store.entries({ ...base, after: 3 })).nextCursor }),
      ).toEqual([6, 7]);
      expect(await seqs({ ...base, order: 'newest', limit: 9, after: 4 })).toEqual([7, 6, 5]);
      expect(await seqs({ ...base, limit: 9, after: 0 })).toHaveLength(7);
      expect(await seqs({ ...base, after: 7 })).toEqual([]);
    });

    it('[STO-36] refuses limits outside 1 to 1,000, times that are none and cursors it did not give', async () => {
      const { store } = subject;
      await written(store, aCapsule());
      const base = { order: 'newest', limit: 1, cursor: null } as const;
      const { nextCursor } = await store.entries(base);
      const bad: LedgerQuery[] = [
        { ...base, limit: 0 },
        { ...base, limit: 1001 },
        { ...base, limit: 2.5 },
        { ...base, after: -1 },
        { ...base, after: 1.5 },
        { ...base, from: 'tomorrow' },
        { ...base, to: '' },
        { ...base, cursor: 'nonsense' },
        { ...base, cursor: Buffer.from('[]').toString('base64url') },
        { ...base, cursor: nextCursor, order: 'oldest' },
      ];
      for (const query of bad) await expect(store.entries(query)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    });

    it('[STO-37] signs a checkpoint over every acknowledged commit, and proves each entry to be in it', async () => {
      const { store } = subject;
      for (let i = 0; i < 7; i++) await written(store, ...Array.from({ length: 43 }, () => aCapsule()));
      const { size, root, origin, signatures } = parseCheckpoint(await store.checkpoint());
      const status = await store.status();
      expect([size, origin]).toEqual([302, status.origin]);
      expect(signatures).toHaveLength(1);
      const entries = (await store.entries({ order: 'oldest', limit: 1000, cursor: null })).items;
      expect(entries).toHaveLength(302);
      for (const entry of entries) {
        const { seq } = entry.envelope;
        const proof = await store.inclusionProof(seq, size);
        const claim = { leafHash: leafOf(entry), index: seq - 1, size, proof, root };
        if (!verifyInclusion(claim)) throw new Error(`entry ${seq} is not proved`);
        // The proof binds place and content alike.
        expect(verifyInclusion({ ...claim, index: seq % size })).toBe(false);
      }
    });

    it('[STO-37] covers a commit by the checkpoint once it is acknowledged, group after group', async () => {
      const { store } = subject;
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          const seq = await written(store, aCapsule());
          expect(parseCheckpoint(await store.checkpoint()).size).toBeGreaterThanOrEqual(seq);
        }),
      );
      expect(parseCheckpoint(await store.checkpoint()).size).toBe(21);
    });

    it('[STO-38] proves every earlier checkpoint to be a beginning of the newest', async () => {
      const { store } = subject;
      const notes = [await store.checkpoint()];
      for (let i = 1; i <= 20; i++) {
        await written(store, ...Array.from({ length: i }, () => aCapsule()));
        notes.push(await store.checkpoint());
      }
      const checkpoints = notes.map(parseCheckpoint);
      const newest = checkpoints.at(-1);
      expect(newest?.size).toBe(211);
      const newRoot = newest?.root ?? new Uint8Array();
      for (const { size, root } of checkpoints) {
        const proof = await store.consistencyProof(size, 211);
        expect(verifyConsistency({ oldSize: size, oldRoot: root, newSize: 211, newRoot, proof })).toBe(true);
        expect(verifyConsistency({ oldSize: size, oldRoot: newRoot, newSize: 211, newRoot, proof })).toBe(size === 211);
      }
      // Proofs can be had for any tree of the past, not only the newest.
      const [entry] = (await store.entries({ order: 'oldest', limit: 1, cursor: null })).items;
      const { size, root } = checkpoints[5] as (typeof checkpoints)[number];
      const proof = await store.inclusionProof(1, size);
      expect(entry !== undefined && verifyInclusion({ leafHash: leafOf(entry), index: 0, size, proof, root })).toBe(
        true,
      );
    });

    it('[STO-39] refuses proofs about entries and trees that do not exist', async () => {
      const { store } = subject;
      await written(store, aCapsule());
      const invalid = { code: 'INVALID_INPUT' };
      for (const [seq, size] of [
        [0, 2],
        [3, 2],
        [1, 3],
        [-1, 2],
        [1.5, 2],
        [1, 0],
      ] as const) {
        await expect(store.inclusionProof(seq, size)).rejects.toMatchObject(invalid);
      }
      for (const [oldSize, newSize] of [
        [2, 1],
        [1, 3],
        [0, 2],
        [-1, 2],
        [1, 1.5],
      ] as const) {
        await expect(store.consistencyProof(oldSize, newSize)).rejects.toMatchObject(invalid);
      }
    });
  });
}

function leafOf({ envelope }: LedgerEntry): Uint8Array {
  return leafHash(canonicalEnvelope(envelope));
}
