/** What a run of an overlay leaves behind, what it may ask of the host, and what a fault undoes. @module */
import { createCapsule } from '../capsule/create-capsule.js';
import { aContext, OWNER, REVIEWER } from '../capsule/given-record.js';
import type { JsonObject, JsonValue } from '../ledger/json.js';
import { executeOverlay, runOverlay } from '../overlay/execute-overlay.js';
import type { OverlayNetwork } from '../overlay/network/overlay-network.js';
import { replayReceipt } from '../overlay/replay-receipt.js';
import { freshSystems, type GivenSystem } from './given-overlays.js';
import { ScriptFault, type Script } from './given-runner.js';
import { laidOver } from './laid-over.js';
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

    it('[OVL-27] is told of what cannot be stored at the call, and is on record whatever it asked for', async () => {
      const system = await aSystem({ caller });
      await system.add('caller', { capabilities: [...ALL], allowed_hosts: ['allowed.test'] });
      const answers = await calls(
        system,
        write('state.put', { key: '\ud800', value: 1 }),
        write('state.put', { key: 'a\0b', value: 1 }),
        write('proposal.draft', { proposal: { deep: nested(255) } }),
        ['event_publish', { type: 'news', payload: { text: '\ud800' } }],
        ['event_publish', { type: 'news', payload: { deep: nested(1_000) } }],
        ['event_publish', { type: 'news', payload: { text: 'well' } }],
        write('proposal.draft', { proposal: { deep: nested(254) } }),
      );
      const codes = answers.map((answer) => (answer as { error?: { code: string } } | null)?.error?.code ?? null);
      expect(codes).toEqual(['INVALID', 'INVALID', 'INVALID', 'INVALID', 'INVALID', null, null]);
      expect((await system.store.outbox.backlog()).pending).toBe(1);
    });

    it('[OVL-27] is on record with its violations, whatever it reached for', async () => {
      const network: OverlayNetwork = { resolve: () => Promise.resolve([]), send: () => Promise.reject(new Error()) };
      const long = 'x'.repeat(100_000);
      const system = await aSystem(
        {
          caller: {
            ...caller,
            initialize: async (_, host) => host.call('event_subscribe', { type: `\ud800${long}`, handler: 'run' }),
          },
        },
        { network },
      );
      await system.add('caller', { capabilities: ALL, allowed_hosts: ['allowed.test'] });
      const answers = await calls(
        system,
        ['http_request', { method: 'GET', url: 'https://evil.test/\ud800' }],
        ['http_request', { method: 'GET', url: `https://evil.test/${'a'.repeat(181)}😀` }],
        ['http_request', { method: 'GET', url: `https://${long}.test/` }],
      );
      expect(answers).toMatchObject(Array.from({ length: 3 }, () => ({ error: { code: 'DENIED' } })));
      const query = { type: 'overlay.violated.v1', order: 'oldest', limit: 10, cursor: null } as const;
      const told = (await system.store.entries(query)).items.map(({ payload }) => payload as Record<string, string>);
      expect(told.map(({ operation }) => operation)).toEqual([
        `\ufffd${'x'.repeat(199)}`,
        'https://evil.test/\ufffd',
        `https://evil.test/${'a'.repeat(181)}`,
        `https://${'x'.repeat(192)}`,
      ]);
      for (const { violation } of told) expect(violation?.length).toBeLessThanOrEqual(500);
      expect((await system.store.overlays.one('caller'))?.activity).toMatchObject({ runs: 1, violations: 4 });
    });

    it('[OVL-28] fails by name when what it wrote cannot be stored after all, and leaves its receipt', async () => {
      const system = await aSystem({ caller });
      await system.add('caller', { capabilities: ALL });
      const { capsule } = await createCapsule(system.store, aContext(OWNER), { content: 'Mine', type: 'knowledge' });
      // As if a check at the call had been forgotten.
      const unsound = async (id: string) => {
        const found = await system.store.capsule(id);
        return found && { ...found, trust: Number.NaN };
      };
      const ports = { ...system.ports, store: laidOver(system.store, { capsule: unsound }) };
      const request = {
        overlayId: 'caller',
        handler: 'run',
        input: [
          write('state.put', { key: 'k', value: 1 }),
          write('capsule.signal', { id: capsule.id, signal: 'helpful' }),
          ['http_request', { method: 'GET', url: 'https://evil.test/' }],
        ],
      };
      const first = await runOverlay(ports, ctx, request);
      expect(first).toMatchObject({ output: null, fault: { code: 'unstorable' } });
      expect(await system.store.overlays.value('caller', 'k')).toBeNull();
      const [receipt] = (await system.store.overlays.receipts('caller', 1, null)).items;
      expect(receipt?.envelope.entity_id).toBe(first.receiptId);
      expect(receipt?.payload).toMatchObject({ fault: 'unstorable' });
      expect(await replayReceipt({ ...system.ports, replica: system.store.replica }, first)).toMatchObject({
        same: true,
      });
      for (let i = 0; i < 2; i++) await runOverlay(ports, ctx, request);
      expect(await system.store.overlays.one('caller')).toMatchObject({
        state: 'QUARANTINED',
        reason: '3 failures in a row, the last one: unstorable',
      });
    });

    it('[OVL-31] writes no more than its bound, and hears of it', async () => {
      const filling: Script = {
        run: async (_, host) => {
          const args = { content: 'x'.repeat(900_000), type: 'insight' };
          const codes: JsonValue[] = [];
          for (let i = 0; i < 12; i++) {
            const answer = await host.call('db_write', { op: 'capsule.create', args });
            codes.push(((answer as JsonObject)['error'] as JsonObject | undefined)?.['code'] ?? null);
          }
          return codes;
        },
      };
      const system = await aSystem({ filling });
      await system.add('filling', { capabilities: ALL });
      const { output } = await runOverlay(system.ports, ctx, { overlayId: 'filling', handler: 'run', input: {} });
      expect(output).toEqual([...Array<null>(9).fill(null), 'LIMIT', 'LIMIT', 'LIMIT']);
      expect((await system.store.status()).capsules).toBe(9);
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

const nested = (levels: number): JsonValue => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as JsonValue;

async function calls(system: GivenSystem, ...list: [string, JsonObject][]) {
  const execution = await runOverlay(system.ports, ctx, { overlayId: 'caller', handler: 'run', input: list });
  return execution.output as JsonValue[];
}

const read = (op: string, args: JsonObject): [string, JsonObject] => ['db_read', { op, args }];
const write = (op: string, args: JsonObject): [string, JsonObject] => ['db_write', { op, args }];
