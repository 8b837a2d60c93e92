import { GuestThread } from './guest-thread.js';

/** A thread takes some 30 ms of a core to begin; whoever was just given one should have that core first. */
const REFILL_MS = 25;

/** Threads that have begun and wait for a guest, so that nobody waits for a thread to begin. */
export class ThreadSupply {
  readonly #spares: GuestThread[] = [];
  #refill: NodeJS.Timeout | null = null;
  #closed = false;

  /** @param wanted how many to keep */
  constructor(private readonly wanted: number) {
    this.#refillNow();
  }

  take(): GuestThread {
    const thread = this.#spares.shift() ?? new GuestThread();
    this.#refill ??= setTimeout(() => this.#refillNow(), REFILL_MS).unref();
    return thread;
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#refill !== null) clearTimeout(this.#refill);
    await Promise.all(this.#spares.splice(0).map((thread) => thread.stop('cancelled', 'The runtime was closed.')));
  }

  #refillNow(): void {
    this.#refill = null;
    for (let i = this.#spares.length - 1; i >= 0; i--) if (this.#spares[i]?.over === true) this.#spares.splice(i, 1);
    while (!this.#closed && this.#spares.length < this.wanted) this.#spares.push(new GuestThread());
  }
}
