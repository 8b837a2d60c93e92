/**
 * A phase is work under a deadline, timed by the injected clock and ended early when the run is given up.
 * @module
 */
import { DomainError } from '../errors.js';
import type { JsonObject, JsonValue } from '../ledger/json.js';
import type { Claim, Expectation, OutboxMessage } from '../ports/commit-port.js';
import type { DomainEvent } from '../ledger/events.js';
import type { MonotonicClock } from './clock.js';

/** The phases a caller waits for. Phases 6 (metrics) and 7 (storage) follow through the outbox. */
export const TIMED_PHASES = ['context', 'analysis', 'security', 'optimization', 'intelligence'] as const;

export type TimedPhase = (typeof TIMED_PHASES)[number];

/** Phases that analysers (overlays or in-process ones) carry out. */
export type AnalysedPhase = 'analysis' | 'security' | 'optimization';

/**
 * One analyser of phase 2, 3 or 4: data in, data out. It gets a copy of the input and must stop when `signal` aborts;
 * when it does not, its answer is thrown away. What it leaves with `run` is committed with the run's own event.
 */
export interface PhaseAnalyser {
  /** Names its report; distinct within a phase. */
  readonly name: string;
  run(input: JsonObject, signal: AbortSignal, run: AnalysedRun): Promise<JsonValue>;
}

/** The run that an analyser works for. */
export interface AnalysedRun {
  readonly correlationId: string;
  /** Has something committed with the run, or by itself where the run has ended. */
  leave(writes: AnalyserWrites): void;
}

/** What an analyser leaves to be committed. */
export interface AnalyserWrites {
  readonly events: readonly DomainEvent[];
  /** Those of `events` that are committed also when what the others rest on has changed meanwhile. */
  readonly record: readonly DomainEvent[];
  readonly expect: readonly Expectation[];
  readonly claims: readonly Claim[];
  readonly outbox: readonly OutboxMessage[];
  /** Called once they are committed. */
  committed(): Promise<void>;
}

export interface PhaseRun {
  readonly clock: MonotonicClock;
  readonly correlationId: string;
  readonly deadlines: Readonly<Record<TimedPhase, number>>;
  /** Aborts when the whole run is given up. */
  readonly signal: AbortSignal;
  /** Milliseconds by phase, filled in as phases end, also by failure. */
  readonly timings: Partial<Record<TimedPhase, number>>;
  /** Takes what analysers leave. */
  readonly left: AnalysedRun;
  /** Hears of every phase that ended well, with its milliseconds. */
  readonly ended?: (phase: TimedPhase, ms: number) => void;
}

/**
 * Runs one phase. Rejects with UNAVAILABLE when its deadline passes, with the run's reason when the run is given up;
 * either way the work's signal aborts and whatever it still answers is ignored.
 */
export async function runPhase<T>(
  run: PhaseRun,
  phase: TimedPhase,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const started = run.clock.now();
  let ok = false;
  const own = new AbortController();
  const signal = AbortSignal.any([own.signal, run.signal]);
  let cancel = (): void => undefined;
  const ended = new Promise<never>((_, reject) => {
    cancel = run.clock.after(run.deadlines[phase], () => own.abort(pastDeadline(run, phase)));
    if (signal.aborted) reject(signal.reason as Error);
    else signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  try {
    // An async wrapper, so that work which throws at once is treated like work that rejects.
    const result = await Promise.race([ended, (async () => work(signal))()]);
    ok = true;
    return result;
  } finally {
    cancel();
    const ms = run.clock.now() - started;
    run.timings[phase] = (run.timings[phase] ?? 0) + ms;
    if (ok) run.ended?.(phase, ms);
  }
}

function pastDeadline(run: PhaseRun, phase: TimedPhase): DomainError {
  return new DomainError('UNAVAILABLE', `The ${phase} phase did not end in time`, {
    phase,
    deadline_ms: run.deadlines[phase],
    correlation_id: run.correlationId,
  });
}
