/**
 * Answers found again, and those under way: however many ask the same at once, the provider is asked once.
 * @module
 */
import type { AnswerCache, KeptAnswer } from './answer-cache.js';

export interface ObtainedAnswer {
  readonly answer: KeptAnswer['answer'];
  /** True when the provider was not asked for it. */
  readonly cached: boolean;
}

export interface AnswerOrder {
  readonly key: string;
  /** Whether what an answer was made with beside its key is still the same. */
  readonly holds: (kept: KeptAnswer) => Promise<boolean>;
  /** Asks the provider. */
  readonly make: () => Promise<KeptAnswer>;
  /** Aborts when whoever ordered is gone; then those who wait for the same answer ask anew. */
  readonly signal: AbortSignal;
}

interface Flight {
  readonly result: Promise<KeptAnswer>;
  readonly signal: AbortSignal;
}

export class CachedAnswers {
  readonly #flights = new Map<string, Flight>();

  constructor(private readonly cache: AnswerCache) {}

  /** @throws what `make` throws, its own or that of the one it waited for; the signal's reason when it aborts. */
  async obtain(order: AnswerOrder): Promise<ObtainedAnswer> {
    for (;;) {
      const flight = this.#flights.get(order.key);
      if (flight === undefined) return this.#lead(order);
      try {
        const kept = await unlessAborted(flight.result, order.signal);
        // Its look-ups may be older than this question.
        if (await order.holds(kept)) return { answer: kept.answer, cached: true };
      } catch (error) {
        if (order.signal.aborted || !flight.signal.aborted) throw error;
      }
    }
  }

  /** The answer kept, without making one. A cache that fails costs its answer, no more. */
  async find({ key, holds }: Pick<AnswerOrder, 'key' | 'holds'>): Promise<KeptAnswer | null> {
    const kept = await this.cache.get(key).catch(() => null);
    return kept !== null && (await holds(kept)) ? kept : null;
  }

  async #lead(order: AnswerOrder): Promise<ObtainedAnswer> {
    let cached = false;
    const result = (async () => {
      const known = await this.find(order);
      cached = known !== null;
      if (known !== null) return known;
      const made = await order.make();
      // What another provider stood in for is worth having again as soon as the first one is back.
      if (made.answer.fallback === undefined) await this.cache.put(order.key, made).catch(() => undefined);
      return made;
    })();
    const flight = { result, signal: order.signal };
    this.#flights.set(order.key, flight);
    try {
      return { answer: (await result).answer, cached };
    } finally {
      if (this.#flights.get(order.key) === flight) this.#flights.delete(order.key);
    }
  }
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
