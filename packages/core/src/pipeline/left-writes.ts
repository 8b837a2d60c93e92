/**
 * What the analysers of a run leave behind: receipts above all. It is committed with the run's own event; of a run that was
 * refused or broke off, and of an analyser that ended after it, by itself.
 * @module
 */
import { sealEvent } from '../ledger/seal.js';
import { SYSTEM_ACTOR } from '../outbox/index.js';
import type { CommitPort, CommitRequest } from '../ports/commit-port.js';
import type { AnalysedRun, AnalyserWrites } from './phase.js';

type Writes = Pick<CommitRequest, 'events' | 'expect' | 'claims' | 'outbox'>;

const NOTHING: Writes = { events: [], expect: [], claims: [], outbox: [] };

export class LeftWrites implements AnalysedRun {
  #open: AnalyserWrites[] = [];
  #ended = false;

  constructor(
    private readonly port: CommitPort,
    readonly correlationId: string,
  ) {}

  leave(writes: AnalyserWrites): void {
    this.#open.push(writes);
    // Nobody waits for it any more, and nobody could be told that it failed.
    if (this.#ended) void this.commitAlone().catch(() => undefined);
  }

  /** What has been left so far, to be committed by the caller. */
  take(): TakenWrites {
    const taken = this.#open;
    this.#open = [];
    return new TakenWrites(taken);
  }

  /** The caller could not commit them. */
  giveBack(taken: TakenWrites): void {
    this.#open.unshift(...taken.left);
  }

  /** The run has ended: what is left is committed by itself, and so is what comes later. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.commitAlone();
  }

  async commitAlone(): Promise<void> {
    const taken = this.take();
    if (taken.empty) return;
    for (const writes of taken.attempts) {
      const result = await this.port.commit({
        actor: SYSTEM_ACTOR,
        correlationId: this.correlationId,
        causationId: null,
        ...writes,
        fence: null,
        completes: null,
      });
      if (result.outcome === 'committed') return taken.committed();
    }
  }
}

export class TakenWrites {
  /** To be tried in this order: with all that was left, then with the record alone. */
  readonly attempts: readonly Writes[];

  constructor(readonly left: readonly AnalyserWrites[]) {
    const all: Writes = {
      events: left.flatMap(({ events }) => events.map(sealEvent)),
      expect: left.flatMap(({ expect }) => expect),
      claims: left.flatMap(({ claims }) => claims),
      outbox: left.flatMap(({ outbox }) => outbox),
    };
    const conditional = all.expect.length + all.claims.length > 0;
    const record = (): Writes => ({ ...NOTHING, events: left.flatMap((one) => one.record.map(sealEvent)) });
    this.attempts = conditional ? [all, record()] : [all];
  }

  get empty(): boolean {
    return this.left.length === 0;
  }

  async committed(): Promise<void> {
    for (const writes of this.left) await writes.committed();
  }
}
