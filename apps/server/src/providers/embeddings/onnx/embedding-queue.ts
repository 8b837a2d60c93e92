/**
 * What the model's thread still has to do, in runs: a question goes before documents, also before the rest of some that
 * are under way.
 * @module
 */
import type { EmbeddingPurpose } from '@forge-cascade/core';

interface Job<Run> {
  readonly id: number;
  readonly purpose: EmbeddingPurpose;
  readonly runs: Run[];
}

/** One run, and whether its job is done with it. */
export interface NextRun<Run> {
  readonly id: number;
  readonly run: Run;
  readonly last: boolean;
}

export class EmbeddingQueue<Run> {
  #jobs: Job<Run>[] = [];

  add(id: number, purpose: EmbeddingPurpose, runs: readonly Run[]): void {
    if (runs.length > 0) this.#jobs.push({ id, purpose, runs: [...runs] });
  }

  cancel(id: number): void {
    this.#jobs = this.#jobs.filter((job) => job.id !== id);
  }

  next(): NextRun<Run> | null {
    const job = this.#jobs.find(({ purpose }) => purpose === 'query') ?? this.#jobs[0];
    const run = job?.runs.shift();
    if (job === undefined || run === undefined) return null;
    const last = job.runs.length === 0;
    if (last) this.cancel(job.id);
    return { id: job.id, run, last };
  }
}
