/**
 * What pods tell each other: hints to look into the store at once. Whoever misses one looks there in a few seconds.
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { BusEvent, EventBus } from '../bus/event-bus.js';

const LEDGER_ADVANCED = 'ledger.advanced';
const LEASE_FREED = 'lease.freed';

/** Milliseconds between two hints that the ledger has advanced: under many commits one stands for all. */
const PAUSE_MS = 50;

/** What another pod told. */
export interface NewsOfOthers {
  /** Entries were written. */
  ledgerAdvanced(): void;
  /** A pod gave up a lease before its time. */
  leaseFreed(lease: string): void;
}

export class PodNews {
  #size = 0;
  #telling = false;

  constructor(private readonly bus: EventBus) {}

  /** Never fails: a hint that cannot be given is not given. */
  ledgerAdvanced(size: number): void {
    this.#size = Math.max(this.#size, size);
    if (!this.#telling) void this.#tell();
  }

  /** Never fails. */
  async leaseFreed(lease: string): Promise<void> {
    await this.#publish(LEASE_FREED, lease);
  }

  /** @returns ends it */
  listen(others: NewsOfOthers): Promise<() => void> {
    return this.bus.listen(({ from, type, data }: BusEvent) => {
      if (from === this.bus.pod) return;
      if (type === LEDGER_ADVANCED) others.ledgerAdvanced();
      if (type === LEASE_FREED) others.leaseFreed(data);
    });
  }

  async #tell(): Promise<void> {
    this.#telling = true;
    for (let told = 0; told < this.#size;) {
      told = this.#size;
      await this.#publish(LEDGER_ADVANCED, String(told));
      await delay(PAUSE_MS, undefined, { ref: false });
    }
    this.#telling = false;
  }

  #publish(type: string, data: string): Promise<void> {
    return this.bus.publish(type, data).catch(() => undefined);
  }
}
