/**
 * Rate limits by the generic cell rate algorithm: a subject may spend its whole allowance at once and gets it back
 * evenly. One number is kept per subject: the moment at which it has all of it again. Whole microseconds throughout, so
 * that every implementation rounds alike.
 * @module
 */

export interface RatePolicy {
  /** Requests per window. */
  readonly limit: number;
  readonly windowMs: number;
}

export interface RateVerdict {
  readonly allowed: boolean;
  /** Requests left at this moment. */
  readonly remaining: number;
  /** Milliseconds until the whole allowance is there again, if nothing more is asked. */
  readonly resetMs: number;
  /** Milliseconds until one more is allowed; 0 when this one was. */
  readonly retryMs: number;
}

export interface RateLimiter {
  readonly policy: RatePolicy;
  /** Counts one request of a subject and says whether it may go on; one that may not costs nothing. */
  take(subject: string): Promise<RateVerdict>;
}

/** Microseconds in which one request is given back. */
export function intervalOf({ limit, windowMs }: RatePolicy): number {
  return Math.ceil((windowMs * 1_000) / limit);
}

/**
 * @param missing microseconds until the whole allowance is there again
 * @param over microseconds by which the request came too early; 0 or less when it did not
 */
export function verdictOf(policy: RatePolicy, missing: number, over: number): RateVerdict {
  return {
    allowed: over <= 0,
    remaining: policy.limit - Math.ceil(missing / intervalOf(policy)),
    resetMs: Math.ceil(missing / 1_000),
    retryMs: Math.ceil(Math.max(0, over) / 1_000),
  };
}

/** The one that pods share, and this pod's own while that does not answer. */
export function sharedLimiter(shared: RateLimiter, own: RateLimiter): RateLimiter {
  return { policy: shared.policy, take: (subject) => shared.take(subject).catch(() => own.take(subject)) };
}
