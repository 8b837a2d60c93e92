import binaryen from 'binaryen';
import { afterAll, describe, expect, it } from 'vitest';
import { GuestSupply, type Guest, type HostAnswers, type OverlayRun } from '@forge-cascade/overlay-runtime';
import { type GuestText } from './fixtures/guest-text.js';
import { opener } from './fixtures/open-guest.js';

const supply = new GuestSupply({ spares: 2 });
const open = opener(supply, (text) => binaryen.parseText(text).emitBinary());
afterAll(() => supply.close());

const REPEATS = 1_000;

/** Keeps a sum of all it ever saw in its memory, logs it, and asks the host; burns fuel by what it saw. */
const SUMMING: GuestText = {
  imports: ['db_read', 'log'],
  more: `(global $sum (mut i32) (i32.const 0))
    (func $digits (param $n i32) (result i64) (local $at i32)
      (local.set $at (i32.const 40))
      (loop $again
        (local.set $at (i32.sub (local.get $at) (i32.const 1)))
        (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10))))
        (br_if $again (local.tee $n (i32.div_u (local.get $n) (i32.const 10)))))
      (call $packed (local.get $at) (i32.sub (i32.const 40) (local.get $at))))`,
  handlers: {
    sum: `(local $i i32) (local $reply i64)
      (local.set $reply (call $db_read (local.get $ptr) (local.get $len)))
      (loop $again
        (global.set $sum (i32.rem_u
          (i32.add (i32.mul (global.get $sum) (i32.const 31))
            (i32.load8_u (i32.add (local.get $i) (i32.wrap_i64 (i64.shr_u (local.get $reply) (i64.const 32))))))
          (i32.const 1000003)))
        (global.set $fuel (i64.sub (global.get $fuel) (i64.const 7)))
        (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.wrap_i64 (local.get $reply)))))
      (call $log (i32.const 0) (local.get $ptr) (local.get $len))
      (call $digits (global.get $sum))`,
    fail: '(unreachable)',
  },
};

const host: HostAnswers = (_, request) => Promise.resolve(`{"ok":${request}}`);

/** What must be the same of a run: all but the name of its instance. */
const facts = ({ output, fuel, hostCalls, logs, ordinal }: OverlayRun) => ({ output, fuel, hostCalls, logs, ordinal });

async function history(guest: Guest, calls: number): Promise<unknown[]> {
  const runs = [];
  for (let i = 0; i < calls; i++) runs.push(facts(await guest.call('sum', JSON.stringify({ i, text: 'é' }), host)));
  return runs;
}

describe('determinism', () => {
  it('[THR-40] repeats output, fuel and log a thousand times in fresh instances', async () => {
    const guest = await open(SUMMING);
    const [first] = await history(guest, 1);
    for (let i = 1; i < REPEATS; i++) {
      await expect(guest.call('fail', '{}', host)).rejects.toMatchObject({ code: 'trap', ordinal: 1 });
      expect(await history(guest, 1)).toEqual([first]);
    }
  });

  it('[THR-40] repeats it in new threads', async () => {
    const guest = await open(SUMMING);
    const first = await history(guest, 3);
    for (let i = 0; i < 10; i++) {
      await guest.discard();
      expect(await history(guest, 3)).toEqual(first);
    }
  });

  it('[THR-40] repeats a history of a thousand calls in another thread, and amid others', async () => {
    const [a, b] = await Promise.all([open(SUMMING), open(SUMMING)]);
    const alone = await history(a, REPEATS);
    const [beside, again] = await Promise.all([history(b, REPEATS), a.discard().then(() => history(a, REPEATS))]);
    expect(beside).toEqual(alone);
    expect(again).toEqual(alone);
    expect(new Set(alone.map((run) => (run as OverlayRun).output)).size).toBeGreaterThan(REPEATS / 2);
  });

  it('[THR-40] repeats it when calls are sent in bursts', async () => {
    const [a, b] = await Promise.all([open(SUMMING), open(SUMMING)]);
    const alone = await history(a, 200);
    const burst = await Promise.all(
      Array.from({ length: 200 }, (_, i) => b.call('sum', JSON.stringify({ i, text: 'é' }), host)),
    );
    expect(burst.map(facts)).toEqual(alone);
  });
});
