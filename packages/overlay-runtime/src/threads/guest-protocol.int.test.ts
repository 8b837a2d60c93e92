import binaryen from 'binaryen';
import { afterAll, describe, expect, it } from 'vitest';
import { GuestSupply, type Guest, type HostAnswers } from '@forge-cascade/overlay-runtime';
import { ECHO, answer, guestText, type GuestText } from './fixtures/guest-text.js';
import { guestSpec, type OpenedGuest } from './fixtures/open-guest.js';

const supply = new GuestSupply({ spares: 2 });
afterAll(() => supply.close());

const silent: HostAnswers = () => Promise.reject(new Error('this guest does not call the host'));

async function open(text: GuestText, options?: OpenedGuest): Promise<Guest> {
  const module = binaryen.parseText(guestText(text));
  return supply.open(await guestSpec(module.emitBinary(), options));
}

const COUNTER: GuestText = {
  more: '(global $count (mut i32) (i32.const 0)) (data (i32.const 16) "0123456789")',
  handlers: {
    count: `(global.set $count (i32.add (global.get $count) (i32.const 1)))
            (call $packed (i32.add (i32.const 16) (global.get $count)) (i32.const 1))`,
    fail: '(unreachable)',
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

  it('[THR-1] answers null for a handler that returns 0', async () => {
    const guest = await open({ handlers: { nothing: '(i64.const 0)' } });
    expect((await guest.call('nothing', '{}', silent)).output).toBe('null');
  });

  it('[THR-2] keeps memory between calls and runs them in order', async () => {
    const guest = await open(COUNTER);
    const runs = await Promise.all(Array.from({ length: 9 }, () => guest.call('count', '{}', silent)));
    expect(runs.map(({ output }) => output).join('')).toBe('123456789');
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

  it('[THR-1] refuses what is not among the handlers', async () => {
    const guest = await open({ more: '(data (i32.const 8) "1")', handlers: { one: answer(8, 1) } });
    await expect(guest.call('two', '{}', silent)).rejects.toThrow('The overlay has no handler two; it has one.');
    expect((await guest.call('one', '{}', silent)).output).toBe('1');
  });
});
