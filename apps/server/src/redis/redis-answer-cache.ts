/**
 * Answers that all pods of one store keep together, bounded by bytes and by age; the oldest go first.
 * @module
 */
import type { AnswerCache, KeptAnswer } from '@forge-cascade/core';
import { REDIS_NOW, RedisScript } from './redis-script.js';
import { spaceKey, type SharedSpace } from './shared-space.js';

export interface RedisAnswerCacheOptions extends SharedSpace {
  /** Bytes of all answers kept, as they stand in Redis. */
  readonly maxBytes: number;
  /** Milliseconds an answer is kept. */
  readonly maxAgeMs: number;
}

/** Raise when answers are written in another form: releases that differ then keep theirs apart. */
const FORM = 1;

// KEYS: the answers by name, with all their bytes under the empty name; the names by when they end.
const GET = new RedisScript(`${REDIS_NOW}
local ends = redis.call('ZSCORE', KEYS[2], ARGV[1])
if not ends or tonumber(ends) <= now then return false end
return redis.call('HGET', KEYS[1], ARGV[1])`);

// ARGV: name, answer, milliseconds to keep it, bytes for all.
const PUT = new RedisScript(`${REDIS_NOW}
local most = tonumber(ARGV[4])
local function drop(name)
  redis.call('HINCRBY', KEYS[1], '', 0 - redis.call('HSTRLEN', KEYS[1], name))
  redis.call('HDEL', KEYS[1], name)
  redis.call('ZREM', KEYS[2], name)
end
if redis.call('EXISTS', KEYS[2]) == 0 then redis.call('DEL', KEYS[1]) end
drop(ARGV[1])
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)) do drop(name) end
if #ARGV[2] > most then return end
while tonumber(redis.call('HGET', KEYS[1], '') or 0) + #ARGV[2] > most do
  local oldest = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
  if not oldest then break end
  drop(oldest)
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('HINCRBY', KEYS[1], '', #ARGV[2])
redis.call('ZADD', KEYS[2], now + ARGV[3] * 1000, ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])`);

export class RedisAnswerCache implements AnswerCache {
  readonly #keys: readonly string[];

  constructor(private readonly options: RedisAnswerCacheOptions) {
    const answers = spaceKey(options, `answers:${FORM}`);
    this.#keys = [answers, `${answers}:ends`];
  }

  /** @throws when Redis does not answer. */
  async get(key: string): Promise<KeptAnswer | null> {
    const { link, secrets } = this.options;
    const name = secrets.nameOf(key);
    const sealed = await link.run((client) => GET.run(client, this.#keys, [name]));
    const text = typeof sealed === 'string' ? secrets.open(name, sealed) : null;
    return text === null ? null : (JSON.parse(text) as KeptAnswer);
  }

  /** @throws when Redis does not answer. */
  async put(key: string, kept: KeptAnswer): Promise<void> {
    const { link, secrets, maxAgeMs, maxBytes } = this.options;
    const name = secrets.nameOf(key);
    const sealed = secrets.seal(name, JSON.stringify(kept));
    await link.run((client) => PUT.run(client, this.#keys, [name, sealed, maxAgeMs, maxBytes]));
  }

  /** @throws when Redis does not answer. */
  async clear(): Promise<void> {
    await this.options.link.run((client) => client.unlink([...this.#keys]));
  }
}
