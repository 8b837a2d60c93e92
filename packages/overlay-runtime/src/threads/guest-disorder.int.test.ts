import binaryen from 'binaryen';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GuestSupply, type HostAnswers, type OverlayRun } from '@forge-cascade/overlay-runtime';
import { ECHO, type GuestText } from './fixtures/guest-text.js';
import { opener } from './fixtures/open-guest.js';

const assemble = (text: string): Uint8Array => binaryen.parseText(text).emitBinary();

const GUEST: GuestText = {
  imports: ['db_read', 'log'],
  // Rooms are never given back until nothing is left of the memory: then they trap.
  alloc: `(local.set $at (global.get $top))
    (global.set $top (i32.and (i32.add (i32.add (global.get $top) (local.get $n)) (i32.const 7)) (i32.const -8)))
    (if (i32.gt_u (global.get $top) (i32.mul (memory.size) (i32.const 65536)))
      (then (drop (memory.grow (i32.const 32)))))
    (local.get $at)`,
  free: '(if (i32.eq (local.get $at) (i32.const 4096)) (then (global.set $top (i32.const 4096))))',
  handlers: {
    echo: ECHO,
    ask: `(call $log (i32.const 1) (local.get $ptr) (i32.const 1))
          (call $db_read (local.get $ptr) (local.get $len))`,
    fail: '(unreachable)',
    spin: '(loop $again (br $again)) (unreachable)',
  },
};

interface Step {
  readonly guest: number;
  readonly handler: 'echo' | 'ask' | 'fail' | 'spin';
  readonly bytes: number;
  /** Milliseconds after which the call is cancelled; null for never. */
  readonly cancel: number | null;
  /** Milliseconds that the host takes. */
  readonly hostMs: number;
  /** Whether to wait for it before going on. */
  readonly alone: boolean;
}

const step: fc.Arbitrary<Step> = fc
  .record({
    guest: fc.nat(2),
    handler: fc.constantFrom('echo', 'echo', 'echo', 'ask', 'ask', 'ask', 'fail', 'spin'),
    bytes: fc.oneof({ weight: 8, arbitrary: fc.nat(2_000) }, { weight: 1, arbitrary: fc.nat(400_000) }),
    cancel: fc.option(fc.nat(4), { freq: 4 }),
    hostMs: fc.constantFrom(0, 0, 0, 1, 3),
    alone: fc.boolean(),
  })
  .map((drawn) => ({ ...drawn, cancel: drawn.handler === 'spin' ? (drawn.cancel ?? 2) : drawn.cancel }) as Step);

const after = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

describe('whatever comes in whatever order', () => {
  it('[THR-41] settles every call, once, with its own answer', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
        const supply = new GuestSupply({ spares: 1, threads: 2 });
        const open = opener(supply, assemble);
        const guests = await Promise.all([open(GUEST), open(GUEST), open(GUEST)]);
        const run = async ({ guest, handler, bytes, cancel, hostMs }: Step, i: number): Promise<void> => {
          const controller = new AbortController();
          if (cancel !== null) setTimeout(() => controller.abort(), cancel);
          const input = JSON.stringify(`${i}:${'x'.repeat(bytes)}`);
          const host: HostAnswers = async (_, request) => {
            expect(request).toBe(input);
            if (hostMs > 0) await after(hostMs);
            return `[${request}]`;
          };
          const settled = await guests[guest]?.call(handler, input, host, controller.signal).then(
            (served: OverlayRun) => ({ output: served.output, lines: served.logs.length }),
            (error: { code?: string }) => error.code,
          );
          const served = {
            echo: { output: input, lines: 0 },
            ask: { output: `[${input}]`, lines: 1 },
            fail: 'trap',
            spin: 'cancelled',
          }[handler];
          if (settled !== 'cancelled' || cancel === null) expect(settled).toEqual(served);
        };
        const running: Promise<void>[] = [];
        for (const [i, next] of steps.entries()) {
          const settled = run(next, i);
          if (next.alone) await settled;
          else running.push(settled);
        }
        await Promise.all(running);
        await supply.close();
      }),
      { numRuns: 40, seed: 7, endOnFailure: true },
    );
  });
});
