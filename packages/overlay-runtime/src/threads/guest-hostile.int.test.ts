import binaryen from 'binaryen';
import { afterAll, describe, expect, it } from 'vitest';
import { GuestSupply, type HostAnswers } from '@forge-cascade/overlay-runtime';
import { ECHO, answer, type GuestText } from './fixtures/guest-text.js';
import { opener } from './fixtures/open-guest.js';

const supply = new GuestSupply({ spares: 2 });
const open = opener(supply, (text) => binaryen.parseText(text).emitBinary());
afterAll(() => supply.close());

const ok: HostAnswers = () => Promise.resolve('{"ok":null}');
const FOREVER = '(loop $again (br $again))';
const ASK = '(drop (call $db_read (i32.const 16) (i32.const 2)))';
const PASS = '(call $db_read (i32.const 16) (i32.const 2))';
const imports = ['db_read'];

/** What each hostile guest does, and how it must end. */
const ENDS: readonly (readonly [string, string, GuestText])[] = [
  ['room beyond the memory', 'bad_pointer', { alloc: '(i32.const -8)', handlers: { h: ECHO } }],
  ['room that reaches beyond the memory', 'bad_pointer', { alloc: '(i32.const 4194303)', handlers: { h: ECHO } }],
  ['no room', 'out_of_memory', { alloc: '(i32.const 0)', handlers: { h: ECHO } }],
  ['a result beyond the memory', 'bad_pointer', { handlers: { h: answer(-16, 8) } }],
  ['a result that reaches beyond the memory', 'bad_pointer', { handlers: { h: answer(4_194_300, 5) } }],
  ['a result whose end wraps around', 'bad_pointer', { handlers: { h: answer(-16, 1_024) } }],
  ['a result of 4 GiB', 'too_large', { handlers: { h: answer(0, -1) } }],
  ['a result above 1 MiB', 'too_large', { handlers: { h: answer(0, 1_048_577) } }],
  ['an empty result', 'bad_result', { handlers: { h: answer(8, 0) } }],
  ['a result that is not JSON', 'bad_result', { more: '(data (i32.const 8) "{x")', handlers: { h: answer(8, 2) } }],
  [
    'a result that is not UTF-8',
    'bad_result',
    { more: '(data (i32.const 8) "\\22\\ff\\22")', handlers: { h: answer(8, 3) } },
  ],
  [
    'a request beyond the memory',
    'bad_pointer',
    { imports, handlers: { h: '(call $db_read (i32.const -4) (i32.const 8))' } },
  ],
  ['a request of 4 GiB', 'too_large', { imports, handlers: { h: '(call $db_read (i32.const 16) (i32.const -1))' } }],
  [
    'a request above 1 MiB',
    'too_large',
    { imports, handlers: { h: '(call $db_read (i32.const 0) (i32.const 1048577))' } },
  ],
  [
    'a log line beyond the memory',
    'bad_pointer',
    { imports: ['log'], handlers: { h: '(call $log (i32.const 1) (i32.const 4194300) (i32.const 8)) (i64.const 0)' } },
  ],
  [
    'the host called while making room for an input',
    'reentered',
    { imports, alloc: `${ASK} (i32.const 4096)`, handlers: { h: ECHO } },
  ],
  [
    'the host called while making room for a reply',
    'reentered',
    {
      imports,
      more: '(global $inside (mut i32) (i32.const 0))',
      alloc: `(if (global.get $inside) (then ${ASK})) (i32.const 4096)`,
      handlers: { h: `(global.set $inside (i32.const 1)) ${PASS}` },
    },
  ],
  [
    'no room for a reply',
    'out_of_memory',
    {
      imports,
      more: '(global $inside (mut i32) (i32.const 0))',
      alloc: '(select (i32.const 0) (i32.const 4096) (global.get $inside))',
      handlers: { h: `(global.set $inside (i32.const 1)) ${PASS}` },
    },
  ],
  [
    'room for a reply beyond the memory',
    'bad_pointer',
    {
      imports,
      more: '(global $inside (mut i32) (i32.const 0))',
      alloc: '(select (i32.const -4) (i32.const 4096) (global.get $inside))',
      handlers: { h: `(global.set $inside (i32.const 1)) ${PASS}` },
    },
  ],
  ['the host called while room is given back', 'reentered', { imports, free: ASK, handlers: { h: ECHO } }],
  [
    'the host called by the start function',
    'reentered',
    { imports, more: `(func (export "forge.start") ${ASK})`, handlers: { h: ECHO } },
  ],
  ['a trap while room is given back', 'trap', { free: '(unreachable)', handlers: { h: ECHO } }],
  ['a trap in the allocator', 'trap', { alloc: '(unreachable)', handlers: { h: ECHO } }],
  ['fuel that ran out', 'out_of_fuel', { handlers: { h: '(global.set $trap (i32.const 1)) (unreachable)' } }],
  [
    'calls counted as too deep',
    'stack_exhausted',
    { handlers: { h: '(global.set $trap (i32.const 2)) (unreachable)' } },
  ],
  [
    'endless recursion',
    'stack_exhausted',
    {
      more: '(func $deeper (param i64) (result i64) (i64.add (local.get 0) (call $deeper (i64.add (local.get 0) (i64.const 1)))))',
      handlers: { h: '(call $deeper (i64.const 1))' },
    },
  ],
  [
    'endless recursion through the host',
    'stack_exhausted',
    {
      imports: ['log'],
      more: '(func $deeper (param i64) (result i64) (call $log (i32.const 1) (i32.const 0) (i32.const 0)) (i64.add (local.get 0) (call $deeper (i64.add (local.get 0) (i64.const 1)))))',
      handlers: { h: '(call $deeper (i64.const 1))' },
    },
  ],
  ['more memory than its pages from the start', 'out_of_memory', { memory: '300', handlers: { h: ECHO } }],
  ['4 GiB of memory from the start', 'out_of_memory', { memory: '65536', handlers: { h: ECHO } }],
  [
    'memory without end',
    'out_of_memory',
    { memory: '64', handlers: { h: `(drop (memory.grow (i32.const 1000))) ${ECHO}` } },
  ],
  ['data beyond the memory', 'trap', { more: '(data (i32.const 4194300) "too long")', handlers: { h: ECHO } }],
];

