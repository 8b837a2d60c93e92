/**
 * What `ask` is given and what it gives back.
 * @module
 */
import type { QueryReader } from '../embedding/index.js';
import type { CapsuleReader, CommitPort, LineageReader, SearchReader } from '../ports/index.js';
import type { AnswerProvider } from './answer/answer-provider.js';
import type { MonotonicClock } from './clock.js';
import type { LineageSummary } from './lineage-summary.js';
import type { AnalysedPhase, PhaseAnalyser, TimedPhase } from './phase.js';
import type { PipelineSettings } from './settings.js';

export interface PipelineParts {
  /** Without a security analyser every request is refused. */
  readonly analysers: Readonly<Record<AnalysedPhase, readonly PhaseAnalyser[]>>;
  readonly answerProvider: AnswerProvider;
  /** Reads the question by what it means, where there is a model. */
  readonly queries: QueryReader;
  readonly clock: MonotonicClock;
  readonly settings: PipelineSettings;
}

export type AskStore = SearchReader & CapsuleReader & LineageReader & CommitPort;

export type AskPorts = AskStore & PipelineParts;

export interface AskInput {
  readonly query: string;
  /** Capsules taken into the context, 1–50. */
  readonly limit?: number;
  /** Least chain trust of what may be cited. */
  readonly minTrust?: number;
  /** This collection and those below it. */
  readonly collection?: string;
  /** RFC 3339: answer from what was known then. */
  readonly asOf?: string;
  /** Trust the principal needs. */
  readonly requiredTrust?: number;
  readonly saveAsCapsule?: boolean;
}

export interface Citation {
  readonly capsuleId: string;
  readonly seriesId: string;
  readonly version: string;
  readonly title: string | null;
  /** An exact substring of the capsule's content. */
  readonly quote: string;
  readonly chainTrust: number;
  readonly tainted: boolean;
  readonly warned: boolean;
  readonly collection: string | null;
  readonly position: number | null;
  readonly lineage: LineageSummary;
}

export interface AskTiming {
  readonly totalMs: number;
  /** Milliseconds; `commit` is the one durable write. Concurrent phases overlap, so these do not add up to the total. */
  readonly phases: Readonly<Partial<Record<TimedPhase | 'commit', number>>>;
}

export interface AskResult {
  /** Refers to citations as `[1]`, `[2]`, … */
  readonly answer: string;
  readonly citations: readonly Citation[];
  readonly correlationId: string;
  readonly timing: AskTiming;
  /** Plain sentences for the reader of the answer. */
  readonly warnings: readonly string[];
}
