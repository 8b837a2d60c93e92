/**
 * Metrics in Prometheus' text format. A registry of its own per server, so that two in one process do not mix.
 * @module
 */
import type { CommitResult, MetricsSink, RunMetrics, Store } from '@forge-cascade/core';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { RedisLink } from '../redis/redis-link.js';

const HTTP_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const COMMIT_BUCKETS = [0.0005, 0.001, 0.002, 0.004, 0.006, 0.01, 0.025, 0.1, 0.5, 2];

/** Runs whose figures may still come a second time. */
const REMEMBERED_RUNS = 10_000;

export class Metrics implements MetricsSink {
  readonly #recorded = new Set<string>();
  readonly #registry = new Registry();
  readonly #http = new Histogram({
    name: 'forge_http_request_duration_seconds',
    help: 'Time to answer, by route.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: HTTP_BUCKETS,
    registers: [this.#registry],
  });
  readonly #commits = new Counter({
    name: 'forge_commits_total',
    help: 'Commits by outcome.',
    labelNames: ['outcome'] as const,
    registers: [this.#registry],
  });
  readonly #commitDuration = new Histogram({
    name: 'forge_commit_duration_seconds',
    help: 'From handing over a commit to its acknowledgement.',
    buckets: COMMIT_BUCKETS,
    registers: [this.#registry],
  });
  readonly #phases = new Histogram({
    name: 'forge_pipeline_phase_duration_seconds',
    help: 'Time of a phase of an answer.',
    labelNames: ['phase'] as const,
    buckets: HTTP_BUCKETS,
    registers: [this.#registry],
  });

  readonly #answers = new Counter({
    name: 'forge_answers_total',
    help: 'Answers given.',
    labelNames: ['model'] as const,
    registers: [this.#registry],
  });

  readonly #gauges = gaugesIn(this.#registry);

  /** @param withProcess adds the process's own figures, which are collected by timers. */
  constructor(
    private readonly store: Store,
    redis: RedisLink | null,
    withProcess: boolean,
  ) {
    if (withProcess) collectDefaultMetrics({ register: this.#registry });
    if (redis !== null) watchRedis(this.#registry, redis);
  }

  httpAnswered(method: string, route: string, status: number, seconds: number): void {
    this.#http.observe({ method, route, status }, seconds);
  }

  committed(outcome: CommitResult['outcome'] | 'failed', seconds: number): void {
    this.#commits.inc({ outcome });
    this.#commitDuration.observe(seconds);
  }

  /** Figures of an answer; delivered at least once, counted once. */
  async record(id: string, run: RunMetrics): Promise<void> {
    if (this.#recorded.has(id)) return;
    this.#recorded.add(id);
    if (this.#recorded.size > REMEMBERED_RUNS) this.#recorded.delete(this.#recorded.keys().next().value ?? '');
    for (const [phase, us] of Object.entries(run.phase_us)) this.#phases.observe({ phase }, us / 1e6);
    this.#answers.inc({ model: run.model });
  }

  async render(): Promise<string> {
    await this.#refresh();
    return this.#registry.metrics();
  }

  /** Gauges are read when somebody looks, all from one look at the store. */
  async #refresh(): Promise<void> {
    const [status, backlog] = await Promise.all([this.store.status(), this.store.outbox.backlog()]);
    this.#gauges.ledger.set(status.ledgerSize);
    this.#gauges.capsules.set(status.capsules);
    this.#gauges.heads.set(status.heads);
    this.#gauges.lag.set(status.searchLag);
    this.#gauges.propagations.set(status.trustPropagations);
    this.#gauges.maintenance.set(status.maintenance ? 1 : 0);
    this.#gauges.pending.set(backlog.pending);
    this.#gauges.failing.set(backlog.failing);
  }
}

function gaugesIn(registry: Registry) {
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers: [registry] });
  return {
    ledger: gauge('forge_ledger_entries', 'Entries in the ledger.'),
    capsules: gauge('forge_capsules', 'Capsule versions.'),
    heads: gauge('forge_capsule_heads', 'Capsule versions that are heads.'),
    lag: gauge('forge_search_lag', 'Capsules not yet searchable.'),
    propagations: gauge('forge_trust_propagations', 'Trust changes on their way to descendants.'),
    maintenance: gauge('forge_maintenance', '1 while writes are turned away.'),
    pending: gauge('forge_outbox_pending', 'Promised work not yet done.'),
    failing: gauge('forge_outbox_failing', 'Promised work that has failed at least once.'),
  };
}

function watchRedis(registry: Registry, redis: RedisLink): void {
  new Gauge({
    name: 'forge_redis_available',
    help: '1 while Redis answers.',
    registers: [registry],
    collect() {
      this.set(redis.status().available ? 1 : 0);
    },
  });
  new Counter({
    name: 'forge_redis_faults_total',
    help: 'Commands to Redis that failed.',
    labelNames: ['fault'] as const,
    registers: [registry],
    collect() {
      this.reset();
      for (const [fault, count] of redis.faults) this.inc({ fault }, count);
    },
  });
}
