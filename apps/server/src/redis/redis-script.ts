/** Scripts that Redis runs as one step. @module */
import { createHash } from 'node:crypto';
import type { RedisClient } from './redis-link.js';

/** Microseconds by Redis's own clock, as `now`: pods need not agree on the time. */
export const REDIS_NOW = `local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]`;

export class RedisScript {
  readonly #sha: string;

  constructor(private readonly source: string) {
    this.#sha = createHash('sha1').update(source).digest('hex');
  }

  /** Sends the source only to a Redis that does not know it yet. */
  async run(client: RedisClient, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    const options = { keys: [...keys], arguments: args.map(String) };
    try {
      return await client.evalSha(this.#sha, options);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return client.eval(this.source, options);
    }
  }
}
