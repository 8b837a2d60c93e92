import type { HealthBody } from '@forge-cascade/api';
import type { EmbedderStatus, StoreStatus } from '@forge-cascade/core';
import type { ServerParts } from '../http/server-parts.js';
import type { RedisStatus } from '../redis/redis-link.js';

/** What anybody may know about the system: no ids of people, no paths. */
export async function healthOf(parts: ServerParts): Promise<HealthBody> {
  const { store, embedder, answerStatus, redis, version, startedAt, now } = parts;
  const [status, backlog] = await Promise.all([store.status(), store.outbox.backlog()]);
  const answers = answerStatus();
  return {
    status: status.sealed !== null ? 'sealed' : status.maintenance ? 'maintenance' : 'ok',
    version,
    engine: status.engine,
    origin: status.origin,
    moved_to: movedTo(status.sealed),
    ledger_size: status.ledgerSize,
    capsules: status.capsules,
    heads: status.heads,
    search_lag: status.searchLag,
    embeddings: embedder === null ? null : embeddingsNow(embedder.status(), status.capsules),
    trust_propagations: status.trustPropagations,
    outbox: { pending: backlog.pending, failing: backlog.failing },
    answers: {
      provider: answers.provider,
      model: answers.model,
      strong_model: answers.strongModel,
      fallback: answers.fallback,
      available: answers.available,
    },
    redis: redis === null ? null : redisBody(redis.status()),
    uptime_s: Math.max(0, Math.round((now() - startedAt) / 1_000)),
  };
}

/** The embedder counts in its rounds; what was stored since the last one is still to come as well. */
function embeddingsNow(of: EmbedderStatus, capsules: number): HealthBody['embeddings'] {
  const status = of.failing === null ? 'ok' : 'degraded';
  // Where none is wanted nothing is behind.
  const wanted = (of.target ?? of.serving ?? of.failing) !== null;
  return { status, ...of, lag: wanted ? Math.max(of.lag, capsules - of.embedded) : of.lag };
}

function movedTo(sealed: StoreStatus['sealed']): HealthBody['moved_to'] {
  return sealed === null ? null : { origin: sealed.successor, engine: sealed.engine, address: sealed.address };
}

function redisBody({ available, fault }: RedisStatus): HealthBody['redis'] {
  return { status: available ? 'ok' : 'degraded', fault };
}
