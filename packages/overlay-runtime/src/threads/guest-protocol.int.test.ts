import binaryen from 'binaryen';
import { afterAll, describe, expect, it } from 'vitest';
import { GuestSupply, type HostAnswers } from '@forge-cascade/overlay-runtime';
import { ECHO, answer, type GuestText } from './fixtures/guest-text.js';
import { opener } from './fixtures/open-guest.js';

const supply = new GuestSupply({ spares: 2 });
const open = opener(supply, (text) => binaryen.parseText(text).emitBinary());
afterAll(() => supply.close());

const silent: HostAnswers = () => Promise.reject(new Error('this guest does not call the host'));

const COUNTER: GuestText = {
  more: '(global $count (mut i32) (i32.const 0)) (data (i32.const 16) "0123456789")',
  handlers: {
    count: `(global.set $count (i32.add (global.get $count) (i32.const 1)))
            (call $packed (i32.add (i32.const 16) (global.get $count)) (i32.const 1))`,
    fail: '(unreachable)',
  },
};

/** Keeps what `initialize` got and what it asked; says 1 when the start function ran before. */
const INITIALIZED: GuestText = {
  imports: ['get_config', 'event_subscribe', 'log'],
  more: `(global $started (mut i32) (i32.const 0))
    (global $kept (mut i64) (i64.const 0))
    (data (i32.const 16) "{\\"key\\":\\"a\\"}started")
    (func (export "forge.start") (global.set $started (i32.const 1)))`,
  handlers: {
    initialize: `
      (if (i32.eqz (global.get $started)) (then (unreachable)))
      (call $log (i32.const 1) (i32.const 27) (i32.const 7))
      (drop (call $event_subscribe (i32.const 16) (i32.const 11)))
      (memory.copy (i32.const 1024) (local.get $ptr) (local.get $len))
      (global.set $kept (call $packed (i32.const 1024) (local.get $len)))
      (i64.const 0)`,
    kept: '(global.get $kept)',
    ask: '(call $get_config (i32.const 16) (i32.const 11))',
  },
};

describe('calls of a guest', () => {
  it('[THR-1] carries texts of any characters and any size up to 1 MiB', async () => {
    const guest = await open({ handlers: { echo: ECHO } });
    const long = JSON.stringify('x'.repeat(1_048_574));
    expect(Buffer.byteLength(long)).toBe(1_048_576);
    for (const input of ['0', '""', JSON.stringify({ text: 'æ€😀\u0000\u2028', list: [1, null] }), long])
      expect((await guest.call('echo', input, silent)).output).toBe(input);
  });

  it('[THR-1] carries many large texts at once', async () => {
    const guest = await open({ handlers: { echo: ECHO } });
    const inputs = Array.from({ length: 100 }, (_, i) => JSON.stringify(`${i}`.repeat(1 + ((i * 7_919) % 300_000))));
    const runs = await Promise.all(inputs.map((input) => guest.call('echo', input, silent)));
    expect(runs.every(({ output }, i) => output === inputs[i])).toBe(true);
  });

  it('[THR-1] refuses an input above 1 MiB without a call', async () => {
    const guest = await open({ handlers: { echo: ECHO } });
    const call = guest.call('echo', JSON.stringify('x'.repeat(1_048_575)), silent);
    await expect(call).rejects.toMatchObject({
      code: 'too_large',
      message: 'The input has 1048577 bytes; at most 1048576 are taken.',
    });
    expect((await guest.call('echo', '1', silent)).ordinal).toBe(0);
  });

  it('[THR-1] answers null for a handler that returns 0', async () => {
    const guest = await open({ handlers: { nothing: '(i64.const 0)' } });
    expect((await guest.call('nothing', '{}', silent)).output).toBe('null');
  });

  it('[THR-1] refuses what is not among the handlers', async () => {
    const guest = await open({ more: '(data (i32.const 8) "1")', handlers: { one: answer(8, 1) } });
    await expect(guest.call('two', '{}', silent)).rejects.toThrow('The overlay has no handler two; it has one.');
    expect((await guest.call('one', '{}', silent)).output).toBe('1');
  });

  it('[THR-2] keeps memory between calls and runs them in order', async () => {
    const guest = await open(COUNTER);
    const runs = await Promise.all(Array.from({ length: 9 }, () => guest.call('count', '{}', silent)));
    expect(runs.map(({ output }) => output).join('')).toBe('123456789');
    expect(runs[0]?.initialized).toBeUndefined();
    expect(runs.map(({ ordinal }) => ordinal)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(new Set(runs.map(({ instance }) => instance)).size).toBe(1);
  });

  it('[THR-3] throws a trapped instance away, also amid calls already sent', async () => {
    const guest = await open(COUNTER);
    const [first, failed, again] = await Promise.allSettled(
      ['count', 'fail', 'count'].map((handler) => guest.call(handler, '{}', silent)),
    );
    expect(first).toMatchObject({ value: { output: '1', ordinal: 0 } });
    expect(failed).toMatchObject({ reason: { code: 'trap', message: 'unreachable', ordinal: 1 } });
    expect(again).toMatchObject({ value: { output: '1', ordinal: 0 } });
  });

  it('[THR-4] runs the start function and initialize once in each instance, before its first call', async () => {
    const guest = await open(INITIALIZED, { config: '{"config":{"a":1}}' });
    const asked: string[] = [];
    const host: HostAnswers = (name, request, during) => {
      asked.push(`${during} ${name} ${request}`);
      return Promise.resolve('{"ok":7}');
    };
    const first = await guest.call('kept', '{}', host);
    const second = await guest.call('ask', '{}', host);
    expect(first).toMatchObject({
      output: '{"config":{"a":1}}',
      hostCalls: 0,
      logs: [{ level: 'info', text: 'started' }],
    });
    expect(first.initialized).toEqual({ fuel: 2_000 + 2 * (7 + 11 + 8), hostCalls: 1 });
    expect(second).toMatchObject({ output: '{"ok":7}', fuel: 1_000 + 2 * (11 + 8), hostCalls: 1, logs: [] });
    expect(second.initialized).toBeUndefined();
    expect(asked).toEqual(['initialize event_subscribe {"key":"a"}', 'call get_config {"key":"a"}']);
  });

  it('[THR-4] ends a call whose instance cannot be initialized', async () => {
    const guest = await open({
      handlers: { initialize: '(unreachable)', one: '(i64.const 0)' },
    });
    const fault = { code: 'trap', ordinal: 0 };
    await expect(guest.call('one', '{}', silent)).rejects.toMatchObject(fault);
    await expect(guest.call('one', '{}', silent)).rejects.toMatchObject(fault);
  });
});
