import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../errors.js';
import { LeaseLost } from '../lease/index.js';
import type { DueMessage, Outbox } from '../ports/outbox.js';
import { backoffDelay, drainOutbox, type OutboxHandler } from './drain-outbox.js';
import { OutboxDrainer } from './outbox-drainer.js';

const backoff = { baseMs: 100, maxMs: 1_000 };

function anOutbox(...messages: Partial<DueMessage>[]) {
  const log: unknown[] = [];
  const all = messages.map((fields, i) => ({ id: `m${i}`, topic: 't', payload: '{}', seq: i, attempts: 0, ...fields }));
  const outbox: Outbox = {
    due: async (_, limit) => all.slice(0, limit),
    defer: async (...args) => void log.push(['defer', ...args]),
    finish: async (ids) => void log.push(['finish', ...ids]),
    backlog: async () => ({ pending: all.length, failing: 0 }),
  };
  return { outbox, log };
}

const drain = (outbox: Outbox, handlers: Record<string, OutboxHandler>, limit = 10) =>
  drainOutbox(outbox, handlers, { now: () => 5_000, limit, backoff });

describe('a drain', () => {
  it('[TRU-12] ends what has no effect on the store, and leaves the rest to the commit that completed it', async () => {
    const { outbox, log } = anOutbox({ topic: 'quiet' }, { topic: 'loud' });
    const counts = await drain(outbox, { quiet: async () => 'no-effect', loud: async () => 'completed' });
    expect(counts).toEqual({ done: 2, completed: 1, deferred: 0, unknown: 0, more: false });
    expect(log).toEqual([['finish', 'm0']]);
  });

  it('[TRU-12] puts a failure off, and goes on with the next', async () => {
    const { outbox, log } = anOutbox({ topic: 'bad', attempts: 2 }, { topic: 'good' });
    const bad: OutboxHandler = async () => Promise.reject(new DomainError('UNAVAILABLE', 'not now'));
    const counts = await drain(outbox, { bad, good: async () => 'no-effect' });
    expect(counts).toEqual({ done: 1, completed: 0, deferred: 1, unknown: 0, more: false });
    expect(log).toEqual([
      ['defer', 'm0', 5_400, 'UNAVAILABLE: not now'],
      ['finish', 'm1'],
    ]);
  });

  it('[TRU-12] ends all that has no effect together, also when the rest is another pod’s by then', async () => {
    const { outbox, log } = anOutbox({ topic: 'quiet' }, { topic: 'quiet' }, { topic: 'lost' }, { topic: 'quiet' });
    const lost: OutboxHandler = async () => Promise.reject(new LeaseLost('outbox'));
    await expect(drain(outbox, { lost, quiet: async () => 'no-effect' })).rejects.toThrow(LeaseLost);
    expect(log).toEqual([['finish', 'm0', 'm1']]);
  });

  it('[POD-11] ends without touching a message once another pod holds the lease', async () => {
    const { outbox, log } = anOutbox({ topic: 'lost' }, { topic: 'good' });
    const lost: OutboxHandler = async () => Promise.reject(new LeaseLost('outbox'));
    await expect(drain(outbox, { lost, good: async () => 'no-effect' })).rejects.toThrow(LeaseLost);
    expect(log).toEqual([]);
  });

  it('[TRU-12] keeps what it does not know, and says so', async () => {
    const { outbox, log } = anOutbox({ topic: 'novel' }, { topic: 'toString' });
    expect(await drain(outbox, {})).toEqual({ done: 0, completed: 0, deferred: 2, unknown: 2, more: false });
    expect(log[0]).toEqual([
      'defer',
      'm0',
      5_100,
      expect.stringContaining('No handler is known for the topic "novel"'),
    ]);
  });

  it('[TRU-12] takes up no more than asked, and says that there may be more', async () => {
    const { outbox } = anOutbox({}, {}, {});
    expect(await drain(outbox, { t: async () => 'completed' }, 2)).toMatchObject({ done: 2, more: true });
  });

  it('[TRU-12] keeps errors short, also those that are none', async () => {
    const { outbox, log } = anOutbox({ topic: 'long' }, { topic: 'odd' });
    const long: OutboxHandler = async () => Promise.reject(new Error('x'.repeat(10_000)));
    // Whatever a handler throws must not end the drain.
    const odd: OutboxHandler = async () => Promise.reject(undefined as unknown as Error);
    await drain(outbox, { long, odd });
    expect(log.map((row) => String((row as unknown[])[3]).length)).toEqual([500, expect.any(Number)]);
  });

  it('[TRU-12] waits longer after each failure, up to a limit', () => {
    fc.assert(
      fc.property(
        fc.nat(10_000),
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 1, max: 1e9 }),
        (n, baseMs, maxMs) => {
          const delay = backoffDelay(n, { baseMs, maxMs });
          expect(delay).toBeGreaterThan(0);
          expect(delay).toBeLessThanOrEqual(maxMs);
          expect(backoffDelay(n + 1, { baseMs, maxMs })).toBe(Math.min(maxMs, n < 52 ? baseMs * 2 ** (n + 1) : maxMs));
        },
      ),
    );
    expect([0, 1, 2, 3, 4, 99].map((n) => backoffDelay(n, backoff))).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });
});

