/** Cascades of overlays: carried on, applied once, cut and ended, whichever engine keeps them. @module */
import { createCapsule } from '../capsule/create-capsule.js';
import { aContext, OWNER, REVIEWER } from '../capsule/given-record.js';
import { announcing, CascadeInterests } from '../cascade/announce.js';
import { cascadeHandlers } from '../cascade/deliver.js';
import { cascadeTree, readCascade, type CascadeBranch } from '../cascade/read-cascade.js';
import { DomainError } from '../errors.js';
import type { JsonObject } from '../ledger/json.js';
import { drainOutbox } from '../outbox/index.js';
import { runOverlay } from '../overlay/execute-overlay.js';
import { engineNews, publicationMessage } from '../overlay/publication.js';
import { disableOverlay } from '../overlay/switch-overlay.js';
import { drained, endOf, hears, relay, run, scriptsOf, type Graph } from './given-cascades.js';
import { aCapsule, commitOf } from './given-events.js';
import { freshSystems, type GivenSystem } from './given-overlays.js';
import { ScriptFault, type Script } from './given-runner.js';
import { laidOver } from './laid-over.js';
import type { ContractEngine, TestApi } from './test-api.js';

export function cascadeContract(engine: ContractEngine, t: TestApi): void {
  const { it, expect } = t;

  t.describe('a cascade', () => {
    const aSystem = freshSystems(engine, t);

    it('[CAS-1] carries a threat through model, optimiser and governance, and is there to be read', async () => {
      const system = await aSystem({
        guard: relay('security_threat'),
        model: relay('model_updated'),
        optimiser: relay('optimization_applied'),
        governor: relay('governance_action'),
        auditor: relay(),
      });
      await system.add('guard');
      await system.add('model', hears('security_threat'));
      await system.add('optimiser', hears('model_updated'));
      await system.add('governor', hears('optimization_applied'));
      await system.add('auditor', hears('*'));
      const { receiptId } = await run(system, 'guard');
      await drained(system);
      const cascade = await readCascade(system.store, 'c1');
      expect(drawn(cascadeTree(cascade.steps))).toEqual([
        'guard -security_threat-> auditor',
        'guard -security_threat-> model',
        '  model -model_updated-> auditor',
        '  model -model_updated-> optimiser',
        '    optimiser -optimization_applied-> auditor',
        '    optimiser -optimization_applied-> governor',
        '      governor -governance_action-> audit_log',
        '      governor -governance_action-> auditor',
      ]);
      expect(cascade).toMatchObject({ hops: 8, depth: 4, truncated: false });
      expect(cascade.steps[0]).toMatchObject({ publishedBy: receiptId, hop: 1, payload: { from: 'security_threat' } });
      expect(await system.store.overlays.reach('guard', 2)).toMatchObject([
        { id: 'auditor', hops: 1 },
        { id: 'model', hops: 1 },
        { id: 'optimiser', hops: 2 },
      ]);
      expect((await heardBy(system, 'governor'))[0]).toEqual({
        type: 'optimization_applied',
        payload: { from: 'optimization_applied' },
        source: 'optimiser',
        correlation_id: 'c1',
        causation_id: cascade.steps.find(({ target }) => target === 'governor')?.publishedBy,
        hops: 3,
      });
      await expect(readCascade(system.store, 'other')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('[CAS-2] is applied once, however often it is delivered', async () => {
      const system = await aSystem({ a: relay('x'), b: relay('y'), c: relay() });
      await system.add('a');
      await system.add('b', hears('x'));
      await system.add('c', hears('y'));
      await run(system, 'a');
      const handlers = cascadeHandlers(system.ports);
      // Every message is taken up by four at once, as by pods that do not know of each other.
      for (let round = 0; round < 6; round++) {
        const due = await system.store.outbox.due(Date.now(), 10);
        for (const message of due) {
          await Promise.all(Array.from({ length: 4 }, async () => handlers[message.topic]?.(message)));
        }
      }
      expect((await system.store.outbox.backlog()).pending).toBe(0);
      expect((await readCascade(system.store, 'c1')).steps.map(({ target }) => target)).toEqual(['b', 'c']);
      expect((await system.store.overlays.receipts('b', 10, null)).items).toHaveLength(1);
      expect((await system.store.overlays.receipts('c', 10, null)).items).toHaveLength(1);
    });

    it('[CAS-3] ends after the limit of hops, by name', async () => {
      const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
      const system = await aSystem(Object.fromEntries(ids.map((id) => [id, relay(`${id}1`)])));
      for (const [i, id] of ids.entries()) await system.add(id, i === 0 ? {} : hears(`${ids[i - 1] ?? ''}1`));
      await run(system, 'a');
      await drained(system);
      const { steps } = await readCascade(system.store, 'c1');
      expect(steps.map(({ target, hop, cut }) => [target, hop, cut])).toEqual([
        ['b', 1, null],
        ['c', 2, null],
        ['d', 3, null],
        ['e', 4, null],
        ['f', 5, null],
        ['g', 6, 'HOP_LIMIT'],
      ]);
    });

    it('[CAS-3] does not come round: the same handler hears the same type once in a chain', async () => {
      const system = await aSystem({ a: relay('x'), b: relay('y') });
      await system.add('a', hears('y'));
      await system.add('b', hears('x'));
      await run(system, 'a');
      await drained(system);
      expect(drawn(cascadeTree((await readCascade(system.store, 'c1')).steps))).toEqual([
        'a -x-> b',
        '  b -y-> a',
        '    a -x-> b ✂ CYCLE',
      ]);
    });

    it('[CAS-3] ends in a storm when one correlation takes too many hops', async () => {
      const system = await aSystem({ a: relay('x', 'x', 'x', 'x'), b: relay('y', 'y', 'y', 'y'), c: relay() });
      await system.add('a');
      await system.add('b', hears('x'));
      await system.add('c', hears('y'));
      await run(system, 'a');
      await drained(system, { storm: 10 });
      const { steps, hops } = await readCascade(system.store, 'c1');
      expect(hops).toBe(10);
      expect(new Set(steps.flatMap(({ cut }) => cut ?? []))).toEqual(new Set(['STORM']));
      await run(system, 'a', 'c2');
      await drained(system, { storm: 100 });
      expect((await readCascade(system.store, 'c2')).hops).toBe(20);
    });

    it('[CAS-3] passes by whoever was switched off meanwhile', async () => {
      const system = await aSystem({ a: relay('x'), b: relay() });
      await system.add('a');
      await system.add('b', hears('x'));
      await run(system, 'a');
      const handlers = cascadeHandlers(system.ports);
      const options = { now: Date.now, limit: 10, backoff: { baseMs: 0, maxMs: 0 } };
      await drainOutbox(system.store.outbox, handlers, options);
      await disableOverlay(system.ports, aContext(REVIEWER), 'b');
      await drained(system);
      expect((await readCascade(system.store, 'c1')).steps).toMatchObject([
        { target: 'b', cut: 'TARGET_INACTIVE', receiptId: null },
      ]);
      await run(system, 'a', 'c2');
      await drained(system);
      await expect(readCascade(system.store, 'c2')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('[CAS-4] keeps the receipt of a handler that fails, and tries one again whose worker is lost', async () => {
      let losses = 0;
      const system = await aSystem({
        a: relay('x'),
        broken: { hear: () => Promise.reject(new ScriptFault('trap')) },
        unlucky: {
          hear: () => {
            if (++losses < 3) throw new ScriptFault('worker_lost');
            return null;
          },
        },
      });
      await system.add('a');
      await system.add('broken', hears('x'));
      await system.add('unlucky', hears('x'));
      await run(system, 'a');
      await drained(system);
      const { steps } = await readCascade(system.store, 'c1');
      expect(steps.map(({ target, cut }) => [target, cut])).toEqual([
        ['broken', 'HANDLER_FAILED'],
        ['unlucky', null],
      ]);
      const [receipt] = (await system.store.overlays.receipts('broken', 1, null)).items;
      expect(receipt?.envelope.entity_id).toBe(steps[0]?.receiptId);
      expect(receipt?.payload).toMatchObject({ fault: 'trap' });
    });

    it('[CAS-9] cuts what can never be delivered, and tries again what a store has failed', async () => {
      let runs = 0;
      const system = await aSystem({
        teller: relay('x'),
        broken: { hear: () => ++runs },
        refused: relay(),
        well: relay(),
      });
      await system.add('teller');
      for (const id of ['broken', 'refused', 'well']) await system.add(id, hears('x'));
      await run(system, 'teller', 'c1');
      // As a server of other limits would find it.
      const modules = laidOver(system.ports.modules, {
        of: (overlay) =>
          overlay.id === 'refused'
            ? Promise.reject(Object.assign(new Error('no'), { name: 'OverlayRefused', code: 'too_large' }))
            : system.ports.modules.of(overlay),
      });
      let full = 2;
      const commit: typeof system.store.commit = (request) => {
        const hop = request.events.some(({ type }) => type === 'cascade.triggered.v1');
        return hop && full-- > 0
          ? Promise.reject(new DomainError('STORE_FULL', 'The disk is full.'))
          : system.store.commit(request);
      };
      const ports = { ...system.ports, modules, store: laidOver(system.store, { commit }) };
      await drained({ ...system, ports });
      const { steps } = await readCascade(system.store, 'c1');
      expect(steps.map(({ target, cut }) => [target, cut]).sort()).toEqual([
        ['broken', null],
        ['refused', 'UNDELIVERABLE'],
        ['well', null],
      ]);
      expect(runs).toBeGreaterThan(1);
    });

    it('[CAS-9] cuts a publication from before payloads were checked, without running anybody', async () => {
      let runs = 0;
      const system = await aSystem({ hearer: { hear: () => ++runs } });
      await system.add('hearer', hears('x'));
      const unfit = engineNews('x', { text: '\ud800' }, 'c1', { begun: 0, hops: 1, trail: [] });
      await system.store.commit({ ...commitOf([aCapsule()]), outbox: [publicationMessage(unfit)] });
      await drained(system);
      expect((await readCascade(system.store, 'c1')).steps).toMatchObject([{ target: 'hearer', cut: 'UNDELIVERABLE' }]);
      expect(runs).toBe(0);
    });

    it('[CAS-9] counts a failure of whoever asks for what cannot be stored, and does not run it again', async () => {
      let runs = 0;
      const poison: Script = {
        hear: async (_, host) => {
          runs++;
          return host.call('db_write', { op: 'capsule.signal', args: { id: 'any', signal: 'helpful' } });
        },
      };
      const system = await aSystem({ teller: relay('x'), poison });
      await system.add('teller');
      const capabilities = ['EVENT_SUBSCRIBE', 'DATABASE_WRITE', 'CAPSULE_MODIFY'];
      await system.add('poison', { ...hears('x'), capabilities });
      const { capsule } = await createCapsule(system.store, aContext(OWNER), { content: 'Mine', type: 'knowledge' });
      // As if a check at the call had been forgotten.
      const unsound = async () => ({ ...capsule, trust: Number.NaN });
      const ports = { ...system.ports, store: laidOver(system.store, { capsule: unsound }) };
      await run(system, 'teller', 'c1');
      await drained({ ...system, ports });
      const { steps } = await readCascade(system.store, 'c1');
      const [receipt] = (await system.store.overlays.receipts('poison', 1, null)).items;
      expect(steps).toMatchObject([{ cut: 'HANDLER_FAILED', receiptId: receipt?.envelope.entity_id }]);
      expect(receipt?.payload).toMatchObject({ fault: 'unstorable' });
      expect((await system.store.overlays.one('poison'))?.activity).toMatchObject({ failuresInARow: 1 });
      expect(runs).toBe(1);
    });

    it('[CAS-10] hears of every stored capsule, however many came under one correlation id', async () => {
      const system = await aSystem({ checker: relay('checked'), echo: relay() });
      await system.add('checker', hears('capsule.created'));
      await system.add('echo', hears('checked'));
      const interests = new CascadeInterests(system.store.overlays);
      await interests.refresh();
      const store = laidOver(system.store, announcing(system.store, interests));
      const ctx = aContext(OWNER, { correlationId: 'mine' });
      for (let i = 0; i < 12; i++) await createCapsule(store, ctx, { content: `Of ${i}`, type: 'knowledge' });
      await drained(system, { storm: 5 });
      const { steps } = await readCascade(system.store, 'mine');
      const through = steps.filter(({ cut }) => cut === null);
      expect(through.filter(({ target }) => target === 'checker')).toHaveLength(12);
      // What they lead to counts.
      expect(through.filter(({ target }) => target === 'echo')).toHaveLength(5);
    });

    it('[CAS-10] tells of the many capsules of one run together', async () => {
      const writer: Script = {
        hear: async (_, host) => {
          for (let i = 0; i < 40; i++) {
            await host.call('db_write', { op: 'capsule.create', args: { content: `Of ${i}`, type: 'insight' } });
          }
          return null;
        },
      };
      const system = await aSystem({ writer, checker: relay() });
      await system.add('writer', { capabilities: ['DATABASE_WRITE', 'CAPSULE_CREATE'] });
      await system.add('checker', hears('capsule.*', 'capsules.stored'));
      await run(system, 'writer');
      await drained(system, { storm: 1 });
      const { steps } = await readCascade(system.store, 'c1');
      expect(steps.map(({ type, cut, payload }) => [type, cut, (payload?.['ids'] as string[]).length])).toEqual([
        ['capsules.stored', null, 32],
        ['capsules.stored', null, 8],
      ]);
    });

    it('[CAS-11] does not go on with a storm that was cut, however long it takes, and hears what begins later', async () => {
      const six = Array.from({ length: 6 }, () => 'x');
      const system = await aSystem({ a: relay(...six), b: relay(...six), c: relay() });
      await system.add('a', hears('x'));
      await system.add('b', hears('x'));
      await system.add('c', hears('*'));
      await run(system, 'a');
      // Every look at the clock is an hour later: the window of the limit is over again and again.
      let hours = 0;
      let known = 0;
      const now = () => {
        if (known >= 10) hours += 3_600_000;
        return Date.now() + hours;
      };
      const commit: typeof system.store.commit = async (request) => {
        const cut = request.events.some(({ body }) => body.includes('STORM'));
        if (cut) known = 10;
        return system.store.commit(request);
      };
      const ports = { ...system.ports, now, store: laidOver(system.store, { commit }) };
      await drained({ ...system, ports }, { storm: 10 });
      const cascade = await readCascade(system.store, 'c1');
      expect(cascade.hops).toBe(10);
      expect(cascade.cuts['STORM']).toBe(1);
      await run(system, 'a');
      await drained(system, { storm: 1_000 });
      expect((await readCascade(system.store, 'c1')).hops).toBeGreaterThan(10);
    });

    it('[CAS-5] begins with capsules that were written, while somebody subscribes to them', async () => {
      const writer: Script = {
        hear: async (_, host) =>
          host.call('db_write', { op: 'capsule.create', args: { content: 'Insight', type: 'insight' } }),
      };
      const system = await aSystem({ writer });
      const interests = new CascadeInterests(system.store.overlays);
      const store = laidOver(system.store, announcing(system.store, interests));
      const create = (correlationId: string) =>
        createCapsule(store, aContext(OWNER, { correlationId }), { content: `Of ${correlationId}`, type: 'knowledge' });
      await create('before');
      expect((await system.store.outbox.backlog()).pending).toBe(0);
      const capabilities = ['EVENT_SUBSCRIBE', 'DATABASE_WRITE', 'CAPSULE_CREATE'];
      await system.add('writer', { ...hears('capsule.*'), capabilities });
      await interests.refresh();
      const { capsule } = await create('after');
      await drained(system);
      const cascade = await readCascade(system.store, 'after');
      expect(cascade.steps[0]).toMatchObject({
        source: 'engine',
        type: 'capsule.created',
        payload: { id: capsule.id },
      });
      // What it wrote itself carries the cascade on, and so does not feed it for ever.
      expect(cascade.steps.map(({ cut }) => cut)).toEqual([null, 'CYCLE']);
      expect((await system.store.status()).capsules).toBe(3);
    });

    it('[CAS-5] tells of many capsules that were stored together at once, and of few one by one', async () => {
      const system = await aSystem({ watcher: relay() });
      await system.add('watcher', hears('capsule.*', 'capsules.stored'));
      const interests = new CascadeInterests(system.store.overlays);
      await interests.refresh();
      const { commit } = announcing(system.store, interests);
      const stored = [8, 9, 250].map((count) => Array.from({ length: count }, () => aCapsule()));
      for (const capsules of stored) await commit(commitOf(capsules));
      const told = (await system.store.outbox.due(Date.now() + 1, 100)).map(
        ({ payload }) => JSON.parse(payload) as { type: string; payload: { ids?: string[]; together?: number } },
      );
      const [alone, nine, many] = [told.slice(0, 8), told[8], told.slice(9)];
      expect(alone.map(({ type }) => type)).toEqual(Array.from({ length: 8 }, () => 'capsule.created'));
      expect(new Set(told.slice(8).map(({ type }) => type))).toEqual(new Set(['capsules.stored']));
      const [, ofNine, ofMany] = stored.map((capsules) => capsules.map(({ id }) => id));
      expect(nine?.payload.ids).toEqual(ofNine);
      expect(many.flatMap(({ payload }) => payload.ids ?? [])).toEqual(ofMany);
      expect(many.map(({ payload }) => payload.ids?.length)).toEqual([32, 32, 32, 32, 32, 32, 32, 26]);
      expect(new Set(many.map(({ payload }) => payload.together))).toEqual(new Set([250]));
    });

    it('[CAS-6] over graphs in which everybody hears everybody ends, each publication applied once to each', async () => {
      for (const graph of TANGLED) {
        const system = await aSystem(scriptsOf(graph));
        const { hops, longest, repeated } = await endOf(system, graph, STORM);
        expect(hops).toBeGreaterThan(0);
        expect(hops).toBeLessThanOrEqual(STORM);
        expect(longest).toBeLessThanOrEqual(5);
        expect(repeated).toEqual([]);
        await system.store.close();
      }
    });
  });
}

const TYPES = ['t0', 't1', 't2', 't3'];

/** Hops of one correlation in these graphs: enough for the longest chain, and soon over on a server. */
const STORM = 15;

/** Random ones, shrunk, are tried on the memory engine; these are the worst of them. */
const TANGLED: readonly Graph[] = [
  Array.from({ length: 3 }, () => ({ hears: TYPES, tells: TYPES.slice(0, 3) })),
  [{ hears: ['t0'], tells: ['t0', 't0'] }],
  TYPES.map((type, i) => ({ hears: [type], tells: [TYPES[(i + 1) % 4] ?? '', TYPES[(i + 2) % 4] ?? ''] })),
];

const heardBy = async ({ ports }: GivenSystem, overlayId: string) =>
  (await runOverlay(ports, aContext(REVIEWER), { overlayId, handler: 'heard', input: {} })).output as JsonObject[];

const drawn = (branches: readonly CascadeBranch[], indent = ''): string[] =>
  branches.flatMap(({ step, leads }) => [
    `${indent}${step.source} -${step.type}-> ${step.target}${step.cut === null ? '' : ` ✂ ${step.cut}`}`,
    ...drawn(leads, `${indent}  `),
  ]);
