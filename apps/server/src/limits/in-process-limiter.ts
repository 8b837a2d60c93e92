/** Rate limits of this process alone. @module */
import type { MonotonicClock } from '@forge-cascade/core';
import { intervalOf, verdictOf, type RateLimiter, type RatePolicy, type RateVerdict } from './rate-limiter.js';

/** Subjects kept; more come only with an attack from many addresses. */
const MOST_SUBJECTS = 50_000;

export class InProcessLimiter implements RateLimiter {
  /** When each has its whole allowance again, in microseconds; the subject seen last stands last. */
  readonly #full = new Map<string, number>();

  constructor(
    readonly policy: RatePolicy,
    private readonly clock: Pick<MonotonicClock, 'now'>,
    private readonly mostSubjects = MOST_SUBJECTS,
  ) {}

  get size(): number {
    return this.#full.size;
  }

  async take(subject: string): Promise<RateVerdict> {
    const interval = intervalOf(this.policy);
    const now = Math.floor(this.clock.now() * 1_000);
    const before = Math.max(this.#full.get(subject) ?? 0, now);
    const over = before + interval - interval * this.policy.limit - now;
    const full = over <= 0 ? before + interval : before;
    this.#full.delete(subject);
    this.#full.set(subject, full);
    if (this.#full.size > this.mostSubjects) this.#forget(now);
    return verdictOf(this.policy, full - now, over);
  }

  /** Who has everything again is as good as unknown; then whoever was not seen for longest. */
  #forget(now: number): void {
    for (const [subject, full] of this.#full) if (full <= now) this.#full.delete(subject);
    for (const subject of this.#full.keys()) {
      if (this.#full.size <= this.mostSubjects / 2) return;
      this.#full.delete(subject);
    }
  }
}
