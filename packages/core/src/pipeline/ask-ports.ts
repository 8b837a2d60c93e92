/**
 * What `ask` is given and what it gives back.
 * @module
 */
import type { QueryReader } from '../embedding/index.js';
import type { CapsuleReader, CommitPort, LineageReader, SearchReader } from '../ports/index.js';
import type { AnswerProvider, AnswerSentence, Fallback } from './answer/answer-provider.js';
import type { CachedAnswers } from './cache/cached-answers.js';
import type { FoundBefore } from './cache/found-before.js';
import type { MonotonicClock } from './clock.js';
import type { LineageSummary } from './lineage-summary.js';
import type { AnalysedPhase, PhaseAnalyser, TimedPhase } from './phase.js';
import type { PipelineSettings } from './settings.js';

export interface PipelineParts {
  /** Without a security analyser every request is refused. */
  readonly analysers: Readonly<Record<AnalysedPhase, readonly PhaseAnalyser[]>>;
  readonly answerProvider: AnswerProvider;
  /** Of this store alone; null keeps nothing. */
  readonly cachedAnswers: CachedAnswers | null;
  /** Of this store alone; null searches every time. */
  readonly foundBefore: FoundBefore | null;
  /** Reads the question by what it means, where there is a model. */
  readonly queries: QueryReader;
  readonly clock: MonotonicClock;
  readonly settings: PipelineSettings;
}

export type AskStore = SearchReader & CapsuleReader & LineageReader & CommitPort;

export type AskPorts = AskStore & PipelineParts;

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
  /** The answer again, sentence by sentence; empty when nothing was found. */
  readonly sentences: readonly AnswerSentence[];
  readonly citations: readonly Citation[];
  /** What answered: such as `anthropic` and the name of its model. */
  readonly provider: string;
  readonly model: string;
  /** Which provider was to answer and why it could not; null when it did. */
  readonly fallback: Fallback | null;
  /** True when the provider was not asked: the same was asked before, and nothing it rests on has changed. */
  readonly cached: boolean;
  readonly correlationId: string;
  readonly timing: AskTiming;
  /** Plain sentences for the reader of the answer. */
  readonly warnings: readonly string[];
}
