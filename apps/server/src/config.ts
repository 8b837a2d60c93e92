/**
 * Settings: one schema, read once, handed on as a frozen object.
 * @module
 */
import { z } from 'zod';
import {
  embeddingFaults,
  embeddingSettingsOf,
  embeddingShape,
  type EmbeddingSettings,
} from './providers/embeddings/embedding-settings.js';
import { storeFaults, storeSettings, storeShape } from './stores/store-settings.js';
import type { StoreAddress } from './stores/store-address.js';
import { LIMIT_SHAPE, limitSettings, type LimitSettings } from './limits/limit-settings.js';
import { wholeNumber } from './setting-values.js';
import { REDIS_SHAPE, redisSettings, type RedisSettings } from './redis/redis-settings.js';
import { ANSWER_SHAPE, answerFaults, answerSettings, type AnswerSettings } from './answer-settings.js';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** What may stand in an Authorization header after `Bearer` (RFC 6750). */
const BEARER = /^[A-Za-z0-9._~+/-]+=*$/;

const schema = z.strictObject({
  FORGE_DATA: z.string().min(1, 'must not be empty').default('./data'),
  FORGE_PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port number')
    .transform(Number)
    .refine((port) => port <= 65_535, 'must be a port number')
    .default(8787),
  FORGE_HOST: z
    .string()
    .regex(/^[A-Za-z0-9.:_-]+$/, 'must be a host name or an address')
    .default('127.0.0.1'),
  FORGE_TOKEN: z.string().regex(BEARER, 'must be letters, digits and the characters . _ ~ + / -').optional(),
  FORGE_LEDGER_KEY: z
    .string()
    .regex(/^PRIVATE\+KEY\+[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$/, 'must be a signing key, PRIVATE+KEY+name+id+base64')
    .optional(),
  FORGE_LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
  ...storeShape,
  FORGE_OVERLAYS: z.enum(['on', 'off'], 'must be on or off').default('on'),
  FORGE_DRAIN_SECONDS: wholeNumber(0, 600, 0),
  ...embeddingShape,
  ...ANSWER_SHAPE,
  ...REDIS_SHAPE,
  ...LIMIT_SHAPE,
});

export interface ServerConfig {
  /** As given; relative to the working directory. */
  readonly dataDir: string;
  /** Where the memory lies: the embedded engine in the data folder unless a store is named. */
  readonly store: StoreAddress;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly host: string;
  /** Null: the one kept in the data folder, made when there is none. */
  readonly token: string | null;
  /** What signs checkpoints. Null: the key kept in the data folder, made when there is none. */
  readonly ledgerKey: string | null;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** Milliseconds it goes on answering when told to stop, so that load balancers notice that it is not ready. */
  readonly drainMs: number;
  /** Whether overlays run here. Without them the phases of an answer are served in-process. */
  readonly overlays: boolean;
  readonly embeddings: EmbeddingSettings;
  /** Whether a model that serves the store goes on, whatever `embeddings` names: so it does where nobody has chosen one. */
  readonly keepsModel: boolean;
  /** Who answers questions, and what is kept of it. */
  readonly answers: AnswerSettings;
  /** What pods share. Null: this one keeps to itself. */
  readonly redis: RedisSettings | null;
  readonly limits: LimitSettings;
}

/** Flags of the command line; each one wins over its variable. */
export interface ConfigFlags {
  readonly data?: string;
  readonly port?: string;
  readonly host?: string;
  readonly logLevel?: string;
}

/** Settings that cannot be used. The message names every setting and its rule, never a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly faults: readonly string[]) {
    super(`These settings cannot be used:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
}

const FLAG_OF: Readonly<Record<string, keyof ConfigFlags>> = {
  FORGE_DATA: 'data',
  FORGE_PORT: 'port',
  FORGE_HOST: 'host',
  FORGE_LOG_LEVEL: 'logLevel',
};

/** @throws ConfigError listing every fault. */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  flags: ConfigFlags = {},
): Readonly<ServerConfig> {
  const given = Object.fromEntries(
    Object.keys(schema.shape)
      .map((name) => [name, (FLAG_OF[name] && flags[FLAG_OF[name]]) ?? env[name]] as const)
      .filter(([, value]) => value !== undefined),
  );
  const result = schema.safeParse(given);
  const faults = [
    ...(result.error?.issues ?? []).map((issue) => `${issue.path.join('.')} ${issue.message}`),
    ...storeFaults(given),
    ...answerFaults(given),
    ...embeddingFaults(given),
  ];
  if (!result.success || faults.length > 0) throw new ConfigError(faults);
  const settings = result.data;
  return Object.freeze({
    dataDir: settings.FORGE_DATA,
    store: storeSettings(settings, settings.FORGE_DATA),
    port: settings.FORGE_PORT,
    host: settings.FORGE_HOST,
    token: settings.FORGE_TOKEN ?? null,
    ledgerKey: settings.FORGE_LEDGER_KEY ?? null,
    logLevel: settings.FORGE_LOG_LEVEL,
    drainMs: settings.FORGE_DRAIN_SECONDS * 1_000,
    overlays: settings.FORGE_OVERLAYS === 'on',
    embeddings: embeddingSettingsOf(settings),
    keepsModel: given['FORGE_EMBEDDINGS'] === undefined,
    answers: answerSettings(settings),
    redis: redisSettings(settings),
    limits: limitSettings(settings),
  });
}
