/** Running a receipt's call again from what the engine kept of it, and what is found out by doing so. @module */
import { aContext, REVIEWER } from '../capsule/given-record.js';
import type { JsonObject, JsonValue } from '../ledger/json.js';
import { runOverlay } from '../overlay/execute-overlay.js';
import { aManifestText } from '../overlay/given-overlay.js';
import { installOverlay } from '../overlay/install-overlay.js';
import { overlayPorts } from '../overlay/overlay-ports.js';
import type { Envelope } from '../ledger/envelope.js';
import { replayReceipt, type ReplayInput } from '../overlay/replay-receipt.js';
import { freshSystems, type GivenSystem, type GivenSystemOptions } from './given-overlays.js';
import { ScriptFault, ScriptedRunner, type Script } from './given-runner.js';
import { laidOver } from './laid-over.js';
import type { ContractEngine, TestApi } from './test-api.js';

export function overlayReplayContract(engine: ContractEngine, t: TestApi): void {
  const { it, expect } = t;

  t.describe('a receipt', () => {
    const aSystem = freshSystems(engine, t);

    async function anAdder(options: GivenSystemOptions = {}): Promise<GivenSystem> {
      const system = await aSystem({ adder: adder() }, options);
      await system.add('adder', { config: { base: 100 } });
      return system;
    }

    it('[OVL-14] is run again with the state that its instance had, to the same output and fuel', async () => {
      const system = await anAdder();
      const runs = [await add(system, 1), await add(system, 2), await add(system, 3)];
      expect(runs[2]?.output).toEqual({ sum: 6, before: 3, base: 100 });
      for (const [i, run] of runs.entries()) {
        expect(await replay(system, { receiptId: run.receiptId })).toEqual({
          receiptId: run.receiptId,
          overlayId: 'adder',
          calls: i + 1,
          same: true,
          differences: [],
          output: run.output,
          fuel: run.fuel,
        });
      }
      expect((await add(system, 4)).output).toMatchObject({ sum: 10 });
    });

    it('[OVL-14] of a fault ends in the same fault, and the next call begins anew', async () => {
      const system = await anAdder();
      await add(system, 1);
      const broken = await add(system, 13);
      expect(await replay(system, { receiptId: broken.receiptId })).toMatchObject({
        same: true,
        output: null,
        calls: 2,
      });
      const next = await add(system, 2);
      expect(next).toMatchObject({ output: { sum: 2 }, ordinal: 0 });
      expect(await replay(system, { receiptId: next.receiptId })).toMatchObject({ same: true, calls: 1 });
    });

    it('[OVL-14] of an instance that made room is run again like any other', async () => {
      const system = await anAdder({ settings: { callsPerInstance: 2 } });
      const runs = [await add(system, 1), await add(system, 2), await add(system, 3)];
      expect(runs.map(({ ordinal, output }) => [ordinal, (output as JsonObject)['sum']])).toEqual([
        [0, 1],
        [1, 3],
        [0, 3],
      ]);
      for (const { receiptId } of runs) expect(await replay(system, { receiptId })).toMatchObject({ same: true });
    });

    it('[OVL-15] names what is not the same', async () => {
      const system = await anAdder();
      const run = await add(system, 1);
      await system.ports.recordings.settled();
      const other = await aSystem({ adder: adder(1) }, { store: system.store, instances: 'j' });
      const again = await replay(other, { receiptId: run.receiptId });
      expect(again.same).toBe(false);
      expect(again.differences[0]).toContain('Host call 3 of call 0 was db_write then');
    });

    it('[OVL-15] is refused when it, its module or its recording was changed', async () => {
      const system = await anAdder();
      const run = await add(system, 1);
      const { receiptId } = run;
      const [entry] = (await system.store.overlays.receipts('adder', 1, null)).items;
      const receipt = entry?.payload as JsonObject;
      expect(await replay(system, { receiptId, receipt })).toMatchObject({ same: true });
      // As it is listed: with the place of its entry.
      const { seq, timestamp, actor, correlation_id } = entry?.envelope as Envelope;
      const listed = { id: receiptId, seq, timestamp, actor, correlation_id, ...receipt };
      expect(await replay(system, { receiptId, receipt: listed })).toMatchObject({ same: true });
      await expect(replay(system, { receiptId, receipt: { ...listed, seq: seq + 1, more: 1 } })).rejects.toMatchObject({
        code: 'STATE_CONFLICT',
        details: { fields: ['seq', 'more'] },
      });
      await expect(replay(system, { receiptId, receipt: { ...receipt, fuel: 1 } })).rejects.toMatchObject({
        code: 'STATE_CONFLICT',
        details: { fields: ['fuel'] },
      });
      await expect(replay(system, { receiptId: 'unknown' })).rejects.toMatchObject({ code: 'NOT_FOUND' });

      const { overlays } = system.store;
      const recordings = async (change: (text: string) => string) =>
        (await overlays.recordings('i1', 9)).map((one) => ({ ...one, text: change(one.text) }));
      const changed = await recordings((text) => text.replace('"input":"1"', '"input":"2"'));
      const doctored = laidOver(system.store, { overlays: laidOver(overlays, { recordings: async () => changed }) });
      const ports = { ...system.ports, store: doctored };
      await expect(replayReceipt({ ...ports, replica: system.store.replica }, { receiptId })).rejects.toMatchObject({
        code: 'STORE_CORRUPT',
        message: expect.stringContaining('input changed') as string,
      });

      await expect(
        replayReceipt(
          {
            ...system.ports,
            replica: {
              history: async (after, limit) => {
                const kept = await system.store.replica.history(after, limit);
                return kept.map((one) => ({ ...one, body: (one.body ?? '').replace('"ordinal":0', '"ordinal":1') }));
              },
            },
          },
          { receiptId },
        ),
      ).rejects.toMatchObject({ code: 'STORE_CORRUPT' });

      const manifest = aManifestText({ id: 'adder', exports: ['initialize', 'add'], version: '2.0.0' });
      await installOverlay(system.ports, ctx, { manifest, module: ScriptedRunner.module('adder'), trust: 80 });
      await expect(replay(system, { receiptId })).rejects.toMatchObject({
        code: 'STATE_CONFLICT',
        message: expect.stringContaining('2.0.0, which is not what ran') as string,
      });
    });

    it('[OVL-15] whose recordings are kept no more, or that another instrumenter metered, says so', async () => {
      const system = await anAdder({ settings: { recordings: 2 } });
      const runs = [await add(system, 1), await add(system, 2), await add(system, 3)];
      await system.ports.recordings.settled();
      await expect(replay(system, { receiptId: runs[2]?.receiptId ?? '' })).rejects.toMatchObject({
        code: 'STATE_CONFLICT',
        message: expect.stringContaining('call 0 of its instance is not kept') as string,
      });
      const other = await anAdder();
      const run = await add(other, 1);
      await other.ports.recordings.settled();
      const runner = new ScriptedRunner({ adder: adder() }, 'scripted/2');
      const ports = overlayPorts({ store: other.store, runner });
      await expect(
        replayReceipt({ ...ports, replica: other.store.replica }, { receiptId: run.receiptId }),
      ).rejects.toMatchObject({ message: expect.stringContaining('scripted/2') as string });
    });
  });
}

const ctx = aContext(REVIEWER);

/** Adds its input to what it was given before, asks the host for its state, and sometimes breaks. */
const adder = (bias = 0): Script => ({
  initialize: async (_, host) => {
    host.memory['base'] = await host.call('get_config', { key: 'base' });
    return null;
  },
  add: async (input, host) => {
    const sum = Number(host.memory['sum'] ?? 0) + Number(input) + bias;
    host.memory['sum'] = sum;
    const before = await host.call('db_read', { op: 'state.get', args: { key: 'k' } });
    await host.call('db_write', { op: 'state.put', args: { key: 'k', value: sum } });
    if (input === 13) throw new ScriptFault('trap');
    return { sum, before, base: host.memory['base'] ?? null };
  },
});

const add = (system: GivenSystem, input: JsonValue) =>
  runOverlay(system.ports, ctx, { overlayId: 'adder', handler: 'add', input });
const replay = ({ ports, store }: GivenSystem, input: ReplayInput) =>
  replayReceipt({ ...ports, replica: store.replica }, input);
