import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { givenRedis, givenSpace, openLink } from '../fixtures/given-redis.js';
import type { RedisLink } from '../redis/redis-link.js';
import type { BusEvent, EventBus } from './event-bus.js';
import { InProcessHub } from './in-process-bus.js';
import { RedisBus, type RedisBusOptions } from './redis-bus.js';

let link: RedisLink;
const opened: EventBus[] = [];
beforeAll(async () => void (link = await openLink(givenRedis().open)));
afterEach(() => Promise.all(opened.splice(0).map((bus) => bus.close())));
afterAll(() => link.close());

/** Makes the pods of one store. */
type Pods = (name: string) => EventBus;

function inProcess(): Pods {
  const hub = new InProcessHub();
  return (name) => kept(hub.pod(name));
}

function inRedis(options: RedisBusOptions = { abandonedMs: 300 }, origin: string = randomUUID()): Pods {
  return (name) => kept(new RedisBus(name, givenSpace(link, origin), options));
}

function kept(bus: EventBus): EventBus {
  opened.push(bus);
  return bus;
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i));
const dataOf = (events: readonly BusEvent[]) => events.map(({ data }) => data);
const inOrder = (events: readonly BusEvent[]) => [...new Set(dataOf(events))].sort((a, b) => Number(a) - Number(b));

async function publishAll(bus: EventBus, data: readonly string[]): Promise<void> {
  for (const one of data) await bus.publish('test', one);
}

describe.each([
  ['in the process', inProcess],
  ['in Redis', () => inRedis()],
] as const)('the bus %s', (_, podsOf) => {
  it('[POD-20] lets every pod hear every event once and in order, from when it listens until it stops', async () => {
    const pods = podsOf();
    const [a, b] = [pods('a'), pods('b')];
    await a.publish('test', 'before');
    const heard: [BusEvent[], BusEvent[]] = [[], []];
    const stop = await a.listen((event) => heard[0].push(event));
    await b.listen((event) => heard[1].push(event));
    await Promise.all([publishAll(a, numbers(50)), publishAll(b, ['x', 'y'])]);
    await expect.poll(() => heard.map(({ length }) => length), { timeout: 20_000 }).toEqual([52, 52]);
    expect(heard[0]).toEqual(heard[1]);
    expect(dataOf(heard[0].filter(({ from }) => from === 'a'))).toEqual(numbers(50));
    expect(new Set(heard[0].map(({ id }) => id)).size).toBe(52);
    expect(heard[0][0]?.type).toBe('test');
    stop();
    await a.publish('test', 'after');
    await expect.poll(() => dataOf(heard[1]).at(-1), { timeout: 20_000 }).toBe('after');
    expect(heard[0]).toHaveLength(52);
  });

  it('[POD-21] gives each event to one member of a group, and to every group', async () => {
    const pods = podsOf();
    const groups: [BusEvent[], BusEvent[], BusEvent[]] = [[], [], []];
    const member = (name: string, group: string, into: BusEvent[]) =>
      pods(name).join(group, async (event) => void into.push(event));
    await Promise.all([member('a', 'one', groups[0]), member('b', 'one', groups[1]), member('c', 'two', groups[2])]);
    await publishAll(pods('d'), numbers(60));
    const [first, second, alone] = groups;
    await expect.poll(() => first.length + second.length, { timeout: 20_000 }).toBe(60);
    await expect.poll(() => alone.length, { timeout: 20_000 }).toBe(60);
    expect(inOrder([...first, ...second])).toEqual(numbers(60));
    expect(inOrder(alone)).toEqual(numbers(60));
  });

  it('[POD-21] gives an event again whose handling failed', async () => {
    const pods = podsOf();
    const [failed, handled]: [BusEvent[], BusEvent[]] = [[], []];
    await pods('a').join('group', async (event) => {
      if (failed.push(event) <= 2) throw new Error('not now');
      handled.push(event);
    });
    await publishAll(pods('b'), numbers(4));
    await expect.poll(() => inOrder(handled), { timeout: 30_000 }).toEqual(numbers(4));
    expect(failed.slice(2).map(({ id }) => id)).toEqual(expect.arrayContaining(failed.slice(0, 2).map(({ id }) => id)));
  });

  it('[POD-21] finishes what a member is handling when it leaves, and leaves the rest to the others', async () => {
    const pods = podsOf();
    const [mine, theirs]: [string[], string[]] = [[], []];
    let go: () => void = () => undefined;
    let begin: () => void = () => undefined;
    const busy = new Promise<void>((resolve) => (go = resolve));
    const began = new Promise<void>((resolve) => (begin = resolve));
    const leave = await pods('a').join('group', async ({ data }) => {
      begin();
      await busy;
      mine.push(data);
    });
    await publishAll(pods('b'), ['0']);
    await began;
    await pods('c').join('group', async ({ data }) => void theirs.push(data));
    const left = leave();
    await publishAll(pods('b'), ['1', '2']);
    go();
    await left;
    await expect.poll(() => [...new Set([...mine, ...theirs])].sort(), { timeout: 20_000 }).toEqual(['0', '1', '2']);
    expect(mine).toEqual(['0']);
  });
});

describe('the bus in Redis', () => {
  it('[POD-22] gives what a dead member held to a living one', async () => {
    const pods = inRedis();
    const dead = pods('dead');
    const handled: string[] = [];
    // Its handler never comes to an end, as when its pod was killed.
    let begin: () => void = () => undefined;
    const began = new Promise<void>((resolve) => (begin = resolve));
    await dead.join('group', () => (begin(), new Promise(() => undefined)));
    await publishAll(pods('b'), numbers(3));
    await began;
    await pods('next').join('group', async ({ data }) => void handled.push(data));
    await expect.poll(() => [...handled].sort(), { timeout: 30_000 }).toEqual(numbers(3));
    opened.splice(opened.indexOf(dead), 1);
  });

  it('[POD-22] keeps about as many events as it was told, and stores do not hear each other', async () => {
    const origin = randomUUID();
    const pods = inRedis({ kept: 200 }, origin);
    const [here, there] = [pods('a'), inRedis({}, `${origin}x`)('a')];
    const heard: BusEvent[] = [];
    await there.listen((event) => heard.push(event));
    await Promise.all(numbers(2_000).map((data) => here.publish('test', data)));
    const length = await link.run((client) => client.xLen(`forge:{${origin}}:events`));
    expect(length).toBeGreaterThanOrEqual(200);
    expect(length).toBeLessThan(600);
    expect(heard).toEqual([]);
  });
});
