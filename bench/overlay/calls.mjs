/**
 * Calls of overlays through the runner: warm, many at once, through the host, into a new instance, after a kill; and the
 * memory that an overlay takes. Beside them a bare call of the same metered module in this thread, messages to a thread, and
 * the same guest under Wasmtime with its own fuel, called in the same thread from Python.
 *
 *   node bench/overlay/calls.mjs [--calls 20000] [--rounds 3] [--starts 30] [--overlays 100]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createOverlayRunner } from '@forge-cascade/overlay-runtime';
import { median, percentiles } from '../shared/percentiles.mjs';
import { figure, saveResult } from '../shared/results.mjs';
import { bareCalls, messageEcho } from './bare-calls.mjs';
import { CALL_INPUT as INPUT, MANIFEST, guestModule } from './call-guest.mjs';
import { pythonWithWasmtime } from './python-wasmtime.mjs';

const { values: args } = parseArgs({
  options: {
    calls: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '3' },
    starts: { type: 'string', default: '30' },
    overlays: { type: 'string', default: '100' },
  },
});
const CALLS = Number(args.calls);
const ROUNDS = Number(args.rounds);
const STARTS = Number(args.starts);
const OVERLAYS = Number(args.overlays);
const IN_FLIGHT = 32;
const HOST_CALLS = 200;
/** Enough for a spare thread to have begun. */
const SETTLE_MS = 120;

const host = async () => '{"ok":null}';

const bytes = guestModule();
/** When threads ended, in order. */
const ends = [];
process.on('worker', (worker) => worker.once('exit', () => ends.push(performance.now())));
const runner = createOverlayRunner({ spares: 1, threads: 40 });
const module = await runner.prepare(bytes, MANIFEST);
const run = (id, handler, input, signal) => runner.run(id, module, MANIFEST, { handler, input, host, signal });

const echo = messageEcho();
const bare = await bareCalls(bytes, MANIFEST);
const warm = [];
for (let round = 0; round < ROUNDS; round++) {
  warm.push({
    call: await sampled(CALLS, () => run('warm', 'echo', INPUT)),
    bare: await sampled(CALLS, async () => bare(INPUT)),
    message: await sampled(CALLS / 4, () => echo.send(INPUT)),
    throughput: await perSecond(CALLS * 5, () => run('warm', 'echo', INPUT)),
    messages: await perSecond(CALLS, () => echo.send(INPUT)),
    host: await hostCalls(Math.ceil(CALLS / HOST_CALLS)),
    beside: await besideSpinning(),
  });
}
await echo.close();
const starts = await coldStarts();
const kills = await killed();
await runner.close();
const megabytes = memoryOfOne();
const wasmtime = callsUnderWasmtime();

const middle = (name, order) => median(warm.map((round) => (order ? round[name][order] : round[name])));
const late = { starts: percentiles(starts), gone: percentiles(kills.gone), next: percentiles(kills.next) };
saveResult({
  bench: 'overlay-calls',
  setup: { inputBytes: Buffer.byteLength(INPUT), calls: CALLS, rounds: ROUNDS, starts: STARTS, overlays: OVERLAYS },
  besideIs: 'postMessage echo',
  figures: [
    figure('warm call, p50', 'µs', middle('call', 'p50'), { atMost: 40, beside: middle('message', 'p50') }),
    figure('warm call, p99', 'µs', middle('call', 'p99'), { atMost: 200, beside: middle('message', 'p99') }),
    figure('bare call in this thread, p50', 'µs', middle('bare', 'p50')),
    figure(`${IN_FLIGHT} in flight, one thread`, 'calls/s', middle('throughput'), {
      atLeast: 40_000,
      beside: middle('messages'),
    }),
    figure('host call, p50', 'µs', middle('host', 'p50'), { atMost: 30, beside: middle('message', 'p50') }),
    figure('host call, p99', 'µs', middle('host', 'p99')),
    figure('warm call while another overlay spins, p50', 'µs', middle('beside', 'p50'), { atMost: 40 }),
    figure('warm call while another overlay spins, p99', 'µs', middle('beside', 'p99'), { atMost: 200 }),
    figure('first call of an instance, warm thread, p50', 'ms', late.starts.p50, { atMost: 10 }),
    figure('first call of an instance, warm thread, most', 'ms', late.starts.most, { atMost: 30 }),
    figure('kill of a spinning overlay until its thread is gone, p50', 'ms', late.gone.p50, { atMost: 5 }),
    figure('kill of a spinning overlay until its thread is gone, p99', 'ms', late.gone.p99, { atMost: 20 }),
    figure('next call after a kill, most', 'ms', late.next.most, { atMost: 20 }),
    figure('Wasmtime with fuel, in its caller’s thread: call, p50', 'µs', wasmtime.p50),
    figure('Wasmtime with fuel, in its caller’s thread: call, p99', 'µs', wasmtime.p99),
    figure('Wasmtime with fuel, in its caller’s thread: one after another', 'calls/s', wasmtime.perSecond),
    figure('Wasmtime with fuel: making an instance, p50', 'ms', wasmtime.start),
    figure('memory of an overlay', 'MB', megabytes),
    figure('overlays in a GB', '', 1_024 / megabytes, { atLeast: 100 }),
  ],
});

