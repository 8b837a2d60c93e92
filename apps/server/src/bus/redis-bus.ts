/**
 * The bus of pods that share a Redis: one stream per store, which every pod reads for itself, and groups read together.
 * A pod that lost its connection reads on from where it was; what was trimmed away meanwhile it finds in the store.
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { RedisClient } from '../redis/redis-link.js';
import { spaceKey, type SharedSpace } from '../redis/shared-space.js';
import type { BusEvent, EventBus } from './event-bus.js';

export interface RedisBusOptions {
  /** Milliseconds after which an event that a member does not finish is another's. Default 30,000. */
  readonly abandonedMs?: number;
  /** Events kept, about. Default 10,000. */
  readonly kept?: number;
}

/** Milliseconds of one wait for events; below what a silent connection is given up after. */
const WAIT_MS = 2_000;
const RETRY_MS = 200;
const AT_ONCE = 32;
/** Members unheard of for so long are those of pods that are gone. */
const FORGOTTEN_MS = 24 * 3_600_000;

interface StreamMessage {
  readonly id: string;
  readonly message: Readonly<Record<string, string>>;
}

export class RedisBus implements EventBus {
  readonly #stream: string;
  readonly #abandonedMs: number;
  readonly #kept: number;
  readonly #endings = new Set<() => Promise<void>>();

  constructor(
    readonly pod: string,
    private readonly space: Pick<SharedSpace, 'link' | 'origin'>,
    { abandonedMs = 30_000, kept = 10_000 }: RedisBusOptions = {},
  ) {
    this.#stream = spaceKey(space, 'events');
    this.#abandonedMs = abandonedMs;
    this.#kept = kept;
  }

  async publish(type: string, data: string): Promise<void> {
    const trim = { strategy: 'MAXLEN', strategyModifier: '~', threshold: this.#kept } as const;
    const fields = { from: this.pod, type, data };
    await this.space.link.run((client) => client.xAdd(this.#stream, '*', fields, { TRIM: trim }));
  }

  async listen(hear: (event: BusEvent) => void): Promise<() => void> {
    // Null until Redis could be asked for the first time.
    let last = await this.space.link.run((client) => this.#newest(client)).catch(() => null);
    const end = this.#keepReading(async (client) => {
      last ??= await this.#newest(client);
      const streams = { key: this.#stream, id: last };
      const read = (await client.xRead(streams, { BLOCK: WAIT_MS, COUNT: AT_ONCE })) as readonly Read[] | null;
      for (const event of eventsOf(messagesOf(read))) {
        last = event.id;
        hear(event);
      }
    });
    return () => void end();
  }

  async join(group: string, handle: (event: BusEvent) => Promise<void>): Promise<() => Promise<void>> {
    const { link } = this.space;
    let known = await link.run((client) => this.#begin(client, group)).catch(() => false);
    let claimAt = 0;
    const each = async (messages: readonly (StreamMessage | null)[], signal: AbortSignal): Promise<void> => {
      for (const event of eventsOf(messages)) {
        // What is left when the member leaves, and what failed, stays where it is until somebody claims it.
        if (signal.aborted) return;
        const done = await handle(event).then(
          () => true,
          () => false,
        );
        if (done) await link.run((client) => client.xAck(this.#stream, group, event.id));
      }
    };
    return this.#keepReading(async (client, signal) => {
      try {
        known ||= await this.#begin(client, group);
        if (performance.now() >= claimAt) {
          const claimed = await client.xAutoClaim(this.#stream, group, this.pod, this.#abandonedMs, '0-0', {
            COUNT: AT_ONCE,
          });
          claimAt = performance.now() + Math.min(this.#abandonedMs, WAIT_MS) / 2;
          await each(claimed.messages as readonly (StreamMessage | null)[], signal);
        }
        const wait = { BLOCK: Math.min(WAIT_MS, this.#abandonedMs), COUNT: AT_ONCE };
        const streams = { key: this.#stream, id: '>' };
        const read = (await client.xReadGroup(group, this.pod, streams, wait)) as readonly Read[] | null;
        await each(messagesOf(read), signal);
      } catch (error) {
        // A Redis that came back empty knows no group.
        if (error instanceof Error && error.message.startsWith('NOGROUP')) known = false;
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#endings].map((end) => end()));
  }

  async #newest(client: RedisClient): Promise<string> {
    const newest = await client.xRevRange(this.#stream, '+', '-', { COUNT: 1 });
    return newest?.[0]?.id ?? '0-0';
  }

  async #begin(client: RedisClient, group: string): Promise<true> {
    try {
      await client.xGroupCreate(this.#stream, group, '$', { MKSTREAM: true });
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('BUSYGROUP')) throw error;
    }
    for (const { name, pending, idle } of await client.xInfoConsumers(this.#stream, group)) {
      if (pending === 0 && idle > FORGOTTEN_MS) await client.xGroupDelConsumer(this.#stream, group, name);
    }
    return true;
  }

  /** Repeats a step over a connection of its own, whatever happens to it, until ended. */
  #keepReading(step: (client: RedisClient, signal: AbortSignal) => Promise<void>): () => Promise<void> {
    const client = this.space.link.waitingClient();
    const ended = new AbortController();
    // It goes on connecting by itself until it is destroyed.
    client.connect().catch(() => undefined);
    const reading = (async () => {
      while (!ended.signal.aborted) {
        try {
          await step(client, ended.signal);
        } catch {
          await delay(RETRY_MS, undefined, { signal: ended.signal }).catch(() => undefined);
        }
      }
    })();
    const end = async (): Promise<void> => {
      this.#endings.delete(end);
      ended.abort();
      if (client.isOpen) client.destroy();
      await reading;
    };
    this.#endings.add(end);
    return end;
  }
}

interface Read {
  readonly messages: readonly StreamMessage[];
}

function messagesOf(read: readonly Read[] | null): readonly StreamMessage[] {
  return (read ?? []).flatMap(({ messages }) => messages);
}

/** What was trimmed away while it waited to be handled is null. */
function* eventsOf(messages: readonly (StreamMessage | null)[]): Generator<BusEvent> {
  for (const one of messages) {
    const { from, type, data } = one?.message ?? {};
    if (one && from !== undefined && type !== undefined && data !== undefined) yield { id: one.id, from, type, data };
  }
}
