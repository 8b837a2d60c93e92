/**
 * A provider within bounds: a deadline for the whole call, a few more tries for what passes, and a pause after failures
 * in a row, so that a dead provider does not cost its deadline every time.
 * @module
 */
import {
  DomainError,
  providerFailure,
  type FailureReason,
  type ModelTier,
  type TakeText,
  type TextModel,
  type WritingOrder,
  type WrittenText,
} from '@forge-cascade/core';
import {
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  DelegateBackoff,
  handleWhen,
  isBrokenCircuitError,
  retry,
  wrap,
} from 'cockatiel';
import { faultOf, ProviderFault } from './provider-fault.js';

/** One provider's protocol, and nothing else. @throws whatever its SDK throws, or a ProviderFault. */
export interface ModelProtocol {
  readonly provider: string;
  write(model: string, order: WritingOrder, signal: AbortSignal, take?: TakeText): Promise<WrittenText>;
}

export interface GuardOptions {
  readonly models: Readonly<Record<ModelTier, string>>;
  /** Milliseconds for a call with all its tries. */
  readonly deadlineMs: number;
  /** Tries after the first one, while nothing has been read out. */
  readonly retries?: number;
  /** Milliseconds before the first of them; doubled for each next one. */
  readonly backoffMs?: number;
  /** Failures in a row that start a pause. */
  readonly failuresToPause?: number;
  /** Milliseconds of that pause; then one call is let through. */
  readonly pauseMs?: number;
  /** Hears of every failed call. */
  readonly onFailure?: (reason: FailureReason, status: number | null) => void;
}

/** UTF-16 units. No allowance we give is longer, so what is has gone astray. */
const LONGEST_TEXT = 200_000;

export class GuardedModel implements TextModel {
  readonly provider: string;
  readonly #policy;
  readonly #breaker;

  constructor(
    private readonly protocol: ModelProtocol,
    private readonly options: GuardOptions,
  ) {
    this.provider = protocol.provider;
    const { retries = 2, backoffMs = 300, failuresToPause = 3, pauseMs = 30_000 } = options;
    this.#breaker = circuitBreaker(
      handleWhen((error) => error instanceof ProviderFault && error.lasting),
      { halfOpenAfter: pauseMs, breaker: new ConsecutiveBreaker(failuresToPause) },
    );
    const retrying = retry(
      handleWhen((error) => error instanceof PassingFault),
      {
        maxAttempts: retries,
        backoff: new DelegateBackoff(({ attempt, result }) => {
          const fault = 'error' in result ? result.error : undefined;
          const asked = fault instanceof ProviderFault ? fault.facts.retryAfterMs : undefined;
          return Math.max(asked ?? 0, backoffMs * 2 ** (attempt - 1));
        }),
      },
    );
    this.#policy = wrap(this.#breaker, retrying);
  }

  /** False while calls are answered with a failure at once. */
  get available(): boolean {
    return this.#breaker.state !== CircuitState.Open;
  }

  modelAt(tier: ModelTier): string {
    return this.options.models[tier];
  }

  async write(order: WritingOrder, signal: AbortSignal, take?: TakeText): Promise<WrittenText> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), this.options.deadlineMs);
    const call = new Call(signal, deadline.signal, performance.now() + this.options.deadlineMs, take);
    const model = this.modelAt(order.tier);
    try {
      // The outer bound is for the waits between tries.
      return await call.bounded(() =>
        this.#policy.execute(() => call.attempt(() => this.protocol.write(model, order, call.signal, call.take))),
      );
    } catch (error) {
      if (error instanceof ReaderFailed) throw error.cause;
      signal.throwIfAborted();
      const fault = isBrokenCircuitError(error) ? new ProviderFault('unavailable') : faultOf(error);
      this.options.onFailure?.(fault.reason, fault.facts.status ?? null);
      throw providerFailure(this.provider, fault.reason);
    } finally {
      clearTimeout(timer);
      // Whatever was left behind has nobody to answer.
      deadline.abort();
    }
  }
}

/** A fault worth another try. */
class PassingFault extends ProviderFault {}

/** The answer's reader, not its provider, failed; the cause says how. */
class ReaderFailed extends Error {
  constructor(override readonly cause: unknown) {
    super('the reader of the answer failed');
  }
}

/** One call, with all its tries. */
class Call {
  /** What the protocol listens to. */
  readonly signal: AbortSignal;
  readonly take: TakeText | undefined;
  #started = false;
  #reading = false;
  #length = 0;

  constructor(
    private readonly reader: AbortSignal,
    deadline: AbortSignal,
    private readonly deadlineAt: number,
    take: TakeText | undefined,
  ) {
    this.signal = AbortSignal.any([reader, deadline]);
    this.take = take && ((text) => this.#give(text, take));
  }

  async attempt(work: () => Promise<WrittenText>): Promise<WrittenText> {
    try {
      const { text, cut } = await this.bounded(work);
      if (typeof text !== 'string' || text.trim() === '' || text.length > LONGEST_TEXT) {
        throw new ProviderFault('bad_answer');
      }
      return { text, cut };
    } catch (error) {
      if (error instanceof ReaderFailed) throw error;
      const fault = faultOf(error);
      const inTime = performance.now() + (fault.facts.retryAfterMs ?? 0) < this.deadlineAt;
      // What was read out cannot be taken back by trying again.
      throw fault.passing && inTime && !this.#started ? new PassingFault(fault.reason, fault.facts) : fault;
    }
  }

  /** A protocol that does not listen to its signal is left behind. */
  async bounded<T>(work: () => Promise<T>): Promise<T> {
    if (this.signal.aborted) throw this.#ended();
    let stop = (): void => undefined;
    const aborted = new Promise<never>((_, reject) => {
      stop = () => reject(this.#ended());
      this.signal.addEventListener('abort', stop, { once: true });
    });
    try {
      return await Promise.race([work(), aborted]);
    } finally {
      this.signal.removeEventListener('abort', stop);
    }
  }

  #ended(): Error {
    if (this.reader.aborted) return new ReaderFailed(this.reader.reason);
    if (this.#reading) {
      return new ReaderFailed(new DomainError('UNAVAILABLE', 'Whoever reads the answer takes too long for it'));
    }
    return new ProviderFault('timeout');
  }

  async #give(text: string, take: TakeText): Promise<void> {
    this.#length += text.length;
    if (this.#length > LONGEST_TEXT) throw new ProviderFault('bad_answer');
    this.#started = true;
    this.#reading = true;
    try {
      await take(text);
    } catch (error) {
      throw new ReaderFailed(error);
    } finally {
      this.#reading = false;
    }
  }
}
