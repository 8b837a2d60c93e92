import { OverlayFault, type FaultCode, type FaultFacts } from './guest-fault.js';
import type { HostAnswers, OverlayRun } from './runner-port.js';

/** A call on its way: waiting in the queue of its overlay, sent to a thread, or settled. */
export class PendingCall {
  readonly promise: Promise<OverlayRun>;
  /** Its count among the calls sent to its thread; null while it waits. */
  sent: number | null = null;
  /** Host calls that were made for it. */
  hostCalls = 0;
  #settled = false;
  #resolve: (run: OverlayRun) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #unwatch: (() => void) | null = null;

  /**
   * @param handler its number
   * @param fuel what the handler may use
   */
  constructor(
    readonly handler: number,
    readonly fuel: number,
    readonly input: string,
    readonly inputBytes: number,
    readonly host: HostAnswers,
  ) {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Calls `cancel` when the signal comes before the call is settled. */
  watch(signal: AbortSignal, cancel: () => void): void {
    signal.addEventListener('abort', cancel, { once: true });
    this.#unwatch = () => signal.removeEventListener('abort', cancel);
  }

  resolve(run: OverlayRun): void {
    if (this.#settle()) this.#resolve(run);
  }

  reject(error: unknown): void {
    if (this.#settle()) this.#reject(error);
  }

  fault(code: FaultCode, message: string, facts?: FaultFacts): void {
    if (!this.#settled) this.reject(new OverlayFault(code, message, facts));
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#unwatch?.();
    return true;
  }
}