describe('hostile guests', () => {
  it.each(ENDS)('[THR-20] ends %s as %s', async (_, code, text) => {
    const guest = await open(text, { fuel: 2_000_000_000 });
    const fault = await guest.call('h', '"input"', ok).catch((error: unknown) => error);
    expect(fault).toMatchObject({ name: 'OverlayFault', code, ordinal: 0 });
    // Whatever it did, its thread serves on.
    await expect(guest.call('h', '"input"', ok)).rejects.toMatchObject({ code, ordinal: 0 });
    await supply.release(guest);
  });

  it('[THR-20] ends a handler that returns something else than 64 bits', async () => {
    const guest = await open({ more: '(func (export "h") (param i32 i32) (result i32) (i32.const 1))', handlers: {} });
    await expect(guest.call('h', '{}', ok)).rejects.toMatchObject({ code: 'bad_result' });
  });

  it('[THR-20] refuses growth at the maximum and serves on', async () => {
    const guest = await open({
      memory: '64 256',
      more: '(data (i32.const 16) "-1")',
      handlers: {
        grow: `(loop $again (br_if $again (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
               (call $packed (i32.const 16) (i32.mul (i32.const 2) (i32.eq (memory.size) (i32.const 256))))`,
      },
    });
    expect((await guest.call('grow', '{}', ok)).output).toBe('-1');
    expect((await guest.call('grow', '{}', ok)).ordinal).toBe(1);
  });

  it('[THR-20] follows memory that moves while room is made', async () => {
    const guest = await open({
      imports,
      memory: '1 256',
      alloc: `(local.set $at (i32.mul (memory.size) (i32.const 65536)))
              (drop (memory.grow (i32.const 20))) (local.get $at)`,
      handlers: { h: '(call $db_read (local.get $ptr) (local.get $len))' },
    });
    const long = JSON.stringify('é'.repeat(400_000));
    for (let i = 0; i < 3; i++)
      expect((await guest.call('h', long, (_, request) => Promise.resolve(request))).output).toBe(long);
  });

  it('[THR-21] keeps 64 lines and 16 KiB of a log, and says what is missing', async () => {
    const logging = (times: number, bytes: number): GuestText => ({
      imports: ['log'],
      handlers: {
        h: `(local $left i32) (local.set $left (i32.const ${times}))
          (memory.fill (i32.const 64) (i32.const 120) (i32.const 4000))
          (loop $again
            (call $log (i32.const 7) (i32.const 64) (i32.const ${bytes}))
            (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
          (i64.const 0)`,
      },
    });
    const many = await (await open(logging(1_000, 3))).call('h', '{}', ok);
    expect(many.logs).toHaveLength(65);
    expect(many.logs[0]).toEqual({ level: 'error', text: 'xxx' });
    expect(many.logs[64]).toEqual({
      level: 'warn',
      text: '936 further lines did not fit into the log of this call.',
    });
    expect(many).toMatchObject({ fuel: 1_000 * (1_000 + 2 * 3), hostCalls: 0 });
    const long = await (await open(logging(6, 4_000))).call('h', '{}', ok);
    expect(long.logs.map(({ text }) => text.length)).toEqual([4_000, 4_000, 4_000, 4_000, expect.any(Number)]);
    expect(long.logs[4]?.text).toBe('2 further lines did not fit into the log of this call.');
  });

  it.each([
    ['a handler', { handlers: { h: `${FOREVER} (unreachable)` } }],
    ['the allocator', { alloc: `${FOREVER} (unreachable)`, handlers: { h: ECHO } }],
    ['giving room back', { free: FOREVER, handlers: { h: ECHO } }],
    ['the start function', { more: `(func (export "forge.start") ${FOREVER})`, handlers: { h: ECHO } }],
    ['initialize', { handlers: { initialize: `${FOREVER} (unreachable)`, h: ECHO } }],
  ] satisfies [string, GuestText][])(
    '[THR-22] ends an unmetered loop in %s at the deadline, and serves neighbours meanwhile',
    async (_, text) => {
      const guest = await open(text, { deadlineMs: 1_000, fuel: 777 });
      const neighbour = await open({ handlers: { h: ECHO } });
      await neighbour.call('h', '1', ok);
      let ended = false;
      const spinning = guest.call('h', '{}', ok).catch((error: unknown) => error);
      void spinning.then(() => (ended = true));
      for (let i = 0; i < 20; i++) expect((await neighbour.call('h', '1', ok)).ordinal).toBe(i + 1);
      expect(ended).toBe(false);
      expect(await spinning).toMatchObject({ code: 'deadline', fuel: 777, ordinal: 0 });
    },
  );
});
