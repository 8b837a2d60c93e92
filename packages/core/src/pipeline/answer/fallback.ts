/**
 * One provider standing in for another that fails. Which one answered, and why, stays with the answer.
 * @module
 */
import type { AnswerListener, AnswerProvider, AnswerRequest, ProvidedAnswer } from './answer-provider.js';
import { failureReasonOf, type FailureReason } from './text-model.js';

/** @param onFailure hears of each failure that was stood in for. */
export function withFallback(
  first: AnswerProvider,
  standIn: AnswerProvider,
  onFailure: (reason: FailureReason) => void = () => undefined,
): AnswerProvider {
  const standInFor = async (
    error: unknown,
    request: AnswerRequest,
    signal: AbortSignal,
    listener?: AnswerListener,
  ): Promise<ProvidedAnswer> => {
    const reason = failureReasonOf(error);
    // Whatever is no failure of the provider is none that another provider could help with.
    if (reason === null || signal.aborted) throw error;
    onFailure(reason);
    await listener?.restart(reason);
    return { ...(await standIn.answer(request, signal)), fallback: { from: first.provider ?? first.model, reason } };
  };
  return {
    ...(first.provider === undefined ? {} : { provider: first.provider }),
    model: first.model,
    ...(first.modelAt === undefined ? {} : { modelAt: (tier) => first.modelAt?.(tier) ?? first.model }),
    answer: (request, signal) =>
      first.answer(request, signal).catch((error: unknown) => standInFor(error, request, signal)),
    ...(first.stream === undefined
      ? {}
      : {
          stream: (request, signal, listener) =>
            (first.stream as NonNullable<AnswerProvider['stream']>)(request, signal, listener).catch((error: unknown) =>
              standInFor(error, request, signal, listener),
            ),
        }),
  };
}
