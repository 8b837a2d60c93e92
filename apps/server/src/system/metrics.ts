/**
 * Metrics in Prometheus' text format. A registry of its own per server, so that two in one process do not mix.
 * @module
 */
import type { CommitResult, MetricsSink, RunMetrics, Store } from '@forge-cascade/core';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

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

  /** @param withProcess adds the process's own figures, which are collected by timers. */
  constructor(store: Store, withProcess: boolean) {
    if (withProcess) collectDefaultMetrics({ register: this.#registry });
    this.#watch(store);
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

  render(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Gauges that are read when somebody looks. */
  #watch(store: Store): void {
    const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers: [this.#registry] });
    const ledger = gauge('forge_ledger_entries', 'Entries in the ledger.');
    const capsules = gauge('forge_capsules', 'Capsule versions.');
    const heads = gauge('forge_capsule_heads', 'Capsule versions that are heads.');
    const lag = gauge('forge_search_lag', 'Capsules not yet searchable.');
    const propagations = gauge('forge_trust_propagations', 'Trust changes on their way to descendants.');
    const maintenance = gauge('forge_maintenance', '1 while writes are turned away.');
    const failing = gauge('forge_outbox_failing', 'Promised work that has failed at least once.');
    new Gauge({
      name: 'forge_outbox_pending',
      help: 'Promised work not yet done.',
      registers: [this.#registry],
      async collect() {
        const [status, backlog] = await Promise.all([store.status(), store.outbox.backlog()]);
        this.set(backlog.pending);
        failing.set(backlog.failing);
        ledger.set(status.ledgerSize);
        capsules.set(status.capsules);
        heads.set(status.heads);
        lag.set(status.searchLag);
        propagations.set(status.trustPropagations);
        maintenance.set(status.maintenance ? 1 : 0);
      },
    });
  }
}
