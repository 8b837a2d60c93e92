/**
 * Threads for all overlays: one each while it is in use, some spare ones, and no more than the machine has room for.
 * @module
 */
import { Guest, type ThreadGiver } from './guest.js';
import type { GuestSetup } from './guest-setup.js';
import { ThreadSupply } from './thread-supply.js';

export interface GuestSupplyOptions {
  /** Threads that wait for a guest: 1 by default. */
  readonly spares?: number;
  /** Overlays that can have an instance at once: 100 by default. Beyond it whoever was called least recently loses its. */
  readonly threads?: number;
  /** An overlay that was not called for so long loses its instance: 10 minutes by default. */
  readonly idleMs?: number;
  /** Calls of one overlay that may wait: 1,024 by default. */
  readonly queue?: number;
}

export interface GuestSpec {
  readonly setup: GuestSetup;
  readonly deadlineMs: number;
}

export class GuestSupply implements ThreadGiver {
  readonly #threads: ThreadSupply;
  readonly #most: number;
  readonly #idleMs: number;
  readonly #queue: number;
  readonly #guests = new Set<Guest>();
  readonly #seated = new Set<Guest>();
  readonly #starved = new Set<Guest>();
  readonly #sweep: NodeJS.Timeout;

  constructor(options: GuestSupplyOptions = {}) {
    this.#most = options.threads ?? 100;
    this.#idleMs = options.idleMs ?? 600_000;
    this.#queue = options.queue ?? 1_024;
    this.#threads = new ThreadSupply(options.spares ?? 1);
    this.#sweep = setInterval(() => this.#giveBackIdle(), Math.max(10, this.#idleMs / 4)).unref();
  }

  /** An overlay that can be called. Its instance is made by the first call. */
  open(spec: GuestSpec): Guest {
    const guest = new Guest({ ...spec, queue: this.#queue }, this);
    this.#guests.add(guest);
    return guest;
  }

  /** No more calls to this overlay; what it had is given back. */
  async release(guest: Guest): Promise<void> {
    this.#guests.delete(guest);
    this.#starved.delete(guest);
    await guest.close();
  }

  /** Overlays that have an instance, or are about to. */
  get seated(): number {
    return this.#seated.size;
  }

  wants(guest: Guest): void {
    if (this.#seated.size >= this.#most && !this.#evictIdle()) {
      this.#starved.add(guest);
      return;
    }
    this.#seated.add(guest);
    guest.seat(this.#threads.take());
  }

  rests(guest: Guest): void {
    if (this.#starved.size > 0 && guest.idle) void guest.discard();
  }

  left(guest: Guest): void {
    this.#seated.delete(guest);
    const [next] = this.#starved;
    if (next === undefined || this.#seated.size >= this.#most) return;
    this.#starved.delete(next);
    this.wants(next);
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep);
    this.#starved.clear();
    const guests = [...this.#guests];
    this.#guests.clear();
    await Promise.all([...guests.map((guest) => guest.close()), this.#threads.close()]);
  }

  /** Whether a place was made. */
  #evictIdle(): boolean {
    let oldest: Guest | null = null;
    for (const guest of this.#seated)
      if (guest.idle && (oldest === null || guest.lastCall < oldest.lastCall)) oldest = guest;
    if (oldest === null) return false;
    void oldest.discard();
    return true;
  }

  #giveBackIdle(): void {
    const since = performance.now() - this.#idleMs;
    for (const guest of this.#seated) if (guest.idle && guest.lastCall <= since) void guest.discard();
  }
}
