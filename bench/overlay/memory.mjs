/**
 * Megabytes by which a process grows with each overlay that was called a few times: a process of its own, so that nothing
 * else that a bench leaves behind is counted. Prints a number; `calls.mjs` runs it.
 *
 *   node bench/overlay/memory.mjs [--overlays 100]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createOverlayRunner } from '@forge-cascade/overlay-runtime';
import { CALL_INPUT, MANIFEST, guestModule } from './call-guest.mjs';

const { values: args } = parseArgs({ options: { overlays: { type: 'string', default: '100' } } });
const OVERLAYS = Number(args.overlays);
const CALLS = 20;
/** Enough for a spare thread to have begun. */
const SETTLE_MS = 500;

const runner = createOverlayRunner({ spares: 1, threads: OVERLAYS + 10 });
const module = await runner.prepare(guestModule(), MANIFEST);
const host = async () => '{"ok":null}';
const call = (id) => runner.run(id, module, MANIFEST, { handler: 'echo', input: CALL_INPUT, host });
// What the first one brings along for all.
await call('first');
await sleep(SETTLE_MS);
const before = process.memoryUsage.rss();
for (let i = 0; i < OVERLAYS; i++) for (let n = 0; n < CALLS; n++) await call(`one-${i}`);
await sleep(SETTLE_MS);
console.log((process.memoryUsage.rss() - before) / OVERLAYS / 1_048_576);
await runner.close();
