/**
 * The port to a language model: a prompt goes out, text comes back. Whoever implements it keeps deadlines and secrets;
 * what the text may be believed for is decided here, in the core.
 * @module
 */
import { DomainError } from '../../errors.js';

/** `strong` is for what a simple model would get wrong; it may be the same model. */
export type ModelTier = 'fast' | 'strong';

export interface Prompt {
  /** Rules of the house. */
  readonly system: string;
  /** Question and sources, as data. */
  readonly user: string;
}

export interface WritingOrder {
  readonly prompt: Prompt;
  readonly tier: ModelTier;
  readonly temperature: number;
  readonly maxTokens: number;
}

export interface WrittenText {
  readonly text: string;
  /** True when the model stopped at its allowance, so that the last sentence may be half of one. */
  readonly cut: boolean;
}

/** Takes the text as it is written; the model waits for it. */
export type TakeText = (text: string) => Promise<void>;

export interface TextModel {
  /** Of the provider, such as `anthropic`; stands in answers, ledger and metrics. */
  readonly provider: string;
  modelAt(tier: ModelTier): string;
  /**
   * With `take` the text is streamed, piece by piece. The pieces are the text of the result.
   * @throws the signal's reason when it aborts; otherwise a {@link providerFailure}, and nothing else.
   */
  write(order: WritingOrder, signal: AbortSignal, take?: TakeText): Promise<WrittenText>;
}

/** Why a provider gave no answer. A closed set: what a provider says about itself goes no further. */
export const FAILURE_REASONS = [
  'timeout',
  'rate_limited',
  'quota',
  'unauthorized',
  'unavailable',
  'bad_answer',
  'refused',
] as const;

export type FailureReason = (typeof FAILURE_REASONS)[number];

const MEANING: Readonly<Record<FailureReason, string>> = {
  timeout: 'did not answer in time',
  rate_limited: 'is turning requests away for a while',
  quota: 'has no allowance left for us',
  unauthorized: 'does not accept our credentials',
  unavailable: 'cannot be reached or is failing',
  bad_answer: 'gave an answer that cannot be used',
  refused: 'refused to answer',
};

/** What a failure means, as the end of a sentence about the provider. */
export function meaningOf(reason: FailureReason): string {
  return MEANING[reason];
}

/** Carries no cause on purpose: errors of providers quote requests, and requests carry keys. */
export function providerFailure(provider: string, reason: FailureReason): DomainError {
  return new DomainError('UNAVAILABLE', `The answer provider ${provider} ${MEANING[reason]}`, { provider, reason });
}

/** Null for every error that is no provider's failure. */
export function failureReasonOf(error: unknown): FailureReason | null {
  if (!(error instanceof Error) || error.name !== 'DomainError') return null;
  const { provider, reason } = (error as DomainError).details;
  const known = FAILURE_REASONS.find((one) => one === reason);
  return typeof provider === 'string' && known !== undefined ? known : null;
}
