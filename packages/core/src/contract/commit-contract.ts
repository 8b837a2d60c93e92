/** What every commit promises: atomicity, order, one winner. @module */
import type { CommitResult } from '../ports/commit-port.js';
import { aCapsule, aVersionOf, archivalOf, commitOf, GIVEN_OWNER, maintenanceChange, written } from './given-events.js';
import { freshStore, START, timeOf, type ContractEngine, type TestApi } from './test-api.js';

export function commitContract(engine: ContractEngine, t: TestApi): void {
  const { it, expect } = t;

  t.describe('commit', () => {
    const subject = freshStore(engine, t);

    it('[STO-3] begins the ledger with its opening by the owner', async () => {
      const { store } = subject;
      const { items } = await store.entries({ order: 'oldest', limit: 10, cursor: null });
      const { origin, ownerId, ledgerSize } = await store.status();
      expect(ledgerSize).toBe(1);
      expect(items).toHaveLength(1);
      expect(items[0]?.envelope).toMatchObject({ seq: 1, type: 'store.opened.v1', operation: 'OPEN', actor: ownerId });
      expect(items[0]?.payload).toMatchObject({ origin, owner_id: ownerId, parent_checkpoint: null });
    });

    it('[STO-2] gives entries consecutive positions in the order of their events', async () => {
      const { store } = subject;
      const [a, b, c] = [aCapsule(), aCapsule(), aCapsule()];
      const first = await store.commit(commitOf([a, b]));
      const second = await store.commit(commitOf([c]));
      expect(first).toMatchObject({ outcome: 'committed', firstSeq: 2, lastSeq: 3 });
      expect(second).toMatchObject({ outcome: 'committed', firstSeq: 4, lastSeq: 4 });
      const { items } = await store.entries({ order: 'oldest', limit: 10, cursor: null });
      expect(items.slice(1).map(({ envelope }) => [envelope.seq, envelope.entity_id])).toEqual([
        [2, a.id],
        [3, b.id],
        [4, c.id],
      ]);
    });

    it('[STO-2] leaves no gap and no double position under 64 commits at once, losers among them', async () => {
      const { store } = subject;
      const results = await Promise.all(
        Array.from({ length: 64 }, (_, i) =>
          store.commit(
            commitOf([aCapsule(), aCapsule()], i % 4 === 0 ? { expect: [{ stream: 'nobody', revision: 7 }] } : {}),
          ),
        ),
      );
      const spans = results.flatMap((r) => (r.outcome === 'committed' ? [[r.firstSeq, r.lastSeq]] : []));
      expect(spans).toHaveLength(48);
      spans.sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
      expect(spans).toEqual(Array.from({ length: 48 }, (_, i) => [2 + 2 * i, 3 + 2 * i]));
      const { items } = await store.entries({ order: 'oldest', limit: 1000, cursor: null });
      expect(items.map(({ envelope }) => envelope.seq)).toEqual(Array.from({ length: 97 }, (_, i) => i + 1));
    });

    it('[STO-2] writes the envelope as it was asked for', async () => {
      const { store } = subject;
      const capsule = aCapsule();
      await store.commit(commitOf([capsule], { actor: 'user-7', correlationId: 'corr-1', causationId: 'cause-1' }));
      const { items } = await store.entries({ order: 'newest', limit: 1, cursor: null });
      expect(items[0]?.envelope).toEqual({
        seq: 2,
        id: capsule.event.id,
        type: 'capsule.created.v1',
        entity_type: 'Capsule',
        entity_id: capsule.id,
        actor: 'user-7',
        operation: 'CREATE',
        correlation_id: 'corr-1',
        causation_id: 'cause-1',
        timestamp: timeOf(START),
        payload_commitment: Buffer.from(capsule.event.commitment).toString('hex'),
      });
    });

    it('[STO-4] never dates an entry before an earlier one, also when the clock goes back', async () => {
      const { store } = subject;
      const stamps: string[] = [];
      for (const now of [START + 5, START - 100_000, START + 3, START + 9]) {
        subject.now = now;
        const result = await store.commit(commitOf([aCapsule(), aCapsule()]));
        stamps.push(result.outcome === 'committed' ? result.timestamp : result.outcome);
      }
      expect(stamps).toEqual([START + 5, START + 5, START + 5, START + 9].map(timeOf));
      const { items } = await store.entries({ order: 'oldest', limit: 100, cursor: null });
      expect(items.slice(1).map(({ envelope }) => envelope.timestamp)).toEqual(stamps.flatMap((s) => [s, s]));
    });

    it('[STO-5] takes the newest position of a stream as its revision, and 0 for one that does not exist', async () => {
      const { store } = subject;
      const capsule = aCapsule();
      const fresh = { expect: [{ stream: capsule.seriesId, revision: 0 }] };
      expect(await store.commit(commitOf([capsule], fresh))).toMatchObject({ outcome: 'committed', lastSeq: 2 });
      await written(store, aCapsule());
      expect((await store.capsule(capsule.id))?.revision).toBe(2);
      const next = aVersionOf(capsule);
      expect(await store.commit(commitOf([next], fresh))).toEqual({
        outcome: 'stale',
        stream: capsule.seriesId,
        revision: 2,
      });
      const right = { expect: [{ stream: capsule.seriesId, revision: 2 }] };
      expect(await store.commit(commitOf([next], right))).toMatchObject({ outcome: 'committed', lastSeq: 4 });
      await written(store, archivalOf(next));
      expect((await store.capsule(capsule.id))?.revision).toBe(5);
      expect((await store.capsule(next.id))?.revision).toBe(5);
    });

    it('[STO-5] keeps revisions of entities that are no capsules', async () => {
      const { store } = subject;
      const expectation = { expect: [{ stream: 'system', revision: 0 }] };
      expect(await store.commit(commitOf([maintenanceChange(true)], expectation))).toMatchObject({
        outcome: 'committed',
      });
      expect(await store.commit(commitOf([maintenanceChange(false)], expectation))).toEqual({
        outcome: 'stale',
        stream: 'system',
        revision: 2,
      });
    });

    it('[STO-6] lets exactly one of 32 racing writers win; the others learn the revision and leave nothing', async () => {
      const { store } = subject;
      const head = aCapsule();
      const revision = await written(store, head);
      const candidates = Array.from({ length: 32 }, (_, i) => aVersionOf(head, { content: `candidate ${i}` }));
      const results = await Promise.all(
        candidates.map((candidate, i) =>
          store.commit(
            commitOf([candidate], {
              expect: [{ stream: head.seriesId, revision }],
              claims: [{ space: 'race', key: String(i), holder: candidate.id, expiresAt: null }],
              outbox: [{ id: `race-${i}`, topic: 'race', payload: '{}' }],
            }),
          ),
        ),
      );
      const winners = candidates.filter((_, i) => results[i]?.outcome === 'committed');
      expect(winners).toHaveLength(1);
      const losers = results.filter((r) => r.outcome !== 'committed');
      expect(losers).toEqual(losers.map(() => ({ outcome: 'stale', stream: head.seriesId, revision: revision + 1 })));
      const versions = await store.versions(head.seriesId);
      expect(versions.map(({ id }) => id)).toEqual([winners[0]?.id, head.id]);
      expect((await store.status()).ledgerSize).toBe(revision + 1);
      expect(await store.outbox.backlog()).toEqual({ pending: 1, failing: 0 });
      const claim = await store.commit(
        commitOf([], {
          claims: candidates.map((c, i) => ({ space: 'race', key: String(i), holder: c.id, expiresAt: null })),
        }),
      );
      expect(claim).toMatchObject({ outcome: 'claimed', holder: winners[0]?.id });
    });

    it('[STO-1] writes nothing of a commit that loses, whatever it brought', async () => {
      const { store } = subject;
      await store.commit(commitOf([aCapsule()], { outbox: [{ id: 'promised', topic: 'x', payload: '{}' }] }));
      const { ledgerSize, capsules, heads } = await store.status();
      const checkpoint = await store.checkpoint();
      const lost = aCapsule({ key: 'lost' });
      const result = await store.commit(
        commitOf([lost, aVersionOf(lost)], {
          expect: [{ stream: 'nobody', revision: 3 }],
          claims: [{ space: 'keys', key: 'lost', holder: lost.id, expiresAt: null }],
          outbox: [{ id: 'lost', topic: 'x', payload: '{}' }],
          completes: 'promised',
        }),
      );
      expect(result).toEqual({ outcome: 'stale', stream: 'nobody', revision: 0 });
      expect(await store.status()).toMatchObject({ ledgerSize, capsules, heads });
      expect(await store.checkpoint()).toBe(checkpoint);
      expect(await store.capsule(lost.id)).toBeNull();
      expect(await store.byKeys(GIVEN_OWNER, ['lost'])).toEqual([null]);
      const due = await store.outbox.due(START, 10);
      expect(due.map(({ id }) => id)).toEqual(['promised']);
      const claim = { space: 'keys', key: 'lost', holder: 'other', expiresAt: null };
      expect(await store.commit(commitOf([], { claims: [claim] }))).toMatchObject({ outcome: 'committed' });
    });

    it('[STO-16] refuses a commit whose events name what is not stored, whole, without hurting its neighbours', async () => {
      const { store } = subject;
      const stranger = aCapsule();
      const orphan = aCapsule({ derivedFrom: [{ id: stranger.id, relation: 'fork' }] });
      const good = aCapsule();
      const neighbours = Array.from({ length: 8 }, () => aCapsule());
      const bad = [
        commitOf([good, orphan]),
        commitOf([good, aVersionOf(stranger)]),
        commitOf([good, archivalOf(stranger)]),
      ];
      const results = await Promise.allSettled([
        ...bad.map((request) => store.commit(request)),
        ...neighbours.map((capsule) => store.commit(commitOf([capsule]))),
      ]);
      expect(results.map(({ status }) => status)).toEqual([
        ...bad.map(() => 'rejected'),
        ...neighbours.map(() => 'fulfilled'),
      ]);
      expect((await store.status()).ledgerSize).toBe(9);
      expect(await store.capsule(good.id)).toBeNull();
      expect((await store.capsules(neighbours.map(({ id }) => id))).filter((c) => c === null)).toHaveLength(0);
    });

    it('[STO-16] refuses a second capsule with one id and a second series of one owner with one key', async () => {
      const { store } = subject;
      const capsule = aCapsule({ key: 'handbook' });
      await written(store, capsule);
      await expect(store.commit(commitOf([aCapsule({ id: capsule.id })]))).rejects.toThrow();
      // Without a claim, which would keep it out before.
      await expect(store.commit(commitOf([aCapsule({ key: 'handbook' })], { claims: [] }))).rejects.toThrow();
      const other = aCapsule({ key: 'handbook', ownerId: 'somebody-else' });
      await written(store, other);
      expect((await store.status()).capsules).toBe(2);
    });

    it('[STO-15] shows a commit to every read that begins after it resolved', async () => {
      const { store } = subject;
      await Promise.all(
        Array.from({ length: 24 }, async (_, i) => {
          const capsule = aCapsule({ key: `own-${i}`, content: `quokka${i} lives here`, collection: `isles/${i}` });
          const seq = await written(store, capsule);
          const [byRef, byKey, listed, lineage, entries, found, status] = await Promise.all([
            store.capsule(capsule.seriesId),
            store.byKeys(GIVEN_OWNER, [`own-${i}`]),
            store.list({ collection: `isles/${i}` }, 10, null),
            store.lineage(capsule.id, 'ancestors', null),
            store.entries({ entityId: capsule.id, order: 'newest', limit: 5, cursor: null }),
            store.search({
              query: `quokka${i}`,
              filter: {},
              limit: 5,
              cursor: null,
              explain: false,
              includeContent: false,
            }),
            store.status(),
          ]);
          expect(byRef?.id).toBe(capsule.id);
          expect(byKey[0]?.id).toBe(capsule.id);
          expect(listed.items.map(({ id }) => id)).toEqual([capsule.id]);
          expect(lineage?.root).toBe(capsule.id);
          expect(entries.items[0]?.envelope.seq).toBe(seq);
          expect(found.items[0]?.capsule.id).toBe(capsule.id);
          expect(status.ledgerSize).toBeGreaterThanOrEqual(seq);
        }),
      );
    });

    it('[STO-17] puts no private value into an envelope, and a commitment for each into the payload it commits to', async () => {
      const { store } = subject;
      const secret = 'Zanzibar-7f3a';
      const capsule = aCapsule({
        title: secret,
        content: secret,
        key: secret,
        tags: [secret],
        metadata: { note: secret },
        collection: secret,
      });
      await written(store, capsule);
      const { items } = await store.entries({ order: 'oldest', limit: 10, cursor: null });
      expect(JSON.stringify(items.map(({ envelope }) => envelope)).includes(secret)).toBe(false);
      expect(capsule.event.body.includes(secret)).toBe(false);
      expect(items[1]?.payload).toEqual(capsule.payload);
    });

    it('[STO-43] counts what it holds and knows whether it is under maintenance', async () => {
      const { store } = subject;
      const capsule = aCapsule();
      await written(store, capsule, aVersionOf(capsule), aCapsule(), maintenanceChange(true));
      // Engines may index behind a commit, but never behind a search.
      const search = { query: 'anything', filter: {}, limit: 1, cursor: null, explain: false, includeContent: false };
      await store.search(search);
      expect(await store.status()).toMatchObject({
        ledgerSize: 5,
        capsules: 3,
        heads: 2,
        maintenance: true,
      });
      await written(store, maintenanceChange(false));
      expect((await store.status()).maintenance).toBe(false);
    });
  });

  t.describe('claims', () => {
    const subject = freshStore(engine, t);
    const claimOf = (holder: string, expiresAt: number | null = null, key = 'k') => ({
      claims: [{ space: 'key', key, holder, expiresAt }],
    });

    it('[STO-7] gives a key of a space to one holder and names it to whoever comes later', async () => {
      const { store } = subject;
      expect(await store.commit(commitOf([], claimOf('first')))).toMatchObject({ outcome: 'committed' });
      const taken = { outcome: 'claimed', space: 'key', key: 'k', holder: 'first' };
      expect(await store.commit(commitOf([aCapsule()], claimOf('second')))).toEqual(taken);
      expect(await store.commit(commitOf([], claimOf('first')))).toEqual(taken);
      expect(await store.commit(commitOf([], claimOf('second', null, 'other')))).toMatchObject({
        outcome: 'committed',
      });
      const elsewhere = { claims: [{ space: 'vote', key: 'k', holder: 'second', expiresAt: null }] };
      expect(await store.commit(commitOf([], elsewhere))).toMatchObject({ outcome: 'committed' });
      expect((await store.status()).ledgerSize).toBe(1);
    });

    it('[STO-7] lets exactly one of 32 racing claims win', async () => {
      const { store } = subject;
      const capsules = Array.from({ length: 32 }, () => aCapsule());
      const results = await Promise.all(capsules.map((c) => store.commit(commitOf([c], claimOf(c.id)))));
      const winner = capsules.find((_, i) => results[i]?.outcome === 'committed');
      const losers = results.filter(({ outcome }) => outcome !== 'committed');
      expect(losers).toHaveLength(31);
      expect(losers).toEqual(losers.map(() => ({ outcome: 'claimed', space: 'key', key: 'k', holder: winner?.id })));
      expect((await store.status()).capsules).toBe(1);
    });

    it('[STO-8] counts a claim as free from its expiry on, and not a moment earlier', async () => {
      const { store } = subject;
      await store.commit(commitOf([], claimOf('first', START + 1000)));
      subject.now = START + 999;
      expect(await store.commit(commitOf([], claimOf('second')))).toMatchObject({
        outcome: 'claimed',
        holder: 'first',
      });
      subject.now = START + 1000;
      expect(await store.commit(commitOf([], claimOf('second', START + 5000)))).toMatchObject({ outcome: 'committed' });
      subject.now = START + 4999;
      expect(await store.commit(commitOf([], claimOf('third')))).toMatchObject({
        outcome: 'claimed',
        holder: 'second',
      });
    });

    it('[STO-9] checks the fence, then claims, then expectations, then completion', async () => {
      const { store } = subject;
      await store.commit(commitOf([], claimOf('first')));
      const everything = {
        ...claimOf('second'),
        fence: { lease: 'nobody', token: 1 },
        expect: [{ stream: 's', revision: 1 }],
        completes: 'unknown',
      };
      const outcomes: CommitResult['outcome'][] = [];
      for (const less of [{}, { fence: null }, { fence: null, claims: [] }, { fence: null, claims: [], expect: [] }]) {
        outcomes.push((await store.commit(commitOf([], { ...everything, ...less }))).outcome);
      }
      expect(outcomes).toEqual(['fenced', 'claimed', 'stale', 'completed-before']);
    });
  });
}
