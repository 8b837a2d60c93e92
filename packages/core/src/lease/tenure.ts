/**
 * One pod's hold on a lease: singleton work runs while it lasts. Deadlines are counted on this process's own monotonic
 * clock, from before the store was asked: they pass here before they pass there, whatever other pods' clocks say.
 * @module
 */
import type { MonotonicClock } from '../pipeline/clock.js';
import type { CommitPort, Fence } from '../ports/commit-port.js';
import type { Leases } from '../ports/store.js';

export interface TenureOptions {
  readonly leases: Leases;
  readonly lease: string;
  /** Names this pod; no two may have the same name. */
  readonly holder: string;
  /** Milliseconds after which a pod that died is succeeded by another. */
  readonly ttlMs: number;
  readonly clock: MonotonicClock;
}

/** Another pod holds the lease by now: what goes on under it here has to end. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
  constructor(readonly lease: string) {
    super(`the lease ${lease} is held by another pod`);
  }
}

export class Tenure {
  readonly #options: TenureOptions;
  /** Names the newest token given to this pod. */
  #fence: Fence | null = null;
  #heldUntil = -Infinity;
  /** Until then the store is not asked again, as it has said no. */
  #refusedUntil = -Infinity;
  #asking: Promise<boolean> | null = null;
  #ended = false;

  constructor(options: TenureOptions) {
    this.#options = options;
  }

  get lease(): string {
    return this.#options.lease;
  }

  get held(): boolean {
    return this.#options.clock.now() < this.#heldUntil;
  }

  /**
   * Works while holding the lease, and renews it meanwhile; null when another pod holds it, or after {@link release}.
   * @throws whatever the work or the store fails with.
   */
  async during<T>(work: () => Promise<T>): Promise<T | null> {
    if (!(await this.#hold())) return null;
    const stop = this.#renewing();
    try {
      return await work();
    } finally {
      stop();
    }
  }

  /**
   * For the commits of the work: one under an outgrown token is not written.
   * @throws LeaseLost in its place.
   */
  fenced(port: CommitPort): CommitPort {
    return {
      commit: async (request) => {
        const result = await port.commit({ ...request, fence: this.#fence });
        if (result.outcome !== 'fenced') return result;
        this.#heldUntil = -Infinity;
        throw new LeaseLost(this.#options.lease);
      },
    };
  }

  /** Asks the store again although it has just said no: the lease may be free. */
  tryAgain(): void {
    this.#refusedUntil = -Infinity;
  }

  /**
   * Gives the lease up for good, so that another pod has it at once. When that fails, it has it after its time.
   * @returns whether it was held and is free now.
   */
  async release(): Promise<boolean> {
    const { leases, lease, holder } = this.#options;
    this.#ended = true;
    await this.#asking?.catch(() => undefined);
    if (!this.held) return false;
    this.#heldUntil = -Infinity;
    return leases.release(lease, holder).then(
      () => true,
      () => false,
    );
  }

  async #hold(): Promise<boolean> {
    const { clock, ttlMs } = this.#options;
    if (clock.now() < this.#refusedUntil) return false;
    return !this.#ended && (clock.now() < this.#heldUntil - (ttlMs * 2) / 3 || this.#ask());
  }

  #ask(): Promise<boolean> {
    this.#asking ??= this.#acquire().finally(() => (this.#asking = null));
    return this.#asking;
  }

  async #acquire(): Promise<boolean> {
    const { leases, lease, holder, ttlMs, clock } = this.#options;
    // Work that goes on while the lease is given up must not take it again.
    if (this.#ended) return false;
    const asked = clock.now();
    const token = await leases.acquire(lease, holder, ttlMs);
    this.#heldUntil = token === null ? -Infinity : asked + ttlMs;
    this.#refusedUntil = token === null ? asked + ttlMs / 3 : -Infinity;
    if (token !== null) this.#fence = { lease, token };
    return token !== null;
  }

  #renewing(): () => void {
    const { clock, ttlMs } = this.#options;
    let stopped = false;
    let cancel = (): void => undefined;
    const later = (): void => {
      cancel = clock.after(ttlMs / 3, () => {
        const next = (): void => (stopped ? undefined : later());
        // One that fails is tried again; what the work commits is fenced all the same.
        this.#ask().then(next, next);
      });
    };
    later();
    return () => {
      stopped = true;
      cancel();
    };
  }
}
