/** Rate limits that all pods of one store count together, by Redis's clock and in one step of it. @module */
import { REDIS_NOW, RedisScript } from '../redis/redis-script.js';
import { spaceKey, type SharedSpace } from '../redis/shared-space.js';
import { intervalOf, verdictOf, type RateLimiter, type RatePolicy, type RateVerdict } from './rate-limiter.js';

// ARGV: microseconds per request, requests. The numbers are given as text: a bare one loses its last digits.
const TAKE = new RedisScript(`${REDIS_NOW}
local interval = tonumber(ARGV[1])
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local over = full + interval - interval * tonumber(ARGV[2]) - now
if over <= 0 then
  full = full + interval
  redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000) + 1)
end
return {string.format('%.0f', full - now), string.format('%.0f', over)}`);

export interface RedisLimiterOptions extends SharedSpace {
  /** Tells this limit from others of the store. */
  readonly name: string;
}

export class RedisLimiter implements RateLimiter {
  constructor(
    readonly policy: RatePolicy,
    private readonly options: RedisLimiterOptions,
  ) {}

  /** @throws when Redis does not answer. */
  async take(subject: string): Promise<RateVerdict> {
    const { link, secrets, name } = this.options;
    // Redis learns neither tokens nor addresses.
    const key = spaceKey(this.options, `rate:${name}:${secrets.nameOf(subject)}`);
    const args = [intervalOf(this.policy), this.policy.limit];
    const [missing, over] = (await link.run((client) => TAKE.run(client, [key], args))) as [string, string];
    return verdictOf(this.policy, Number(missing), Number(over));
  }
}
