/**
 * One overlay: its queue and the thread that its instance lives in. Its calls run one after another, because its memory
 * is its state; the thread is had when there is something to run.
 * @module
 */
import { TEXT_BYTES } from './guest-bounds.js';
import { OverlayFault } from './guest-fault.js';
import type { GuestSetup } from './guest-setup.js';
import type { GuestThread, ThreadOwner } from './guest-thread.js';
import { PendingCall } from './pending-call.js';
import type { HostAnswers, OverlayRun } from './runner-port.js';

export interface GuestOptions {
  readonly setup: GuestSetup;
  readonly deadlineMs: number;
  /** Calls that may wait. */
  readonly queue: number;
}

/** Who gives out threads. */
export interface ThreadGiver {
  /** Calls `seat` now, or when there is a thread. */
  wants(guest: Guest): void;
  /** The guest has nothing to run for now. */
  rests(guest: Guest): void;
  /** The guest's thread is gone. */
  left(guest: Guest): void;
}

export class Guest implements ThreadOwner {
  readonly #options: GuestOptions;
  readonly #giver: ThreadGiver;
  readonly #numbers: ReadonlyMap<string, number>;
  #waiting: PendingCall[] = [];
  #thread: GuestThread | null = null;
  #wants = false;
  #lastCall = 0;
  #closed = false;

  constructor(options: GuestOptions, giver: ThreadGiver) {
    this.#options = options;
    this.#giver = giver;
    this.#numbers = new Map(options.setup.handlers.map(({ name }, number) => [name, number]));
  }

  /** When it was called last, in `performance.now()`. */
  get lastCall(): number {
    return this.#lastCall;
  }

  get idle(): boolean {
    return this.#waiting.length === 0 && (this.#thread === null || this.#thread.idle);
  }

  /**
   * Runs a handler after the calls made before.
   * @param input JSON text of at most 1 MiB
   * @throws OverlayFault when the guest is ended; what `host` rejected with; a `RangeError` for an unknown handler
   */
  call(handler: string, input: string, host: HostAnswers, signal?: AbortSignal): Promise<OverlayRun> {
    const number = this.#numbers.get(handler);
    if (number === undefined)
      return Promise.reject(
        new RangeError(`The overlay has no handler ${handler}; it has ${[...this.#numbers.keys()].join(', ')}.`),
      );
    const bytes = Buffer.byteLength(input);
    const refusal = this.#refusal(bytes, signal);
    if (refusal !== null) return Promise.reject(refusal);
    const call = new PendingCall(number, this.#options.setup.handlers[number]?.fuel ?? 0, input, bytes, host);
    if (signal !== undefined) call.watch(signal, () => this.#cancel(call));
    this.#lastCall = performance.now();
    this.#waiting.push(call);
    this.#move();
    return call.promise;
  }

  /** The instance and its memory are thrown away; the next call makes a new one. Calls under way end as `cancelled`. */
  async discard(message = 'The overlay was told to stop.'): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const call of waiting) call.fault('cancelled', message);
    await this.#thread?.stop('cancelled', message);
  }

  /** `discard`, and no more calls. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.discard('The overlay runtime was closed.');
  }

  seat(thread: GuestThread): void {
    this.#wants = false;
    this.#thread = thread;
    thread.adopt(this, this.#options.setup, this.#options.deadlineMs);
    thread.wake();
  }

  next(): PendingCall | null {
    while (this.#waiting[0]?.settled === true) this.#waiting.shift();
    return this.#waiting[0] ?? null;
  }

  sent(): void {
    this.#waiting.shift();
  }

  rested(): void {
    this.#giver.rests(this);
  }

  lost(notBegun: readonly PendingCall[]): void {
    this.#thread = null;
    for (const call of notBegun) call.sent = null;
    this.#waiting.unshift(...notBegun);
    this.#giver.left(this);
    if (this.next() !== null) this.#move();
  }

  #move(): void {
    if (this.#thread !== null) return this.#thread.wake();
    if (this.#wants) return;
    this.#wants = true;
    this.#giver.wants(this);
  }

  #refusal(bytes: number, signal: AbortSignal | undefined): OverlayFault | null {
    if (this.#closed) return new OverlayFault('cancelled', 'The overlay runtime was closed.');
    if (signal?.aborted === true) return new OverlayFault('cancelled', 'The call was cancelled before it began.');
    if (bytes > TEXT_BYTES)
      return new OverlayFault('too_large', `The input has ${bytes} bytes; at most ${TEXT_BYTES} are taken.`);
    if (this.#waiting.length >= this.#options.queue)
      return new OverlayFault('busy', `The overlay has ${this.#waiting.length} calls waiting; try again later.`);
    return null;
  }

  #cancel(call: PendingCall): void {
    const message = 'The call was cancelled by whoever made it.';
    if (call.sent === null || this.#thread === null) return call.fault('cancelled', message);
    this.#thread.end(call, 'cancelled', message);
  }
}
