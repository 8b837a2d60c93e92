/**
 * Time for the pipeline: it never goes back, and tests hand in their own.
 * @module
 */

export interface MonotonicClock {
  /** Milliseconds since an arbitrary start, with fractions; never goes back. */
  now(): number;
  /** Calls back once after `ms`, unless the returned function is called first. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: MonotonicClock = {
  now: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};
