/**
 * Whoever follows an answer while it is made. What is said early is what the whole answer will say, or is taken back.
 * @module
 */
import type { FailureReason } from './answer/text-model.js';
import type { Citation } from './ask-ports.js';
import type { TimedPhase } from './phase.js';

/** Why what was said is void: the provider failed, or a source was withdrawn meanwhile. */
export type RestartReason = FailureReason | 'source_withdrawn';

/** The pipeline waits for each call, so a slow follower slows the answer and not its memory. */
export interface AskFollower {
  /** Aborts when nobody follows any more; what is under way for the answer is then stopped. */
  readonly signal: AbortSignal;
  /** A phase has ended after `ms`. */
  phase(phase: TimedPhase, ms: number): void;
  /** Comes before the text that is the first to refer to it. @param number from 1. */
  citation(number: number, citation: Citation): Promise<void>;
  /** The texts since the last restart put together are the answer. */
  delta(text: string): Promise<void>;
  /** What was said so far is void; numbers begin at 1 again. */
  restart(reason: RestartReason): Promise<void>;
}
