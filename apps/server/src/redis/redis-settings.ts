/**
 * Where Redis is, and who asks it. Optional: without it every pod keeps to itself.
 * @module
 */
import { z } from 'zod';

const ADDRESS_RULE = 'must be an address like redis://host:6379 or rediss://user@host:6380/0';

/** Part of the server's schema. */
export const REDIS_SHAPE = {
  FORGE_REDIS: z
    .string()
    .refine((text) => addressOf(text) !== null, ADDRESS_RULE)
    .optional(),
  /** Wins over a password in the address. */
  FORGE_REDIS_PASSWORD: z
    .string()
    .regex(/^.{1,1000}$/s, 'must have 1 to 1,000 characters')
    .optional(),
} as const;

const parts = z.object(REDIS_SHAPE);

export interface RedisSettings {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** Null: the default user. */
  readonly username: string | null;
  /** Null where Redis asks nobody. */
  readonly password: string | null;
  readonly database: number;
}

/** Null: there is no Redis. */
export function redisSettings(variables: z.output<typeof parts>): RedisSettings | null {
  const address = variables.FORGE_REDIS === undefined ? null : addressOf(variables.FORGE_REDIS);
  if (address === null) return null;
  return Object.freeze({ ...address, password: variables.FORGE_REDIS_PASSWORD ?? address.password });
}

function addressOf(text: string): RedisSettings | null {
  if (!URL.canParse(text)) return null;
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text);
  const database = /^\/?(\d{0,4})$/.exec(pathname)?.[1];
  const tls = protocol === 'rediss:';
  if ((!tls && protocol !== 'redis:') || hostname === '' || database === undefined || search + hash !== '') return null;
  try {
    return {
      // An IPv6 address stands in brackets only in a URL.
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? 6_379 : Number(port),
      tls,
      username: username === '' ? null : decodeURIComponent(username),
      password: password === '' ? null : decodeURIComponent(password),
      database: Number(database),
    };
  } catch {
    // Not percent-encoded UTF-8.
    return null;
  }
}