function callsUnderWasmtime() {
  const folder = mkdtempSync(join(tmpdir(), 'overlay-calls-'));
  try {
    const file = join(folder, 'guest.wasm');
    writeFileSync(file, bytes);
    const script = fileURLToPath(new URL('./wasmtime_calls.py', import.meta.url));
    return JSON.parse(execFileSync(pythonWithWasmtime(), [script, file, INPUT, String(CALLS)]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Microseconds of calls one after another, after a tenth that does not count. */
async function sampled(times, work) {
  const samples = [];
  for (let i = -times / 10; i < times; i++) {
    const started = performance.now();
    await work();
    if (i >= 0) samples.push((performance.now() - started) * 1_000);
  }
  return percentiles(samples);
}

async function perSecond(times, work) {
  let left = times;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      while (left-- > 0) await work();
    }),
  );
  return times / ((performance.now() - started) / 1_000);
}

/** Microseconds of one host call: what a call that makes many takes beyond one that makes none, shared out. */
async function hostCalls(times) {
  const many = JSON.stringify('x'.repeat(HOST_CALLS));
  const { p50: none } = await sampled(times, () => run('warm', 'ask', '""'));
  const samples = [];
  for (let i = 0; i < times; i++) {
    const started = performance.now();
    await run('warm', 'ask', many);
    samples.push(((performance.now() - started) * 1_000 - none) / HOST_CALLS);
  }
  return percentiles(samples);
}

/** Microseconds of calls one after another for as long as another overlay needs to burn its budget. */
async function besideSpinning() {
  const samples = [];
  let spinning = true;
  const ended = run('spinning', 'spin', '{}')
    .catch((error) => error.code)
    .finally(() => (spinning = false));
  while (spinning) {
    const started = performance.now();
    await run('warm', 'echo', INPUT);
    samples.push((performance.now() - started) * 1_000);
    // Lets the end of the other be heard of.
    if (samples.length % 100 === 0) await sleep(0);
  }
  if ((await ended) !== 'out_of_fuel') throw new Error('the guest did not burn its budget');
  await runner.discard('spinning');
  return percentiles(samples);
}

async function coldStarts() {
  const samples = [];
  for (let i = 0; i < STARTS; i++) {
    await runner.discard('cold');
    await sleep(SETTLE_MS);
    const started = performance.now();
    await run('cold', 'echo', INPUT);
    samples.push(performance.now() - started);
  }
  await runner.discard('cold');
  return samples;
}

/** Half of the kills are timed until the thread is gone, the other half until the next call was served. */
async function killed() {
  const gone = [];
  const next = [];
  for (let i = 0; i < STARTS * 2; i++) {
    await run('spinning', 'echo', INPUT);
    await sleep(SETTLE_MS);
    const spinning = run('spinning', 'spin', '{}', abortedIn(20)).catch((error) => error.code);
    const before = ends.length;
    if ((await spinning) !== 'cancelled') throw new Error('the guest was not cancelled');
    const started = performance.now();
    if (i % 2 === 1) {
      await run('spinning', 'echo', INPUT);
      next.push(performance.now() - started);
    }
    while (ends.length === before) await sleep(1);
    if (i % 2 === 0) gone.push(ends[before] - started);
  }
  await runner.discard('spinning');
  return { gone, next };
}

function abortedIn(ms) {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), ms);
  return controller.signal;
}

/** Megabytes of an overlay, in a process that does nothing else. */
function memoryOfOne() {
  const program = fileURLToPath(new URL('memory.mjs', import.meta.url));
  return Number(execFileSync(process.execPath, [program, '--overlays', String(OVERLAYS)], { encoding: 'utf8' }));
}
