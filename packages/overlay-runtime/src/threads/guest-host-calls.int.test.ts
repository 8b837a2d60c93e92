import binaryen from 'binaryen';
import { afterAll, describe, expect, it } from 'vitest';
import { GuestSupply, type HostAnswers } from '@forge-cascade/overlay-runtime';
import type { GuestText } from './fixtures/guest-text.js';
import { opener } from './fixtures/open-guest.js';

const supply = new GuestSupply({ spares: 2 });
const open = opener(supply, (text) => binaryen.parseText(text).emitBinary());
afterAll(() => supply.close());

const later = (text: string, ms = 2): Promise<string> =>
  new Promise((resolve) => {
    setTimeout(() => resolve(text), ms);
  });

/** Passes its input on as a request, and the reply back. */
const PASSING: GuestText = {
  imports: ['db_read', 'db_write'],
  handlers: {
    read: '(call $db_read (local.get $ptr) (local.get $len))',
    write: '(call $db_write (local.get $ptr) (local.get $len))',
  },
};

/** Calls the host as often as its input has bytes. */
const REPEATING: GuestText = {
  imports: ['db_read'],
  more: '(data (i32.const 16) "{}")',
  handlers: {
    repeat: `(local $left i32)
      (local.set $left (local.get $len))
      (loop $again
        (drop (call $db_read (i32.const 16) (i32.const 2)))
        (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
      (i64.const 0)`,
  },
};

describe('host calls of a guest', () => {
  it('[THR-10] sleeps until the host has replied, however long that takes', async () => {
    const guest = await open(PASSING);
    const host: HostAnswers = (name, request, during) => later(JSON.stringify({ ok: [name, request, during] }));
    const runs = await Promise.all([guest.call('read', '{"a":1}', host), guest.call('write', '"é"', host)]);
    expect(runs.map(({ output }) => JSON.parse(output) as unknown)).toEqual([
      { ok: ['db_read', '{"a":1}', 'call'] },
      { ok: ['db_write', '"é"', 'call'] },
    ]);
  });

  it('[THR-10] asks each caller for what is done in its call', async () => {
    const guest = await open(PASSING);
    const calls = Array.from({ length: 50 }, (_, i) => {
      const host: HostAnswers = () => (i % 3 === 0 ? later(`${i}`, 1) : Promise.resolve(`${i}`));
      return guest.call('read', '{}', host);
    });
    expect((await Promise.all(calls)).map(({ output }) => Number(output))).toEqual(calls.map((_, i) => i));
  });

  it('[THR-11] charges 1,000 for a host call and 2 for each byte of request and reply', async () => {
    const guest = await open(PASSING);
    const host: HostAnswers = () => Promise.resolve('{"ok":"é"}');
    expect(await guest.call('read', '{"a":1}', host)).toMatchObject({ fuel: 1_000 + 2 * (7 + 11), hostCalls: 1 });
  });

  it('[THR-11] does not ask the host for what the fuel does not cover', async () => {
    const guest = await open(REPEATING, { fuel: 3_500 });
    let asked = 0;
    const host: HostAnswers = () => {
      asked++;
      return Promise.resolve('{}');
    };
    const call = guest.call('repeat', '"many"', host);
    await expect(call).rejects.toMatchObject({ code: 'out_of_fuel', fuel: 3_500, hostCalls: 3, ordinal: 0 });
    expect(asked).toBe(3);
  });

  it('[THR-12] ends a call at its 257th host call', async () => {
    const guest = await open(REPEATING);
    let asked = 0;
    const host: HostAnswers = () => {
      asked++;
      return Promise.resolve('{}');
    };
    expect(await guest.call('repeat', 'x'.repeat(256), host)).toMatchObject({ hostCalls: 256 });
    asked = 0;
    const call = guest.call('repeat', 'x'.repeat(257), host);
    await expect(call).rejects.toMatchObject({ code: 'host_call_limit', hostCalls: 256 });
    expect(asked).toBe(256);
  });

  it('[THR-13] replies LIMIT in the place of what is above 1 MiB', async () => {
    const guest = await open(PASSING);
    const most = JSON.stringify('x'.repeat(1_048_574));
    expect((await guest.call('read', '{}', () => Promise.resolve(most))).output).toBe(most);
    const run = await guest.call('read', '{}', () => Promise.resolve(JSON.stringify('x'.repeat(1_048_575))));
    expect(JSON.parse(run.output)).toEqual({
      error: { code: 'LIMIT', message: 'The reply has 1048577 bytes; at most 1048576 are passed on.' },
    });
  });

  it('[THR-13] replies INVALID to what is not UTF-8, and asks nobody', async () => {
    const guest = await open({
      imports: ['db_read'],
      more: '(data (i32.const 16) "\\ff{}")',
      handlers: { read: '(call $db_read (i32.const 16) (i32.const 3))' },
    });
    const run = await guest.call('read', '{}', () => Promise.reject(new Error('asked')));
    expect(JSON.parse(run.output)).toMatchObject({ error: { code: 'INVALID' } });
  });

  it('[THR-14] ends the call with the error of a host that failed, and the instance with it', async () => {
    const guest = await open(PASSING);
    const ok: HostAnswers = () => Promise.resolve('1');
    const before = await guest.call('read', '{}', ok);
    const failing: HostAnswers = () => Promise.reject(new Error('the store is closed'));
    const throwing: HostAnswers = () => {
      throw new Error('not even asked');
    };
    await expect(guest.call('read', '{}', failing)).rejects.toThrow('the store is closed');
    await expect(guest.call('read', '{}', throwing)).rejects.toThrow('not even asked');
    const after = await guest.call('read', '{}', ok);
    expect(after).toMatchObject({ output: '1', ordinal: 0 });
    expect(after.instance).not.toBe(before.instance);
  });

  it('[THR-15] has only the host functions that were granted', async () => {
    const guest = await open(PASSING, { granted: ['db_read', 'log'] });
    await expect(guest.call('read', '{}', () => Promise.resolve('1'))).rejects.toMatchObject({
      code: 'trap',
      message: expect.stringContaining('db_write') as unknown,
    });
  });
});