/** A drain whose rounds end when told to, and a clock whose timers fire when told to. */
function aDrainer(restMs = 0) {
  const rounds: { end: (more?: boolean) => void; fail: (error: Error) => void }[] = [];
  const timers = new Set<() => void>();
  const errors: unknown[] = [];
  const delays: number[] = [];
  let running = 0;
  const seen = { overlap: false };
  const drainer = new OutboxDrainer({
    drain: () => {
      seen.overlap ||= running++ > 0;
      return new Promise<{ more: boolean }>((resolve, reject) => {
        rounds.push({ end: (more = false) => resolve({ more }), fail: reject });
      }).finally(() => running--);
    },
    intervalMs: 1_000,
    restMs,
    onError: (error) => errors.push(error),
    schedule: (run, ms) => {
      timers.add(run);
      delays.push(ms);
      return () => timers.delete(run);
    },
  });
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  const fire = () => {
    for (const run of [...timers]) {
      timers.delete(run);
      run();
    }
  };
  return { drainer, rounds, timers, delays, errors, seen, settle, fire };
}

describe('a drainer', () => {
  it('[TRU-13] begins at once, goes on at intervals, and ends when stopped', async () => {
    const { drainer, rounds, timers, settle, fire } = aDrainer();
    drainer.kick();
    expect(rounds).toHaveLength(0);
    drainer.start();
    drainer.start();
    expect(rounds).toHaveLength(1);
    rounds[0]?.end();
    await settle();
    expect([rounds.length, timers.size]).toEqual([1, 1]);
    fire();
    expect(rounds).toHaveLength(2);
    let stopped = false;
    const stop = drainer.stop().then(() => (stopped = true));
    await settle();
    expect(stopped).toBe(false);
    rounds[1]?.end(true);
    await stop;
    drainer.kick();
    expect([rounds.length, timers.size]).toEqual([2, 0]);
  });

  it('[TRU-13] follows a round up when kicked during it or when there is more, never beside it', async () => {
    const { drainer, rounds, timers, seen, settle } = aDrainer();
    drainer.start();
    for (let i = 0; i < 5; i++) drainer.kick();
    expect(rounds).toHaveLength(1);
    rounds[0]?.end();
    await settle();
    expect(rounds).toHaveLength(2);
    rounds[1]?.end(true);
    await settle();
    expect([rounds.length, timers.size]).toEqual([3, 0]);
    rounds[2]?.end();
    await settle();
    expect(timers.size).toBe(1);
    drainer.kick();
    expect([rounds.length, timers.size, seen.overlap]).toEqual([4, 0, false]);
    rounds[3]?.end();
    await drainer.stop();
  });

  it('[TRU-13] rests after a round: what comes up meanwhile is the work of one, what there is more of goes on', async () => {
    const { drainer, rounds, timers, delays, settle, fire } = aDrainer(50);
    drainer.start();
    drainer.kick();
    rounds[0]?.end(true);
    await settle();
    expect([rounds.length, timers.size]).toEqual([2, 0]);
    rounds[1]?.end();
    await settle();
    for (let i = 0; i < 5; i++) drainer.kick();
    expect([rounds.length, delays]).toEqual([2, [50]]);
    fire();
    expect(rounds).toHaveLength(3);
    rounds[2]?.end();
    await settle();
    fire();
    expect([rounds.length, delays]).toEqual([3, [50, 50, 950]]);
    drainer.kick();
    expect([rounds.length, timers.size]).toEqual([4, 0]);
    rounds[3]?.end();
    await settle();
    await drainer.stop();
    drainer.start();
    expect(rounds).toHaveLength(5);
    rounds[4]?.end();
    await drainer.stop();
  });

  it('[TRU-13] survives a failing round and waits before the next', async () => {
    const { drainer, rounds, timers, errors, settle, fire } = aDrainer();
    drainer.start();
    drainer.kick();
    const failure = new Error('closed');
    rounds[0]?.fail(failure);
    await settle();
    expect([errors, rounds.length, timers.size]).toEqual([[failure], 1, 1]);
    fire();
    expect(rounds).toHaveLength(2);
    rounds[1]?.end();
    await drainer.stop();
  });

  it('[TRU-13] also survives a drain that fails before it begins', async () => {
    const errors: unknown[] = [];
    let calls = 0;
    const drainer = new OutboxDrainer({
      drain: () => {
        calls++;
        throw new Error('at once');
      },
      intervalMs: 1_000_000,
      onError: (error) => errors.push(error),
    });
    drainer.start();
    drainer.kick();
    await drainer.stop();
    expect([calls, errors.length]).toEqual([2, 2]);
  });
});
