/** What a run of an overlay leaves behind, what it may ask of the host, and what a fault undoes. @module */
import { createCapsule } from '../capsule/create-capsule.js';
import { aContext, OWNER, REVIEWER } from '../capsule/given-record.js';
import type { JsonObject, JsonValue } from '../ledger/json.js';
import { executeOverlay, runOverlay } from '../overlay/execute-overlay.js';
import { freshSystems, type GivenSystem } from './given-overlays.js';
import { ScriptFault, type Script } from './given-runner.js';
import type { ContractEngine, TestApi } from './test-api.js';

export function overlayRunContract(engine: ContractEngine, t: TestApi): void {
  const { it, expect } = t;

  t.describe('a run', () => {
    const aSystem = freshSystems(engine, t);

    it('[OVL-9] leaves a receipt in the ledger that binds module, manifest, input, answers and output', async () => {
      const system = await aSystem({ caller });
      await system.add('caller', { config: { threshold: 0.5 } });
      const done = await runOverlay(system.ports, ctx, {
        overlayId: 'caller',
        handler: 'run',
        input: [['get_config', { key: 'threshold' }]],
      });
      expect(done).toMatchObject({ output: [0.5], fault: null, hostCalls: 1, ordinal: 0 });
      const [entry] = (await system.store.overlays.receipts('caller', 10, null)).items;
      const overlay = await system.store.overlays.one('caller');
      const hex = expect.stringMatching(/^[0-9a-f]{64}$/) as string;
      expect(entry?.envelope).toMatchObject({
        entity_id: done.receiptId,
        actor: REVIEWER.id,
        correlation_id: 'correlation',
      });
      expect(entry?.payload).toEqual({
        overlay_id: 'caller',
        module_hash: overlay?.moduleHash,
        manifest_hash: overlay?.manifestHash,
        instrumenter: 'scripted/1',
        handler: 'run',
        input_commitment: hex,
        output_commitment: hex,
        host_commitment: hex,
        fault: null,
        fuel: done.fuel,
        host_calls: 1,
        capabilities: ['DATABASE_READ', 'DATABASE_WRITE', 'EVENT_PUBLISH', 'EVENT_SUBSCRIBE'],
        instance: 'i1',
        ordinal: 0,
      });
    });

    it('[OVL-9] is not there before its writes are committed', async () => {
      const system = await aSystem({ caller });
      await system.add('caller');
      const size = (await system.store.status()).ledgerSize;
      const execution = await executeOverlay(system.ports, {
        overlayId: 'caller',
        handler: 'run',
        input: [write('state.put', { key: 'k', value: 1 })],
        caller: null,
        correlationId: 'c',
      });
      expect(execution.pending.events.map(({ type }) => type)).toEqual([
        'overlay.executed.v1',
        'overlay.state_kept.v1',
      ]);
      expect((await system.store.status()).ledgerSize).toBe(size);
      await expect(
        executeOverlay(system.ports, {
          overlayId: 'caller',
          handler: 'no',
          input: 1,
          caller: null,
          correlationId: 'c',
        }),
      ).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    });

    it('[OVL-10] reads and writes under the overlay’s own name, and reads what it has put', async () => {
      const system = await aSystem({ caller });
      await system.add('caller', { capabilities: ALL });
      const { capsule } = await createCapsule(system.store, aContext(OWNER), {
        content: 'Zinc is smelted in Oruro',
        type: 'knowledge',
      });
      const answers = await calls(
        system,
        read('capsule.get', { id: capsule.id }),
        read('capsule.get', { id: 'nowhere' }),
        read('capsule.search', { query: 'zinc', limit: 5 }),
        read('capsule.lineage', { id: capsule.id, direction: 'ancestors' }),
        read('capsule.similar', { id: capsule.id, limit: 3 }),
        read('state.get', { key: 'k' }),
        write('state.put', { key: 'k', value: { n: 1 } }),
        read('state.get', { key: 'k' }),
        write('capsule.create', {
          content: 'Insight',
          type: 'insight',
          derived_from: [{ id: capsule.id, relation: 'summary' }],
        }),
        write('capsule.signal', { id: capsule.id, signal: 'helpful' }),
        write('proposal.draft', { proposal: { title: 'T' } }),
      );
      expect(answers[0]).toMatchObject({ id: capsule.id, content: 'Zinc is smelted in Oruro', trust_band: 'STANDARD' });
      expect(answers[1]).toBeNull();
      expect(answers[2]).toMatchObject({ items: [{ capsule: { id: capsule.id } }] });
      expect(answers[3]).toMatchObject({ nodes: [{ id: capsule.id, depth: 0 }], edges: [], truncated: false });
      expect(answers[4]).toEqual({ items: [] });
      expect(answers.slice(5, 8)).toEqual([null, null, { n: 1 }]);
      expect(answers[9]).toEqual({ trust: 61 });
      const { id } = answers[8] as { id: string };
      expect(await system.store.capsule(id)).toMatchObject({
        ownerId: 'overlay:caller',
        derivedFrom: [{ id: capsule.id }],
      });
      expect((await system.store.capsule(capsule.id))?.trust).toBe(61);
      expect(await calls(system, read('state.get', { key: 'k' }))).toEqual([{ n: 1 }]);
      const drafts = await system.store.entries({
        type: 'proposal.drafted.v1',
        order: 'newest',
        limit: 1,
        cursor: null,
      });
      expect(drafts.items[0]?.payload).toEqual({ overlay_id: 'caller', proposal: { title: 'T' } });
    });

    it('[OVL-10] is refused what anybody would be, in the guest’s terms', async () => {
      const system = await aSystem({ caller });
      await system.add('caller', { capabilities: ALL });
      const { capsule } = await createCapsule(system.store, aContext(OWNER), { content: 'Mine', type: 'knowledge' });
      const answers = await calls(
        system,
        write('capsule.version', { id: capsule.id, content: 'Theirs', if_head: capsule.id }),
        write('capsule.signal', { id: 'nowhere', signal: 'helpful' }),
        write('capsule.create', { content: '', type: 'insight' }),
        write('capsule.create', { content: 'x', type: 'insight', owner_id: 'me' }),
        write('capsule.signal', { id: capsule.id, signal: 'helpful' }),
        write('capsule.signal', { id: capsule.id, signal: 'helpful' }),
        write('state.put', { key: 'k', value: 'x'.repeat(70_000) }),
        write('state.put', { key: 'k', value: '\ud800' }),
        read('nothing', {}),
        read('toString', {}),
        ['db_read', { op: 'capsule.get', args: 7 }],
        ['event_publish', { type: 'Not A Type', payload: {} }],
        ['http_request', { method: 'GET', url: 'https://example.org' }],
      );
      expect(answers.map((answer) => (answer as { error?: { code: string } }).error?.code ?? null)).toEqual([
        'DENIED',
        'NOT_FOUND',
        'INVALID',
        'INVALID',
        null,
        'CONFLICT',
        'LIMIT',
        'INVALID',
        'INVALID',
        'INVALID',
        'INVALID',
        'INVALID',
        'UNAVAILABLE',
      ]);
    });

    it('[OVL-10] writes the next version of its own capsule, and is told when the head has moved', async () => {
      const system = await aSystem({ caller });
      await system.add('caller', { capabilities: ALL });
      const [made] = await calls(system, write('capsule.create', { content: 'First', type: 'insight' }));
      const { id } = made as { id: string };
      const [next] = await calls(system, write('capsule.version', { id, content: 'Second', if_head: id }));
      expect(await system.store.capsule((next as { id: string }).id)).toMatchObject({
        content: 'Second',
        version: '1.1.0',
      });
      const [stale] = await calls(system, write('capsule.version', { id, content: 'Third', if_head: id }));
      expect(stale).toMatchObject({ error: { code: 'CONFLICT' } });
    });

    it('[OVL-11] is checked for its grants on every call; what goes beyond them is told, and put on record', async () => {
      const system = await aSystem({ caller });
      await system.add('caller', { capabilities: ['DATABASE_WRITE'], config: {} });
      const answers = await calls(
        system,
        read('capsule.get', { id: 'x' }),
        write('capsule.create', { content: 'x', type: 'insight' }),
        ['event_publish', { type: 'news', payload: {} }],
        ['http_request', { method: 'GET', url: 'https://example.org' }],
        ['get_config', { key: 'none' }],
        write('state.put', { key: 'k', value: 1 }),
      );
      expect(answers.map((answer) => (answer as { error?: { code: string } } | null)?.error?.code ?? answer)).toEqual([
        'DENIED',
        'DENIED',
        'DENIED',
        'DENIED',
        null,
        null,
      ]);
      const { items } = await system.store.entries({
        type: 'overlay.violated.v1',
        order: 'oldest',
        limit: 10,
        cursor: null,
      });
      expect(items.map(({ payload }) => [payload?.['call'], payload?.['operation']])).toEqual([
        ['db_read', 'capsule.get'],
        ['db_write', 'capsule.create'],
        ['event_publish', 'news'],
        ['http_request', 'https://example.org'],
      ]);
      expect((await system.store.overlays.one('caller'))?.activity.violations).toBe(4);
    });

    it('[OVL-11] subscribes in initialize alone, and to what its manifest says', async () => {
      const answers: JsonValue[] = [];
      const subscriber: Script = {
        initialize: async (_, host) => {
          answers.push(await host.call('event_subscribe', { type: 'threat', handler: 'run' }));
          answers.push(await host.call('event_subscribe', { type: 'other', handler: 'run' }));
          return null;
        },
        run: async (_, host) => host.call('event_subscribe', { type: 'threat', handler: 'run' }),
      };
      const system = await aSystem({ subscriber });
      await system.add('subscriber', { subscriptions: [{ type: 'threat', handler: 'run' }] });
      const { output } = await runOverlay(system.ports, ctx, { overlayId: 'subscriber', handler: 'run', input: {} });
      expect([...answers, output]).toMatchObject([null, { error: { code: 'DENIED' } }, { error: { code: 'INVALID' } }]);
    });

    it('[OVL-12] publishes at most 32 events, and hears of the limit', async () => {
      const system = await aSystem({ caller });
      await system.add('caller');
      const flood = Array.from({ length: 34 }, (_, i): [string, JsonObject] => [
        'event_publish',
        { type: 'tick', payload: { i } },
      ]);
      const answers = await calls(system, ...flood);
      expect(answers.slice(30)).toMatchObject([null, null, { error: { code: 'LIMIT' } }, { error: { code: 'LIMIT' } }]);
      expect((await system.store.outbox.backlog()).pending).toBe(32);
    });

    it('[OVL-13] that ends in a fault has written nothing but its receipt', async () => {
      const system = await aSystem({
        breaking: {
          run: async (_, host) => {
            await host.call('db_write', { op: 'state.put', args: { key: 'k', value: 1 } });
            await host.call('db_write', { op: 'capsule.create', args: { content: 'x', type: 'insight' } });
            await host.call('event_publish', { type: 'news', payload: {} });
            throw new ScriptFault('out_of_fuel');
          },
        },
      });
      await system.add('breaking', { capabilities: ALL });
      const run = await runOverlay(system.ports, ctx, { overlayId: 'breaking', handler: 'run', input: {} });
      expect(run).toMatchObject({ output: null, fault: { code: 'out_of_fuel' }, hostCalls: 3 });
      expect(await system.store.overlays.value('breaking', 'k')).toBeNull();
      expect(await system.store.status()).toMatchObject({ capsules: 0 });
      expect((await system.store.outbox.backlog()).pending).toBe(0);
      expect((await system.store.overlays.receipts('breaking', 1, null)).items[0]?.payload).toMatchObject({
        fault: 'out_of_fuel',
        output_commitment: null,
      });
    });

    it('[OVL-13] whose reads have gone stale writes nothing at all', async () => {
      const system = await aSystem({ caller });
      await system.add('caller', { capabilities: ALL });
      const { capsule } = await createCapsule(system.store, aContext(OWNER), { content: 'Mine', type: 'knowledge' });
      const signalling = write('capsule.signal', { id: capsule.id, signal: 'helpful' });
      const request = {
        overlayId: 'caller',
        handler: 'run',
        input: [signalling, write('state.put', { key: 'k', value: 1 })],
      };
      const both = await Promise.allSettled([
        runOverlay(system.ports, ctx, request),
        runOverlay(system.ports, ctx, request),
      ]);
      const failed = both.filter(({ status }) => status === 'rejected');
      expect(failed.length).toBeLessThan(2);
      expect((await system.store.overlays.one('caller'))?.activity.runs).toBe(2 - failed.length);
      expect((await system.store.capsule(capsule.id))?.trust).toBe(62 - failed.length);
    });
  });
}

const ctx = aContext(REVIEWER);

/** Makes the host calls that its input lists, and returns their answers. */
const caller: Script = {
  run: async (input, host) => {
    const answers: JsonValue[] = [];
    for (const [name, request] of input as [Parameters<typeof host.call>[0], JsonObject][]) {
      answers.push(await host.call(name, request));
    }
    return answers;
  },
};

const ALL = [
  'DATABASE_READ',
  'DATABASE_WRITE',
  'EVENT_PUBLISH',
  'EVENT_SUBSCRIBE',
  'CAPSULE_CREATE',
  'CAPSULE_MODIFY',
  'GOVERNANCE_VOTE',
  'NETWORK_ACCESS',
];

async function calls(system: GivenSystem, ...list: [string, JsonObject][]) {
  const execution = await runOverlay(system.ports, ctx, { overlayId: 'caller', handler: 'run', input: list });
  return execution.output as JsonValue[];
}

const read = (op: string, args: JsonObject): [string, JsonObject] => ['db_read', { op, args }];
const write = (op: string, args: JsonObject): [string, JsonObject] => ['db_write', { op, args }];
