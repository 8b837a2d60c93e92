/**
 * The settings of answers: who writes them, with which models, and how long they are kept.
 * @module
 */
import { z } from 'zod';
import { wholeNumber } from './setting-values.js';

const PROVIDERS = ['extractive', 'anthropic', 'openai'] as const;
const FALLBACKS = ['extractive', 'none'] as const;

/** Printable ASCII, as a header field takes it. */
const KEY = /^[!-~]{1,1000}$/;
const KEY_RULE = 'must be printable ASCII characters without spaces';
const MODEL = z.string().regex(/^[!-~]{1,200}$/, 'must be the name of a model');

/** Part of the server's schema. */
export const ANSWER_SHAPE = {
  /** Who answers: `extractive` quotes and needs nothing. */
  FORGE_ANSWERS: z.enum(PROVIDERS, `must be one of ${PROVIDERS.join(', ')}`).default('extractive'),
  /** For simple questions; must be set unless answers are extractive. */
  FORGE_ANSWERS_MODEL: MODEL.optional(),
  /** For hard questions; the same model when left out. */
  FORGE_ANSWERS_MODEL_STRONG: MODEL.optional(),
  /** Where the provider is, when that is not its own service: any server that speaks its protocol. */
  FORGE_ANSWERS_URL: z
    .string()
    .refine(isPlainHttpAddress, 'must be an http or https address without user name, query or fragment')
    .optional(),
  FORGE_ANSWERS_KEY: z.string().regex(KEY, KEY_RULE).optional(),
  /** The providers' usual names for it. They are not ours to judge until they are used. */
  ANTHROPIC_API_KEY: z.string().optional(),
  OPENAI_API_KEY: z.string().optional(),
  /** What answers when the provider does not. */
  FORGE_ANSWERS_FALLBACK: z.enum(FALLBACKS, `must be one of ${FALLBACKS.join(', ')}`).default('extractive'),
  /** For a call with all its tries. */
  FORGE_ANSWERS_TIMEOUT_MS: wholeNumber(100, 600_000, 30_000),
  /** For answers, and as much again for what was found for their questions; 0 keeps none. */
  FORGE_ANSWERS_CACHE_MB: wholeNumber(0, 4_096, 32),
  FORGE_ANSWERS_CACHE_MINUTES: wholeNumber(1, 10_080, 60),
} as const;

const parts = z.object(ANSWER_SHAPE);
type AnswerVariables = z.output<typeof parts>;

interface CacheSettings {
  /** Of all answers kept; 0 keeps none. */
  readonly cacheBytes: number;
  readonly cacheAgeMs: number;
}

interface ModelSettings extends CacheSettings {
  readonly model: string;
  readonly strongModel: string;
  /** Null: the provider's own service. */
  readonly url: string | null;
  readonly fallback: (typeof FALLBACKS)[number];
  readonly timeoutMs: number;
}

export type AnswerSettings = Readonly<
  | (CacheSettings & { readonly provider: 'extractive' })
  | (ModelSettings & { readonly provider: 'anthropic'; readonly key: string })
  | (ModelSettings & { readonly provider: 'openai'; readonly key: string | null })
>;

const USUAL_KEY = { anthropic: 'ANTHROPIC_API_KEY', openai: 'OPENAI_API_KEY' } as const;

type Given = Readonly<Record<string, string | undefined>>;

/** What is wrong with the settings together, each fault naming its setting. Reads the texts as given. */
export function answerFaults(given: Given): readonly string[] {
  const provider = given['FORGE_ANSWERS'];
  if (provider !== 'anthropic' && provider !== 'openai') return [];
  const faults: string[] = [];
  if (given['FORGE_ANSWERS_MODEL'] === undefined) {
    faults.push(`FORGE_ANSWERS_MODEL must name a model when FORGE_ANSWERS is ${provider}`);
  }
  const own = given['FORGE_ANSWERS_KEY'];
  if (own !== undefined) return faults;
  const elsewhere = given['FORGE_ANSWERS_URL'] !== undefined;
  const usual = USUAL_KEY[provider];
  const key = elsewhere ? undefined : filled(given[usual]);
  if (key !== undefined && !KEY.test(key)) faults.push(`${usual} ${KEY_RULE}`);
  if (key === undefined && (provider === 'anthropic' || !elsewhere)) {
    const names = elsewhere ? 'FORGE_ANSWERS_KEY' : `FORGE_ANSWERS_KEY or ${usual}`;
    faults.push(`${names} must be set when FORGE_ANSWERS is ${provider}`);
  }
  return faults;
}

/** From variables without {@link answerFaults}. */
export function answerSettings(variables: AnswerVariables): AnswerSettings {
  const cache = {
    cacheBytes: variables.FORGE_ANSWERS_CACHE_MB * 1024 * 1024,
    cacheAgeMs: variables.FORGE_ANSWERS_CACHE_MINUTES * 60_000,
  };
  const provider = variables.FORGE_ANSWERS;
  if (provider === 'extractive') return Object.freeze({ provider, ...cache });
  const model = variables.FORGE_ANSWERS_MODEL ?? '';
  const shared = {
    ...cache,
    model,
    strongModel: variables.FORGE_ANSWERS_MODEL_STRONG ?? model,
    url: variables.FORGE_ANSWERS_URL ?? null,
    fallback: variables.FORGE_ANSWERS_FALLBACK,
    timeoutMs: variables.FORGE_ANSWERS_TIMEOUT_MS,
  };
  // The usual key belongs to the provider's own service: another server does not get it unasked.
  const usual = shared.url === null ? filled(variables[USUAL_KEY[provider]]) : undefined;
  const key = variables.FORGE_ANSWERS_KEY ?? usual ?? null;
  return Object.freeze(
    provider === 'anthropic' ? { ...shared, provider, key: key ?? '' } : { ...shared, provider, key },
  );
}

function filled(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function isPlainHttpAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === '';
}
