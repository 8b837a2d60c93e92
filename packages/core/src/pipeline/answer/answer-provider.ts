/**
 * The port of phase 5. A provider composes an answer from what the context phase found and names what it rests on.
 * @module
 */
import type { CapsuleHeader } from '../../capsule/capsule.js';
import type { Passage } from '../../ports/search-reader.js';
import type { FailureReason, ModelTier } from './text-model.js';

/** A capsule that may be cited: readable by the principal, neither retracted nor quarantined. */
export interface Source {
  readonly capsule: CapsuleHeader;
  readonly content: string;
  /** Where the search matched. */
  readonly passage: Passage;
  /** 0–1, comparable among sources of one search only. */
  readonly score: number;
}

export interface AnswerParameters {
  readonly temperature: number;
  readonly maxTokens: number;
  readonly tier: ModelTier;
}

/**
 * What the memory holds of a document that goes by a name such as `PEP 343`, searched for `query` within it. Under the
 * filter of the request; empty once the run's allowance is used up.
 */
export type FindNamed = (name: string, query: string) => Promise<readonly Source[]>;

export interface AnswerRequest {
  readonly query: string;
  readonly sources: readonly Source[];
  readonly parameters: AnswerParameters;
  readonly findNamed: FindNamed;
}

/** `quote` must be an exact substring of the content of a source given or found. */
export interface ProvidedCitation {
  readonly capsuleId: string;
  readonly quote: string;
}

export interface AnswerSentence {
  /** Without marks. */
  readonly text: string;
  /** Numbers of the citations that support it, from 1. */
  readonly citations: readonly number[];
  /** False: no source was found to say this. */
  readonly supported: boolean;
}

export interface ProvidedAnswer {
  /** Refers to citations as `[1]`, `[2]`, … in the order of `citations`. */
  readonly text: string;
  readonly citations: readonly ProvidedCitation[];
  /** Left out by providers whose text is one sentence to a line; the marks in it say the rest. */
  readonly sentences?: readonly AnswerSentence[];
  /** Left out: the provider's own model. */
  readonly madeBy?: AnswerMaker;
  /** Present when another provider was to answer and could not. */
  readonly fallback?: Fallback;
  /** The model's allowance ended before its answer did. */
  readonly cut?: boolean;
}

export interface AnswerMaker {
  /** Such as `anthropic` or `extractive`. */
  readonly provider: string;
  readonly model: string;
}

export interface Fallback {
  /** The provider that could not. */
  readonly from: string;
  readonly reason: FailureReason;
}

/** A part of an answer that is ready to be read, with the citations it is the first to refer to. */
export interface AnswerPiece {
  readonly text: string;
  readonly citations: readonly ProvidedCitation[];
}

/** Follows an answer while it is made. */
export interface AnswerListener {
  /** The pieces put together are the answer's text. The provider waits for it. */
  piece(piece: AnswerPiece): Promise<void>;
  /** What was said so far is void: another provider begins anew. */
  restart(reason: FailureReason): Promise<void>;
}

export interface AnswerProvider {
  /** Such as `anthropic` or `extractive`; the model where it is left out. */
  readonly provider?: string;
  /** Names what answers, in the ledger too. */
  readonly model: string;
  /** The model that answers at a tier; left out where there is one. Tells answers of different models apart. */
  modelAt?(tier: ModelTier): string;
  answer(request: AnswerRequest, signal: AbortSignal): Promise<ProvidedAnswer>;
  /** As `answer`, heard while it is made; left out by providers that have nothing to say before they are done. */
  stream?(request: AnswerRequest, signal: AbortSignal, listener: AnswerListener): Promise<ProvidedAnswer>;
}
