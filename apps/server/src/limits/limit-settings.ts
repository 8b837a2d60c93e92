/** The settings of rate limits. @module */
import { z } from 'zod';
import { wholeNumber } from '../setting-values.js';

const MOST = 1_000_000;

/** Part of the server's schema. */
export const LIMIT_SHAPE = {
  /** Requests a minute with one token; 0 sets no limit. */
  FORGE_RATE_LIMIT: wholeNumber(0, MOST, 0),
  /** Requests a minute from one address, whatever their token; 0 sets no limit. */
  FORGE_RATE_LIMIT_ADDRESS: wholeNumber(0, MOST, 0),
  /** Proxies in front that add to X-Forwarded-For; 0 believes nothing that a client says of its address. */
  FORGE_PROXY_HOPS: wholeNumber(0, 10, 0),
} as const;

const parts = z.object(LIMIT_SHAPE);

export interface LimitSettings {
  /** Requests a minute; 0 sets no limit. */
  readonly perToken: number;
  readonly perAddress: number;
  readonly proxyHops: number;
}

export function limitSettings(variables: z.output<typeof parts>): LimitSettings {
  return Object.freeze({
    perToken: variables.FORGE_RATE_LIMIT,
    perAddress: variables.FORGE_RATE_LIMIT_ADDRESS,
    proxyHops: variables.FORGE_PROXY_HOPS,
  });
}
