/**
 * Limits on requests: by address before anything is believed, by token once it is known to be valid. What probes and
 * people without a token may read is not limited.
 * @module
 */
import { createHash } from 'node:crypto';
import { systemClock } from '@forge-cascade/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from '../http/refusal.js';
import type { SharedSpace } from '../redis/shared-space.js';
import { addressSubject } from './address-subject.js';
import { InProcessLimiter } from './in-process-limiter.js';
import type { LimitSettings } from './limit-settings.js';
import { sharedLimiter, type RateLimiter, type RatePolicy, type RateVerdict } from './rate-limiter.js';
import { RedisLimiter } from './redis-limiter.js';

export interface RequestLimits {
  /** Null: no limit. */
  readonly perAddress: RateLimiter | null;
  readonly perToken: RateLimiter | null;
}

export const NO_LIMITS: RequestLimits = { perAddress: null, perToken: null };

const WINDOW_MS = 60_000;

/** @param shared null counts in this process alone. */
export function requestLimits(settings: LimitSettings, shared: SharedSpace | null): RequestLimits {
  const limiter = (name: string, limit: number): RateLimiter | null => {
    if (limit === 0) return null;
    const policy: RatePolicy = { limit, windowMs: WINDOW_MS };
    const own = new InProcessLimiter(policy, systemClock);
    return shared === null ? own : sharedLimiter(new RedisLimiter(policy, { ...shared, name }), own);
  };
  return { perAddress: limiter('address', settings.perAddress), perToken: limiter('token', settings.perToken) };
}

/** @throws Refusal RATE_LIMITED */
export async function limitAddress({ perAddress }: RequestLimits, request: FastifyRequest, reply: FastifyReply) {
  if (perAddress !== null) await limit('address', perAddress, addressSubject(request.ip), reply);
}

/** @throws Refusal RATE_LIMITED */
export async function limitToken({ perToken }: RequestLimits, request: FastifyRequest, reply: FastifyReply) {
  if (perToken === null) return;
  const token = createHash('sha256')
    .update(request.headers.authorization ?? '')
    .digest('hex');
  await limit('token', perToken, token, reply);
}

async function limit(name: string, limiter: RateLimiter, subject: string, reply: FastifyReply): Promise<void> {
  const verdict = await limiter.take(subject);
  announce(name, limiter.policy, verdict, reply);
  if (verdict.allowed) return;
  const detail = `More requests than this ${name} may send: ${limiter.policy.limit} a minute.`;
  throw new Refusal('RATE_LIMITED', detail, {}, { 'retry-after': String(seconds(verdict.retryMs)) });
}

/** The fields of the IETF's draft on them (draft-ietf-httpapi-ratelimit-headers). */
function announce(name: string, { limit, windowMs }: RatePolicy, verdict: RateVerdict, reply: FastifyReply): void {
  add(reply, 'ratelimit-policy', `"${name}";q=${limit};w=${seconds(windowMs)}`);
  add(reply, 'ratelimit', `"${name}";r=${verdict.remaining};t=${seconds(verdict.resetMs)}`);
}

function add(reply: FastifyReply, field: string, item: string): void {
  const before = reply.getHeader(field);
  reply.header(field, before === undefined ? item : `${String(before)}, ${item}`);
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}
