/**
 * One door to Redis. Nothing waits long for it: a command fails after a moment, and at once while Redis is known to be
 * away. Whoever asks must get by without an answer; the link comes back by itself.
 * @module
 */
import { createClient } from '@redis/client';
import { circuitBreaker, CircuitState, ConsecutiveBreaker, handleAll, timeout, TimeoutStrategy } from 'cockatiel';
import type { Log } from '../log.js';
import { redisFaultOf, type RedisFault } from './redis-fault.js';
import type { RedisSettings } from './redis-settings.js';

export type RedisClient = ReturnType<typeof createClient>;

export interface RedisStatus {
  readonly available: boolean;
  /** Why not; null while it is. */
  readonly fault: RedisFault | null;
}

export interface RedisLinkOptions {
  /** Milliseconds for one command. Default 250. */
  readonly commandMs?: number;
  /** Milliseconds for reaching Redis. Default 2,000. */
  readonly connectMs?: number;
  /** Milliseconds in which nothing is asked after failures in a row. Default 1,000. */
  readonly pauseMs?: number;
}

const FAILURES_TO_PAUSE = 3;
const LONGEST_RETRY_MS = 2_000;
/** A connection whose other end has vanished is noticed by its silence. */
const PING_MS = 2_000;
const SILENT_MS = 6_000;

export class RedisLink {
  readonly #client: RedisClient;
  readonly #breaker;
  readonly #deadline;
  readonly #faults = new Map<RedisFault, number>();
  #fault: RedisFault | null = null;
  #probe: NodeJS.Timeout | undefined;

  constructor(
    settings: RedisSettings,
    private readonly log: Log,
    { commandMs = 250, connectMs = 2_000, pauseMs = 1_000 }: RedisLinkOptions = {},
  ) {
    this.#client = createClient(clientOptions(settings, connectMs));
    this.#breaker = circuitBreaker(handleAll, {
      halfOpenAfter: pauseMs,
      breaker: new ConsecutiveBreaker(FAILURES_TO_PAUSE),
    });
    this.#deadline = timeout(commandMs, TimeoutStrategy.Aggressive);
    this.#breaker.onBreak(() => this.#probeIn(pauseMs));
    this.#client.on('error', (error: unknown) => this.#failed(redisFaultOf(error)));
    this.#client.on('ready', () => this.#recovered());
  }

  /** Begins to connect; resolves when connected or after `waitMs`, whichever comes first. Never fails. */
  async open(waitMs: number): Promise<void> {
    // It goes on trying until closed, which then ends this promise with an error that nobody needs.
    const connected = this.#client.connect().catch(() => undefined);
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([connected, new Promise((resolve) => (timer = setTimeout(resolve, waitMs)))]);
    clearTimeout(timer);
  }

  /** Commands that failed so far, by reason. */
  get faults(): ReadonlyMap<RedisFault, number> {
    return this.#faults;
  }

  status(): RedisStatus {
    const available = this.#client.isReady && this.#breaker.state !== CircuitState.Open;
    return { available, fault: available ? null : (this.#fault ?? 'unreachable') };
  }

  /** @throws whatever made it fail; the link's status says why. */
  async run<T>(command: (client: RedisClient) => Promise<T>): Promise<T> {
    try {
      // Not wrapped by the library: all commands under way would then listen to one signal, which Node warns of.
      const result = await this.#breaker.execute(() => this.#deadline.execute(() => command(this.#client)));
      if (this.#fault !== null) this.#recovered();
      return result;
    } catch (error) {
      const fault = redisFaultOf(error);
      this.#faults.set(fault, (this.#faults.get(fault) ?? 0) + 1);
      // Without a connection, and while it pauses, the reason is the one that led there.
      if (this.#client.isReady && fault !== 'paused') this.#failed(fault);
      throw error;
    }
  }

  /** A connection of its own for commands that wait for what is to come. Whoever asks for it connects and ends it. */
  waitingClient(): RedisClient {
    const client = this.#client.duplicate();
    client.on('error', () => undefined);
    return client;
  }

  close(): void {
    clearTimeout(this.#probe);
    if (this.#client.isOpen) this.#client.destroy();
  }

  /** Whether Redis answers again is found out also when nobody asks anything. */
  #probeIn(ms: number): void {
    clearTimeout(this.#probe);
    this.#probe = setTimeout(async () => {
      await this.run((client) => client.ping()).catch(() => undefined);
      if (this.#breaker.state !== CircuitState.Closed && this.#client.isOpen) this.#probeIn(ms);
    }, ms);
    this.#probe.unref();
  }

  #failed(fault: RedisFault): void {
    if (this.#fault === fault) return;
    this.#fault = fault;
    this.log.warn({ fault }, 'redis is not available; going on without it');
  }

  #recovered(): void {
    if (this.#fault === null) return;
    this.#fault = null;
    this.log.info('redis is available again');
  }
}

function clientOptions({ host, port, tls, username, password, database }: RedisSettings, connectMs: number) {
  const socket = {
    host,
    port,
    connectTimeout: connectMs,
    socketTimeout: SILENT_MS,
    // Pods that lost it together do not come back together.
    reconnectStrategy: (tries: number) => Math.min(50 * 2 ** Math.min(tries, 10), LONGEST_RETRY_MS) * jitter(),
  };
  return {
    socket: tls ? { ...socket, tls: true as const } : socket,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    database,
    name: 'forge-cascade',
    disableOfflineQueue: true,
    pingInterval: PING_MS,
  };
}

function jitter(): number {
  return 0.75 + Math.random() / 4;
}
