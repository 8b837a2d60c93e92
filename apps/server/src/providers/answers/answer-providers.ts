/**
 * From settings to what answers questions. The SDKs are loaded only by whoever chose them.
 * @module
 */
import {
  CachedAnswers,
  DEFAULT_PIPELINE_SETTINGS,
  extractiveAnswers,
  generatedAnswers,
  LruAnswerCache,
  pipelineSettings,
  systemClock,
  withFallback,
  type AnswerCache,
  type FailureReason,
  type PipelineParts,
} from '@forge-cascade/core';
import type { AnswerSettings } from '../../answer-settings.js';
import type { Log } from '../../log.js';
import { GuardedModel, type GuardOptions, type ModelProtocol } from './guarded-model.js';

/** Milliseconds of phase 5 beyond the provider's deadline: for the answer that stands in. */
const FALLBACK_ROOM_MS = 15_000;

/** What the server's pages and health say of the provider; never where it is or how it is paid for. */
export interface AnswerStatus {
  readonly provider: string;
  readonly model: string;
  readonly strongModel: string;
  readonly fallback: 'extractive' | 'none';
  /** False while the provider is not asked, because it failed several times in a row. */
  readonly available: boolean;
}

export interface AnswerParts {
  readonly pipeline: Pick<PipelineParts, 'answerProvider' | 'cachedAnswers' | 'settings'>;
  /** Bytes for what was found for questions asked before; 0 searches every time. */
  readonly foundBytes: number;
  readonly status: () => AnswerStatus;
}

export const EXTRACTIVE_STATUS: AnswerStatus = {
  provider: 'extractive',
  model: extractiveAnswers.model,
  strongModel: extractiveAnswers.model,
  fallback: 'none',
  available: true,
};

/**
 * @param guard replaces what the settings do not say, for tests.
 * @param sharedCache where pods keep their answers together; null keeps them in this process.
 */
export async function answerParts(
  settings: AnswerSettings,
  log: Log,
  guard: Partial<GuardOptions> = {},
  sharedCache: AnswerCache | null = null,
): Promise<AnswerParts> {
  const cachedAnswers = cacheOf(settings, sharedCache);
  if (settings.provider === 'extractive') {
    return {
      pipeline: { answerProvider: extractiveAnswers, cachedAnswers, settings: DEFAULT_PIPELINE_SETTINGS },
      foundBytes: settings.cacheBytes,
      status: () => EXTRACTIVE_STATUS,
    };
  }
  const { provider, fallback, timeoutMs } = settings;
  const failed = (reason: FailureReason, status: number | null): void =>
    log.warn({ provider, reason, ...(status === null ? {} : { status }) }, 'answer provider failed');
  const models = { fast: settings.model, strong: settings.strongModel };
  const model = new GuardedModel(await protocolOf(settings), {
    models,
    deadlineMs: timeoutMs,
    onFailure: failed,
    ...guard,
  });
  const generated = generatedAnswers(model, () => failed('bad_answer', null));
  return {
    pipeline: {
      answerProvider: fallback === 'extractive' ? withFallback(generated, extractiveAnswers) : generated,
      cachedAnswers,
      settings: pipelineSettings({ deadlines: { intelligence: timeoutMs + FALLBACK_ROOM_MS } }),
    },
    foundBytes: settings.cacheBytes,
    status: () => ({
      provider,
      model: models.fast,
      strongModel: models.strong,
      fallback,
      available: model.available,
    }),
  };
}

async function protocolOf(settings: Exclude<AnswerSettings, { provider: 'extractive' }>): Promise<ModelProtocol> {
  if (settings.provider === 'anthropic') {
    const { anthropicProtocol } = await import('./anthropic-protocol.js');
    return anthropicProtocol(settings.url, settings.key);
  }
  const { openAiProtocol } = await import('./openai-protocol.js');
  return openAiProtocol(settings.url, settings.key);
}

function cacheOf({ cacheBytes, cacheAgeMs }: AnswerSettings, shared: AnswerCache | null): CachedAnswers | null {
  if (cacheBytes === 0) return null;
  return new CachedAnswers(
    shared ?? new LruAnswerCache({ maxBytes: cacheBytes, maxAgeMs: cacheAgeMs, clock: systemClock }),
  );
}
