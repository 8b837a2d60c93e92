/**
 * Whether this pod should be sent requests. Alive is something else: a pod that is not ready must be left to get there,
 * or to finish.
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Store } from '@forge-cascade/core';

/** The search index is still being read; it is shutting down; the store does not answer. */
export type Unready = 'starting' | 'draining' | 'store';

/** Milliseconds that the store may take to answer. */
const STORE_MS = 2_000;
/** Capsules that search may lag behind when a pod takes up its work: under steady writes it is never quite there. */
const LAG_AT_START = 100;

export class Readiness {
  /** Resolves when the pod begins to shut down. */
  readonly draining: Promise<void>;
  #drain = (): void => undefined;
  #draining = false;
  #started = false;

  constructor() {
    this.draining = new Promise((resolve) => (this.#drain = resolve));
  }

  /** From now on no new requests are wanted. Safe to call again. */
  drain(): void {
    this.#draining = true;
    this.#drain();
  }

  /** Null when ready. Never fails. */
  async unready(store: Pick<Store, 'status'>): Promise<Unready | null> {
    if (this.#draining) return 'draining';
    const status = await Promise.race([store.status(), delay(STORE_MS, null, { ref: false })]).catch(() => null);
    if (status === null) return 'store';
    this.#started ||= status.searchLag <= LAG_AT_START;
    return this.#started ? null : 'starting';
  }
}
