import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import binaryen from 'binaryen';
import { afterEach, describe, expect, it } from 'vitest';
import { GuestSupply, type Guest, type GuestSupplyOptions, type HostAnswers } from '@forge-cascade/overlay-runtime';
import { ECHO, type GuestText } from './fixtures/guest-text.js';
import { opener } from './fixtures/open-guest.js';
import { GuestSupply as SupplyWithoutThreads } from './guest-supply.js';

const assemble = (text: string): Uint8Array => binaryen.parseText(text).emitBinary();
const supplies: GuestSupply[] = [];
afterEach(() => Promise.all(supplies.splice(0).map((supply) => supply.close())));

function supplyOf(options?: GuestSupplyOptions) {
  const supply = new GuestSupply(options);
  supplies.push(supply);
  return { supply, open: opener(supply, assemble) };
}

const ok: HostAnswers = () => Promise.resolve('{"ok":null}');

const GUEST: GuestText = {
  imports: ['db_write'],
  more: '(global $count (mut i32) (i32.const 0)) (data (i32.const 16) "0123456789")',
  handlers: {
    echo: ECHO,
    count: `(global.set $count (i32.add (global.get $count) (i32.const 1)))
            (call $packed (i32.add (i32.const 16) (global.get $count)) (i32.const 1))`,
    write: '(call $db_write (local.get $ptr) (local.get $len))',
    spin: '(loop $again (br $again)) (unreachable)',
  },
};

/** A host that says when it was asked, and replies when told to. */
function heldHost() {
  let asked = (): void => {};
  let reply = (_: string): void => {};
  const wasAsked = new Promise<void>((resolve) => (asked = resolve));
  const held = new Promise<string>((resolve) => (reply = resolve));
  const host: HostAnswers = () => {
    asked();
    return held;
  };
  return { host, wasAsked, reply: (text: string) => reply(text) };
}

const outcome = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error);

/** Until the guest runs: what is behind a call that was begun is begun too, or waits. */
const someTurns = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 30));

describe('ending calls', () => {
  it('[THR-30] cancels a running call, and serves those behind it in a fresh instance', async () => {
    const { open } = supplyOf({ spares: 1 });
    const guest = await open(GUEST, { fuel: 55 });
    const first = await guest.call('count', '{}', ok);
    const controller = new AbortController();
    const spinning = outcome(guest.call('spin', '{}', ok, controller.signal));
    const behind = [guest.call('count', '{}', ok), guest.call('count', '{}', ok)];
    await someTurns();
    controller.abort();
    expect(await spinning).toMatchObject({ code: 'cancelled', fuel: 55, instance: first.instance, ordinal: 1 });
    const [one, two] = await Promise.all(behind);
    expect([one?.output, two?.output]).toEqual(['1', '2']);
    expect(one?.instance).not.toBe(first.instance);
  });

  it('[THR-30] cancels a call that was not begun without touching the one that runs', async () => {
    const { open } = supplyOf();
    const guest = await open(GUEST);
    const { host, wasAsked, reply } = heldHost();
    const controller = new AbortController();
    const running = guest.call('write', '{}', host);
    const sent = outcome(guest.call('count', '{}', ok, controller.signal));
    await wasAsked;
    const waiting = outcome(guest.call('count', '{}', ok, controller.signal));
    const last = guest.call('count', '{}', ok);
    controller.abort();
    expect([await sent, await waiting]).toMatchObject([{ code: 'cancelled' }, { code: 'cancelled' }]);
    reply('"done"');
    expect(await running).toMatchObject({ output: '"done"', ordinal: 0 });
    expect(await last).toMatchObject({ output: '1', ordinal: 1 });
    expect(await outcome(guest.call('count', '{}', ok, AbortSignal.abort()))).toMatchObject({ code: 'cancelled' });
  });

  it('[THR-31] ends a call in the middle of a host call, and passes over the late reply', async () => {
    const { open } = supplyOf();
    const guest = await open(GUEST);
    const { host, wasAsked, reply } = heldHost();
    const controller = new AbortController();
    const writing = outcome(guest.call('write', '{}', host, controller.signal));
    await wasAsked;
    controller.abort();
    expect(await writing).toMatchObject({ code: 'cancelled', hostCalls: 1, ordinal: 0 });
    const next = guest.call('write', '1', () => Promise.resolve('"mine"'));
    reply('"late"');
    expect(await next).toMatchObject({ output: '"mine"', ordinal: 0 });
  });

  it('[THR-31] ends a guest whose host does not reply at the deadline', async () => {
    const { open } = supplyOf();
    const guest = await open(GUEST, { deadlineMs: 60 });
    const { host, reply } = heldHost();
    expect(await outcome(guest.call('write', '{}', host))).toMatchObject({ code: 'deadline', hostCalls: 1 });
    reply('"late"');
    expect(await guest.call('write', '{}', () => Promise.resolve('"mine"'))).toMatchObject({ output: '"mine"' });
  });

  it('[THR-32] discards instance and calls of an overlay on demand', async () => {
    const { open } = supplyOf();
    const guest = await open(GUEST);
    await guest.call('count', '{}', ok);
    const calls = ['spin', 'count'].map((handler) => outcome(guest.call(handler, '{}', ok)));
    await someTurns();
    await guest.discard();
    expect(await Promise.all(calls)).toMatchObject([{ code: 'cancelled' }, { code: 'cancelled' }]);
    expect(await guest.call('count', '{}', ok)).toMatchObject({ output: '1', ordinal: 0 });
  });

  it('[THR-32] ends everything when it is closed', async () => {
    const { supply, open } = supplyOf({ spares: 1 });
    const guests = await Promise.all([open(GUEST), open(GUEST)]);
    const calls = guests.map((guest) => outcome(guest.call('spin', '{}', ok)));
    await someTurns();
    await supply.close();
    expect(await Promise.all(calls)).toMatchObject([{ code: 'cancelled' }, { code: 'cancelled' }]);
    expect(await outcome((guests[0] as Guest).call('count', '{}', ok))).toMatchObject({ code: 'cancelled' });
  });

  it('[THR-33] names the loss of a thread, and goes on in another', async () => {
    const workers: Worker[] = [];
    const note = (worker: Worker): void => void workers.push(worker);
    process.on('worker', note);
    const { open } = supplyOf({ spares: 0 });
    const guest = await open(GUEST);
    await guest.call('count', '{}', ok);
    const calls = ['spin', 'count'].map((handler) => outcome(guest.call(handler, '{}', ok)));
    await someTurns();
    process.off('worker', note);
    const [worker] = workers as [Worker];
    await worker.terminate();
    expect(await Promise.all(calls)).toMatchObject([
      { code: 'worker_lost', ordinal: 1 },
      { output: '1', ordinal: 0 },
    ]);
  });

  it('[THR-33] gives up on threads that cannot even begin', async () => {
    // From the sources there is no compiled file for the thread to run.
    const supply = new SupplyWithoutThreads({ spares: 0 });
    const guest = await opener(supply, assemble)(GUEST);
    const lost = { code: 'worker_lost', message: expect.stringContaining('guest-worker') as unknown };
    expect(await Promise.all(['echo', 'echo'].map((handler) => outcome(guest.call(handler, '1', ok))))).toMatchObject([
      lost,
      lost,
    ]);
    await supply.close();
  });
});

