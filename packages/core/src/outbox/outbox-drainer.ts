/** Keeps draining: at intervals, and at once when kicked; never twice at the same time. @module */

export interface OutboxDrainerOptions {
  /** One round of work; `more` asks for the next one at once. */
  readonly drain: () => Promise<{ readonly more: boolean }>;
  /** Milliseconds between rounds that were not asked for. */
  readonly intervalMs: number;
  /** Milliseconds after a round within which a kick waits: what comes up in them is one round's work. None by default. */
  readonly restMs?: number;
  /** Hears of a round that failed; the next one comes after the interval. */
  readonly onError: (error: unknown) => void;
  /** Calls `run` once after `ms`; the answer cancels that. By default a timer that keeps no process alive. */
  readonly schedule?: (run: () => void, ms: number) => () => void;
}

export class OutboxDrainer {
  readonly #drain: OutboxDrainerOptions['drain'];
  readonly #intervalMs: number;
  readonly #restMs: number;
  readonly #onError: OutboxDrainerOptions['onError'];
  readonly #schedule: NonNullable<OutboxDrainerOptions['schedule']>;
  #started = false;
  /** Work came up during the current round. */
  #again = false;
  #running = false;
  /** A round has just ended. */
  #resting = false;
  /** The current round, or the last one. */
  #round = Promise.resolve();
  #cancel: (() => void) | null = null;

  constructor(options: OutboxDrainerOptions) {
    this.#drain = options.drain;
    this.#intervalMs = options.intervalMs;
    this.#restMs = Math.min(options.restMs ?? 0, options.intervalMs);
    this.#onError = options.onError;
    this.#schedule = options.schedule ?? timer;
  }

  /** Begins with a round at once. Starting twice changes nothing. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.kick();
  }

  /** There is something to do. A kick during a round, or its rest, makes another one follow; before start and after stop it is nothing. */
  kick(): void {
    if (!this.#started) return;
    if (this.#running || this.#resting) {
      this.#again = true;
      return;
    }
    this.#cancel?.();
    this.#cancel = null;
    this.#running = true;
    this.#round = this.#run();
  }

  /** No round begins from now on; resolves when the current one has ended. */
  async stop(): Promise<void> {
    this.#started = false;
    this.#resting = false;
    this.#cancel?.();
    this.#cancel = null;
    await this.#round;
  }

  async #run(): Promise<void> {
    let more: boolean;
    do {
      this.#again = false;
      more = false;
      try {
        ({ more } = await this.#drain());
      } catch (error) {
        // What just failed is not hammered, not even when kicked meanwhile.
        this.#again = false;
        this.#onError(error);
      }
    } while ((more || (this.#again && this.#restMs === 0)) && this.#started);
    this.#running = false;
    if (this.#started) this.#rest();
  }

  #rest(): void {
    if (this.#restMs === 0) {
      this.#cancel = this.#schedule(() => this.kick(), this.#intervalMs);
      return;
    }
    this.#resting = true;
    this.#cancel = this.#schedule(() => {
      this.#resting = false;
      if (this.#again) this.kick();
      else this.#cancel = this.#schedule(() => this.kick(), this.#intervalMs - this.#restMs);
    }, this.#restMs);
  }
}

function timer(run: () => void, ms: number): () => void {
  const handle = setTimeout(run, ms);
  handle.unref();
  return () => clearTimeout(handle);
}
