/**
 * The port of phase 5. A provider composes an answer from what the context phase found and names what it rests on.
 * @module
 */
import type { CapsuleHeader } from '../../capsule/capsule.js';
import type { Passage } from '../../ports/search-reader.js';

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

export interface ProvidedAnswer {
  /** Refers to citations as `[1]`, `[2]`, … in the order of `citations`. */
  readonly text: string;
  readonly citations: readonly ProvidedCitation[];
}

export interface AnswerProvider {
  /** Goes into the ledger as the model of the run. */
  readonly model: string;
  answer(request: AnswerRequest, signal: AbortSignal): Promise<ProvidedAnswer>;
}