describe('places for guests', () => {
  it('[THR-34] refuses more calls than may wait', async () => {
    const { open } = supplyOf({ queue: 3 });
    const guest = await open(GUEST);
    const { host, wasAsked, reply } = heldHost();
    const running = guest.call('write', '{}', host);
    await wasAsked;
    // What fits into the shared area no longer waits.
    const large = JSON.stringify('x'.repeat(1_000_000));
    const calls = Array.from({ length: 5 }, () => outcome(guest.call('echo', large, ok)));
    const codes = [];
    reply('1');
    for (const result of await Promise.all(calls)) codes.push((result as { code?: string }).code ?? 'served');
    expect(codes).toEqual(['served', 'served', 'served', 'busy', 'busy']);
    expect((await running).output).toBe('1');
  });

  it('[THR-35] gives back what was not called for a while', async () => {
    const { supply, open } = supplyOf({ idleMs: 40 });
    const guest = await open(GUEST);
    await guest.call('count', '{}', ok);
    expect(supply.seated).toBe(1);
    while (supply.seated > 0) await someTurns();
    expect(await guest.call('count', '{}', ok)).toMatchObject({ output: '1', ordinal: 0 });
  });

  it('[THR-35] takes the place of the one called least recently, and waits where all are busy', async () => {
    const { supply, open } = supplyOf({ threads: 2 });
    const [a, b, c] = await Promise.all([open(GUEST), open(GUEST), open(GUEST)]);
    await a.call('count', '{}', ok);
    await b.call('count', '{}', ok);
    await a.call('count', '{}', ok);
    expect((await c.call('count', '{}', ok)).ordinal).toBe(0);
    expect((await a.call('count', '{}', ok)).output).toBe('3');
    expect(supply.seated).toBe(2);
    const held = heldHost();
    const [inA, inC] = [a.call('write', '{}', held.host), c.call('write', '{}', held.host)];
    await held.wasAsked;
    const starved = b.call('count', '{}', ok);
    await someTurns();
    held.reply('1');
    await Promise.all([inA, inC]);
    expect((await starved).output).toBe('1');
    expect(supply.seated).toBe(2);
  });

  it('[THR-36] bounds the heap of a thread', async () => {
    const workers: Worker[] = [];
    const note = (worker: Worker): void => void workers.push(worker);
    process.on('worker', note);
    const { open } = supplyOf({ spares: 0 });
    const guest = await open(GUEST);
    await guest.call('count', '{}', ok);
    process.off('worker', note);
    const [worker] = workers as [Worker];
    expect(worker.resourceLimits).toMatchObject({ maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 });
    const gone = once(worker, 'exit');
    await guest.discard();
    await gone;
  });
});
